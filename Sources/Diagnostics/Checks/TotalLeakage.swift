import Fields

/// η = Σ⟨Δf, Δf⟩ / Σ⟨Δn, Δn⟩ when the target's noise is replaced: all leaked energy, also what λ_target does not see because
/// it arrives displaced, filtered or with its sign changed. Every pixel of every image is in it.
///
/// Σ⟨Δn, Δn⟩ is 2Σ⟨n_a, n_a⟩ in expectation and needs no clean image. For f = g + h ∗ n_a it is Σh²; λ0² for a plain leak,
/// so the margin is ε².
package struct TotalLeakage: Check {
    package let id = "leakage.total"
    package let title = "All energy of the output that changes with the target's noise"
    package let role = Role.leakage
    package let evidence = Evidence.exchange
    /// ε², a share of the noise power.
    let margin: Double
    private var terms = UnitTerms()
    private var route = EvaluationSet.Exchange.capture
    private var isSaved = false

    /// - Parameter margin: ε, a share of amplitude.
    package init(margin: Double) { self.margin = margin * margin }

    package mutating func observe(_ sample: Sample) throws {
        let swap = try sample.swap()
        route = swap.route
        isSaved = sample.predictor is RecordedPredictor
        terms.add([(swap.output, swap.output), (swap.noise, swap.noise)], of: sample)
    }

    package func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { $0[0] / $0[1] }
        let reading =
            route == .added
            ? "noise of the same power was added to the target, of which there is one capture alone" : ""
        var result = row(estimate, "η", unit: terms.unit, .below(margin), scope, reading: reading)
        if isSaved { result.basis = .saved }
        if result.interval95 != nil, let error = estimate.standardError {
            result.pValue = BeyondBound.pValue(
                ofEnergy: estimate.estimate, standardError: error, unitCount: result.unitCount, above: margin)
        }
        return [result]
    }
}
