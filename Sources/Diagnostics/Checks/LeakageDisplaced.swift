import Fields

/// Target noise in the output at any displacement up to 32 pixels: what a shifted copy of the target leaves behind, which the
/// product at one place misses.
///
/// λ(h) = Σ z(p) e(p + h) / Σ z·y (`LinearEvidence`), over every pixel of every image; products that reach beyond the border are 0.
/// Reported is the displacement that is farthest beyond ±ε in its own standard errors, or else from 0; p-value and intervals hold for
/// all 4,225 at once (`RatioFamily`).
struct LeakageDisplaced: Check {
    let id = "leakage.displaced"
    let title = "Target noise in the output, at any displacement"
    let role = Role.leakage
    let evidence = Evidence.regression
    let margin: Double
    private static let reach = 32
    private static let side = 2 * reach + 1
    private var products = UnitTerms()
    private var powers = UnitTerms()

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        let linear = try sample.linear()
        let errors = sample.planes(linear.error), instruments = sample.planes(linear.instrument)
        products.add(
            sums: sample.parts.map { part in
                var sums = [Double](repeating: 0, count: Self.side * Self.side)
                for (error, instrument) in zip(errors, instruments) { Self.add(error, instrument, part, to: &sums) }
                return sums
            }, of: sample)
        powers.add([(linear.instrument, linear.noise)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !products.isEmpty else { throw Undetermined(description: "there is no noise to relate") }
        let found = try RatioFamily(numerators: products.units, denominators: powers.units).strongest(beyond: margin)
        let place = "(\(found.member / Self.side - Self.reach), \(found.member % Self.side - Self.reach))"
        return [
            row(
                found.estimate, "λ_target at displacement \(place)", unit: products.unit, .within(margin), scope,
                pValue: found.pValue, reading: "the strongest of \(Self.side * Self.side) displacements")
        ]
    }

    /// Transforms of the part with its surroundings: wide enough that no displacement wraps around. Beyond the image is
    /// nothing.
    private static func add(
        _ error: Plane, _ noise: Plane, _ part: (rows: Range<Int>, columns: Range<Int>), to sums: inout [Double]
    ) {
        let rows = max(0, part.rows.lowerBound - reach)..<min(error.height, part.rows.upperBound + reach)
        let columns = max(0, part.columns.lowerBound - reach)..<min(error.width, part.columns.upperBound + reach)
        let height = FourierTransform.fastLength(rows.count + reach)
        let width = FourierTransform.fastLength(columns.count + reach)
        func surroundings(_ plane: Plane, rows kept: Range<Int>, columns keptColumns: Range<Int>) -> Plane {
            Plane(height: height, width: width) { y, x in
                let (row, column) = (rows.lowerBound + y, columns.lowerBound + x)
                return kept.contains(row) && keptColumns.contains(column) ? plane[row, column] : 0
            }
        }
        let inside = surroundings(noise, rows: part.rows, columns: part.columns)
        let all = Plane.laggedProducts(inside, surroundings(error, rows: rows, columns: columns))
        for dy in -reach...reach {
            for dx in -reach...reach {
                sums[(dy + reach) * side + dx + reach] += all[(dy + height) % height, (dx + width) % width]
            }
        }
    }
}
