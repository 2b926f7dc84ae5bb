import Fields

/// What skips carry, and what they do to the Noise2Noise argument: C1 to C4 and C12.
enum ClaimsOnSkips {
    private typealias Part = Claim.Part

    /// ε for λ (docs/THEORY.md, section 4).
    static let epsilon = 0.01
    /// Smallest difference of PSNR that anyone would see, dB.
    static let decibels = 0.1

    static let all = [c1, c2, c3, c4, c12]

    private static let c1 = Claim(
        id: "C1",
        text: "Skip features carry their input's noise pattern.",
        experiment: """
            Ridge probe of the noise of held-out images from the encoder's features, each at its own place, fitted to three photographs and \
            judged on the fourth; networks with source skips (level 0 is the finest) and without skips in the cross-domain path.
            """,
        rule: .anyPart,
        parts: [
            Part("R² at level 0, source skips", .above(0.5), .source) { $0.probe[0] },
            Part("R² at level 1, source skips", .above(0.1), .source) { $0.probe[1] },
            Part("R² at level 0, no cross-domain skips", .above(0.5), .none) { $0.probe[0] },
            Part("R² at level 1, no cross-domain skips", .above(0.1), .none) { $0.probe[1] },
            Part("R² in the latent, source skips", nil, .source) { $0.probe[2] },
            Part("R² in the latent, no cross-domain skips", nil, .none) { $0.probe[2] },
            Part("R² from the noisy pixel itself", nil, .none) { $0.probeOfPixels },
        ],
        reading: """
            Whether the noise can be read from features says what a skip can pass on, not what the decoder passes on: both networks have the noise \
            at the finest level, and only λ says how much of it is in the output.
            """,
        limits: """
            The probe is linear and looks at one place; a larger one could only raise R². Features that were trained to be clean, or that are \
            much coarser than the noise, would lower it.
            """,
        figure: LedgerFigures.probe)

    private static let c2 = Claim(
        id: "C2",
        text: "Decoding with the target's skips leaks the target's noise.",
        experiment: """
            Networks trained and run with `use_target_skip`: λ_target on held-out pairs by regression on the noise and by its exchange; photographs \
            (one content) and phantom (two contrasts).
            """,
        rule: .everyPart,
        parts: [
            Part("λ_target, photographs", .above(epsilon), .target) { $0.heldOut.target },
            Part("λ_target by exchange, photographs", .above(epsilon), .target) { $0.swapped },
            Part("λ_target, phantom", .above(epsilon), .kneeTarget) { $0.heldOut.target },
            Part("λ_target by exchange, phantom", .above(epsilon), .kneeTarget) { $0.swapped },
            Part("loss over noise floor L/V, photographs", nil, .target) { $0.heldOut.loss / $0.heldOut.noise },
            Part("gain over the noisy image in dB, photographs", nil, .target) { $0.heldOut.gain },
        ],
        reading:
            "R3: the target is an input of the path, so its noise is within reach, and training is rewarded for passing it on.",
        limits: "A decoder that was never trained on a noisy target, or skips that hold no noise, would leak less.")

