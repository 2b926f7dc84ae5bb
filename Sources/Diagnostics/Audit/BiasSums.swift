import Fields

/// Means of noise in bins of intensity, with the scatter of tiles, for one half of a data set.
///
/// Pixels are sorted by the intensity around them, in which their own noise is not: under the null every bin has the mean 0, whatever the
/// powers and distributions of the noises.
struct BiasSums {
    /// Sums over the tiles that hold pixels of a bin: of S = Σ n and of N, the number of pixels.
    private struct Sums { var s = 0.0, n = 0.0, ss = 0.0, sn = 0.0, nn = 0.0, tiles = 0.0 }

    private var sums: [Sums]
    private let scales: [Double]

    private init(_ channel: AuditEvidence.Channel, scale: Double) {
        sums = [Sums](repeating: Sums(), count: channel.variance.bins.count)
        // σ is about the mean: an offset is no noise.
        scales = channel.variance.bins.map { bin in
            scale / max(bin.variance - bin.mean * bin.mean, 1e-12 * bin.variance).squareRoot()
        }
    }

    /// By images in turn; by tiles in turn where there is one image.
    static func halves(_ channel: AuditEvidence.Channel, scale: Double) -> [BiasSums] {
        var result = [BiasSums(channel, scale: scale), BiasSums(channel, scale: scale)]
        let isOneImage = Set(channel.fields.map(\.pair)).count == 1
        let bins = channel.variance.bins.count
        for (index, field) in channel.fields.enumerated() {
            let tiles = PlaneTiles.tiling.tiles(height: field.noise.height, width: field.noise.width)
            for (number, tile) in tiles.enumerated() {
                var inTile = [(s: Double, n: Double)](repeating: (0, 0), count: bins)
                for y in tile.rows {
                    for x in tile.columns {
                        guard let bin = channel.place(index, y * field.noise.width + x) else { continue }
                        inTile[bin].s += field.noise[y, x]
                        inTile[bin].n += 1
                    }
                }
                result[(isOneImage ? number : field.pair) % 2].add(inTile)
            }
        }
        return result
    }

    private mutating func add(_ tile: [(s: Double, n: Double)]) {
        for (bin, (s, n)) in tile.enumerated() where n > 0 {
            sums[bin].s += s
            sums[bin].n += n
            sums[bin].ss += s * s
            sums[bin].sn += s * n
            sums[bin].nn += n * n
            sums[bin].tiles += 1
        }
    }

    /// Mean of a bin over σ, with its standard error; `nil` with fewer than 3 tiles.
    func mean(of bin: Int) -> (value: Double, error: Double, tiles: Double)? {
        let sums = sums[bin]
        guard sums.tiles > 2 else { return nil }
        let mean = sums.s / sums.n
        let scatter = max(0, sums.ss - 2 * mean * sums.sn + mean * mean * sums.nn)
        let error = (scatter * sums.tiles / (sums.tiles - 1)).squareRoot() / sums.n
        return (mean * scales[bin], error * scales[bin], sums.tiles)
    }

    /// The bin whose mean is largest after 2 standard errors are taken off.
    var strongest: (bin: Int, value: Double)? {
        var best: (bin: Int, value: Double, told: Double)?
        for bin in sums.indices {
            guard let found = mean(of: bin) else { continue }
            let told = abs(found.value) - 2 * found.error
            if told > best?.told ?? -.infinity { best = (bin, found.value, told) }
        }
        return best.map { ($0.bin, $0.value) }
    }
}
