import Fields
import Tensors

/// λ_source = Σ⟨e, n_b⟩ / Σ⟨n_b, n_b⟩: the share of the *input's* noise that is still in the output.
///
/// Normal for every denoiser that is not perfect, and never called leakage: n_b is independent of the target's noise. 1 for a
/// model that returns its input. The noise is taken less its mean at like intensity.
package struct SourcePassThrough: Check {

    package init() {}
    package let id = "passthrough.source"
    package let title = "Input noise still in the output (not leakage)"
    package let role = Role.quality
    /// Captures alone: the source's noise exchanged for that of a repeat, Σ⟨Δf, Δn_b⟩ and Σ⟨Δn_b, Δn_b⟩, whose ratio is the same for
    /// an f that is linear over one σ.
    private var exchanged = UnitTerms()
    private var terms = UnitTerms()

    package mutating func observe(_ sample: Sample) throws {
        guard sample.pair.clean != nil || sample.pair.repeats.isEmpty else {
            let swap = try sample.sourceSwap()
            exchanged.add([(swap.output, swap.noise), (swap.noise, swap.noise)], of: sample)
            return
        }
        let noise = try sample.centredNoise(of: sample.target.other)
        terms.add([(try sample.error(), noise), (noise, noise)], of: sample)
    }

    package func measurements(_ scope: Scope) throws -> [Measurement] {
        let isExchanged = !exchanged.isEmpty, chosen = isExchanged ? exchanged : terms
        let estimate = try chosen.estimate(scope) { $0[0] / $0[1] }
        return [
            row(
                estimate, isExchanged ? "λ_source (exchange)" : "λ_source", unit: chosen.unit, .below(0.5), scope,
                reading: estimate.estimate < 0.5
                    ? "the share of the input's own noise that passes; it does not touch the Noise2Noise argument"
                    : "the output hands its input's noise through")
        ]
    }
}
