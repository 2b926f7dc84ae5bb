/// |L - M - V + 2X| / L, the largest over images: ⟨r,r⟩ = ⟨e,e⟩ + ⟨n,n⟩ - 2⟨e,n⟩ holds for any f by algebra.
///
/// It checks the plumbing (fields, signs, pairing) and nothing else. Undetermined where L = 0.
public struct DecompositionIdentity: Check {
    public let id = "decomposition.identity"
    public let title = "L = M + V - 2X per image (arithmetic)"
    public let condition: any Condition = Below(bound: 1e-12)
    private var largest = 0.0
    private var images = 0

    public init() {}

    public mutating func observe(_ sample: Sample) throws {
        let e = try sample.error(), n = try sample.targetNoise(), r = sample.residual()
        func inner(_ u: [Double], _ v: [Double]) -> Double { zip(u, v).reduce(0) { $0 + $1.0 * $1.1 } }
        let loss = inner(r, r)
        guard loss > 0 else { throw Undetermined(description: "the output of pair \(sample.pair.id) equals its target") }
        largest = max(largest, abs(loss - inner(e, e) - inner(n, n) + 2 * inner(e, n)) / loss)
        images += 1
    }

    public func measure(_ scope: Scope) -> Measurement {
        measurement(largest, "max |L - M - V + 2X| / L", units: images, scope)
    }
}
