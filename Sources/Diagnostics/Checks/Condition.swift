import Foundation

/// Turns a measurement into a status with a sentence. Conditions measure nothing.
public protocol Condition: Sendable {
    /// The status with its reason; one sentence that holds the numbers it rests on.
    func judge(_ measurement: Measurement) -> Judgement
}

/// An effect is practically zero: the three-way equivalence verdict (docs/THEORY.md, section 4).
struct PracticallyZero: Condition {
    /// Largest effect that still counts as none, in the measurement's quantity.
    let margin: Double

    func judge(_ m: Measurement) -> Judgement {
        let number = m.described
        guard let interval90 = m.interval90, let interval95 = m.interval95 else {
            return Judgement(
                .inconclusive, threshold: margin,
                because: "\(number) from \(m.unitCount) units, fewer than the 6 that an interval needs.")
        }
        let estimate = IntervalEstimate(
            estimate: m.value.number, interval95: interval95, interval90: interval90,
            standardError: m.standardError, unitCount: m.unitCount)
        let bound = NumberText.significant(margin)
        switch Equivalence(margin: margin).verdict(estimate) {
        case .pass:
            return Judgement(
                .pass, threshold: margin,
                because: "\(number): the 90 % interval \(interval90.bracketed) lies inside ±\(bound).")
        case .fail:
            return Judgement(
                .fail, threshold: margin,
                because:
                    "\(number): the 95 % interval \(interval95.bracketed) excludes 0 and the size is above \(bound).")
        case .inconclusive(let needed):
            let more = needed.map { "about \($0) units (now \(m.unitCount)) would decide" } ?? "more units are needed"
            return Judgement(
                .inconclusive, threshold: margin,
                because: "\(number), 90 % interval \(interval90.bracketed) against ±\(bound): \(more).")
        }
    }
}

/// A size is exactly zero.
struct ExactlyZero: Condition {
    /// What a size above zero means.
    let otherwise: String

    func judge(_ m: Measurement) -> Judgement {
        m.value.number == 0
            ? Judgement(.pass, threshold: 0, because: "\(m.described), exactly.")
            : Judgement(.fail, threshold: 0, because: "\(m.described): \(otherwise).")
    }
}

/// A size stays below a bound.
struct Below: Condition {
    let bound: Double

    func judge(_ m: Measurement) -> Judgement {
        let isBelow = m.value.number < bound
        return Judgement(
            isBelow ? .pass : .fail, threshold: bound,
            because: "\(m.described), \(isBelow ? "below" : "not below") \(NumberText.significant(bound)).")
    }
}

/// An effect is not below a bound that holds without leakage.
struct NotBelow: Condition {
    let bound: Double
    /// What an effect below it proves.
    let otherwise: String

    func judge(_ m: Measurement) -> Judgement {
        guard let interval = m.interval95 else {
            return Judgement(
                .inconclusive, threshold: bound,
                because: "\(m.described) from \(m.unitCount) units, fewer than the 6 that an interval needs.")
        }
        let text = "\(m.described), 95 % interval \(interval.bracketed)"
        if interval.upper < bound {
            return Judgement(
                .fail, threshold: bound, because: "\(text), below \(NumberText.significant(bound)): \(otherwise).")
        }
        if interval.lower >= bound {
            return Judgement(.pass, threshold: bound, because: "\(text), not below \(NumberText.significant(bound)).")
        }
        return Judgement(.inconclusive, threshold: bound, because: "\(text) contains \(NumberText.significant(bound)).")
    }
}

/// A number to know, with nothing to pass or fail.
struct Informative: Condition {
    /// How to read it.
    let meaning: String

    func judge(_ m: Measurement) -> Judgement {
        let interval = m.interval95.map { ", 95 % interval \($0.bracketed)" } ?? ""
        return Judgement(.pass, because: "\(m.described)\(interval): \(meaning).")
    }
}

extension Measurement {
    /// Name of the quantity and its value, the beginning of every sentence.
    var described: String { "\(value.quantity) \(NumberText.significant(value.number))" }
}

extension ConfidenceInterval {
    /// `[0.910, 0.932]`.
    var bracketed: String { "[\(NumberText.significant(lower)), \(NumberText.significant(upper))]" }
}
