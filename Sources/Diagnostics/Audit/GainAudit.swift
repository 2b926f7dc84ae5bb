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
        let isOff = abs(gains.mean - 1) - 1.96 * error > GainScatter.margin
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

    /// Mean difference against σ: percent of a mean near 0 say nothing.
    private func brightness(_ channel: AuditEvidence.Channel, _ what: String, _ evidence: AuditEvidence) -> AuditRow? {
        guard evidence.source != .clean else { return nil }
        let sigma = channel.power.squareRoot()
        let offsets = channel.fields.indices.compactMap { index -> Double? in
            let values = channel.fields[index].noise.values.enumerated().filter { !channel.masks[index][$0.offset] }
            // noise = (first - second)/√2.
            return values.isEmpty
                ? nil : -2.0.squareRoot() * values.reduce(0) { $0 + $1.element } / Double(values.count) / sigma
        }
        guard offsets.count > 1 else { return nil }
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

    /// Regression of the captures' difference on intensity times place, over blocks of 8×8 pixels of all pairs.
    private func overFrame(_ channel: AuditEvidence.Channel, _ what: String, _ evidence: AuditEvidence) -> AuditRow? {
        let terms = 6, side = 8, scale = evidence.source == .clean ? 1 : -2.0.squareRoot()
        var normal = [Double](repeating: 0, count: terms * terms), right = [Double](repeating: 0, count: terms)
        var blocks: [(pair: Int, row: [Double], y: Double)] = []
        let centre = channel.fields.reduce(0) { $0 + $1.intensity.mean } / Double(channel.fields.count)
        for (index, field) in channel.fields.enumerated() {
            let (height, width) = (field.noise.height, field.noise.width)
            for top in stride(from: 0, through: height - side, by: side) {
                next: for left in stride(from: 0, through: width - side, by: side) {
                    var (noise, intensity) = (0.0, 0.0)
                    for y in top..<top + side {
                        for x in left..<left + side {
                            if channel.masks[index][y * width + x] { continue next }
                            noise += field.noise[y, x]
                            intensity += field.intensity[y, x]
                        }
                    }
                    let v = (Double(top) + 4) / Double(height) - 0.5, u = (Double(left) + 4) / Double(width) - 0.5
                    let m = intensity / 64 - centre
                    blocks.append((field.pair, [1, m, v, u, m * v, m * u], scale * noise / 64))
                }
            }
        }
        for block in blocks {
            for i in 0..<terms {
                right[i] += block.row[i] * block.y
                for j in 0..<terms { normal[i * terms + j] += block.row[i] * block.row[j] }
            }
        }
        guard blocks.count > 60, let solver = try? CholeskySolver(normal, side: terms) else { return nil }
        let fit = solver.solve(right)
        // Clusters are images where there are enough of them.
        let isByPair = Set(blocks.map(\.pair)).count >= IntervalEstimator.fewestForInterval
        var scores: [Int: [Double]] = [:]
        for (number, block) in blocks.enumerated() {
            let rest = block.y - zip(fit, block.row).reduce(0) { $0 + $1.0 * $1.1 }
            let score = block.row.map { $0 * rest }
            let key = isByPair ? block.pair : number
            scores[key] = scores[key].map { zip($0, score).map(+) } ?? score
        }
        var covariance = [Double](repeating: 0, count: terms)
        for (_, score) in scores.sorted(by: { $0.key < $1.key }) {
            for (term, value) in solver.solve(score).enumerated() { covariance[term] += value * value }
        }
        let count = Double(scores.count)
        let effects = [4, 5].map { term in
            BoundedEffect(
                value: fit[term], standardError: (covariance[term] * count / (count - 1)).squareRoot(),
                degreesOfFreedom: count - 1, noticeable: Self.drift, limit: .infinity)
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
                interval: effects[worst].interval, unit: isByPair ? .scene : .noise, units: scores.count,
                images: evidence.pairs.count,
                because:
                    "The gain changes by \(percent(effects[0])) from top to bottom and by \(percent(effects[1])) from left to right"
                    + (isFar ? ": captures are shaded differently, and the output learns the target's shading." : ".")))
    }
}
