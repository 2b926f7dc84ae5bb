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
