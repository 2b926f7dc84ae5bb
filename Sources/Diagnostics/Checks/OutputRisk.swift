/// M/V: the squared error of the output over that of the noisy image; 1 is no better than doing nothing.
///
/// M = ⟨e, e⟩ and V = ⟨n_a, n_a⟩ with a clean image; with a further capture M = ⟨(f - x_a')²⟩ - V and V = ½⟨(x_a - x_a')²⟩, whose noise the
/// output cannot hold. Needs no clean image then.
struct OutputRisk: Check {
    let id = "quality.risk"
    let title = "Error of the output over the error of the noisy image"
    let role = Role.quality
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        guard sample.targetVaries else { return }
        if sample.pair.clean(of: sample.target) != nil {
            let error = try sample.error(), noise = try sample.targetNoise()
            terms.add([(error, error), (noise, noise)], of: sample)
        } else {
            let rest = difference(sample.output, try sample.capture(.fresh)), noise = try sample.repeatedNoise()
            let loss = sample.sums([(rest, rest), (noise, noise)])
            terms.add(sums: loss.map { [$0[0] - $0[1], $0[1]] }, of: sample)
        }
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        [
            row(
                try terms.estimate(scope) { $0[0] / $0[1] }, "M/V", unit: terms.unit, .below(1), scope,
                reading: "1 is no better than the noisy image")
        ]
    }
}
