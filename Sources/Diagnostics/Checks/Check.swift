import Engine

/// Where a measurement was made: printed with it and given to the estimators.
public struct Scope: Sendable {
    /// The one direction that all samples were taken in.
    public let direction: Direction
    /// What can leak here at all.
    public let regime: Regime
    /// The split that all samples came from.
    public let split: Split
    /// Number of samples: pairs of the split.
    public let imageCount: Int
    /// Seed of the bootstrap.
    public let seed: UInt64
}

extension Scope {
    /// Stops a test that has too few units, with the number of images that would hold enough.
    ///
    /// - Throws: `Undetermined`.
    func require(_ count: Int, of fewest: Int, _ units: String, for purpose: String) throws {
        guard count < fewest else { return }
        let images = count > 0 ? (fewest * imageCount + count - 1) / count : fewest
        throw Undetermined(
            description:
                "\(purpose) needs \(fewest) \(units), which about \(images) such images hold; there are \(count), from "
                + "\(imageCount)")
    }
}

/// One measurement of the suite. It sees the samples of one direction one after the other, keeps sums only, and measures
/// at the end; a `Condition` judges.
public protocol Check {
    /// Id of docs/THEORY.md.
    var id: String { get }
    /// What is claimed or measured, in words for a table.
    var title: String { get }
    /// Judges what `measure` returns.
    var condition: any Condition { get }

    /// Takes one sample in.
    ///
    /// - Throws: `SampleError`; one whose `isMissingEvidence` is true makes the check not applicable.
    mutating func observe(_ sample: Sample) throws

    /// What all samples together say.
    ///
    /// - Throws: `Undetermined`, which makes the check an error row.
    func measure(_ scope: Scope) throws -> Measurement

    /// All rows of a check that makes several, each under an id of its own that begins with `id`.
    ///
    /// - Throws: as `measure`.
    func measurements(_ scope: Scope) throws -> [Measurement]

    /// Curves for the figures, under the names of `SeriesName`.
    func series(_ scope: Scope) -> [String: Series]
}

extension Check {
    /// The one of `measure`.
    public func measurements(_ scope: Scope) throws -> [Measurement] { [try measure(scope)] }

    /// None.
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
    /// What is missing, as the end of a sentence.
    public let description: String
}
