import Diagnostics
import Fields
import Formats
import Foundation

/// What became of a claim.
public enum ClaimVerdict: String, Sendable, Codable {
    case holds
    case holdsWithLimits = "holds with limits"
    case doesNotHold = "does not hold"
    case undecided
}

/// What a claim says of one number. It is written down before the number is known, and the interval decides.
struct Bound: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case above(Double)
        case below(Double)
        /// Inside ±margin.
        case within(Double)
        /// Equal to rounding: the arithmetic is the same.
        case equal(Double)
    }

    var kind: Kind

    static func above(_ value: Double) -> Bound { Bound(kind: .above(value)) }
    static func below(_ value: Double) -> Bound { Bound(kind: .below(value)) }
    static func within(_ margin: Double) -> Bound { Bound(kind: .within(margin)) }
    static func equal(_ value: Double) -> Bound { Bound(kind: .equal(value)) }

    /// As the rule of a row says it: `> 0.1`.
    var text: String {
        switch kind {
        case .above(let value): "> \(NumberText.shortest(value))"
        case .below(let value): "< \(NumberText.shortest(value))"
        case .within(let margin): "within ±\(NumberText.shortest(margin))"
        case .equal(let value): "= \(NumberText.shortest(value))"
        }
    }

    /// Supported where the whole interval is on the claim's side, contradicted where none of it is, open between.
    func judge(_ lower: Double, _ upper: Double) -> ClaimFinding.Status {
        switch kind {
        case .above(let value): lower > value ? .supported : upper <= value ? .contradicted : .open
        case .below(let value): upper < value ? .supported : lower >= value ? .contradicted : .open
        case .within(let margin):
            lower >= -margin && upper <= margin
                ? .supported : lower > margin || upper < -margin ? .contradicted : .open
        case .equal(let value): lower == value && upper == value ? .supported : .contradicted
        }
    }
}

/// One measured number of a claim, beside what the claim says of it.
struct ClaimFinding: Sendable, Codable, Equatable {
    enum Status: String, Sendable, Codable {
        case supported, contradicted
        case open
        /// Reported, and not judged.
        case shown
    }

    /// What was measured, and on which data.
    var quantity: String
    /// One number for each seed.
    var seeds: [Double]
    /// Their mean.
    var value: Double
    /// 95 %, Student's t over the seeds; `nil` for a single seed.
    var ci95: [Double]?
    /// What the claim says, such as `> 0.1`; `nil` for a number that is only shown.
    var bound: String?
    var status: Status
    /// Whether the claim speaks only of cases where this holds.
    var isPremise: Bool

    /// A single value is judged by itself, and so are seeds that all gave the same number.
    init(_ quantity: String, _ bound: Bound?, seeds: [Double], isPremise: Bool = false) {
        self.quantity = quantity
        self.isPremise = isPremise
        self.seeds = seeds
        let n = Double(seeds.count), mean = seeds.reduce(0, +) / n
        value = mean
        if seeds.count > 1 {
            let deviation = (seeds.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot()
            let half = StudentT(degreesOfFreedom: n - 1).quantile(0.975) * deviation / n.squareRoot()
            ci95 = [mean - half, mean + half]
        }
        self.bound = bound?.text
        status = bound?.judge(ci95?[0] ?? mean, ci95?[1] ?? mean) ?? .shown
    }

    /// `0.921 [0.910, 0.932]`.
    var text: String {
        ci95.map { NumberText.interval(value, $0[0], $0[1]) } ?? NumberText.significant(value)
    }
}

/// How a claim's parts make its verdict.
enum ClaimRule: String, Sendable {
    /// One contradicted part refutes it: the claim speaks of every case.
    case everyPart = "Every part must hold; one that is contradicted refutes the claim."
    /// Parts are cases: where all hold it holds, where some do it holds with limits, where none does it does not.
    case anyPart =
        "Holds if all parts hold, with limits if some do, and does not if all are contradicted; where none holds and some are open, it is undecided."

    /// A premise speaks of the parts after it, up to the next one; where it is not met, they decide nothing.
    func verdict(_ findings: [ClaimFinding]) -> ClaimVerdict {
        var isMet = true
        var judged: [ClaimFinding.Status] = []
        for finding in findings where finding.status != .shown {
            if finding.isPremise {
                isMet = finding.status == .supported
            } else {
                judged.append(isMet ? finding.status : .open)
            }
        }
        let supported = judged.contains(.supported), contradicted = judged.contains(.contradicted)
        if !judged.isEmpty && judged.allSatisfy({ $0 == .supported }) { return .holds }
        switch self {
        case .everyPart: return contradicted ? .doesNotHold : .undecided
        case .anyPart:
            let refuted = !judged.isEmpty && judged.allSatisfy { $0 == .contradicted }
            return supported ? .holdsWithLimits : refuted ? .doesNotHold : .undecided
        }
    }
}
