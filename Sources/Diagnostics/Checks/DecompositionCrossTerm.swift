/// X/V = ⟨e, n_a⟩ / ⟨n_a, n_a⟩ over images: the term that Noise2Noise needs to vanish, relative to the noise power.
///
/// The same ratio as `TargetLeakageObserved`, here as the statement about the decomposition, with its uncertainty over whole
/// noise fields: sums over each image, all channels and no margin left out. Out of scope for noise whose
/// mean follows the signal (`NoiseTerms`), where X holds more than leakage.
struct DecompositionCrossTerm: Check {
    let id = "decomposition.cross_term"
    let title = "The cross term X vanishes"
    let condition: any Condition
    private var terms = NoiseTerms(tiling: Tiling(side: Tiling.standard.side, margin: 0))

    init(margin: Double) { condition = PracticallyZero(margin: margin) }

    mutating func observe(_ sample: Sample) throws {
        let noise = try sample.targetNoise()
        try terms.add([(try sample.error(), noise), (noise, noise)], of: sample)
    }

    func measure(_ scope: Scope) throws -> Measurement {
        measurement(try terms.estimate(scope) { $0[0] / $0[1] }, "X/V", unit: terms.unit, scope)
    }
}
