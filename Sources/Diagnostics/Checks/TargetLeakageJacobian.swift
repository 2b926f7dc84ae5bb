import Fields

/// λ_target = mean over Rademacher v of ⟨v, (∂f/∂x_a) v⟩ = tr(∂f/∂x_a) / N (Hutchinson 1990), one vector-Jacobian product
/// per probe.
///
/// The response to infinitesimal noise, at the noisy input; needs the network itself. Agrees with the other two for white noise
/// as far as the model is linear over one σ.
struct TargetLeakageJacobian: Check {
    let id = "leakage.target.jacobian"
    let title = "Target noise in the output, by derivatives"
    let role = Role.leakage
    let margin: Double
    private var terms = UnitTerms()

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        // One row per unit: probes of one image see the same noise, and rows of their own would count it several times.
        terms.add(
            try sample.probes().flatMap { probe in
                [(probe.cotangent, probe.targetGradient), (probe.cotangent, probe.cotangent)]
            }, of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { sums in
            func total(_ first: Int) -> Double {
                stride(from: first, to: sums.count, by: 2).reduce(0) { $0 + sums[$1] }
            }
            return total(0) / total(1)
        }
        return [row(estimate, "λ_target (jacobian)", unit: terms.unit, .within(margin), scope)]
    }
}
