import Fields
import Tensors

/// (L - σ² - M)/σ²: what Noise2Noise promises, that the noisy loss is the clean risk plus a constant.
///
/// Uses no n_a: L from the noisy target, M from the clean reference, σ² from elsewhere. Negative where target noise leaks.
/// Images whose target is constant, as behind a mask, are left out.
struct DecompositionRisk: Check {
    let id = "decomposition.risk"
    let title = "Noisy loss less the noise power equals the clean risk"
    let role = Role.description
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        guard sample.targetVaries else { return }
        guard let variance = sample.evaluation.noiseVariance?[sample.target] else {
            throw SampleError.noiseVarianceUnknown(sample.pair.id)
        }
        let r = sample.residual(), e = try sample.error()
        let one = [Double](repeating: 1, count: r.count)
        terms.add([(r, r), (e, e), ([Double](repeating: variance, count: r.count), one)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { ($0[0] - $0[1]) / $0[2] - 1 }
        return [
            row(
                estimate, "(L - σ² - M)/σ²", unit: terms.unit, .none, scope,
                reading: "0 where the noisy loss is the clean risk plus the noise power")
        ]
    }
}
