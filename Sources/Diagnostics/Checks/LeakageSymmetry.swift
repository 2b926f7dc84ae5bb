import Fields

/// Target noise in the output mirrored or turned: a leak behind a flip that regression in place does not see.
///
/// λ(g) = Σ z(g p) e(p) / Σ z·y for the symmetries g of the square other than the identity; rectangles have three of them. Reported is the
/// one that is farthest beyond ±ε; p-value and intervals hold for all (`RatioFamily`).
struct LeakageSymmetry: Check {
    let id = "leakage.symmetry"
    let title = "Target noise in the output, mirrored or turned"
    let role = Role.leakage
    let evidence = Evidence.turned
    let margin: Double
    private var products = UnitTerms()
    private var powers = UnitTerms()

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        let linear = try sample.linear()
        let isSquare = sample.shape[0] == sample.shape[1]
        products.add(
            Symmetry.allCases.dropFirst().map { symmetry in
                // Products of a symmetry that does not fit are 0 in images that are not square.
                let fits = isSquare || symmetry.keepsShape
                let error =
                    fits
                    ? symmetry.applied(to: linear.error, shape: sample.shape)
                    : [Double](repeating: 0, count: linear.error.count)
                return (linear.instrument, error)
            }, of: sample)
        powers.add(
            Symmetry.allCases.dropFirst().map { symmetry in
                isSquare || symmetry.keepsShape
                    ? (linear.instrument, linear.noise)
                    : (linear.instrument, [Double](repeating: 0, count: linear.noise.count))
            }, of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !products.isEmpty else { throw Undetermined(description: "there is no noise to relate") }
        let found = try RatioFamily(numerators: products.units, denominators: powers.units).strongest(beyond: margin)
        let name = Symmetry.allCases[found.member + 1].name
        return [
            row(
                found.estimate, "λ_target, output \(name)", unit: products.unit, .within(margin), scope,
                pValue: found.pValue, reading: "the strongest of seven orientations")
        ]
    }
}
