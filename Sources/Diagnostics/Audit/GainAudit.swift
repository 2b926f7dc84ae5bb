import Fields
import Formats

/// Do captures of one content have one gain, from pair to pair and over the frame, and one brightness?
struct GainAudit: AuditQuestion {
    static let id = "gain", title = "Gain of one capture against the other", role = Role.quality
    /// Mean difference of two captures, in σ of one, that counts as none.
    static let level = 0.05
    /// Change of gain from one border of the frame to the other that counts as none.
    static let drift = 0.01

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        var answer = AuditAnswer()
        for channel in evidence.channels {
            let what =
                switch evidence.source {
                case .clean: "\(channel.name) against the clean image"
                case .repeats: "the second capture of \(channel.name) against the first"
                case .difference: "b against a"
                }
            answer.rows.append(scatter(channel, what, evidence))
            answer.rows += [brightness(channel, what, evidence), overFrame(channel, what, evidence)].compactMap(\.self)
        }
        return answer
    }

    private func scatter(_ channel: AuditEvidence.Channel, _ what: String, _ evidence: AuditEvidence) -> AuditRow {
        let gains = channel.gains, title = "Gain of \(what), from pair to pair"
        func percent(_ gain: Double) -> String { NumberText.fixed(100 * (gain - 1), decimals: 2, signed: true) + " %" }
        guard let range = gains.range else {
            return AuditRow(
                CheckResult(
                    audit: Self.id, title, .quality, .notApplicable, images: evidence.pairs.count,
                    because:
                        "Content does not dominate the means of blocks of 8×8 pixels, so its gain is not measurable."))
        }
        guard gains.count > 1 else {
            return AuditRow(
                CheckResult(
                    audit: Self.id, title, .description, .info, estimate: gains.mean - 1,
                    quantity: "relative difference",
                    images: gains.count,
                    because:
                        "One image: gain \(percent(gains.mean)), standard error \(NumberText.significant(100 * gains.standardError, digits: 2)) %."
                ))
        }
        let half = gains.scatter * 1.96 / (2 * Double(gains.count - 1)).squareRoot()
        let interval = ConfidenceInterval(
            lower: max(0, gains.scatter - half), upper: gains.scatter + half, confidence: 0.95)
        let error = gains.standardError
        let quantile = StudentT(degreesOfFreedom: Double(gains.count - 1)).quantile(0.975)
        let isOff = abs(gains.mean - 1) - quantile * error > GainScatter.margin
        let text =
            "Gains lie between \(percent(range.lowerBound)) and \(percent(range.upperBound)), mean \(percent(gains.mean)), "
            + "scatter \(NumberText.significant(100 * gains.scatter, digits: 2)) % beyond noise, chi-square "
            + "\(NumberText.significant(gains.chiSquared)) of \(gains.count - 1) degrees: "
        return AuditRow(
            CheckResult(
                audit: Self.id, title, .quality, gains.isWide || isOff ? .warn : .pass,
                criterion: .below(GainScatter.margin), estimate: gains.scatter,
                quantity: "standard deviation of the gain",
                interval: interval, unit: .scene, units: gains.count, images: evidence.pairs.count,
                because: text
                    + (gains.isWide
                        ? "the gain differs from pair to pair. A scale of its own was applied to each image, or its scale was dropped; "
                            + "the other rows use captures with their gains taken out."
                        : isOff
                            ? "one gain for all, but not 1: the output learns the target's scale."
                            : "no significant difference.")))
    }

    /// Mean difference against σ: percent of a mean near 0 say nothing. σ is about the mean of each image, for an offset is no noise.
    private func brightness(_ channel: AuditEvidence.Channel, _ what: String, _ evidence: AuditEvidence) -> AuditRow? {
        guard evidence.source != .clean else { return nil }
        var means: [Double] = [], square = 0.0, pixels = 0.0
        for (index, field) in channel.fields.enumerated() {
            let values = field.noise.values.indices.filter { channel.bin(index, $0) != nil }.map {
                field.noise.values[$0]
            }
            guard !values.isEmpty else { continue }
            let mean = values.reduce(0, +) / Double(values.count)
            means.append(mean)
            square += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            pixels += Double(values.count)
        }
        guard means.count > 1, square > 0 else { return nil }
        // noise = (first - second)/√2.
        let offsets = means.map { -2.0.squareRoot() * $0 / (square / pixels).squareRoot() }
        let count = Double(offsets.count), mean = offsets.reduce(0, +) / count
        let spread = (offsets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
        let effect = BoundedEffect(
            value: mean, standardError: spread / count.squareRoot(), degreesOfFreedom: count - 1,
            noticeable: Self.level,
            limit: .infinity)
        return AuditRow(
            CheckResult(
                audit: "drift", "Brightness of \(what)", .quality, effect.isNoticeable ? .warn : .pass,
                criterion: .within(Self.level), estimate: mean, quantity: "difference/σ", interval: effect.interval,
                unit: .scene, units: offsets.count, images: evidence.pairs.count,
                because:
                    "The mean differs by \(NumberText.significant(mean)) σ, 95 % interval \(effect.interval.bracketed), "
                    + "with a scatter of \(NumberText.significant(spread, digits: 2)) σ from image to image"
                    + (effect.isNoticeable
                        ? ": the output learns the target's brightness, not the source's (bleaching, gain, lamp)."
                        : ".")))
    }

    /// Regression of the captures' difference on intensity times place, over blocks of 8×8 pixels of all pairs:
    ///
    ///     d = c₀ + c₁m + c₂v + c₃u + c₄mv + c₅mu + c₆∂m/∂v + c₇∂m/∂u
    ///
    /// with m the intensity and (v, u) the place. The gradients take what a displacement makes of d, which has a row of its own. The
    /// errors are those of leaving out images, whatever the noise within them; of fewer than 6 images, squares of 32 pixels, where noise does
    /// not reach from one to the next. The larger of both axes is judged, with the interval of two.
    private func overFrame(_ channel: AuditEvidence.Channel, _ what: String, _ evidence: AuditEvidence) -> AuditRow? {
        let side = GainBlock.side, scale = evidence.source == .clean ? 1 : -2.0.squareRoot()
        let none = NormalEquations(terms: 8)
        var units: [Int: NormalEquations] = [:], total = none, count = 0
        let centre = channel.fields.reduce(0) { $0 + $1.intensity.mean } / Double(channel.fields.count)
        // Clusters are images where there are enough of them.
        let isByPair = Set(channel.fields.map(\.pair)).count >= IntervalEstimator.fewestForInterval
        if !isByPair {
            guard !channel.standardised.reduce(into: LongCorrelation(), { $0.add($1) }).isLong else { return nil }
        }
        for (index, field) in channel.fields.enumerated() {
            let m = field.intensity, (height, width) = (m.height, m.width)
            for block in GainBlock.blocks(m, field.noise, channel.masks[index]) {
                let (top, left) = (block.row * side, block.column * side)
                // Sums of central differences: what is left of them are the borders of the block.
                var (gy, gx) = (0.0, 0.0)
                for k in 0..<side {
                    let (x, y) = (left + k, top + k)
                    gy += m[top + side - 1, x] + m[min(top + side, height - 1), x] - m[top, x] - m[max(top - 1, 0), x]
                    gx +=
                        m[y, left + side - 1] + m[y, min(left + side, width - 1)] - m[y, left] - m[y, max(left - 1, 0)]
                }
                let level = block.x - centre, area = Double(2 * side * side)
                let row = [
                    1, level, block.v, block.u, level * block.v, level * block.u, gy / area, gx / area,
                ]
                let key = isByPair ? field.pair : (index << 20) + (block.row / 4 << 10) + block.column / 4
                total.add(row, scale * block.y)
                units[key, default: none].add(row, scale * block.y)
                count += 1
            }
        }
        guard count > 60, units.count >= IntervalEstimator.fewestForInterval, let fit = total.solution else {
            return nil
        }
        let others = units.sorted { $0.key < $1.key }.compactMap { (total - $0.value).solution }
        guard others.count == units.count else { return nil }
        let effects = [4, 5].map { term in
            BoundedEffect(
                value: fit[term], standardError: Jackknife.standardError(leaveOneOut: others.map { $0[term] }),
                degreesOfFreedom: Double(units.count - 1), noticeable: Self.drift, limit: .infinity, comparisons: 2)
        }
        let worst = abs(effects[0].value) > abs(effects[1].value) ? 0 : 1
        let isFar = effects.contains(where: \.isNoticeable)
        func percent(_ effect: BoundedEffect) -> String {
            "\(NumberText.significant(100 * effect.value, digits: 2)) % [\(NumberText.significant(100 * effect.interval.lower, digits: 2)), "
                + "\(NumberText.significant(100 * effect.interval.upper, digits: 2))]"
        }
        return AuditRow(
            CheckResult(
                audit: "gain_frame", "Gain of \(what), over the frame", .quality, isFar ? .warn : .pass,
                criterion: .within(Self.drift), estimate: effects[worst].value,
                quantity: "change of the gain over the frame",
                interval: effects[worst].interval, unit: isByPair ? .scene : .noise, units: units.count,
                images: evidence.pairs.count,
                because:
                    "The gain changes by \(percent(effects[0])) from top to bottom and by \(percent(effects[1])) from left to right"
                    + (isFar ? ": captures are shaded differently, and the output learns the target's shading." : ".")))
    }
}
