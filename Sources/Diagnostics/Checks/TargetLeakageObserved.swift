/// λ_target = Σ⟨e, n_a⟩ / Σ⟨n_a, n_a⟩: the share of the target's own noise that reaches the output.
///
/// Needs a clean reference. 0 for every model that does not see n_a; 1 for a model that returns its target. Undetermined
/// for data without noise; out of scope for noise whose mean follows the signal (`NoiseTerms`).
struct TargetLeakageObserved: Check {
    let id = "leakage.target.observed"
    let title = "Target noise in the output, by regression on the noise"
    let condition: any Condition
    private var terms: NoiseTerms

    /// - Parameter refusesBias: `false` for a control, whose error holds a known share of the noise, whatever its mean.
    init(margin: Double, refusesBias: Bool = true) {
        condition = PracticallyZero(margin: margin)
        terms = NoiseTerms(refusesBias: refusesBias)
    }

    mutating func observe(_ sample: Sample) throws {
        let noise = try sample.targetNoise()
        try terms.add([(try sample.error(), noise), (noise, noise)], of: sample)
    }

    func measure(_ scope: Scope) throws -> Measurement {
        measurement(try terms.estimate(scope) { $0[0] / $0[1] }, "λ_target (observed)", unit: terms.unit, scope)
    }
}
