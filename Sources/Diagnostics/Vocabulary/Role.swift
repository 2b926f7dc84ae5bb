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
    /// Anything else.
    case other

    /// Whether it rests on noise that is there and on where it is.
    var isRegression: Bool { [.inPlace, .regression, .turned, .joint].contains(self) }
}
