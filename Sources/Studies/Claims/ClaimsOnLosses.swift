import Fields

/// What losses and residuals show: C9 to C11 and C14.
enum ClaimsOnLosses {
    private typealias Part = Claim.Part

    private static let epsilon = ClaimsOnSkips.epsilon

    static let all = [c9, c10, c11, c14]

    private static let c9 = Claim(
        id: "C9",
        text: "E|f − x_a|² = E|f − c|² + E|n_a|² when independent, and not when leaking.",
        experiment: """
            (L − M − V)/V on held-out pairs, which is −2X/V: 0 where the identity holds. Networks with no, source and target skips; photographs and phantom.
            """,
        rule: .everyPart,
        parts: [
            Part("no skips, photographs", .within(2 * epsilon), .none, gap),
            Part("source skips, photographs", .within(2 * epsilon), .source, gap),
            Part("no skips, phantom", .within(2 * epsilon), .kneeNone, gap),
            Part("source skips, phantom", .within(2 * epsilon), .kneeSource, gap),
            Part("target skips, photographs", .below(-2 * epsilon), .target, gap),
            Part("target skips, phantom", .below(-2 * epsilon), .kneeTarget, gap),
            Part("no skips, noises of correlation 0.5, photographs", nil, .none) {
                ($0.shared.loss - $0.shared.risk - $0.shared.noise) / $0.shared.noise
            },
        ],
        reading: "±0.02 is twice the margin of λ, because the gap is twice the cross term.",
        limits: "Noise whose mean follows the signal makes the gap signal-dependent even without leakage.")

    private static let c10 = Claim(
        id: "C10",
        text: "A falling cross loss shows that the leakage is gone.",
        experiment: """
            Networks trained with the target's skips: the held-out cross loss after the last epoch over that after the first, and λ_target then. The claim would have it below \
            0.01 once the loss has fallen, and lower than at the beginning.
            """,
        rule: .everyPart,
        parts: [
            Part("last held-out cross loss over the first, photographs", .below(1), .target, fall).asPremise,
            Part("λ_target after the last epoch, photographs", .below(epsilon), .target) { $0.heldOut.target },
            Part("λ_target, last epoch less first, photographs", .below(0), .target, rise),
            Part("last held-out cross loss over the first, phantom", .below(1), .kneeTarget, fall).asPremise,
            Part("λ_target after the last epoch, phantom", .below(epsilon), .kneeTarget) { $0.heldOut.target },
            Part("λ_target, last epoch less first, phantom", .below(0), .kneeTarget, rise),
            Part("Kendall's τ of loss and risk over six networks that cannot leak", nil, of: honest, rank),
            Part("Kendall's τ with the network with target skips among them", nil, of: honest + [.target], rank),
        ],
        reading:
            "The loss L = M + V − 2X falls with every bit of noise that leaks: it is the reward, not the sign, of leakage.",
        limits:
            "Only a loss that stays above the noise floor is compatible with no leakage; that it falls says nothing.",
        figure: LedgerFigures.history)

    private static let c11 = Claim(
        id: "C11",
        text: "Structure in |f − x_a| means leakage; a noise-like picture means none.",
        experiment: """
            Structure is the correlation, over pixels, of |f − x_a| with the gradient of the clean image; above 0.1 it counts as visible. If the claim held, networks with \
            visible structure would leak, and an output of c_a + n_a/2, whose residual is pure noise, would not. Photographs.
            """,
        rule: .everyPart,
        parts: [
            Part("structure without skips", .above(0.1), .none) { $0.structure }.asPremise,
            Part("λ_target without skips", .above(epsilon), .none) { $0.heldOut.target },
            Part("structure of c_a + n_a/2", .within(0.1), .none) { $0.halfLeakStructure }.asPremise,
            Part("λ_target of c_a + n_a/2", .within(epsilon), .none) { $0.halfLeak },
            Part("structure with source skips", nil, .source) { $0.structure },
            Part("structure with target skips", nil, .target) { $0.structure },
            Part("λ_target with target skips", nil, .target) { $0.heldOut.target },
        ],
        reading: """
            r = e − n_a. Structure in it is error of the signal, blur, and says nothing of the noise in e. Leaked noise is taken *out* of r: the picture becomes darker, and what is \
            left of it looks like noise all the same. A network of regime R0 shows structure and cannot leak; one of regime R3 leaks whatever the picture looks like.
            """,
        limits:
            "Where the signal error is small against the noise, no structure is seen in any regime. Power, not structure, tells: L below the noise floor.",
        figure: LedgerFigures.structure,
        regimes: [
            ("no skips", .none), ("source skips", .source), ("target skips", .target),
        ])

