import Engine

/// How mean and power of the noise depend on the intensity: is its mean zero everywhere, do both captures have one gain, and
/// is the noise that of counted photons?
struct IntensityAudit: AuditQuestion {
    /// Mean noise over σ that counts as none, and from which on the data are unfit: the bias that is learned then has 4 % of the
    /// noise's power, as much as all that a good denoiser leaves.
    static let biasMargin = 0.05, biasLimit = 0.2
    /// How far var/mean of Poisson counts may be from 1.
    static let fanoMargin = 0.02

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        var answer = AuditAnswer()
        for channel in evidence.channels {
            let bins = channel.variance.bins
            answer.series["variance.\(channel.name)"] = Series(
                frequency: bins.map(\.intensity), value: bins.map(\.variance),
                ci95: bins.map { bin in
                    // Of a variance of Gaussian noise; heavier tails widen it.
                    let half = 1.96 * bin.variance * (2 / Double(bin.count)).squareRoot()
                    return [bin.variance - half, bin.variance + half]
                })
            // A straight line is drawn by its ends.
            let ends = [bins[0].intensity, bins[bins.count - 1].intensity]
            answer.series["variance.fit.\(channel.name)"] = Series(
                frequency: ends, value: ends.map { channel.variance.intercept + channel.variance.slope * $0 })
            answer.rows += [bias(channel, evidence), variance(channel, evidence)]
            if let unit = evidence.countUnit { answer.rows += [fano(channel, unit, evidence)].compactMap(\.self) }
        }
        return answer
    }

    /// The bin of intensity with the largest |mean|/σ. Its standard error is that of tiles, so that noise may be correlated within
    /// them, and its interval allows for having looked at all bins (Bonferroni).
    private func bias(_ channel: AuditEvidence.Channel, _ evidence: AuditEvidence) -> CheckResult {
        let bins = channel.variance.bins
        /// Sums over the tiles that hold pixels of a bin: of S = Σ n and of N, the number of pixels.
        struct Sums { var s = 0.0, n = 0.0, ss = 0.0, sn = 0.0, nn = 0.0, tiles = 0.0 }
        var sums = [Sums](repeating: Sums(), count: bins.count)
        for field in channel.fields {
            for tile in PlaneTiles.tiling.tiles(height: field.noise.height, width: field.noise.width) {
                var inTile = [(s: Double, n: Double)](repeating: (0, 0), count: bins.count)
                for y in tile.rows {
                    for x in tile.columns {
                        guard let bin = channel.variance.bin(of: field.intensity[y, x]) else { continue }
                        inTile[bin].s += field.noise[y, x]
                        inTile[bin].n += 1
                    }
                }
                for (bin, (s, n)) in inTile.enumerated() where n > 0 {
                    sums[bin].s += s
                    sums[bin].n += n
                    sums[bin].ss += s * s
                    sums[bin].sn += s * n
                    sums[bin].nn += n * n
                    sums[bin].tiles += 1
                }
            }
        }
        let scores = zip(sums, bins).map { sums, bin in
            guard sums.tiles > 1 else { return (value: 0.0, half: Double.infinity) }
            let mean = sums.s / sums.n, scale = bin.variance.squareRoot()
            let scatter = max(0, sums.ss - 2 * mean * sums.sn + mean * mean * sums.nn)
            let error = (scatter * sums.tiles / (sums.tiles - 1)).squareRoot() / sums.n
            let t = StudentT(degreesOfFreedom: sums.tiles - 1).quantile(1 - 0.025 / Double(bins.count))
            return (value: mean / scale, half: t * error / scale)
        }
        // The largest of those that are told from 0, or else the one that is nearest to being told.
        let told = scores.indices.filter { abs(scores[$0].value) > scores[$0].half }
        let worst =
            told.max { abs(scores[$0].value) < abs(scores[$1].value) }
            ?? scores.indices.max {
                abs(scores[$0].value) / scores[$0].half < abs(scores[$1].value) / scores[$1].half
            } ?? 0
        let (value, half) = scores[worst]
        let interval = ConfidenceInterval(lower: value - half, upper: value + half, confidence: 0.95)
        let isFar = abs(value) > Self.biasMargin && !interval.contains(0)
        let place = "at intensity \(NumberText.significant(bins[worst].intensity))"
        let what = evidence.source == .clean ? "mean of the noise" : "difference of the captures"
        return CheckResult(
            audit: "bias", "Zero mean of the noise of \(channel.name) at every intensity",
            !isFar ? .pass : abs(value) > Self.biasLimit ? .fail : .warn,
            estimate: value, quantity: "mean noise/σ", interval: interval, units: bins.count,
            images: evidence.pairs.count, threshold: Self.biasMargin,
            because:
                "The \(what) is \(NumberText.significant(value)) σ \(place), where it stands out most, 95 % interval "
                + "\(interval.bracketed): "
                + (isFar
                    ? "Noise2Noise learns this as part of the image (clipping, magnitude, gain or drift between captures)."
                    : abs(value) <= Self.biasMargin ? "within ±\(Self.biasMargin) σ." : "not told from 0."))
    }

    private func variance(_ channel: AuditEvidence.Channel, _ evidence: AuditEvidence) -> CheckResult {
        let fit = channel.variance, bins = fit.bins
        let low = bins.map(\.variance).min() ?? 0, high = bins.map(\.variance).max() ?? 0
        let depends = high > 1.5 * low
        return CheckResult(
            audit: "variance", "Noise power of \(channel.name) against intensity", .pass, estimate: fit.slope,
            quantity: "variance per intensity", units: bins.count, images: evidence.pairs.count,
            because:
                "σ² = \(NumberText.significant(fit.intercept)) + \(NumberText.significant(fit.slope))·intensity; from "
                + "\(NumberText.significant(low)) to \(NumberText.significant(high)): "
                + (depends
                    ? "depends on the signal, so use the loss l2 (the mean of such noise is right, its median may not be)."
                    : "nearly constant.")
                + (fit.silentBelow.map {
                    " \(NumberText.significant(100 * fit.silentShare)) % of the pixels, up to \(NumberText.significant($0)), have no noise: "
                        + (evidence.countUnit != nil
                            ? "nothing was counted there." : "a masked background, left out here.")
                } ?? ""))
    }

    private func fano(_ channel: AuditEvidence.Channel, _ unit: Double, _ evidence: AuditEvidence) -> CheckResult? {
        guard let estimate = channel.varianceOverMean(unit: unit, seed: evidence.seed) else { return nil }
        let isPoisson = abs(estimate.estimate - 1) < Self.fanoMargin
        return CheckResult(
            audit: "fano", "Counts of \(channel.name): variance over mean", isPoisson ? .pass : .warn,
            estimate: estimate.estimate,
            quantity: "variance/mean", interval: estimate.interval95, units: estimate.unitCount,
            images: evidence.pairs.count, threshold: Self.fanoMargin,
            because: "\(NumberText.significant(estimate.estimate, digits: 4))"
                + (estimate.interval95.map { ", 95 % interval \($0.bracketed)" } ?? "")
                + (isPoisson
                    ? ": Poisson within \(Int(100 * Self.fanoMargin)) %, so thinning (captures.thinning) gives independent captures."
                    : ": not Poisson, so halves made by thinning are correlated.")
        )
    }
}
