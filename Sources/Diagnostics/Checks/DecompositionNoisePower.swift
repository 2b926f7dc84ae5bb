import Fields
import Tensors

/// V/σ² - 1: the noise that the clean reference implies has the power that is known without it.
///
/// Violated by a wrong σ, and by a "clean" reference that is itself noisy or contains the observation. Images whose target
/// is constant, as behind a mask, are left out.
struct DecompositionNoisePower: Check {
    let id = "decomposition.noise_power"
    let title = "Noise power against the clean reference equals the known σ²"
    let role = Role.premise
    let margin: Double
    private var terms = UnitTerms()

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        guard sample.targetVaries else { return }
        guard let variance = sample.evaluation.noiseVariance?[sample.target] else {
            throw SampleError.noiseVarianceUnknown(sample.pair.id)
        }
        let noise = try sample.targetNoise()
        let one = [Double](repeating: 1, count: noise.count)
        terms.add([(noise, noise), ([Double](repeating: variance, count: noise.count), one)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { $0[0] / $0[1] - 1 }
        return [
            row(
                estimate, "V/σ² - 1", unit: terms.unit, .within(margin), scope,
                reading: "V is measured against the clean image, σ is stated")
        ]
    }
}
