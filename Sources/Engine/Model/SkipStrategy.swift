/// Which skip features the cross-domain path D_a(z_b, K) gets.
public enum SkipStrategy: String, Sendable, Codable, CaseIterable {
    /// K is absent.
    case noSkip = "no_skip"
    /// K is zeros: the same function as `noSkip` in this architecture, kept because configurations name it.
    case zeroSkip = "zero_skip"
    /// K = k_b, from the image that is encoded.
    case sourceSkip = "use_source_skip"
    /// K = k_a, from the image that the loss compares with.
    case targetSkip = "use_target_skip"
    /// K = α·k_a + (1-α)·k_b.
    case mixedSkip = "mixed_skip"

    /// Whether the target image is an input of the cross-domain path (regime R3).
    public var readsTarget: Bool { self == .targetSkip || self == .mixedSkip }

    /// The skips of the cross-domain path, `nil` where there are none.
    func choose(target: [Variable], source: [Variable], alpha: Float) -> [Variable]? {
        switch self {
        case .noSkip, .zeroSkip: nil
        case .sourceSkip: source
        case .targetSkip: target
        case .mixedSkip: zip(target, source).map { Variable.combination(alpha, $0, 1 - alpha, $1) }
        }
    }
}
