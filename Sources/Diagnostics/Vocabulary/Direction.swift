import Tensors

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
