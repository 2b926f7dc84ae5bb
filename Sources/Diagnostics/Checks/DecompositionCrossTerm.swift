import Fields

/// X/V = ⟨e, n_a⟩ / ⟨n_a, n_a⟩ over images: the term that Noise2Noise needs to vanish, relative to the noise power.
///
/// The plain ratio, with nothing taken out: X also holds the product of two biases where the mean of the noise follows the signal, which is
/// no leak. `leakage.target.observed` is the leak alone.
struct DecompositionCrossTerm: Check {
    let id = "decomposition.cross_term"
    let title = "The cross term X"
    let role = Role.description
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        let noise = try sample.targetNoise()
        terms.add([(try sample.error(), noise), (noise, noise)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        [row(try terms.estimate(scope) { $0[0] / $0[1] }, "X/V", unit: terms.unit, .none, scope)]
    }
}
