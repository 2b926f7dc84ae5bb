import Fields

/// |L - M - V + 2X| / L, the largest over images: ⟨r,r⟩ = ⟨e,e⟩ + ⟨n,n⟩ - 2⟨e,n⟩ holds for any f by algebra.
///
/// It checks the plumbing (fields, signs, pairing) and nothing else. Undetermined where L = 0.
struct DecompositionIdentity: Check {
    let id = "decomposition.identity"
    let title = "L = M + V - 2X per image (arithmetic)"
    let role = Role.description
    private var largest = 0.0
    private var images = 0

    mutating func observe(_ sample: Sample) throws {
        let e = try sample.error(), n = try sample.targetNoise(), r = sample.residual()
        let loss = inner(r, r)
        guard loss > 0 else {
            throw Undetermined(description: "the output of pair \(sample.pair.id) equals its target")
        }
        largest = max(largest, abs(loss - inner(e, e) - inner(n, n) + 2 * inner(e, n)) / loss)
        images += 1
    }

    /// ⟨u, v⟩ by pairwise summation: where noise leaks, L is a small difference of large terms, and the rounding of a
    /// running sum would show.
    private func inner(_ u: [Double], _ v: [Double]) -> Double {
        func sum(_ range: Range<Int>) -> Double {
            if range.count <= 64 { return range.reduce(0) { $0 + u[$1] * v[$1] } }
            let middle = range.lowerBound + range.count / 2
            return sum(range.lowerBound..<middle) + sum(middle..<range.upperBound)
        }
        return sum(u.indices)
    }

    func measurements(_ scope: Scope) -> [Measurement] {
        [row(exactly: largest, "max |L - M - V + 2X| / L", count: images, .below(1e-12), scope)]
    }
}