    private static let c14 = Claim(
        id: "C14",
        text:
            "The cross loss is below 0.5, 0.3 and 0.2 at epochs 5, 10 and 20, and the content loss goes to about 0.01.",
        experiment: """
            `configs/small/pure_noise2noise.json` as it is: phantom, noise of 0.094 per channel, so that a perfect denoiser has a cross loss of 0.15 and 0.2 can be reached. \
            One run with its own seed. "About 0.01" is taken as below 0.015.
            """,
        rule: .anyPart,
        parts: [
            Part("cross loss in epoch 5", .below(0.5), .pureNoise2Noise) { try $0.loss("loss/cross", 5) },
            Part("cross loss in epoch 10", .below(0.3), .pureNoise2Noise) { try $0.loss("loss/cross", 10) },
            Part("cross loss in epoch 20", .below(0.2), .pureNoise2Noise) { try $0.loss("loss/cross", 20) },
            Part("content loss in epoch 20", .below(0.015), .pureNoise2Noise) { try $0.loss("loss/content", 20) },
            Part("noise floor of the cross loss", nil, .pureNoise2Noise) { try $0.loss("noise/floor", 20) },
            Part("held-out cross loss in epoch 20", nil, .pureNoise2Noise) { try $0.loss("val/cross", 20) },
            Part("λ_target held out", nil, .pureNoise2Noise) { $0.heldOut.target },
        ],
        reading:
            "Such numbers are those of a data set: with other noise the floor is another, and a loss below the floor would be leakage, not success.",
        limits:
            "One run has no interval. The data are easy: whole slices, edges two pixels wide, next to no phase of the coil. Noise above 0.125 per channel puts 0.2 out of reach for any denoiser.",
        seeds: [nil])

    private static let honest: [Arm] = [.none, .source, .recon0, .recon005, .recon1, .cross02]
    /// Whether ordering by the loss against noisy targets orders by the error against clean ones: 1 if it does.
    private static let rank: @Sendable ([RunEvidence]) -> Double = {
        RankAgreement.tau($0.map { ($0.heldOut.loss, $0.heldOut.risk) })
    }
    private static let gap: @Sendable (RunEvidence) -> Double = {
        ($0.heldOut.loss - $0.heldOut.risk - $0.heldOut.noise) / $0.heldOut.noise
    }
    private static let fall: @Sendable (RunEvidence) -> Double = {
        ($0.crossLosses.last ?? .nan) / ($0.crossLosses.first ?? .nan)
    }
    private static let rise: @Sendable (RunEvidence) -> Double = {
        let leakage = $0.history["val/lambda_target"] ?? []
        return (leakage.last ?? .nan) - (leakage.first ?? .nan)
    }
}

extension RunEvidence {
    /// A metric of an epoch, counted from 1.
    ///
    /// - Throws: `Undetermined` where the run has no such epoch.
    fileprivate func loss(_ key: String, _ epoch: Int) throws -> Double {
        guard let values = history[key], values.count >= epoch else {
            throw Undetermined(description: "the run has no \(key) in epoch \(epoch)")
        }
        return values[epoch - 1]
    }
}
