import Fields
import RealModule
import Tensors

/// M/V: the squared error of the output over that of the noisy image; 1 is no better than doing nothing.
///
/// M = ⟨e, e⟩ and V = ⟨n_a, n_a⟩ with a clean image; with a further capture M = ⟨(f - x_a')²⟩ - V and V = ½⟨(x_a - x_a')²⟩, whose noise the
/// output cannot hold. Better or worse only where the interval lies on one side of 1. Needs no clean image then. With a stated σ alone V = σ² and M = ⟨(f - x_a)²⟩ - σ², as far as nothing leaks.
struct OutputRisk: Check {
    let id = "quality.risk"
    let title = "Error of the output over the error of the noisy image"
    let role = Role.quality
    private var terms = UnitTerms()
    private var isStated = false
    /// Σ 10 log₁₀(V/M) over images with a clean one.
    private var decibels = 0.0

    mutating func observe(_ sample: Sample) throws {
        guard sample.targetVaries else { return }
        if sample.pair.clean(of: sample.target) != nil {
            let error = try sample.error(), noise = try sample.targetNoise()
            terms.add([(error, error), (noise, noise)], of: sample)
            decibels += 10 * Double.log10(dot(noise, noise) / dot(error, error))
        } else if let fresh = try? sample.capture(.fresh) {
            let rest = difference(sample.output, fresh), noise = try sample.repeatedNoise()
            let loss = sample.sums([(rest, rest), (noise, noise)])
            terms.add(sums: loss.map { [$0[0] - $0[1], $0[1]] }, of: sample)
        } else if let variance = sample.evaluation.noiseVariance?[sample.target] {
            isStated = true
            let rest = sample.residual(), one = [Double](repeating: 1, count: rest.count)
            let loss = sample.sums([(rest, rest), ([Double](repeating: variance, count: rest.count), one)])
            terms.add(sums: loss.map { [$0[0] - $0[1], $0[1]] }, of: sample)
        } else {
            throw SampleError.noCleanReference(sample.pair.id)
        }
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { $0[0] / $0[1] }
        let (lower, upper) = (
            estimate.interval95?.lower ?? estimate.estimate, estimate.interval95?.upper ?? estimate.estimate
        )
        let answer =
            lower > 1 && estimate.interval95 != nil
            ? "the output is worse than the noisy image"
            : lower == 1
                ? "the output is no better than the noisy image"
                : upper < 1 ? "1 is no better than the noisy image" : "not shown to be better than the noisy image"
        // The sum of squares and the mean of decibels weigh images differently.
        let mean =
            lower >= 1 && decibels > 0 && decibels.isFinite
            ? " by the sum of squared errors, though not by the mean gain in dB: few images hold most of the error" : ""
        return [
            row(
                estimate, isStated ? "L/σ² - 1" : "M/V", unit: terms.unit, .below(1), scope,
                reading: answer + mean + (isStated ? "; σ is stated and was not measured" : ""))
        ]
    }
}
