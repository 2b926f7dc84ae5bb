import Engine

/// Which way the cross-domain path is read: from the source domain to the target domain.
public enum Direction: String, Sendable, CaseIterable, Codable {
    case bToA = "b->a"
    case aToB = "a->b"

    /// The domain whose observation the loss compares with.
    public var target: Domain { self == .bToA ? .a : .b }
    /// The domain that is encoded.
    public var source: Domain { target.other }
}

/// Where leakage can be seen at all (docs/THEORY.md, section 3).
public enum Regime: String, Sendable, CaseIterable, Codable {
    /// Held-out pairs, independent noise, the target is no input: the negative control.
    case r0 = "R0"
    /// Training pairs with stored noise: memorised target noise.
    case r1 = "R1"
    /// The noises of the two domains are correlated.
    case r2 = "R2"
    /// The target is an input of the path.
    case r3 = "R3"
    /// The target reaches the output through the preprocessing.
    case r4 = "R4"
}

/// What is resampled by an interval (docs/THEORY.md, section 4).
public enum ResamplingUnit: String, Sendable, Codable {
    /// Tiles wider than twice the noise's correlation length, or fresh draws, with the scenes held fixed.
    case noise
    /// Images, or subjects where the data has them.
    case scene
}

/// Whether the evaluated pairs were trained on.
public enum Split: String, Sendable, Codable, CaseIterable { case training, heldout }

/// A signed quantity whose absence is 0: a leakage coefficient, a bias, a gain.
public struct Effect: Sendable, Equatable {
    /// In the quantity's unit; its sign is part of the result.
    public var value: Double
    /// What it is and in which unit, as a reader should see it: "share of the target noise", "dB".
    public var quantity: String

    /// An effect of any sign; NaN and infinities are kept.
    public init(_ value: Double, _ quantity: String) {
        self.value = value
        self.quantity = quantity
    }
}

/// A non-negative size: a largest deviation, a norm.
public struct Distance: Sendable, Equatable {
    /// At least 0, or NaN.
    public var value: Double
    /// What it is and in which unit, as a reader should see it.
    public var quantity: String

    /// - Precondition: `value` is not negative.
    public init(_ value: Double, _ quantity: String) {
        precondition(!(value < 0), "Distance: \(value) is negative")
        self.value = value
        self.quantity = quantity
    }
}

/// The probability, under a stated null, of a statistic at least as extreme as the one seen.
public struct PValue: Sendable, Equatable {
    /// In 0...1.
    public var value: Double

    /// - Precondition: `value` lies in 0...1; NaN does not.
    public init(_ value: Double) {
        precondition(value >= 0 && value <= 1, "PValue: \(value) is outside 0...1")
        self.value = value
    }
}

/// What a check measured.
public enum MeasuredValue: Sendable, Equatable {
    case effect(Effect)
    case distance(Distance)

    /// The value of either, in its quantity's unit.
    public var number: Double {
        switch self {
        case .effect(let effect): effect.value
        case .distance(let distance): distance.value
        }
    }

    /// What it is and in which unit.
    public var quantity: String {
        switch self {
        case .effect(let effect): effect.quantity
        case .distance(let distance): distance.quantity
        }
    }
}

/// A range of values of the measured quantity that the data support, at a stated confidence.
public struct ConfidenceInterval: Sendable, Equatable {
    /// Lower bound, part of the interval.
    public var lower: Double
    /// Upper bound, part of the interval.
    public var upper: Double
    /// Share of such intervals that hold the true value: 0.95, for example.
    public var confidence: Double

    /// The bounds in their order; neither their order nor their being finite is checked.
    public init(lower: Double, upper: Double, confidence: Double) {
        self.lower = lower
        self.upper = upper
        self.confidence = confidence
    }

    /// Whether `value` lies between the bounds or on one.
    public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

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

/// What a condition made of a measurement, the worst first.
public enum Status: String, Sendable, Codable, CaseIterable {
    case error, fail, inconclusive, warn, pass
    case notApplicable = "not-applicable"

    /// How bad: 0 for the worst. Reports sort by it, and the worst row speaks for all.
    var rank: Int {
        switch self {
        case .error: 0
        case .fail: 1
        case .inconclusive: 2
        case .warn: 3
        case .pass: 4
        case .notApplicable: 5
        }
    }
}

/// A judgement in words, with the numbers in them.
public struct Judgement: Sendable, Equatable {
    /// What the measurement counts as.
    public var status: Status
    /// The bound that was applied, in the measurement's own quantity; `nil` where none was.
    public var threshold: Double?
    /// One sentence.
    public var because: String

    /// - Parameter because: one sentence that holds the numbers it rests on.
    public init(_ status: Status, threshold: Double? = nil, because: String) {
        self.status = status
        self.threshold = threshold
        self.because = because
    }
}
