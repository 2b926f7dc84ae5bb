import Fields
import Formats

/// ρ(r_a, r_b) of the two cross residuals, beside the value it has without leakage.
///
/// It is not 0 without leakage, because each residual holds the other's noise twice: as its target and passed through from
/// its source. With independent noises and no leak, and with errors whose signal parts are unrelated,
/// ρ₀ = -(⟨e_a,n_b⟩ + ⟨e_b,n_a⟩)/√((V_a + M_a)(V_b + M_b)); for a linear filter h this is docs/THEORY.md's
/// -h₀(σ_a²+σ_b²)/√((σ_a²+h₂σ_b²)(σ_b²+h₂σ_a²)), of which it measures the terms. Blur that both outputs share moves ρ up.
/// Information only, and not applicable without the clean reference that ρ₀ needs. Both directions measure the same.
struct ResidualCrossCorrelation: Check {
    let id = "residual.cross_correlation"
    let title = "Correlation of the two cross residuals"
    let role = Role.description
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        guard let other = sample.opposite else { throw SampleError.outOfScope("one direction alone was tested") }
        guard other.shape == sample.shape else {
            throw SampleError.wrongShape(sample.predictor.name, sample.pair.id, other.shape, sample.shape)
        }
        let r = sample.residual(), s = other.residual()
        let e = try sample.error(), f = try other.error()
        let n = try sample.targetNoise(), m = try other.targetNoise()
        terms.add([(r, s), (r, r), (s, s), (e, m), (f, n), (e, e), (f, f), (n, n), (m, m)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { $0[0] / ($0[1] * $0[2]).squareRoot() }
        let null = try terms.estimate(scope) { -($0[3] + $0[4]) / (($0[5] + $0[7]) * ($0[6] + $0[8])).squareRoot() }
        return [
            row(
                estimate, "ρ(r_a, r_b)", unit: terms.unit, .none, scope,
                reading:
                    "\(NumberText.significant(null.estimate)) without leakage, which is not 0; signal error that both outputs share raises it"
            )
        ]
    }
}
