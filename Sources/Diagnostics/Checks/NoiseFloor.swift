import Fields
import Tensors

/// L/V = ⟨r, r⟩/⟨n_a, n_a⟩: without leakage a held-out squared loss cannot be below the noise power of its target.
///
/// V is measured: against the clean image, less a mean that follows the signal, which an output may predict; or as half of what two captures
/// differ by. An L below (1 - 2ε) V shows a λ_target above ε without any further argument. With a stated σ alone V is not measured: L/σ² is
/// then a number to know. Images whose target is constant, as behind a mask, are left out.
struct NoiseFloor: Check {
    let id = "leakage.noise_floor"
    let title = "Held-out loss over the noise floor"
    let role = Role.leakage
    let evidence = Evidence.regression
    /// ε.
    let margin: Double
    private var terms = UnitTerms()
    private var isStated = false

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        guard sample.targetVaries else { return }
        let residual = sample.residual()
        if sample.pair.clean(of: sample.target) != nil {
            let noise = try sample.centredNoise(of: sample.target)
            // What centring takes out of noise without a bias.
            let fitted = try sample.likeIntensity(of: sample.target).fitted()
            let scale = (Double(noise.count) / Double(max(1, noise.count - fitted))).squareRoot()
            let power = noise.map { scale * $0 }
            terms.add([(residual, residual), (power, power)], of: sample)
        } else if let noise = try? sample.repeatedNoise() {
            terms.add([(residual, residual), (noise, noise)], of: sample)
        } else if let variance = sample.evaluation.noiseVariance?[sample.target] {
            isStated = true
            let one = [Double](repeating: 1, count: residual.count)
            terms.add([(residual, residual), ([Double](repeating: variance, count: residual.count), one)], of: sample)
        } else {
            throw SampleError.noiseVarianceUnknown(sample.pair.id)
        }
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { $0[0] / $0[1] }
        return [
            isStated
                ? row(
                    estimate, "L/σ²", unit: terms.unit, .none, scope, role: .description,
                    reading: "σ is stated and was not measured")
                : row(
                    estimate, "L/V", unit: terms.unit, .notBelow(1 - 2 * margin), scope,
                    reading: "no function of the source alone predicts the target better than its noise allows")
        ]
    }
}
