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
