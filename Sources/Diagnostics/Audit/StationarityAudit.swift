import Fields
import Formats
import Foundation

/// Is the noise of one power over the image once its dependence on intensity is taken out?
struct StationarityAudit: AuditQuestion {
    static let id = "stationarity", title = "Noise over the frame", role = Role.quality
    /// Ratio of the noise power of the loudest to that of the quietest part of the frame that counts as stationary.
    static let ratio = 1.5
    /// The frame is looked at in so many parts a side.
    private static let parts = 4

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        AuditAnswer(rows: evidence.channels.map { power($0, evidence) })
    }

    private func power(_ channel: AuditEvidence.Channel, _ evidence: AuditEvidence) -> AuditRow {
        var sums = [Double](repeating: 0, count: Self.parts * Self.parts), counts = sums
        for (index, plane) in channel.standardised.enumerated() {
            for y in 0..<plane.height {
                for x in 0..<plane.width where !channel.masks[index][y * plane.width + x] && plane[y, x] != 0 {
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
        return AuditRow(
            CheckResult(
                audit: Self.id, "Noise of \(channel.name) over the frame", .quality,
                !found.isFinite ? .notApplicable : isFar ? .warn : .pass, criterion: .below(Self.ratio),
                estimate: found, quantity: "largest over smallest noise power of \(powers.count) parts",
                units: powers.count,
                images: evidence.pairs.count,
                because: !found.isFinite
                    ? "No two parts of the frame hold noise to compare."
                    : "Beyond what intensity explains, the noise power of \(Self.parts)×\(Self.parts) parts of the frame differs by a factor of "
                        + "\(NumberText.significant(found)), by chance up to \(NumberText.significant(expected)): "
                        + (isFar
                            ? "not stationary. Noise2Noise allows that; spectra and one σ for all are averages."
                            : "stationary.")))
    }
}
