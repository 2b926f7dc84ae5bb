/// Short definitions of the words and columns of a report, each with what it is after; docs/THEORY.md has them in full.
enum Glossary {
    struct Entry {
        var term: String
        var meaning: String
        var citations: [Citation] = []
    }

    /// In the order they are shown.
    static let entries: [Entry] =
        words + Regime.allCases.map { Entry(term: $0.rawValue, meaning: "Regime: \(VerdictText.meaning($0)).") }

    /// Term, meaning and where it comes from.
    static var rows: [[String]] {
        entries.map { [$0.term, $0.meaning, $0.citations.map(\.mark).joined(separator: "; ")] }
    }

    /// Everything that an entry cites, by authors.
    static var references: [Citation] { Citation.all.filter { one in entries.contains { $0.citations.contains(one) } } }

    private static let words = [
        Entry(
            term: "source, target",
            meaning:
                "The cross-domain path reads the source image and is compared with the target image; b→a reads b.",
            citations: [.noise2Noise]),
        Entry(
            term: "λ_target",
            meaning: "Leakage coefficient: share of the target's own noise that reaches the output. 0 none, 1 all."),
        Entry(
            term: "observed, swap, jacobian",
            meaning:
                "Three routes to λ_target: regression of the error on the noise; exchange of the target's noise; derivatives.",
            citations: [.trace]),
        Entry(
            term: "λ_source",
            meaning:
                "Share of the source's noise that passes through to the output. Normal for a denoiser, never leakage."),
        Entry(
            term: "η",
            meaning:
                "All energy of the output that changes with the target's noise; λ_target sees only what arrives in its place."
        ),
        Entry(
            term: "β",
            meaning: "λ_target and λ_source by one regression on both noises: apart from noise that the two share."),
        Entry(
            term: "φ",
            meaning:
                "Shapley value of a skip: its share of λ_target; the skips' values add up to it. Level 0 is the finest.",
            citations: [.shapley]),
        Entry(
            term: "control",
            meaning:
                "A leak of known size on the same images, which must be found as injected for a report to be believed."),
        Entry(
            term: "X / V",
            meaning:
                "Cross term ⟨output - clean, target noise⟩ over the noise power V, over whole images. 0 without leakage.",
            citations: [.stein]),
        Entry(
            term: "loss / floor",
            meaning:
                "Held-out loss divided by the loss of a perfect denoiser against noisy targets. Below 1 proves leakage."
        ),
        Entry(
            term: "T(ν), γ²",
            meaning:
                "Transfer and coherence: how much of the target's noise is in the error at each spatial frequency, and how "
                + "surely.", citations: [.averagedPeriodogram, .coherence]),
        Entry(
            term: "J-invariant",
            meaning: "Of the same-domain path: no output pixel depends on the input pixel in its place.",
            citations: [.noise2Self]),
        Entry(
            term: "PSNR, SSIM",
            meaning: "Likeness of the output to the clean image, on held-out images. Higher is better.",
            citations: [.similarity]),
        Entry(term: "gain", meaning: "PSNR of the output less PSNR of the noisy input."),
        Entry(term: "pass", meaning: "The 90 % interval lies inside the bound.", citations: [.equivalence]),
        Entry(term: "fail", meaning: "The 95 % interval excludes 0 and the estimate lies beyond the bound."),
        Entry(term: "inconclusive", meaning: "Neither pass nor fail."),
        Entry(
            term: "[low, high]", meaning: "95 % confidence interval.",
            citations: [.bootstrap, .smallBootstrap, .difference]),
        Entry(
            term: "p",
            meaning:
                "Probability of a result at least as extreme if there were nothing to find; corrected where arms are compared, and in brackets where several rows of a model are judged by theirs.",
            citations: [.signFlip, .permutation, .holm]),
        Entry(term: "detects", meaning: "Smallest effect that data of this size would find with 80 % power."),
        Entry(
            term: "units",
            meaning: "What the interval resamples: noise (with the scenes held fixed) or scene (images or subjects)."),
        Entry(
            term: "colours", meaning: "Told apart by colour-blind readers, and by dash and marker.",
            citations: [.colours]),
    ]
}
