/// η = Σ⟨Δf, Δf⟩ / Σ⟨Δn, Δn⟩ when the target's noise is replaced: all leaked energy, also what λ_target does not see because
/// it arrives displaced, filtered or with its sign changed.
///
/// Σ⟨Δn, Δn⟩ is 2Σ⟨n_a, n_a⟩ in expectation and needs no clean image. For f = g + h ∗ n_a it is Σh²; λ0² for a plain leak,
/// so the margin is ε².
struct TotalLeakage: Check {
    let id = "leakage.total"
    let title = "All energy of the output that comes from the target's noise"
    let condition: any Condition
    private var terms = TileTerms()

    /// - Parameter margin: ε, a share of amplitude.
    init(margin: Double) { condition = PracticallyZero(margin: margin * margin) }

    mutating func observe(_ sample: Sample) throws {
        let swap = try sample.swap()
        terms.add([(swap.output, swap.output), (swap.noise, swap.noise)], of: sample)
    }

    func measure(_ scope: Scope) throws -> Measurement {
        measurement(try terms.estimate(scope) { $0[0] / $0[1] }, "η", unit: terms.unit, scope)
    }
}
