/// What the weights of the losses and the width of the latent do: C5 to C8 and C13.
enum ClaimsOnWeights {
    private typealias Part = Claim.Part

    private static let decibels = ClaimsOnSkips.decibels

    static let all = [c5, c6, c7, c8, c13]

    private static let c5 = Claim(
        id: "C5",
        text: "A strong reconstruction loss makes the latent keep noise.",
        experiment: """
            Weights of the reconstruction loss of 0, 0.05, 0.2 and 1, the cross loss at 1, no cross-domain skips, with and without skips in the same-domain path: \
            R² of the noise from the latent, and λ_source. Photographs.
            """,
        rule: .anyPart,
        parts: [
            Part.difference(
                "R² in the latent, recon 1 less recon 0, same-domain skips", .above(0.01), .recon1, less: .recon0,
                latent),
            Part.difference(
                "R² in the latent, recon 1 less recon 0, no skips at all", .above(0.01), .separate1, less: .recon0,
                latent),
            Part.difference("λ_source, recon 1 less recon 0, same-domain skips", .above(0.01), .recon1, less: .recon0) {
                $0.heldOut.source
            },
            Part.difference("λ_source, recon 1 less recon 0, no skips at all", .above(0.01), .separate1, less: .recon0)
            {
                $0.heldOut.source
            },
            Part("R² in the latent, recon 0", nil, .recon0, latent),
            Part("R² in the latent, recon 0.05, same-domain skips", nil, .recon005, latent),
            Part("R² in the latent, recon 0.2, same-domain skips", nil, .none, latent),
            Part("R² in the latent, recon 1, same-domain skips", nil, .recon1, latent),
            Part("R² in the latent, recon 0.2, no skips at all", nil, .separate02, latent),
            Part("R² in the latent, recon 1, no skips at all", nil, .separate1, latent),
        ],
        reading: """
            With skips in the same-domain path the noise has another way into the reconstruction and need not go through the latent; without them the latent is the \
            only way. The mechanism that was argued is the second one.
            """,
        limits:
            "A latent too narrow to hold the noise, or noise drawn anew for the reconstruction's target, would leave it out whatever the weight.",
        figure: LedgerFigures.latentNoise)

    private static let c6 = Claim(
        id: "C6",
        text: "A weak reconstruction loss and a strong cross loss denoise best.",
        experiment: """
            PSNR against the clean image over the grid of weights (reconstruction : cross of 0, 0.05, 0.2, 1 and 5), no cross-domain skips. The claim is taken as: \
            0.05 is better by more than 0.1 dB than each stronger one. Photographs.
            """,
        rule: .anyPart,
        parts: [
            Part.difference("PSNR at 0.05 less that at 0.2, dB", .above(decibels), .recon005, less: .none, psnr),
            Part.difference("PSNR at 0.05 less that at 1, dB", .above(decibels), .recon005, less: .recon1, psnr),
            Part.difference("PSNR at 0.05 less that at 5, dB", .above(decibels), .recon005, less: .cross02, psnr),
            Part("PSNR at 0, dB", nil, .recon0, psnr),
            Part("PSNR at 0.05, dB", nil, .recon005, psnr),
            Part("PSNR at 0.2, dB", nil, .none, psnr),
            Part("PSNR at 1, dB", nil, .recon1, psnr),
            Part("PSNR at 5, dB", nil, .cross02, psnr),
        ],
        reading: "The optimizer does not see the scale of the losses, so that only their ratio matters.",
        limits:
            "Longer training, another latent or contrasts that differ could move the best ratio; each point here is one setting of a short run.",
        figure: LedgerFigures.weightGrid)

    private static let c7 = Claim(
        id: "C7",
        text: "Without skips a larger latent recovers the detail.",
        experiment: """
            Latents of 16, 64 and 512 channels at a quarter of the resolution, 1 to 32 numbers for each pixel, no cross-domain skips and no content loss (which would \
            press a wide latent to a constant). PSNR by frequency band (cycles/pixel), beside a network with source skips and 64 channels. Photographs.
            """,
        rule: .anyPart,
        parts: [
            Part.difference("PSNR, 512 less 64 channels, dB", .above(decibels), .latent(512), less: .latent(64), psnr),
            Part.difference(
                "PSNR from 0.25 on, 512 less 64 channels, dB", .above(decibels), .latent(512), less: .latent(64), fine),
            Part.difference(
                "PSNR from 0.25 on, 512 channels less source skips, dB", .above(-decibels), .latent(512), less: .source,
                fine),
            Part.difference("PSNR, 64 less 16 channels, dB", nil, .latent(64), less: .latent(16), psnr),
            Part("PSNR with 16 channels, dB", nil, .latent(16), psnr),
            Part("PSNR with 64 channels, dB", nil, .latent(64), psnr),
            Part("PSNR with 512 channels, dB", nil, .latent(512), psnr),
            Part("PSNR with source skips and 64 channels, dB", nil, .source, psnr),
        ],
        reading: """
            16 channels at a quarter of the resolution already hold as many numbers as the image has pixels, and 64 four times as many: what is missing beyond that is not room in \
            the latent but the training that would use it.
            """,
        limits:
            "All have the same number of steps; a wider network may need more. With less than one number for each pixel the latent would be a true bottleneck.",
        figure: LedgerFigures.latentSize)

