import Fields
import Tensors

/// [β_a β_b]ᵀ = G⁻¹[⟨e, n_a⟩ ⟨e, n_b⟩]ᵀ with G the Gram matrix of the noises: direct leakage apart from shared noise.
///
/// Where n_a and n_b are correlated, λ_target also counts what the source's noise says of the target's; β_a does not. With
/// independent noises β_a is λ_target and β_b is λ_source. Undetermined where the noises are one field or where there is none.
/// Noises and error are taken less their means at like intensity.
package struct JointRegression: Check {
    package let id = "leakage.joint.target"
    package let title = "Target noise in the output beyond what the source's noise explains"
    package let role = Role.leakage
    package let evidence = Evidence.joint
    let margin: Double
    private var terms = UnitTerms()

    package init(margin: Double) { self.margin = margin }

    package mutating func observe(_ sample: Sample) throws {
        let a = try sample.centredNoise(of: sample.target), b = try sample.centredNoise(of: sample.target.other)
        let e = try sample.linear().error
        terms.add([(e, a), (e, b), (a, a), (a, b), (b, b)], of: sample)
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
        return [
            row(
                try terms.estimate(scope, coefficient(ofTarget: true)), "β of the target's noise", unit: terms.unit,
                .within(margin), scope),
            row(
                try terms.estimate(scope, coefficient(ofTarget: false)), "β of the source's noise", unit: terms.unit,
                .none, scope, id: "leakage.joint.source",
                title: "Source noise in the output beyond what the target's noise explains", role: .description,
                reading: "the share of the input's own noise that passes, apart from noise it shares with the target"),
        ]
    }
}
