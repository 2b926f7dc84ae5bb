import Engine

/// Target noise in the output at any displacement up to 16 pixels: what a shifted, mirrored-by-a-pixel or filtered copy of the
/// target leaves behind, which the product at one place misses.
///
/// λ(h) = Σ n(y, x) e(y + dy, x + dx) / Σ n², summed over tiles of noise; reported at the h with the largest
/// T(h) = |Σ_t C_t(h)|/√(Σ_t C_t(h)²), C_t the sum in tile t. n is n_a less its mean among pixels of like clean intensity.
/// Null: each tile's noise is as likely as its negative, given the error; the p-value is that of the largest T over all displacements
/// under random signs of whole tiles (max-T), which keeps the spatial correlation of noise and error. Where noise reaches from tile to
/// tile, whole images change their sign. Undetermined below 6 of them.
///
/// Out of scope for noise whose mean follows the signal (`DecompositionZeroMean` below p = 0.01): its negative is then not as
/// likely, and the error follows the signal too.
struct LeakageDisplaced: Check {
    let id = "leakage.displaced"
    let title = "Target noise in the output, at any displacement"
    let condition: any Condition = Unlikely(units: "tiles")
    /// What the margin of the standard tiles leaves room for.
    private static let reach = Tiling.standard.margin
    private static let lagSide = 2 * reach + 1
    private let draws: Int
    /// C_t, tiles × displacements.
    private var products: [[Double]] = []
    /// Which image each tile is of.
    private var images: [Int] = []
    private var imageCount = 0
    private var power = 0.0
    private var noise = LongCorrelation()
    private var bias = DecompositionZeroMean(margin: 1)

    /// - Parameter draws: choices of signs; the smallest p-value is 1/(draws + 1).
    init(draws: Int = 1999) { self.draws = draws }

    mutating func observe(_ sample: Sample) throws {
        try bias.observe(sample)
        noise.add(sample.longCorrelation())
        imageCount += 1
        let errors = sample.planes(try sample.error()), noises = sample.planes(try sample.centredNoise())
        for tile in Tiling.standard.tiles(height: sample.shape[0], width: sample.shape[1]) {
            var sums = [Double](repeating: 0, count: Self.lagSide * Self.lagSide)
            for (error, noise) in zip(errors, noises) { add(error, noise, tile, to: &sums) }
            guard sums.contains(where: { $0 != 0 }) else { continue }
            products.append(sums)
            images.append(imageCount - 1)
        }
    }

    /// Transforms of the tile with its surroundings: wide enough that no displacement wraps around. Beyond the image is
    /// nothing.
    private mutating func add(
        _ error: Plane, _ noise: Plane, _ tile: (rows: Range<Int>, columns: Range<Int>), to sums: inout [Double]
    ) {
        let reach = Self.reach
        let height = FourierTransform.fastLength(tile.rows.count + 2 * reach)
        let width = FourierTransform.fastLength(tile.columns.count + 2 * reach)
        func surroundings(_ plane: Plane, _ isIncluded: (Int, Int) -> Bool) -> Plane {
            Plane(height: height, width: width) { y, x in
                let (row, column) = (tile.rows.lowerBound - reach + y, tile.columns.lowerBound - reach + x)
                let isInside = row >= 0 && row < plane.height && column >= 0 && column < plane.width
                return isInside && isIncluded(row, column) ? plane[row, column] : 0
            }
        }
        let inside = surroundings(noise) { tile.rows.contains($0) && tile.columns.contains($1) }
        let all = Plane.laggedProducts(inside, surroundings(error) { _, _ in true })
        for dy in -reach...reach {
            for dx in -reach...reach {
                sums[(dy + reach) * Self.lagSide + dx + reach] += all[(dy + height) % height, (dx + width) % width]
            }
        }
        power += inside.values.reduce(0) { $0 + $1 * $1 }
    }

    func measure(_ scope: Scope) throws -> Measurement {
        guard power > 0, !products.isEmpty else {
            throw SampleError.outOfScope("there is no error or no noise")
        }
        let products = noise.isLong ? self.products.summed(by: images) : self.products
        try scope.require(
            products.count, of: IntervalEstimator.fewestForInterval, noise.isLong ? "images" : "tiles",
            for: "a sign test")
        try bias.requireZeroMean(scope)
        let norms = products[0].indices.map { lag in
            products.reduce(0) { $0 + $1[lag] * $1[lag] }.squareRoot()
        }
        let observed = Self.statistics(products, norms) { _ in 1 }
        guard let best = observed.indices.max(by: { observed[$0] < observed[$1] }) else {
            preconditionFailure("no lag")
        }
        let test = try PermutationTest(
            observed: [observed[best]], count: draws, seed: scope.seed, domain: scope.direction.target.index
        ) { stream in
            let signs = products.map { _ in Double(stream.rademacher()) }
            return [Self.statistics(products, norms) { signs[$0] }.max() ?? 0]
        }
        let place = "(\(best / Self.lagSide - Self.reach), \(best % Self.lagSide - Self.reach))"
        return Measurement(
            check: id, title: title, direction: scope.direction, regime: scope.regime, split: scope.split,
            value: .effect(Effect(products.reduce(0) { $0 + $1[best] } / power, "λ_target at displacement \(place)")),
            unitCount: products.count, imageCount: scope.imageCount, pValue: test.pValue())
    }

    /// T of each displacement with the given sign of each tile.
    private static func statistics(_ products: [[Double]], _ norms: [Double], _ sign: (Int) -> Double) -> [Double] {
        var sums = [Double](repeating: 0, count: norms.count)
        for (tile, row) in products.enumerated() {
            let sign = sign(tile)
            for lag in sums.indices { sums[lag] += sign * row[lag] }
        }
        return zip(sums, norms).map { $1 > 0 ? $0.magnitude / $1 : 0 }
    }
}
