import Fields

/// Energy of target noise in the output at any spatial frequency and phase: filtered copies of the noise, of which each displacement
/// holds too little to be seen.
///
/// E = Σ_ν P_zy |T|² / Σ_ν P_zy, T = P_ze/P_zy at each mode of tiles of 16 pixels, whatever its phase, apart for the tiles at the border and
/// for those inside; without the part that chance makes (`StratumEnergy`, real and imaginary parts are strata). Tiles cover every pixel;
/// smaller remainders are zero-padded. Modes with less than a thousandth of the strongest mode's noise power are left out. A filter that is
/// wider than a tile is seen in part.
struct LeakageSpectrum: Check {
    let id = "leakage.spectrum"
    let title = "Energy of target noise in the output, over all spatial frequencies"
    let role = Role.leakage
    let evidence = Evidence.regression
    let margin: Double
    private static let side = 16
    /// Numbers of one region: real and imaginary part of each mode.
    private static let modes = side * (side / 2 + 1) * 2
    private static let leastPower = 1e-3
    private var products = UnitTerms()
    private var power: [Double] = []

    /// - Parameter margin: ε, a share of amplitude.
    init(margin: Double) { self.margin = margin * margin }

    mutating func observe(_ sample: Sample) throws {
        let linear = try sample.linear()
        let fields = [linear.instrument, linear.noise, linear.error].map { sample.planes($0) }
        let (height, width) = (sample.shape[0], sample.shape[1])
        products.add(
            sums: sample.parts.map { part in
                var products = [Double](repeating: 0, count: 2 * Self.modes)
                for top in stride(from: part.rows.lowerBound, to: part.rows.upperBound, by: Self.side) {
                    for left in stride(from: part.columns.lowerBound, to: part.columns.upperBound, by: Self.side) {
                        let rows = top..<min(top + Self.side, part.rows.upperBound)
                        let columns = left..<min(left + Self.side, part.columns.upperBound)
                        let isInside = top > 0 && left > 0 && rows.upperBound < height && columns.upperBound < width
                        for channel in sample.channelIndices {
                            add(fields.map { $0[channel] }, rows, columns, region: isInside ? 1 : 0, to: &products)
                        }
                    }
                }
                return products
            }, of: sample)
    }

    private mutating func add(
        _ planes: [Plane], _ rows: Range<Int>, _ columns: Range<Int>, region: Int, to products: inout [Double]
    ) {
        let side = Self.side
        let spectra = planes.map { plane in
            FourierTransform.forward(
                Plane(height: side, width: side) { y, x in
                    y < rows.count && x < columns.count ? plane[rows.lowerBound + y, columns.lowerBound + x] : 0
                }
            ).values
        }
        if power.isEmpty { power = [Double](repeating: 0, count: products.count) }
        let (z, y, e) = (spectra[0], spectra[1], spectra[2])
        let half = side / 2 + 1, first = region * Self.modes
        for mode in 0..<side * half {
            // Columns between the first and the last stand for two modes.
            let weight = mode % half == 0 || mode % half == half - 1 ? 1.0 : 2.0
            let (re, im) = (2 * mode, 2 * mode + 1)
            products[first + re] += weight * (z[re] * e[re] + z[im] * e[im])
            products[first + im] += weight * (z[re] * e[im] - z[im] * e[re])
            let own = weight * (z[re] * y[re] + z[im] * y[im])
            power[first + re] += own
            power[first + im] += own
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
