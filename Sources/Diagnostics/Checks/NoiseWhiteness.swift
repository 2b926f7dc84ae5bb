import Fields

/// Is the target's noise n_a white? What white noise means for the other rows: σ² alone describes it, and 32-pixel tiles are
/// independent.
///
/// Three tests on tiles of 64 × 64 pixels, each less its mean and divided by its own power: the cumulative periodogram
/// (colour), Ljung-Box over lags up to 3 (short correlation), and the most prominent mode of the spectrum (periodic
/// interference). The p-value is Bonferroni's over the three; the value is the statistic of the least likely. Structure slower than a
/// tile is not seen. Constant tiles (a masked background) and smaller images are left out.
///
/// Null: independent pixels. n_a is first divided by its root mean square among pixels of like clean intensity, so that a noise level
/// that follows the signal is not taken for colour; a mean that follows the signal is taken out before.
struct NoiseWhiteness: Check {
    let id = "noise.whiteness"
    let title = "The target's noise is white"
    let role = Role.description
    private static let side = 64
    private var map = PowerMap(height: side, width: side)
    private var ljungBox = LjungBox(rowLag: 3, columnLag: 3)
    private var imageCount = 0
    private var tooSmall: String?

    mutating func observe(_ sample: Sample) throws {
        let noise = try sample.centredNoise(of: sample.target)
        guard min(sample.shape[0], sample.shape[1]) >= Self.side else {
            tooSmall = tooSmall ?? sample.pair.id
            return
        }
        let field = try sample.likeIntensity(of: sample.target).scaled(noise)
        imageCount += 1
        for tile in try sample.squareTiles(field, side: Self.side) where tile.varies {
            try map.add(tile)
            try ljungBox.add(tile)
        }
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        if imageCount == 0, let tooSmall { throw SampleError.tooSmall(tooSmall, side: Self.side) }
        guard map.fieldCount > 0, let lag = ljungBox.strongest else {
            throw SampleError.outOfScope("there is no noise in any tile")
        }
        let periodogram = try CumulativePeriodogram.test(map), portmanteau = try ljungBox.test()
        let peak = try SpectralPeaks(map).leastLikely()
        let candidates: [(value: MeasuredValue, p: Double)] = [
            (
                .distance(Distance(periodogram.statistic, "D of the cumulative periodogram")),
                periodogram.pValue.value
            ),
            (
                .effect(Effect(lag.correlation, "autocorrelation at (\(lag.dy), \(lag.dx)), the strongest lag")),
                portmanteau.pValue.value
            ),
            (
                .distance(Distance(peak.prominence, "prominence of the mode at \(peak.place)")), peak.pValue.value
            ),
        ]
        let worst = candidates.min { $0.p < $1.p } ?? candidates[0]
        return [
            Measurement(
                check: id, title: title, role: role, direction: scope.direction, regime: scope.regime,
                split: scope.split, value: worst.value, unitCount: map.fieldCount, imageCount: imageCount,
                pValue: PValue(min(1, Double(candidates.count) * worst.p)),
                reading: "the probability is that of white noise")
        ]
    }
}
