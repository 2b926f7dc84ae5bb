import Engine
import Foundation

/// Is the noise of one power over the image once its dependence on intensity is taken out, and do captures agree in brightness?
struct StationarityAudit: AuditQuestion {
    /// Ratio of the noise power of the loudest to that of the quietest part of the frame that counts as stationary.
    static let ratio = 1.5
    /// Relative difference in brightness of two captures that counts as none.
    static let drift = 0.01
    /// The frame is looked at in so many parts a side.
    private static let parts = 4

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        AuditAnswer(rows: evidence.channels.map { power($0, evidence) } + drift(evidence))
    }

    private func power(_ channel: AuditEvidence.Channel, _ evidence: AuditEvidence) -> CheckResult {
        var sums = [Double](repeating: 0, count: Self.parts * Self.parts), counts = sums
        for (plane, field) in zip(channel.standardised, channel.fields) {
            for y in 0..<plane.height {
                for x in 0..<plane.width where channel.variance(field.intensity[y, x]) > 0 {
                    let part = y * Self.parts / plane.height * Self.parts + x * Self.parts / plane.width
                    sums[part] += plane[y, x] * plane[y, x]
                    counts[part] += 1
                }
            }
        }
        // Parts with few pixels, the others masked, say nothing.
        let enough = (counts.max() ?? 0) / 20
        let powers = zip(sums, counts).compactMap { $1 > enough && $1 > 1 ? ($0 / $1, $1) : nil }
        let low = powers.min { $0.0 < $1.0 }?.0 ?? .nan, high = powers.max { $0.0 < $1.0 }?.0 ?? .nan
        let fewest = powers.map(\.1).min() ?? 0
        // The extremes of so many variances of white noise are about ±2.5 standard errors apart.
        let expected = exp(5 * (2 / max(fewest, 1)).squareRoot())
        let found = high / low
        let isFar = found > Self.ratio && found > expected
        return CheckResult(
            audit: "stationarity", "Noise of \(channel.name) over the frame",
            !found.isFinite ? .notApplicable : isFar ? .warn : .pass,
            estimate: found, quantity: "largest over smallest noise power of \(powers.count) parts",
            units: powers.count,
            images: evidence.pairs.count, threshold: Self.ratio,
            because: !found.isFinite
                ? "No two parts of the frame hold noise to compare."
                : "Beyond what intensity explains, the noise power of \(Self.parts)×\(Self.parts) parts of the frame differs by a factor of "
                    + "\(NumberText.significant(found)), by chance up to \(NumberText.significant(expected)): "
                    + (isFar
                        ? "not stationary. Noise2Noise allows that; spectra and one σ for all are averages."
                        : "stationary."))
    }

    /// Of two captures of one content.
    private func drift(_ evidence: AuditEvidence) -> [CheckResult] {
        func mean(_ image: Tensor) -> Double { image.values.reduce(0) { $0 + Double($1) } / Double(image.count) }
        let ratios = evidence.pairs.compactMap { pair -> Double? in
            let other = evidence.sameContent ? pair.noisy.b : pair.repeats.first?.a
            guard let other else { return nil }
            let (first, second) = (mean(pair.noisy.a), mean(other))
            let level = (abs(first) + abs(second)) / 2
            return level > 0 ? (second - first) / level : nil
        }
        guard !ratios.isEmpty else { return [] }
        let average = ratios.reduce(0, +) / Double(ratios.count)
        let spread = ratios.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(max(1, ratios.count - 1))
        let isFar = abs(average) > Self.drift && abs(average) > 2 * (spread / Double(ratios.count)).squareRoot()
        return [
            CheckResult(
                audit: "drift", "Brightness of one capture against the other", isFar ? .warn : .pass, estimate: average,
                quantity: "relative difference", images: ratios.count, threshold: Self.drift,
                because:
                    "The second capture differs by \(NumberText.significant(100 * average)) % on average over \(ratios.count) image(s)"
                    + (isFar ? ": the output learns the target's brightness, not the source's (bleaching, gain)." : ".")
            )
        ]
    }
}
