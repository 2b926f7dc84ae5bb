/// λ_source = Σ⟨e, n_b⟩ / Σ⟨n_b, n_b⟩: the share of the *input's* noise that is still in the output.
///
/// Normal for every denoiser that is not perfect, and never called leakage: n_b is independent of the target's noise. 1 for a
/// model that returns its input. Out of scope for noise whose mean follows the signal (`NoiseTerms`).
struct SourcePassThrough: Check {
    let id = "passthrough.source"
    let title = "Input noise still in the output (not leakage)"
    /// Captures alone: the source's noise exchanged for that of a repeat, Σ⟨Δf, Δn_b⟩ and Σ⟨Δn_b, Δn_b⟩, whose ratio is the same for
    /// an f that is linear over one σ.
    private var exchanged = TileTerms()
    let condition: any Condition = Informative(
        meaning: "the share of the input's own noise that passes, which does not touch the Noise2Noise argument")
    private var terms = NoiseTerms(ofSource: true)

    mutating func observe(_ sample: Sample) throws {
        guard sample.pair.clean != nil || sample.pair.repeats.isEmpty else {
            let swap = try sample.sourceSwap()
            exchanged.add([(swap.output, swap.noise), (swap.noise, swap.noise)], of: sample)
            return
        }
        let noise = try sample.sourceNoise()
        try terms.add([(try sample.error(), noise), (noise, noise)], of: sample)
    }

    func measure(_ scope: Scope) throws -> Measurement {
        guard exchanged.rows.isEmpty else {
            let estimate = try exchanged.estimate(scope) { $0[0] / $0[1] }
            return measurement(estimate, "λ_source (exchange)", unit: exchanged.unit, scope)
        }
        return measurement(try terms.estimate(scope) { $0[0] / $0[1] }, "λ_source", unit: terms.unit, scope)
    }
}
