import Fields
import Formats
import Foundation

/// Do the pixels hold what they seem to: is part of the noise spectrum empty, and was the image cut into blocks of 8×8 (JPEG)?
struct ResolutionAudit: AuditQuestion {
    static let id = "support", title = "Frequencies that hold noise", role = Role.quality
    /// Power relative to low frequencies below which a frequency counts as empty.
    private static let empty = 0.02
    /// Highest frequency that hardly anything is missing below, cycles/pixel.
    private static let whole = 0.45
    /// Differences across the borders of blocks over differences within that count as equal.
    static let blockMargin = 0.1

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        let masked = evidence.channels.flatMap { Array(zip($0.standardised, $0.masks)) }.filter {
            min($0.0.height, $0.0.width) >= 32 && $0.0.varies
        }
        let fields = masked.map(\.0)
        guard !fields.isEmpty else { throw Undetermined(description: "images of 32×32 pixels or more are needed") }
        return AuditAnswer(rows: [support(fields, evidence), blocks(masked, evidence)].compactMap(\.self))
    }

    private func support(_ fields: [Plane], _ evidence: AuditEvidence) -> AuditRow {
        let count = 32
        var power = [[Double]](repeating: [Double](repeating: 0, count: count), count: 2), modes = power
        for field in fields {
            let spectrum = Window.hann.spectrum(of: field)
            for ky in 0..<field.height {
                let y = min(ky, field.height - ky)
                for kx in 0..<spectrum.columns where ky + kx > 0 {
                    let at = 2 * (ky * spectrum.columns + kx)
                    let square =
                        spectrum.values[at] * spectrum.values[at] + spectrum.values[at + 1] * spectrum.values[at + 1]
                    let bins = [y * 2 * count / (field.height + 1), kx * 2 * count / (field.width + 1)]
                    for (axis, bin) in bins.enumerated() {
                        power[axis][min(bin, count - 1)] += square
                        modes[axis][min(bin, count - 1)] += 1
                    }
                }
            }
        }
        // Along each axis: the highest frequency that holds noise, and how steep the edge is.
        let edges = (0..<2).map { axis -> (cut: Double, isSharp: Bool) in
            let profile = zip(power[axis], modes[axis]).map { $1 > 0 ? $0 / $1 : 0 }
            let reference = profile[1..<count / 4].sorted()[count / 8]
            let last = profile.lastIndex { $0 > Self.empty * reference } ?? count - 1
            let inside = profile[max(0, last * 8 / 10)]
            return (Double(last + 1) / Double(2 * count), inside > 0.3 * reference)
        }
        let names = ["along y", "along x"]
        let cut = edges.indices.filter { edges[$0].cut < Self.whole }
        let lowest = edges.map(\.cut).min() ?? 0.5
        let text = cut.map { axis in
            let factor = NumberText.significant(0.5 / edges[axis].cut, digits: 2)
            return "\(names[axis]) empty beyond \(NumberText.significant(edges[axis].cut, digits: 2)) cycles/pixel, "
                + (edges[axis].isSharp
                    ? "interpolated to \(factor == "2.0" ? "twice" : factor + " times") as many pixels (zero-filled)"
                    : "smoothed: \(factor) pixels are worth one")
        }.joined(separator: "; ")
        return AuditRow(
            CheckResult(
                audit: Self.id, Self.title, .quality, cut.isEmpty ? .pass : .warn, criterion: .notBelow(Self.whole),
                estimate: lowest, quantity: "highest frequency with noise, cycles/pixel", images: evidence.pairs.count,
                because: cut.isEmpty
                    ? "Noise at all frequencies."
                    : "The noise spectrum is \(text). Noise2Noise allows that; single pixels are not independent, and a network sees "
                        + "structure at a coarser scale than its pixels."))
    }

    /// Squares of differences between neighbours that are both measured, by their place modulo 8.
    private func blocks(_ fields: [(Plane, ImageMask)], _ evidence: AuditEvidence) -> AuditRow? {
        // For each field, axis and place: ln of the mean square there over the mean square elsewhere.
        let excess = fields.filter { min($0.0.height, $0.0.width) >= 48 }.compactMap { field, mask -> [Double]? in
            var sums = [Double](repeating: 0, count: 16), counts = sums
            for y in 0..<field.height - 1 {
                for x in 0..<field.width - 1 {
                    let pixel = y * field.width + x
                    if mask[pixel] || mask[pixel + 1] || mask[pixel + field.width] { continue }
                    let down = field[y + 1, x] - field[y, x], right = field[y, x + 1] - field[y, x]
                    sums[y % 8] += down * down
                    counts[y % 8] += 1
                    sums[8 + x % 8] += right * right
                    counts[8 + x % 8] += 1
                }
            }
            guard counts.allSatisfy({ $0 > 0 }) else { return nil }
            return (0..<16).map { place in
                let axis = place / 8 * 8..<place / 8 * 8 + 8
                let others = axis.filter { $0 != place }.reduce((0.0, 0.0)) { ($0.0 + sums[$1], $0.1 + counts[$1]) }
                return log(sums[place] / counts[place] / (others.0 / others.1))
            }
        }
        guard excess.count > 3 else { return nil }
        let count = Double(excess.count)
        let places = (0..<16).map { place -> (mean: Double, t: Double) in
            let mean = excess.reduce(0) { $0 + $1[place] } / count
            let variance = excess.reduce(0) { $0 + ($1[place] - mean) * ($1[place] - mean) } / (count - 1)
            return (mean, mean / (variance / count).squareRoot())
        }
        guard let worst = places.indices.max(by: { places[$0].t < places[$1].t }), places[worst].mean.isFinite else {
            return nil
        }
        let found = exp(places[worst].mean) - 1
        let p = 16 * StudentT(degreesOfFreedom: count - 1).cdf(-places[worst].t)
        let isBlocked = found > Self.blockMargin && p < 1e-3
        return AuditRow(
            CheckResult(
                audit: "blocks", "Blocks of 8×8 pixels", .quality, isBlocked ? .warn : .pass,
                criterion: .below(Self.blockMargin), estimate: found, quantity: "excess of differences across borders",
                images: evidence.pairs.count,
                because: "Every eighth difference between neighbours \(worst < 8 ? "along y" : "along x") has "
                    + "\(NumberText.significant(100 * found, digits: 2)) % more power than the others"
                    + (isBlocked
                        ? ": blocks of 8×8, as JPEG makes. Quantised coefficients are noise whose mean depends on the content; use uncompressed captures."
                        : ": no blocks.")))
    }
}
