import Fields

/// One measurement of the suite. It sees the samples of one direction one after the other, keeps sums only, and measures
/// at the end. It judges nothing: each row carries its role and its criterion, and `Judge` judges all rows together.
public protocol Check {
    /// Id of docs/THEORY.md. Further rows have ids that begin with it.
    var id: String { get }
    /// What is claimed or measured, in words for a table.
    var title: String { get }
    /// What the row of this id may decide.
    var role: Role { get }
    /// How its leakage and premise rows look at the model; `.other` unless said otherwise.
    var evidence: Evidence { get }

    /// Takes one sample in.
    ///
    /// - Throws: `SampleError`; one whose `isMissingEvidence` is true makes the check not applicable.
    mutating func observe(_ sample: Sample) throws

    /// What all samples together say: one row or several.
    ///
    /// - Throws: `Undetermined`, which makes an inconclusive row; `SampleError` of missing evidence, a not-applicable one.
    func measurements(_ scope: Scope) throws -> [Measurement]

    /// Curves for the figures, under the names of `SeriesName`.
    func series(_ scope: Scope) -> [String: Series]
}

extension Check {
    /// Of most checks.
    public var evidence: Evidence { .other }

    /// None.
    public func series(_ scope: Scope) -> [String: Series] { [:] }

    /// The row of a quantity with an interval, under the check's own id and title unless others are given.
    ///
    /// - Parameters:
    ///   - quantity: its name with the unit, "λ_target".
    ///   - unit: what the interval resamples.
    ///   - criterion: what is asked of the quantity.
    ///   - pValue: of an estimate this far beyond the criterion's bound, where the check knows better than `BeyondBound`.
    ///   - reading: what the number means, as a clause; may be empty.
    public func row(
        _ estimate: IntervalEstimate, _ quantity: String, unit: ResamplingUnit, _ criterion: Criterion = .none,
        _ scope: Scope, id: String? = nil, title: String? = nil, role: Role? = nil, pValue: PValue? = nil,
        reading: String = ""
    ) -> Measurement {
        var made = Measurement(
            check: id ?? self.id, title: title ?? self.title, role: role ?? self.role, criterion: criterion,
            evidence: evidence, direction: scope.direction, regime: scope.regime, split: scope.split,
            value: .effect(Effect(estimate.estimate, quantity)), interval95: estimate.interval95,
            interval90: estimate.interval90, unit: unit, unitCount: estimate.unitCount, imageCount: scope.imageCount,
            standardError: estimate.standardError, pValue: pValue, reading: reading)
        if evidence.isRegression { made.basis = scope.basis }
        return made
    }

    /// The row of an exact size, 0 or above.
    ///
    /// - Parameters:
    ///   - quantity: its name with the unit.
    ///   - count: of what was looked at.
    public func row(
        exactly distance: Double, _ quantity: String, count: Int, _ criterion: Criterion, _ scope: Scope,
        pValue: PValue? = nil, reading: String = ""
    ) -> Measurement {
        Measurement(
            check: id, title: title, role: role, criterion: criterion, evidence: evidence, direction: scope.direction,
            regime: scope.regime, split: scope.split, value: .distance(Distance(distance, quantity)), unitCount: count,
            imageCount: scope.imageCount, pValue: pValue, reading: reading)
    }
}