    private static let c8 = Claim(
        id: "C8",
        text: "The content loss is needed for cross-domain decoding to work.",
        experiment: """
            Networks without the content loss, with the cross loss and without it: \
            cross-domain decoding counts as not working where the output is no better than the noisy image. Photographs and phantom.
            """,
        rule: .anyPart,
        parts: [
            Part("gain without content loss, photographs, dB", .below(0), .content0) { $0.heldOut.gain },
            Part("gain without content loss, phantom, dB", .below(0), .kneeContent0) { $0.heldOut.gain },
            Part("gain without content and cross loss, phantom, dB", .below(0), .kneeCross0Content0) {
                $0.heldOut.gain
            },
            Part.difference(
                "gain from the content loss where there is no cross loss, phantom, dB", .above(decibels), .kneeCross0,
                less: .kneeCross0Content0, psnr),
            Part.difference(
                "gain from the content loss beside the cross loss, photographs, dB", nil, .none, less: .content0, psnr),
            Part.difference(
                "gain from the content loss beside the cross loss, phantom, dB", nil, .kneeNone, less: .kneeContent0,
                psnr),
        ],
        reading:
            "The cross loss trains cross-domain decoding directly. The content loss can only matter where nothing else makes the latents of both domains alike.",
        limits: "Unpaired data, where no cross loss can be had, is the case for which the content loss is the only tie."
    )

    private static let c13 = Claim(
        id: "C13",
        text: "Two-stage training is the most stable and ends best; the extreme weights denoise best.",
        experiment: """
            Two stages (reconstruction 1, cross 0.1; then reconstruction 0.1, cross 1, edge 0.05) of three epochs each against one stage of six epochs, and the extreme weights \
            (reconstruction 0.05, content loss halved). Every weight of the content loss is a tenth of that in `configs/`, which would make latents collapse in so short a run. Unrest is the sum of all rises of the held-out cross loss between epochs over its last value. \
            Photographs, no cross-domain skips.
            """,
        rule: .anyPart,
        parts: [
            Part("unrest of one stage less that of two", .above(0), of: [.none, .stage1, .stage2]) {
                unrest($0[0].crossLosses) - unrest($0[1].crossLosses + $0[2].crossLosses)
            },
            Part.difference("PSNR of two stages less that of one, dB", .above(decibels), .stage2, less: .none, psnr),
            Part.difference(
                "PSNR of two stages less that of the extreme weights, dB", .above(decibels), .stage2, less: .extreme,
                psnr),
            Part.difference(
                "PSNR of the extreme weights less that of one stage, dB", .above(decibels), .extreme, less: .none, psnr),
            Part.difference(
                "PSNR of the extreme weights less that of recon 1, dB", .above(decibels), .extreme, less: .recon1, psnr),
            Part("unrest of one stage", nil, .none) { unrest($0.crossLosses) },
            Part("unrest of two stages", nil, of: [.stage1, .stage2]) { unrest($0[0].crossLosses + $0[1].crossLosses) },
        ],
        reading: "All arms have the same number of steps, so that a second stage is paid for by a shorter first one.",
        limits:
            "A second stage on top of a complete first one would have more steps, and would have to be compared with a longer single stage."
    )

    private static let latent: @Sendable (RunEvidence) -> Double = { $0.probe[$0.probe.count - 1] }
    /// The finest band of `RunEvidence.bandEdges`.
    private static let fine: @Sendable (RunEvidence) -> Double = { $0.bands[2] }
    private static let psnr: @Sendable (RunEvidence) -> Double = { $0.heldOut.psnr }

    /// Σ of all rises between epochs over the last value: 0 for a loss that only falls.
    static func unrest(_ losses: [Double]) -> Double {
        zip(losses, losses.dropFirst()).reduce(0) { $0 + max(0, $1.1 - $1.0) } / (losses.last ?? .nan)
    }
}

extension RunEvidence {
    /// The held-out cross loss by epoch.
    var crossLosses: [Double] { history["val/cross"] ?? [] }
}
