import Fields

/// Energy of target noise in the output in parts of single images: a leak in one image of many, or at a place that differs from image to
/// image.
///
/// Each tile of 32 pixels is a stratum with a λ of its own, E = Σ_s V_s λ_s² / V. λ_s² comes from products of different blocks of 8
/// pixels in the tile that do not touch each other, scaled to all pairs of blocks: what chance makes of λ_s² is left out, and noise
/// that is correlated over less than 8 pixels adds nothing. Spread: 4 Σ (C_b C_b')² over those pairs; tail: χ² with as many degrees of
/// freedom as strata carry the spread. Out of scope for noise that reaches farther (`LongCorrelation`).
struct LeakageByPlace: Check {
    let id = "leakage.by_place"
    let title = "Energy of target noise in the output, by place in each image"
    let role = Role.leakage
    let evidence = Evidence.regression
    let margin: Double
    private static let block = 8
    private var energy = 0.0
    private var variance = 0.0
    private var fourth = 0.0
    private var total = 0.0
    private var strata = 0
    private var reach = LongCorrelation()

    /// - Parameter margin: ε, a share of amplitude.
    init(margin: Double) { self.margin = margin * margin }

    mutating func observe(_ sample: Sample) throws {
        let linear = try sample.linear()
        reach.add(sample.longCorrelation())
        for tile in Tiling.standard.tiles(height: sample.shape[0], width: sample.shape[1]) {
            add(Self.blocks(linear, tile, sample.shape))
        }
    }

    /// C_b and V_b of each block with its place in the tile.
    private static func blocks(
        _ linear: LinearEvidence, _ tile: (rows: Range<Int>, columns: Range<Int>), _ shape: [Int]
    ) -> [(row: Int, column: Int, product: Double, power: Double)] {
        let (width, channels) = (shape[1], shape[2])
        let (rows, columns) = (
            (tile.rows.count + block - 1) / block, (tile.columns.count + block - 1) / block
        )
        return (0..<rows * columns).map { k in
            let (row, column) = (k / columns, k % columns)
            let (top, left) = (tile.rows.lowerBound + row * block, tile.columns.lowerBound + column * block)
            var (product, power) = (0.0, 0.0)
            for y in top..<min(top + block, tile.rows.upperBound) {
                let right = min(left + block, tile.columns.upperBound)
                for i in (y * width + left) * channels..<(y * width + right) * channels {
                    product += linear.instrument[i] * linear.error[i]
                    power += linear.instrument[i] * linear.noise[i]
                }
            }
            return (row, column, product, power)
        }
    }

    private mutating func add(_ blocks: [(row: Int, column: Int, product: Double, power: Double)]) {
        let power = blocks.reduce(0) { $0 + $1.power }
        total += max(0, power)
        var (products, squares, weight) = (0.0, 0.0, 0.0)
        for (k, first) in blocks.enumerated() {
            for second in blocks[..<k]
            where max(abs(first.row - second.row), abs(first.column - second.column)) > 1 {
                let product = first.product * second.product
                products += product
                squares += product * product
                weight += first.power * second.power
            }
        }
        guard power > 0, weight > 0 else { return }
        // (Σ V_b)² of all pairs for the 2 Σ V_b V_b' of those that were used.
        let scale = power / (2 * weight)
        strata += 1
        energy += 2 * scale * products
        let spread = 4 * scale * scale * squares
        variance += spread
        fourth += spread * spread
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard total > 0 else { throw Undetermined(description: "there is no noise to relate") }
        guard !reach.isLong else { throw SampleError.longNoise }
        guard strata >= IntervalEstimator.fewestForInterval, variance > 0 else {
            throw Undetermined(description: "\(strata) tiles with blocks that do not touch; 6 are needed")
        }
        let estimate = energy / total, error = variance.squareRoot() / total
        let freedom = max(1, min(1e4, variance * variance / fourth))
        func around(_ confidence: Double) -> ConfidenceInterval {
            SmallSample.interval(estimate: estimate, standardError: error, unitCount: strata, confidence: confidence)
        }
        let found = IntervalEstimate(
            estimate: estimate, interval95: around(0.95), interval90: around(0.90), standardError: error,
            unitCount: strata)
        var pValue = PValue(1)
        if estimate > margin {
            let z = (estimate - margin) / error
            let tail = ChiSquared(degreesOfFreedom: freedom).upperTail(freedom + z * (2 * freedom).squareRoot())
            pValue = PValue(min(1, max(tail, StudentT(degreesOfFreedom: freedom).cdf(-z))))
        }
        return [
            row(
                found, "energy/noise power", unit: .noise, .below(margin), scope, pValue: pValue,
                reading: "a leak in some images or in a part of one")
        ]
    }
}
