/// Names of the curves in `Subject.series`. Spectra hold cycles/pixel in `frequency`, losses hold the epoch there.
///
/// The four powers add up at every frequency: error + noise + cross = residual.
public enum SeriesName {
    /// |T(ν)|, magnitude of the transfer from the target's noise to the error: share of amplitude.
    public static func transfer(_ direction: Direction) -> String { "transfer.\(direction.rawValue)" }
    /// γ²(ν) of the error with the target's noise.
    public static func coherence(_ direction: Direction) -> String { "coherence.\(direction.rawValue)" }
    /// The same given the source's noise.
    public static func partialCoherence(_ direction: Direction) -> String { "coherence.partial.\(direction.rawValue)" }
    /// What 5 % of unrelated fields exceed in one ring.
    public static func coherenceThreshold(_ direction: Direction) -> String {
        "coherence.threshold.\(direction.rawValue)"
    }
    /// P_ee, power of the signal error.
    public static func powerError(_ direction: Direction) -> String { "power.error.\(direction.rawValue)" }
    /// P_nn, power of the target's noise.
    public static func powerNoise(_ direction: Direction) -> String { "power.noise.\(direction.rawValue)" }
    /// -2 Re P_en with its sign: negative where leaked noise takes power out of the residual.
    public static func powerCross(_ direction: Direction) -> String { "power.cross.\(direction.rawValue)" }
    /// P_rr, power of the cross residual.
    public static func powerResidual(_ direction: Direction) -> String { "power.residual.\(direction.rawValue)" }

    /// The weighted sum that training minimises.
    public static let lossTrainTotal = "loss.train.total"
    /// The cross-domain loss on training pairs.
    public static let lossTrainCross = "loss.train.cross"
    /// The cross-domain loss on held-out pairs.
    public static let lossHeldoutCross = "loss.heldout.cross"
    /// The smallest cross-domain loss that is possible without leakage: E|n_a| for L1, σ_a² for the squared loss.
    public static let lossFloor = "loss.floor"
}

extension SeriesName {
    /// What `LeakHistory` follows over the epochs of a run.
    public enum History: String, Sendable {
        /// λ_target on training pairs with the noise that was trained on.
        case training = "lambda.training"
        /// λ_target on held-out pairs.
        case heldOut = "lambda.heldout"
        /// What the weights remember: `leakage.memorised`.
        case memorised
        /// λ_source.
        case source = "lambda.source"
        /// L = ⟨r, r⟩.
        case loss
        /// M = ⟨e, e⟩.
        case risk
        /// V = ⟨n_a, n_a⟩.
        case floor
    }

    /// A curve of `LeakHistory` on held-out pairs, but for `training`; the epoch in `frequency`.
    public static func history(_ what: History, _ direction: Direction) -> String {
        "history.\(what.rawValue).\(direction.rawValue)"
    }
}

/// Fourier ring correlation of the two directions' outputs, -1...1; one curve for both directions.
extension SeriesName {
    /// FRC(ν) of f_a and f_b.
    public static let ringCorrelation = "frc.same"
    /// FRC(ν) of f_a' and f_b', the noise of both targets replaced.
    public static let ringOther = "frc.other"
    /// (FRC_same - FRC_other)/(1 - FRC_other).
    public static let ringDifference = "frc.difference"
    /// FRC(ν) of f_a and f_b with the phases of each drawn anew; from the frequency on where they are.
    public static let ringRandomised = "frc.randomised"
    /// FRC(ν) of f_a and f_b with that of randomised phases taken out.
    public static let ringCorrected = "frc.corrected"
    /// The half-bit criterion.
    public static let ringHalfBit = "frc.half_bit"
}
