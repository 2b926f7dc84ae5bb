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
