/// Energy of target noise in the output at any spatial frequency and phase: filtered copies of the noise, of which each displacement
/// holds too little to be seen.
///
/// E = Σ_ν P_zy |T|² / Σ_ν P_zy, T = P_ze/P_zy at each mode of tiles of 32 pixels, whatever its phase; without the part that chance makes
/// (`StratumEnergy`, real and imaginary parts are strata). Tiles cover every pixel; smaller remainders are zero-padded. Modes with less
/// than a thousandth of the strongest mode's noise power are left out. A filter that is wider than a tile is seen in part.
struct LeakageSpectrum: Check {
    let id = "leakage.spectrum"
    let title = "Energy of target noise in the output, over all spatial frequencies"
    let role = Role.leakage
    let evidence = Evidence.regression
    let margin: Double
    private static let side = 32
    private static let leastPower = 1e-3
    private var products = UnitTerms()
    private var power: [Double] = []

    /// - Parameter margin: ε, a share of amplitude.
    init(margin: Double) { self.margin = margin * margin }

    mutating func observe(_ sample: Sample) throws {
        let linear = try sample.linear()
        let fields = [linear.instrument, linear.noise, linear.error].map { sample.planes($0) }
        let tiles = Tiling(side: Self.side).tiles(height: sample.shape[0], width: sample.shape[1])
        var sums: [[Double]] = []
        for part in sample.parts {
            var products = [Double](repeating: 0, count: Self.side * (Self.side / 2 + 1) * 2)
            for tile in tiles
            where part.rows.contains(tile.rows.lowerBound) && part.columns.contains(tile.columns.lowerBound) {
                for channel in sample.channelIndices { add(fields.map { $0[channel] }, tile, to: &products) }
            }
            sums.append(products)
        }
        products.add(sums: sums, of: sample)
    }

    private mutating func add(
        _ planes: [Plane], _ tile: (rows: Range<Int>, columns: Range<Int>), to products: inout [Double]
    ) {
        // A tile may be half as large again as the standard one: the least that covers it.
        let side = Self.side
        for top in stride(from: tile.rows.lowerBound, to: tile.rows.upperBound, by: side) {
            for left in stride(from: tile.columns.lowerBound, to: tile.columns.upperBound, by: side) {
                let spectra = planes.map { plane in
                    FourierTransform.forward(
                        Plane(height: side, width: side) { y, x in
                            let (row, column) = (top + y, left + x)
                            return row < tile.rows.upperBound && column < tile.columns.upperBound ? plane[row, column] : 0
                        }
                    ).values
                }
                if power.isEmpty { power = [Double](repeating: 0, count: products.count) }
                let columns = side / 2 + 1
                for mode in 0..<side * columns {
                    // Columns between the first and the last stand for two modes.
                    let weight = mode % columns == 0 || mode % columns == columns - 1 ? 1.0 : 2.0
                    let (re, im) = (2 * mode, 2 * mode + 1)
                    let (z, y, e) = (spectra[0], spectra[1], spectra[2])
                    products[re] += weight * (z[re] * e[re] + z[im] * e[im])
                    products[im] += weight * (z[re] * e[im] - z[im] * e[re])
                    let own = weight * (z[re] * y[re] + z[im] * y[im])
                    power[re] += own
                    power[im] += own
                }
            }
        }
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !products.isEmpty else { throw Undetermined(description: "there is no noise to relate") }
        let least = Self.leastPower * (power.max() ?? 0)
        let kept = power.map { $0 > least ? $0 : 0 }
        // Real and imaginary parts share the power of their mode.
        let energy = try StratumEnergy(units: products.units, power: kept, total: kept.reduce(0, +) / 2)
        return [
            row(
                energy.interval, "coherent energy/noise power", unit: products.unit, .below(margin), scope,
                pValue: energy.pValue(beyond: margin), reading: "filtered and displaced copies of the target's noise")
        ]
    }
}
