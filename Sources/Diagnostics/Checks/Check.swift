import Engine

/// Where a measurement was made: printed with it and given to the estimators.
public struct Scope: Sendable {
    public var direction: Direction
    public var regime: Regime
    public var split: Split
    public var imageCount: Int
    /// Seed of the bootstrap.
    public var seed: UInt64

    public init(direction: Direction, regime: Regime, split: Split, imageCount: Int, seed: UInt64) {
        self.direction = direction
        self.regime = regime
        self.split = split
        self.imageCount = imageCount
        self.seed = seed
    }
}

/// One measurement of the suite. It sees the samples of one direction one after the other, keeps sums only, and measures
/// at the end; a `Condition` judges.
public protocol Check {
    /// Id of docs/THEORY.md.
    var id: String { get }
    var title: String { get }
    var condition: any Condition { get }

    /// Takes one sample in.
    ///
    /// - Throws: `SampleError`; one whose `isMissingEvidence` is true makes the check not applicable.
    mutating func observe(_ sample: Sample) throws

    /// What all samples together say.
    func measure(_ scope: Scope) throws -> Measurement

    /// Curves for the figures, by name.
    func series(_ scope: Scope) -> [String: Series]
}

extension Check {
    public func series(_ scope: Scope) -> [String: Series] { [:] }

    /// The measurement of a quantity with an interval.
    func measurement(_ estimate: IntervalEstimate, _ quantity: String, unit: ResamplingUnit, _ scope: Scope)
        -> Measurement
    {
        Measurement(
            check: id, title: title, direction: scope.direction, regime: scope.regime, split: scope.split,
            value: .effect(Effect(estimate.estimate, quantity)), interval95: estimate.interval95,
            interval90: estimate.interval90, unit: unit, unitCount: estimate.unitCount, imageCount: scope.imageCount,
            minimumDetectableEffect: estimate.minimumDetectableEffect, pValue: estimate.signFlip)
    }

    /// The measurement of an exact size.
    func measurement(_ distance: Double, _ quantity: String, units: Int, _ scope: Scope) -> Measurement {
        Measurement(
            check: id, title: title, direction: scope.direction, regime: scope.regime, split: scope.split,
            value: .distance(Distance(distance, quantity)), unitCount: units, imageCount: scope.imageCount)
    }
}

/// A statistic that the data do not determine: no noise at all, no units.
public struct Undetermined: Error, CustomStringConvertible {
    public let description: String
}
