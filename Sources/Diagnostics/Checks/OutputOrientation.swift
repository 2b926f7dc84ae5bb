import Engine

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
        // A negative shows its target as it is, too.
        let own = max(dot(f, x), 0), scale = (dot(f, f) * dot(x, x)).squareRoot()
        let gains = Symmetry.allCases.dropFirst().map { symmetry -> Double in
            guard isSquare || symmetry.keepsShape else { return -scale }
            return dot(symmetry.applied(to: f, shape: sample.shape), x) - own
        }
        // An image is one unit, whatever is resampled elsewhere.
        let parts = Double(sample.parts.count)
        products.add(sums: sample.parts.map { _ in gains.map { $0 / parts } }, of: sample)
        powers.add(sums: sample.parts.map { _ in [scale / parts] }, of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !products.isEmpty else { throw Undetermined(description: "there is no image") }
        let family = RatioFamily(numerators: products.units, denominators: powers.units)
        let found = try family.largest(beyond: Self.margin)
        let name = Symmetry.allCases[found.member + 1].name
        return [
            row(
                found.estimate, "gain in correlation if the output is \(name)", unit: .scene, .below(Self.margin),
                scope,
                pValue: found.pValue,
                reading: found.estimate.estimate > Self.margin ? "the output is \(name)" : "")
        ]
    }
}
