import Fields

/// |L - M - V + 2X| / (L + M + V), the largest over images: ⟨r,r⟩ = ⟨e,e⟩ + ⟨n,n⟩ - 2⟨e,n⟩ holds for any f by algebra.
///
/// It checks the plumbing (fields, signs, pairing) and nothing else. Relative to all terms: where noise leaks L is a small difference of large
/// ones, and holds their rounding. Undetermined where all are 0.
struct DecompositionIdentity: Check {
    let id = "decomposition.identity"
    let title = "L = M + V - 2X per image (arithmetic)"
    let role = Role.description
    private var largest = 0.0
    private var images = 0

    mutating func observe(_ sample: Sample) throws {
        let e = try sample.error(), n = try sample.targetNoise(), r = sample.residual()
        let (loss, risk, power) = (dot(r, r), dot(e, e), dot(n, n)), scale = loss + risk + power
        guard scale > 0 else {
            throw Undetermined(description: "output and target of pair \(sample.pair.id) are the clean image")
        }
        largest = max(largest, abs(loss - risk - power + 2 * dot(e, n)) / scale)
        images += 1
    }

    func measurements(_ scope: Scope) -> [Measurement] {
        [row(exactly: largest, "max |L - M - V + 2X| / (L + M + V)", count: images, .below(1e-12), scope)]
    }
}
