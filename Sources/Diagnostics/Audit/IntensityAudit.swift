import Fields
import Formats

/// How mean and power of the noise depend on the intensity: is its mean zero everywhere, do both captures have one gain, and
/// is the noise that of counted photons?
struct IntensityAudit: AuditQuestion {
    static let id = "bias", title = "Zero mean of the noise at every intensity", role = Role.premise
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

    /// The bin of intensity whose mean stands out most. It is chosen by one half of the images (of the tiles of a single one) and measured in
    /// the other half, and the other way round, so that the choice biases nothing. The standard error is that of tiles, so that noise may
    /// be correlated within them. Of two captures, their difference over the σ of one.
    private func bias(_ channel: AuditEvidence.Channel, _ evidence: AuditEvidence) -> AuditRow {
        let title = "Zero mean of the noise of \(channel.name) at every intensity"
        let halves = BiasSums.halves(channel, scale: evidence.source == .clean ? 1 : 2.0.squareRoot())
        let found = (0..<2).compactMap { half -> (value: Double, error: Double, bin: Int, tiles: Double)? in
            guard let chosen = halves[half].strongest, let measured = halves[1 - half].mean(of: chosen.bin) else {
                return nil
            }
            return ((chosen.value < 0 ? -1 : 1) * measured.value, measured.error, chosen.bin, measured.tiles)
        }
        guard found.count == 2 else {
            return AuditRow(
                CheckResult(
                    audit: Self.id, title, .premise, .inconclusive, criterion: .within(Self.biasLimit),
                    images: evidence.pairs.count, because: "Too few tiles of 32×32 pixels for an interval."))
        }
        let larger = found[0].value > found[1].value ? 0 : 1
        let sign = halves[1 - larger].mean(of: found[larger].bin).map { $0.value < 0 ? -1.0 : 1 } ?? 1
        let effect = BoundedEffect(
            value: sign * max(0, (found[0].value + found[1].value) / 2),
            standardError: (found[0].error * found[0].error + found[1].error * found[1].error).squareRoot() / 2,
            degreesOfFreedom: min(found[0].tiles, found[1].tiles) - 1, noticeable: Self.biasMargin,
            limit: Self.biasLimit)
        let what = evidence.source == .clean ? "mean of the noise" : "difference of the captures"
        let number =
            "The \(what) is \(NumberText.significant(effect.value, digits: 2)) σ at intensity "
            + "\(NumberText.significant(channel.variance.bins[found[larger].bin].intensity)), where it stands out most, 95 % interval "
            + effect.interval.bracketed
        let learned =
            ": Noise2Noise learns this as part of the image (clipping, magnitude, gain or drift between captures)"
            + oneSign(channel, evidence)
        let reading =
            switch effect.status {
            case .warn: learned
            case .inconclusive: ": too uncertain to exclude \(Self.biasLimit) σ"
            default: ": not beyond \(Self.biasMargin) σ"
            }
        return AuditRow(
            CheckResult(
                audit: Self.id, title, .premise, effect.status, criterion: .within(Self.biasLimit),
                estimate: effect.value,
                quantity: "mean noise/σ", interval: effect.interval, units: channel.variance.bins.count,
                images: evidence.pairs.count, because: number + reading + "."),
            pValue: effect.pValue, unfit: number + learned)
    }

    /// Noise that only adds, or only takes away.
    private func oneSign(_ channel: AuditEvidence.Channel, _ evidence: AuditEvidence) -> String {
        guard evidence.source == .clean else { return "" }
        var positive = 0, negative = 0
        for field in channel.fields {
            positive += field.noise.values.count { $0 > 0 }
            negative += field.noise.values.count { $0 < 0 }
        }
        let share = Double(max(positive, negative)) / Double(max(1, positive + negative))
        return share > 0.98
            ? ". The noise has one sign: it is \(positive > negative ? "above" : "below") 0 in \(NumberText.significant(100 * share)) % of the pixels"
            : ""
    }

    private func variance(_ channel: AuditEvidence.Channel, _ evidence: AuditEvidence) -> AuditRow {
        let fit = channel.variance, bins = fit.bins
        let low = bins.map(\.variance).min() ?? 0, high = bins.map(\.variance).max() ?? 0
        let depends = high > 1.5 * low
        let masked = Double(channel.masks.reduce(0) { $0 + $1.isMasked.count { $0 } })
        let share = masked / Double(channel.fields.reduce(0) { $0 + $1.noise.values.count })
        return AuditRow(
            CheckResult(
                audit: "variance", "Noise power of \(channel.name) against intensity", .description, .info,
                estimate: fit.slope,
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
                    }
                        ?? (share > 0
                            ? " \(NumberText.significant(100 * share)) % of the pixels are a masked background, left out of every row."
                            : ""))
            ))
    }

    private func fano(_ channel: AuditEvidence.Channel, _ unit: Double, _ evidence: AuditEvidence) -> AuditRow? {
        guard let estimate = channel.varianceOverMean(unit: unit, seed: evidence.seed) else { return nil }
        let isPoisson = abs(estimate.estimate - 1) < Self.fanoMargin
        return AuditRow(
            CheckResult(
                audit: "fano", "Counts of \(channel.name): variance over mean", .quality, isPoisson ? .pass : .warn,
                criterion: .within(Self.fanoMargin), estimate: estimate.estimate,
                quantity: "variance/mean", interval: estimate.interval95, units: estimate.unitCount,
                images: evidence.pairs.count,
                because: "\(NumberText.significant(estimate.estimate, digits: 4))"
                    + (estimate.interval95.map { ", 95 % interval \($0.bracketed)" } ?? "")
                    + (isPoisson
                        ? ": Poisson within \(Int(100 * Self.fanoMargin)) %, so thinning (captures.thinning) gives independent captures."
                        : ": not Poisson, so halves made by thinning are correlated.")
            ))
    }
}
