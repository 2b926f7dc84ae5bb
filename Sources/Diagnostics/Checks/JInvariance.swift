import Fields
import Tensors

/// Share of a pixel's own noise that the same-domain path returns at that pixel: Σ⟨Δr, Δn⟩ / Σ⟨Δn, Δn⟩ over a grid of every
/// fourth pixel each way, where alone the noise is replaced.
///
/// 0 for a J-invariant function (Batson and Royer, "Noise2Self", ICML 2019), whose loss against its own noisy input ranks
/// denoisers; 1 for the identity. The same-domain path of this network is trained to reproduce its input and is not J-invariant,
/// so that its loss says nothing about denoising; this says by how much.
struct JInvariance: Check {
    let id = "structure.j_invariance"
    let title = "Own noise returned by the same-domain path"
    let role = Role.description
    private static let spacing = 4
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        let x = sample.pair.noisy[sample.target]
        guard let before = try sample.predictor.reconstruct(x, sample.target) else {
            throw SampleError.noSameDomainPath(sample.predictor.name)
        }
        let capture = try sample.capture(.swap).values
        let (width, channels) = (sample.shape[1], sample.shape[2])
        let mixed = Tensor(
            x.shape,
            x.values.enumerated().map { i, value in
                let (row, column) = (i / channels / width, i / channels % width)
                let isOnGrid = row % Self.spacing == 0 && column % Self.spacing == 0
                return isOnGrid ? capture[i] : value
            })
        guard let after = try sample.predictor.reconstruct(mixed, sample.target) else { return }
        // Δn is 0 off the grid.
        let noise = difference(x, mixed)
        let change = difference(try sample.checked(before), try sample.checked(after))
        terms.add([(change, noise), (noise, noise)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { $0[0] / $0[1] }
        return [
            row(
                estimate, "∂r/∂x at the pixel itself", unit: terms.unit, .none, scope,
                reading:
                    "0 is J-invariant; above it the same-domain loss rewards copying and is no measure of denoising")
        ]
    }
}
