/// L/σ² = ⟨r, r⟩/σ_a²: without leakage a held-out squared loss cannot lie below the noise power of its target.
///
/// σ² comes from a source that does not use the clean image where one is known; otherwise it is V = ⟨n_a, n_a⟩, which
/// is less noisy but needs the clean reference and a noise whose mean does not follow the signal, since an output can predict that
/// mean. Images whose target is constant, as behind a mask, are left out. An L below it proves leakage without any further argument.
struct NoiseFloor: Check {
    let id = "leakage.noise_floor"
    let title = "Held-out loss over the noise floor"
    let condition: any Condition = NotBelow(
        bound: 1, otherwise: "no function of the source alone can predict the target better than its noise allows")
    private var terms = TileTerms()
    /// Where the floor is V, which holds the square of a bias that an output may well predict.
    private var bias: DecompositionZeroMean?

    mutating func observe(_ sample: Sample) throws {
        guard sample.targetVaries else { return }
        let residual = sample.residual()
        if let variance = sample.evaluation.noiseVariance?[sample.target] {
            let floor = [Double](repeating: variance, count: residual.count)
            let one = [Double](repeating: 1, count: residual.count)
            terms.add([(residual, residual), (floor, one)], of: sample)
        } else if sample.pair.clean(of: sample.target) == nil {
            // Captures alone: half the power of what two of them differ by.
            let noise = try sample.repeatedNoise()
            terms.add([(residual, residual), (noise, noise)], of: sample)
        } else {
            let noise = try sample.targetNoise()
            terms.add([(residual, residual), (noise, noise)], of: sample)
            var bias = self.bias ?? DecompositionZeroMean(margin: 1)
            try bias.observe(sample)
            self.bias = bias
        }
    }

    func measure(_ scope: Scope) throws -> Measurement {
        let estimate = try terms.estimate(scope) { $0[0] / $0[1] }
        try bias?.requireZeroMean(scope)
        return measurement(estimate, "L/σ²", unit: terms.unit, scope)
    }
}
