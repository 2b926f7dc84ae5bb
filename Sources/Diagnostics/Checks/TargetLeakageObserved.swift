import Fields

/// λ_target = Σ⟨e, n_a⟩ / Σ⟨n_a, n_a⟩: the share of the target's own noise that reaches the output.
///
/// Needs a clean reference. 0 for every model that does not see n_a; 1 for a model that returns its target. Undetermined
/// for data without noise. Error and noise are taken less their means at like intensity (`LinearEvidence`).
package struct TargetLeakageObserved: Check {
    package let id = "leakage.target.observed"
    package let title = "Target noise in the output, by regression on the noise"
    package let role = Role.leakage
    package let evidence = Evidence.inPlace
    let margin: Double
    private var terms = UnitTerms()

    package init(margin: Double) { self.margin = margin }

    package mutating func observe(_ sample: Sample) throws {
        _ = try sample.clean()
        let linear = try sample.linear()
        terms.add([(linear.instrument, linear.error), (linear.instrument, linear.noise)], of: sample)
    }

    package func measurements(_ scope: Scope) throws -> [Measurement] {
        [
            row(
                try terms.estimate(scope) { $0[0] / $0[1] }, "λ_target (observed)", unit: terms.unit, .within(margin),
                scope)
        ]
    }
}
