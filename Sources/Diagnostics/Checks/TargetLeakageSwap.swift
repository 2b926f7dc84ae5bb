import Fields

/// λ_target = Σ⟨Δf, Δn⟩ / Σ⟨Δn, Δn⟩ when the target's noise is replaced by an independent realisation.
///
/// An intervention: everything else is fixed, so signal error does not enter and a model that does not read its target
/// gives exactly 0. For a nonlinear model it is a secant where `TargetLeakageObserved` is a regression.
package struct TargetLeakageSwap: Check {
    package let id = "leakage.target.swap"
    package let title = "Target noise in the output, by exchanging the noise"
    package let role = Role.leakage
    let margin: Double
    private var terms = UnitTerms()

    package init(margin: Double) { self.margin = margin }

    package mutating func observe(_ sample: Sample) throws {
        let swap = try sample.swap()
        terms.add([(swap.output, swap.noise), (swap.noise, swap.noise)], of: sample)
    }

    package func measurements(_ scope: Scope) throws -> [Measurement] {
        [
            row(
                try terms.estimate(scope) { $0[0] / $0[1] }, "λ_target (swap)", unit: terms.unit, .within(margin),
                scope)
        ]
    }
}
