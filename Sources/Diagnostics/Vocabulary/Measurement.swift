import Engine

/// One measured number with all that is needed to judge it. A check makes it; a `Condition` judges it.
public struct Measurement: Sendable, Equatable {
    /// Check id of docs/THEORY.md, such as `leakage.target.swap`.
    public var check: String
    /// The check's title.
    public var title: String
    /// `nil` for what has no direction.
    public var direction: Direction?
    /// What could leak where this was measured.
    public var regime: Regime
    /// Whether the pairs were trained on.
    public var split: Split
    /// The number, with its kind and unit.
    public var value: MeasuredValue
    /// `nil` where the number is exact or there are too few units.
    public var interval95: ConfidenceInterval?
    /// The interval of the equivalence test; `nil` where `interval95` is.
    public var interval90: ConfidenceInterval?
    /// What the intervals resample; `nil` where nothing is resampled.
    public var unit: ResamplingUnit?
    /// Number of units, or of whatever else was looked at (images, probes, rings) where nothing is resampled.
    public var unitCount: Int
    /// Number of pairs that were looked at.
    public var imageCount: Int
    /// Smallest effect that this sample would detect with 80 % power at the 5 % level: 2.8 standard errors.
    public var minimumDetectableEffect: Double?
    /// That of the value, by its minimum detectable effect.
    var standardError: Double? { minimumDetectableEffect.map { $0 / IntervalEstimate.detectable } }
    /// Of the null hypothesis that the check states; `nil` where it tests none.
    public var pValue: PValue?

    /// `pValue` corrected for all tests of the model that are judged by theirs (`Multiplicity.holm`); `nil` outside a suite.
    public var adjustedPValue: PValue?

    /// A measurement; an exact number has no interval, unit, detectable effect or p-value.
    public init(
        check: String, title: String, direction: Direction?, regime: Regime, split: Split, value: MeasuredValue,
        interval95: ConfidenceInterval? = nil, interval90: ConfidenceInterval? = nil, unit: ResamplingUnit? = nil,
        unitCount: Int, imageCount: Int, minimumDetectableEffect: Double? = nil, pValue: PValue? = nil
    ) {
        self.check = check
        self.title = title
        self.direction = direction
        self.regime = regime
        self.split = split
        self.value = value
        self.interval95 = interval95
        self.interval90 = interval90
        self.unit = unit
        self.unitCount = unitCount
        self.imageCount = imageCount
        self.minimumDetectableEffect = minimumDetectableEffect
        self.pValue = pValue
    }
}
