/// What a row may decide.
public enum Role: String, Sendable, Codable, CaseIterable {
    /// Does noise of the target reach the output? Fails, passes, or stays open.
    case leakage
    /// Do the data meet what leakage rows rest on? A violated premise takes scope away and is an answer of its own.
    case premise
    /// Is the output any good? Warns at most.
    case quality
    /// A number to know; it decides nothing.
    case description
}

/// How a row looked at the model.
public enum Evidence: Sendable, Equatable {
    /// By the derivative with respect to the target: exactly 0 where there is no path.
    case path
    /// By exchanging the target's noise: every leak that changes with it.
    case exchange
    /// By regression on noise that is there, at its own place: decides a linear leak.
    case inPlace
    /// By other regressions on noise that is there: find what the one in place misses.
    case regression
    /// By regression on noise that is there, mirrored or turned.
    case turned
    /// By regression on both noises.
    case joint
    /// By the same exchange in both directions.
    case matched
    /// By comparing pairs that were trained on with others.
    case memory
    /// The correlation of the two noises.
    case independence
    /// Whether the output shows its own target as it is: regressions rest on it.
    case placement
    /// Whether the clean reference is without noise: regressions against it rest on it.
    case reference
    /// Whether a further capture differs from the target by its noise alone: regressions by it rest on it.
    case likeness
    /// Anything else.
    case other

    /// Whether it rests on noise that is there and on where it is.
    var isRegression: Bool { [.inPlace, .regression, .turned, .joint].contains(self) }
}

/// What a row takes the noise from: where that is at fault, the row cannot decide.
public struct Basis: OptionSet, Sendable, Equatable {
    /// One bit for each.
    public let rawValue: Int

    /// From bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// A clean reference.
    public static let reference = Basis(rawValue: 1)
    /// A further capture of the target.
    public static let repeated = Basis(rawValue: 2)
    /// Outputs that somebody saved: that they are of the inputs they are said to be of is taken on trust.
    public static let saved = Basis(rawValue: 4)
}
