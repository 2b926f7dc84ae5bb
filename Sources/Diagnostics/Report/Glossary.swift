/// Short definitions of the columns of a report; docs/THEORY.md has them in full.
enum Glossary {
    /// Term and meaning, in the order they are shown.
    static var entries: [[String]] {
        columns.map { [$0.key, $0.value] }
            + Regime.allCases.map { [$0.rawValue, "Regime: \(VerdictText.meaning($0))."] }
    }

    private static let columns: KeyValuePairs = [
        "source, target":
            "The cross-domain path reads the source image and is compared with the target image; b→a reads b.",
        "λ_target": "Leakage coefficient: share of the target's own noise that reaches the output. 0 none, 1 all.",
        "λ_source":
            "Share of the source's noise that passes through to the output. Normal for a denoiser, never leakage.",
        "η":
            "All energy of the output that changes with the target's noise; λ_target sees only what arrives in its place.",
        "β": "λ_target and λ_source by one regression on both noises: apart from noise that the two share.",
        "φ":
            "Shapley value of a skip: its share of λ_target; the skips' values add up to it. Level 0 is the finest.",
        "control":
            "A leak of known size on the same images, which must be found as injected for a report to be believed.",
        "X / V":
            "Cross term ⟨output - clean, target noise⟩ over the noise power V, over whole images. 0 without leakage.",
        "loss / floor":
            "Held-out loss divided by the loss of a perfect denoiser against noisy targets. Below 1 proves leakage.",
        "PSNR, SSIM": "Likeness of the output to the clean image, on held-out images. Higher is better.",
        "gain": "PSNR of the output less PSNR of the noisy input.",
        "pass": "The 90 % interval lies inside the bound.",
        "fail": "The 95 % interval excludes 0 and the estimate lies beyond the bound.",
        "inconclusive": "Neither pass nor fail.",
        "[low, high]": "95 % confidence interval.",
        "detects": "Smallest effect that data of this size would find with 80 % power.",
        "units": "What the interval resamples: noise (with the scenes held fixed) or scene (images or subjects).",
    ]
}
