import Fields
import Formats
import Tensors

/// [β_a β_b]ᵀ = G⁻¹[⟨e, n_a⟩ ⟨e, n_b⟩]ᵀ with G the Gram matrix of the noises: direct leakage apart from shared noise.
///
/// Where n_a and n_b are correlated, λ_target also counts what the source's noise says of the target's; β_a does not. With
/// independent noises β_a is λ_target and β_b is λ_source. Undetermined where the noises are one field or where there is none.
/// Noises and error are taken less their means at like intensity.
///
/// *Noise correlated in space.* A denoiser h of the source has e = Σ h(k) n_b(p + k). With C(k) = ⟨n_a(p), n_b(p + k)⟩ and
/// R(k) = ⟨n_b(p), n_b(p + k)⟩
///
///     β_a = Σ h(k) D(k),   D(k) = (C(k) R(0) - R(k) C(0))/(V_a R(0) - C(0)²)
///
/// without any leak. D is 0 for noises that are white, and where the shared noise has the colour of n_b. Beyond the bound of
/// `NoiseIndependence` at any displacement up to two pixels, with confidence (Bonferroni), the row cannot decide.
///
/// *A reference with noise of its own.* Noise of power w² in both clean images adds w² to all of ⟨e, n_a⟩, ⟨e, n_b⟩ and C(0), with
/// 0 ≤ w² ≤ C(0). Where no further capture tests the reference and β_a at w² = C(0), less this, is not beyond the margin on the side of
/// β_a, such noise explains it and the row cannot decide.
package struct JointRegression: Check {
    package let id = "leakage.joint.target"
    package let title = "Target noise in the output beyond what the source's noise explains"
    package let role = Role.leakage
    package let evidence = Evidence.joint
    let margin: Double
    private var terms = UnitTerms()
    /// Whether a clean image might hold noise, and nothing tests that.
    private var mayHoldNoise = false
    /// Rows and columns by which n_b is displaced.
    private static let displacements =
        [-2, -1, 1, 2].flatMap { [(0, $0), ($0, 0)] } + [(-1, -1), (-1, 1), (1, -1), (1, 1)]

    package init(margin: Double) { self.margin = margin }

    package mutating func observe(_ sample: Sample) throws {
        let a = try sample.centredNoise(of: sample.target), b = try sample.centredNoise(of: sample.target.other)
        let e = try sample.linear().error
        let moved = Self.displacements.flatMap { displacement in
            let there = displaced(b, by: displacement, shape: sample.shape)
            return [(a, there), (b, there)]
        }
        terms.add([(e, a), (e, b), (a, a), (a, b), (b, b)] + moved, of: sample)
        if !sample.evaluation.noiseIsAdded, (try? sample.capture(.fresh)) == nil { mayHoldNoise = true }
    }

    /// Why the row cannot decide where the noises correlate; empty where it can.
    private func caveat(_ scope: Scope, _ found: IntervalEstimate) throws -> String {
        func p(_ estimate: IntervalEstimate, _ bound: Double) -> Double {
            BeyondBound.pValue(
                estimate.estimate, standardError: estimate.standardError ?? .nan, unitCount: estimate.unitCount,
                .within(bound))?.value ?? 1
        }
        // Noises that do not correlate are no question of this row.
        let rho = try terms.estimate(scope) { $0[3] / ($0[2] * $0[4]).squareRoot() }
        guard rho.estimate.magnitude > NoiseIndependence.margin else { return "" }
        for (k, h) in Self.displacements.enumerated() {
            let bias = try terms.estimate(scope) { s in
                (s[5 + 2 * k] * s[4] - s[6 + 2 * k] * s[3]) / (s[2] * s[4] - s[3] * s[3])
            }
            if Double(Self.displacements.count) * p(bias, NoiseIndependence.margin) <= Judge.level {
                return
                    "the noise that the observations share is correlated in space, "
                    + "\(NumberText.significant(bias.estimate)) at a displacement of (\(h.0), \(h.1)), "
                    + "so that smoothing it is no different from a leak"
            }
        }
        guard mayHoldNoise, p(found, margin) <= Judge.level else { return "" }
        let rest = try terms.estimate(scope) { s in
            let own = max(0, s[3])
            return ((s[0] - own) * s[4] - (s[1] - own) * s[3]) / (s[2] * s[4] - s[3] * s[3])
        }
        let isLeft = rest.estimate * found.estimate > 0 && p(rest, margin) <= Judge.level
        return isLeft ? "" : "noise in the clean images themselves explains it as well; a repeat acquisition would tell"
    }

    package func measurements(_ scope: Scope) throws -> [Measurement] {
        func coefficient(ofTarget: Bool) -> SumStatistic {
            { s in
                let determinant = s[2] * s[4] - s[3] * s[3]
                // Nearly one field: the two coefficients exist only as a sum.
                guard determinant > 1e-6 * s[2] * s[4] else { return .nan }
                return (ofTarget ? s[0] * s[4] - s[1] * s[3] : s[1] * s[2] - s[0] * s[3]) / determinant
            }
        }
        let found = try terms.estimate(scope, coefficient(ofTarget: true))
        var target = row(found, "β of the target's noise", unit: terms.unit, .within(margin), scope)
        target.caveat = try caveat(scope, found)
        return [
            target,
            row(
                try terms.estimate(scope, coefficient(ofTarget: false)), "β of the source's noise", unit: terms.unit,
                .none, scope, id: "leakage.joint.source",
                title: "Source noise in the output beyond what the target's noise explains", role: .description,
                reading: "the share of the input's own noise that passes, apart from noise it shares with the target"),
        ]
    }
}
