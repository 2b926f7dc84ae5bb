import Fields
import Tensors

/// Does the output show its target as it is, or upside down, mirrored or turned?
///
/// r_g is the correlation of the output, moved by a symmetry g, with the target; reported is the largest r_g - max(r_identity, 0) over the others,
/// with p-value and intervals for all of them (`RatioFamily`, each difference over √(Σf² Σx²) of the images, less their means). Images that
/// are symmetric themselves have differences of 0.
struct OutputOrientation: Check {
    let id = "premise.orientation"
    let title = "Orientation of the output against its target"
    let role = Role.premise
    let evidence = Evidence.placement
    /// Difference of correlations that counts as none.
    static let margin = 0.1
    private var products = UnitTerms()
    private var powers = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        func centred(_ image: Tensor) -> [Double] {
            let values = image.values.map(Double.init)
            let mean = values.reduce(0, +) / Double(values.count)
            return values.map { $0 - mean }
        }
        let f = centred(sample.output), x = centred(sample.pair.noisy[sample.target])
        let isSquare = sample.shape[0] == sample.shape[1]
        let scale = (dot(f, f) * dot(x, x)).squareRoot()
        // A negative shows its target as it is, too.
        let own = dot(f, x) > 0 ? f : [Double](repeating: 0, count: f.count)
        let parts = Double(sample.parts.count)
        // Those of rectangles come first.
        let sums = sample.sums(
            Symmetry.allCases.dropFirst().filter { isSquare || $0.keepsShape }.map { symmetry in
                (zip(symmetry.applied(to: f, shape: sample.shape), own).map(-), x)
            })
        products.add(sums: sums, of: sample)
        powers.add(sums: sums.map { _ in [scale / parts] }, of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !products.isEmpty else { throw Undetermined(description: "there is no image") }
        let family = RatioFamily(numerators: products.units, denominators: powers.units)
        let found = try family.largest(beyond: Self.margin)
        let name = Symmetry.allCases[found.member + 1].name
        return [
            row(
                found.estimate, "gain in correlation if the output is \(name)", unit: products.unit,
                .below(Self.margin), scope,
                pValue: found.pValue,
                reading: found.estimate.estimate > Self.margin ? "the output is \(name)" : "")
        ]
    }
}
