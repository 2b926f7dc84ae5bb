import Fields
import Formats

/// A row of an audit before its premises are corrected for each other.
package struct AuditRow {
    /// The row as it is where its effect is not beyond the limit.
    var result: CheckResult
    /// P(an effect at least as far beyond the limit | the effect lies on the limit); `nil` for rows that test nothing.
    var pValue: Double?
    /// The reason where the effect is beyond the limit.
    var unfit = ""

    init(_ result: CheckResult) { self.result = result }

    init(_ result: CheckResult, pValue: Double?, unfit: String) {
        (self.result, self.pValue, self.unfit) = (result, pValue, unfit)
    }

    /// Chance of calling fit pairs unfit, over all premises of an audit.
    package static let falseAlarmRate = 0.01

    /// The rows with their status: a premise fails where its p-value, corrected for all premises (Holm), is below `falseAlarmRate`.
    static func judged(_ rows: [AuditRow]) -> [CheckResult] {
        let tested = rows.indices.filter { rows[$0].pValue != nil }
        let adjusted = Multiplicity.holm.adjusted(tested.map { PValue(min(1, max(0, rows[$0].pValue ?? 1))) })
        var results = rows.map(\.result)
        for (index, p) in zip(tested, adjusted) {
            results[index].pValue = rows[index].pValue
            results[index].adjustedPValue = p.value
            guard p.value < falseAlarmRate else { continue }
            results[index].status = .fail
            results[index].because =
                rows[index].unfit + " (\(NumberText.probability(p.value)) "
                + "after correction for \(tested.count) premise\(tested.count == 1 ? "" : "s"))."
        }
        return results
    }
}

/// An effect with its standard error against two bounds: the size from which it is worth a warning, and the one that makes data unfit.
struct BoundedEffect {
    let value: Double
    let standardError: Double
    let degreesOfFreedom: Double
    /// The data are fit without reservation up to here.
    let noticeable: Double
    /// The data are unfit beyond.
    let limit: Double
    /// Effects of which the largest is judged: the interval and what is noticeable hold for all of them (Bonferroni).
    var comparisons = 1

    private func t(_ probability: Double) -> Double {
        StudentT(degreesOfFreedom: max(1, degreesOfFreedom)).quantile(probability)
    }

    var interval: ConfidenceInterval {
        let half = standardError == 0 ? 0 : t(1 - 0.025 / Double(comparisons)) * standardError
        return ConfidenceInterval(lower: value - half, upper: value + half, confidence: 0.95)
    }

    /// Of an effect no larger than `limit`.
    var pValue: Double {
        guard standardError > 0 else { return abs(value) > limit ? 0 : 1 }
        let score = (abs(value) - limit) / standardError
        return score.isFinite ? StudentT(degreesOfFreedom: max(1, degreesOfFreedom)).cdf(-score) : 1
    }

    /// Beyond `noticeable` with confidence.
    var isNoticeable: Bool {
        standardError == 0
            ? abs(value) > noticeable : abs(value) - t(1 - 0.025 / Double(comparisons)) * standardError > noticeable
    }

    /// An effect beyond `limit` cannot be excluded.
    var isOpen: Bool { standardError == 0 ? false : !(abs(value) + t(0.95) * standardError <= limit) }

    /// The status of a row that does not fail.
    var status: Status { isNoticeable ? .warn : isOpen ? .inconclusive : .pass }
}

extension CheckResult {
    /// A row of an audit, which has neither model nor direction.
    init(
        audit id: String, _ title: String, _ role: Role, _ status: Status, criterion: Criterion = .none,
        estimate: Double? = nil, quantity: String? = nil, interval: ConfidenceInterval? = nil,
        unit: ResamplingUnit = .noise, units: Int? = nil, images: Int? = nil, because: String
    ) {
        self.init(id: "audit.\(id)", title: title, direction: nil, status: status, because: because)
        self.role = role
        self.criterion = criterion
        self.estimate = estimate.flatMap { $0.isFinite ? $0 : nil }
        self.quantity = quantity
        ci95 = interval.flatMap { $0.lower.isFinite && $0.upper.isFinite ? [$0.lower, $0.upper] : nil }
        self.unit = ci95 == nil ? nil : unit
        unitCount = units
        imageCount = images
    }
}
