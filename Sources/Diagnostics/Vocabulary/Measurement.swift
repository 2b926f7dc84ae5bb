import Fields

/// One measured number with all that is needed to judge it. A check makes it; `Judge` judges it.
public struct Measurement: Sendable, Equatable {
    /// Check id of docs/THEORY.md, such as `leakage.target.swap`.
    public var check: String
    /// What is claimed or measured, in words for a table.
    public var title: String
    /// What the row may decide.
    public var role: Role
    /// What is asked of the number.
    public var criterion: Criterion
    /// How it was looked at: what decides which leaks the number can show, and what takes its scope away.
    public var evidence: Evidence
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
    /// `nil` for an exact number and for a single unit; 0 where no unit changes the number.
    public var standardError: Double?
    /// Leakage and premise rows: the probability of an estimate this far beyond the criterion's bound if the effect is within
    /// it, where the row looked at several members and knows better than `Judge`. Others: under the null hypothesis of the row.
    public var pValue: PValue?
    /// What the number means, as a clause that ends the row's sentence; may be empty.
    public var reading: String
    /// What the noise was taken from.
    public var basis: Basis = []
    /// Why the row cannot decide where the two noises correlate; empty where it can.
    public var caveat = ""

    /// A measurement; an exact number has no interval, unit, standard error or p-value.
    public init(
        check: String, title: String, role: Role = .description, criterion: Criterion = .none,
        evidence: Evidence = .other, direction: Direction?,
        regime: Regime, split: Split, value: MeasuredValue, interval95: ConfidenceInterval? = nil,
        interval90: ConfidenceInterval? = nil, unit: ResamplingUnit? = nil, unitCount: Int, imageCount: Int,
        standardError: Double? = nil, pValue: PValue? = nil, reading: String = ""
    ) {
        self.check = check
        self.title = title
        self.role = role
        self.criterion = criterion
        self.evidence = evidence
        self.direction = direction
        self.regime = regime
        self.split = split
        self.value = value
        self.interval95 = interval95
        self.interval90 = interval90
        self.unit = unit
        self.unitCount = unitCount
        self.imageCount = imageCount
        self.standardError = standardError
        self.pValue = pValue
        self.reading = reading
    }

    /// Smallest effect that this sample would detect with 80 % power at the 5 % level: 2.8 standard errors.
    public var minimumDetectableEffect: Double? { standardError.map { IntervalEstimate.detectable * $0 } }
}
