import Engine

/// Are values cut off at the ends of their range, or rounded more coarsely than the noise?
struct ValuesAudit: AuditQuestion {
    /// Share of pixels at one end that counts as cut off.
    static let clippingShare = 0.002
    /// Steps up to so many σ are averaged away by the noise itself: rounding then biases by less than 1 % of a step.
    static let coarsestStep = 2.0

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        AuditAnswer(
            rows: Domain.allCases.flatMap { domain in [clipping(domain, evidence), quantisation(domain, evidence)] })
    }

    private func clipping(_ domain: Domain, _ evidence: AuditEvidence) -> CheckResult {
        var low = Float.infinity, high = -Float.infinity, count = 0
        for pair in evidence.pairs {
            for value in pair.noisy[domain].values {
                low = min(low, value)
                high = max(high, value)
            }
            count += pair.noisy[domain].count
        }
        var (atLow, silent, atHigh) = (0, 0, 0)
        for pair in evidence.pairs {
            // A background without noise is masked, not clipped.
            let again = pair.repeats.first?[domain] ?? (evidence.sameContent ? pair.noisy[domain.other] : nil)
            for (index, value) in pair.noisy[domain].values.enumerated() {
                if value == high { atHigh += 1 }
                guard value == low else { continue }
                atLow += 1
                if let again, again.values[index] == low { silent += 1 }
            }
        }
        func share(_ pixels: Int) -> Double { Double(pixels) / Double(max(count, 1)) }
        // No count is below 0, and many are 0 where there is little light.
        let masked = share(silent) > 0.01 && 10 * silent > 9 * atLow
        let isZeroCount = evidence.countUnit != nil && low == 0
        let below = isZeroCount || masked ? 0 : share(atLow)
        let worst = max(below, share(atHigh))
        let isClipped = worst > Self.clippingShare
        func percent(_ share: Double) -> String { NumberText.significant(100 * share) + " %" }
        return CheckResult(
            audit: "clipping", "Values of \(domain.rawValue) cut off at an end", isClipped ? .fail : .pass,
            estimate: worst,
            quantity: "share of pixels", images: evidence.pairs.count, threshold: Self.clippingShare,
            because:
                "\(percent(share(atLow))) of the pixels at the smallest value \(NumberText.shortest(Double(low))), "
                + "\(percent(share(atHigh))) at the largest \(NumberText.shortest(Double(high)))"
                + (masked
                    ? "; the smallest is a masked background"
                    : isZeroCount ? "; counts may be 0" : "")
                + (isClipped ? ": noise cut off there has no zero mean, and the denoiser learns its bias." : "."))
    }

    private func quantisation(_ domain: Domain, _ evidence: AuditEvidence) -> CheckResult {
        // Distinct values of some pixels; a grid shows in few.
        var values: [Float] = []
        for pair in evidence.pairs {
            let all = pair.noisy[domain].values
            for index in stride(from: 0, to: all.count, by: max(1, all.count / 4096)) { values.append(all[index]) }
        }
        let distinct = Array(Set(values)).sorted()
        let steps = zip(distinct.dropFirst(), distinct).map { Double($0) - Double($1) }
        let smallest = steps.min() ?? 0
        // Numbers on a grid repeat: 4096 values on fewer than a quarter as many places.
        let isGrid = smallest > 0 && distinct.count < values.count / 4
        let bins = (evidence.channels.first { $0.name == domain.rawValue } ?? evidence.channels[0]).variance.bins
        let sigma = (bins.map(\.variance).min() ?? 0).squareRoot()
        let ratio = sigma > 0 ? smallest / sigma : .nan
        // Counts are whole by nature: their rounding is the noise.
        let isCoarse = isGrid && evidence.countUnit == nil && ratio > Self.coarsestStep
        return CheckResult(
            audit: "quantisation", "Rounding of \(domain.rawValue) against its noise", isCoarse ? .fail : .pass,
            estimate: isGrid ? ratio : nil, quantity: isGrid ? "step/σ" : nil, images: evidence.pairs.count,
            threshold: Self.coarsestStep,
            because: !isGrid
                ? "No grid of values: \(distinct.count) different ones among \(values.count)."
                : "Steps of \(NumberText.significant(smallest)), \(NumberText.significant(ratio)) σ where the noise is least: "
                    + (evidence.countUnit != nil
                        ? "whole counts."
                        : isCoarse ? "too coarse, rounding biases what is learned." : "fine enough to average out."))
    }
}