    private static let c3 = Claim(
        id: "C3",
        text: "Any skip, source or target, breaks the independence that Noise2Noise needs.",
        experiment: """
            Networks with no, source and target skips. If source skips broke the independence, their output would hold noise of the target on held-out \
            pairs with independent noises. The regimes of docs/THEORY.md, section 3, stand side by side.
            """,
        rule: .everyPart,
        parts: [
            Part("λ_target with target skips, photographs", .above(epsilon), .target) { $0.heldOut.target },
            Part("λ_target with source skips, photographs", .above(epsilon), .source) { $0.heldOut.target },
            Part("λ_target with source skips by exchange, photographs", .above(epsilon), .source) { $0.swapped },
            Part("λ_target with target skips, phantom", .above(epsilon), .kneeTarget) { $0.heldOut.target },
            Part("λ_target with source skips, phantom", .above(epsilon), .kneeSource) { $0.heldOut.target },
            Part("λ_source with source skips, photographs", nil, .source) { $0.heldOut.source },
            Part("λ_source without skips, photographs", nil, .none) { $0.heldOut.source },
        ],
        reading: """
            Source skips are regime R0. They pass on noise of the *source*, and the argument needs no independence from that: for every f of x_b alone \
            ⟨e, n_a⟩ is 0 in the mean, skips or not. Only features of the target (R3) break it. Where the two noises are correlated (R2) every denoiser \
            shows target noise, the more the more of the source's noise it passes on, with skips or without.
            """,
        limits: """
            Noises that are correlated between the domains (R2), training pairs whose noise is stored and learnt (R1) and preprocessing that couples the \
            domains (R4) break independence without any skip.
            """,
        regimes: [("no skips", .none), ("source skips", .source), ("target skips", .target)])

    private static let c4 = Claim(
        id: "C4",
        text: "Without cross-domain skips nothing leaks.",
        experiment: """
            λ_target of networks without cross-domain skips: on held-out pairs; on pairs trained on with the noise trained on; and the same after long \
            training on one photograph whose noise never changes.
            """,
        rule: .anyPart,
        parts: [
            Part("λ_target held out, photographs", .within(epsilon), .none) { $0.heldOut.target },
            Part("λ_target held out by exchange, photographs", .within(epsilon), .none) { $0.swapped },
            Part("λ_target held out, phantom", .within(epsilon), .kneeNone) { $0.heldOut.target },
            Part.difference("λ_target on training pairs less held out, photographs", .within(epsilon), trained: .none),
            Part.difference(
                "λ_target on the training pair less held out, one photograph", .within(epsilon), trained: .memory),
        ],
        reading: """
            Held out (R0) nothing can leak. On training pairs with stored noise (R1) a network knows noise through its weights, and no skip is needed for \
            that: how much depends on parameters and steps against noise values.
            """,
        limits:
            "Longer training, fewer images or a larger network move the last number up; noise drawn anew in each epoch makes it 0."
    )

    private static let c12 = Claim(
        id: "C12",
        text: """
            Zero skips are as good as no skips; skips in the same-domain path make the decoder depend on them and hurt the cross-domain path.
            """,
        experiment: """
            the same weights with skips that are tensors of zeros and with none; the same-domain output with and without skips from the same weights; and the cross-domain PSNR of \
            networks trained without same-domain skips less that with them, at two reconstruction weights. Photographs.
            """,
        rule: .anyPart,
        parts: [
            Part("largest difference of outputs, zero skips against no skips", .equal(0), .none) {
                $0.zeroSkipDifference
            },
            Part("same-domain PSNR against the clean image lost without the skips, dB", .above(decibels), .none) {
                $0.samePSNR - $0.samePSNRWithoutSkips
            },
            Part.difference(
                "cross-domain PSNR gained without same-domain skips, recon 0.2, dB", .above(decibels), .separate02,
                less: .none
            ) {
                $0.heldOut.psnr
            },
            Part.difference(
                "cross-domain PSNR gained without same-domain skips, recon 1, dB", .above(decibels), .separate1,
                less: .recon1
            ) {
                $0.heldOut.psnr
            },
        ],
        reading: """
            In this architecture a skip of zeros adds nothing to a convolution without bias in that part, so that zero skips *are* no skips, bit by bit. The \
            other two parts are about sharing one decoder between paths with and without skips.
            """,
        limits: "A decoder with a bias or a normalisation in its skip branch would tell zeros from nothing.")
}

extension Claim.Part {
    /// λ_target on pairs trained on, less that on pairs held out: R1 less R0.
    fileprivate static func difference(_ quantity: String, _ bound: Bound, trained arm: Arm) -> Claim.Part {
        Claim.Part(quantity, bound, arm) { $0.training.target - $0.heldOut.target }
    }
}
