import Engine
import Foundation

/// Is there a pattern that all scenes have in common: rows, columns, a wave, a sensor? Seen over different scenes, without a clean image.
///
/// r is what an image differs by from its means over 9×9 pixels, cut off at 4 times its root mean square. The power of the pattern is the
/// mean over pixels of Σ_{i≠j} r_i r_j / n(n - 1), in which neither noise nor the content of different scenes has a mean. A pattern has
/// it in all parts of the frame; content that scenes share has it at a few edges. So three quarters of squares of 16 pixels must agree.
/// Masked pixels are in no mean, and r is 0 there: the border of a mask that scenes share is no pattern. n is the number of scenes that
/// measure a pixel.
struct PatternAudit: AuditQuestion {
    static let id = "fixed_pattern", title = "Pattern that all scenes share", role = Role.quality
    /// Root mean square in σ that counts as none.
    static let margin = 0.1
    private static let fewest = 4, window = 9, tile = 16

    private struct Pattern {
        let power: Double
        let share: Double
        let squares: Int
        let sum: Plane
        let shape: String
    }

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        let size = evidence.pairs[0].size
        let chosen = evidence.pairs.filter { $0.size == size }
        func none(_ because: String) -> AuditAnswer {
            AuditAnswer(rows: [
                AuditRow(
                    CheckResult(
                        audit: Self.id, Self.title, .quality, .notApplicable, images: chosen.count, because: because))
            ])
        }
        guard chosen.count >= Self.fewest else {
            return none("\(chosen.count) scene(s) of one size; \(Self.fewest) are needed.")
        }
        guard min(size.height, size.width) >= 2 * Self.tile else { return none("Images are too small.") }
        let likeness = zip(evidence.match.usable, evidence.match.usable.dropFirst()).map {
            evidence.match.thumbnails[$0].similarity(evidence.match.thumbnails[$1])
        }.sorted()
        guard likeness.isEmpty || likeness[likeness.count / 2] < 0.9 else {
            return none("The scenes are too much alike to tell a pattern from content.")
        }
        let sigma = (evidence.channels.reduce(0) { $0 + $1.power } / Double(evidence.channels.count)).squareRoot()
        let masks = zip(evidence.pairs, evidence.masks).filter { $0.0.size == size }.map(\.1)
        let residuals = DomainPair { domain in
            zip(chosen, masks).map { pair, mask in Self.residual(Plane.channels(of: pair.noisy[domain])[0], mask) }
        }
        let found = residuals.map { Self.pattern($0, masks) }
        let rows = Domain.allCases.map { domain in row(domain, found[domain], found[domain.other], residuals, sigma) }
        return AuditAnswer(rows: rows)
    }

    private func row(
        _ domain: Domain, _ found: Pattern, _ other: Pattern, _ residuals: DomainPair<[Plane]>, _ sigma: Double
    ) -> AuditRow {
        let size = max(0, found.power).squareRoot()
        let chance =
            1
            - BinomialDistribution(trials: found.squares, probability: 0.5)
            .cdf(Int((found.share * Double(found.squares)).rounded()) - 1)
        let isThere = size > Self.margin * sigma && found.share >= 0.75 && chance < 1e-3
        let n = Double(residuals.a.count)
        var both = 0.0
        for pixel in found.sum.values.indices {
            both += residuals.a.indices.reduce(0) { $0 + residuals.a[$1].values[pixel] * residuals.b[$1].values[pixel] }
        }
        let cross = (Plane.meanProduct(found.sum, other.sum) - both / Double(found.sum.values.count)) / (n * (n - 1))
        let common = cross / (max(found.power, 1e-300) * max(other.power, 1e-300)).squareRoot()
        let number =
            "The pattern that \(residuals.a.count) scenes of \(domain.rawValue) share is \(NumberText.significant(size)), "
            + "\(NumberText.significant(size / sigma)) σ"
        return AuditRow(
            CheckResult(
                audit: Self.id, "Pattern that all scenes of \(domain.rawValue) share", .quality,
                isThere ? .warn : .pass,
                criterion: .below(Self.margin), estimate: size / sigma, quantity: "pattern/σ", units: found.squares,
                images: residuals.a.count,
                because: number
                    + (isThere
                        ? ": \(found.shape), "
                            + (common > 0.5
                                ? "the same in a and b. A denoiser learns it as content"
                                : "not in \(domain.other.rawValue). A denoiser whose target is \(domain.rawValue) learns to draw it")
                            + ". Subtract the mean of many scenes, or of dark frames."
                        : ", seen in \(Int(100 * found.share)) % of the frame: no fixed pattern.")))
    }

    /// The image minus means over the measured ones of 9×9 pixels, borders repeated; 0 where it is masked.
    private static func residual(_ image: Plane, _ mask: ImageMask) -> Plane {
        let (height, width) = (image.height, image.width), half = window / 2
        func smooth(_ count: Int, _ value: (Int) -> Double) -> [Double] {
            (0..<count).map { at in
                var sum = 0.0
                for k in at - half...at + half { sum += value(min(max(k, 0), count - 1)) }
                return sum
            }
        }
        func smooth(_ plane: Plane) -> Plane {
            var along = plane, result = plane
            for y in 0..<height {
                along.values.replaceSubrange(y * width..<(y + 1) * width, with: smooth(width) { plane[y, $0] })
            }
            for x in 0..<width {
                for (y, value) in smooth(height, { along[$0, x] }).enumerated() { result[y, x] = value }
            }
            return result
        }
        func kept(_ value: (Int) -> Double) -> Plane {
            Plane(height: height, width: width, values: image.values.indices.map { mask[$0] ? 0 : value($0) })
        }
        let sums = smooth(kept { image.values[$0] }), counts = smooth(kept { _ in 1 })
        let result = kept { image.values[$0] - sums.values[$0] / counts.values[$0] }
        let measured = Double(image.values.indices.count { !mask[$0] })
        let bound = 4 * (result.values.reduce(0) { $0 + $1 * $1 } / max(1, measured)).squareRoot()
        return Plane(height: height, width: width, values: result.values.map { min(bound, max(-bound, $0)) })
    }

    private static func pattern(_ fields: [Plane], _ masks: [ImageMask]) -> Pattern {
        let n = Double(fields.count), (height, width) = (fields[0].height, fields[0].width)
        let counts = fields[0].values.indices.map { pixel in Double(masks.count { !$0[pixel] }) }
        let isMeasured = counts.map { $0 > 1 ? 1.0 : 0 }
        let sum = fields.dropFirst().reduce(fields[0], +)
        var products = sum
        for pixel in products.values.indices {
            let squares = fields.reduce(0) { $0 + $1.values[pixel] * $1.values[pixel] }
            let count = counts[pixel]
            products.values[pixel] =
                count > 1 ? (sum.values[pixel] * sum.values[pixel] - squares) / (count * (count - 1)) : 0
        }
        let tiles = Tiling(side: tile).sums(
            [(products.values, isMeasured), (isMeasured, isMeasured)], shape: [height, width, 1]
        ).filter { 2 * $0[1] >= Double(tile * tile) }.map { $0[0] }
        // Of the means along an axis.
        func lines(_ mean: (Plane) -> [Double]) -> Double {
            let profiles = fields.map(mean), all = mean(sum)
            return all.indices.reduce(0.0) { total, k in
                total + (all[k] * all[k] - profiles.reduce(0) { $0 + $1[k] * $1[k] }) / (n * (n - 1))
            } / Double(all.count)
        }
        let power = products.values.reduce(0, +) / max(1, isMeasured.reduce(0, +))
        let rows = lines { p in (0..<height).map { y in (0..<width).reduce(0) { $0 + p[y, $1] } / Double(width) } }
        let columns = lines { p in (0..<width).map { x in (0..<height).reduce(0) { $0 + p[$1, x] } / Double(height) } }
        let isLines = max(rows, columns) > 0.5 * power
        // What the means took away: 1 of 9 pixels along a line, 1 of 81 of a pattern of points.
        let kept = 1 - 1 / Double(isLines ? window : window * window)
        return Pattern(
            power: power / kept, share: Double(tiles.count { $0 > 0 }) / Double(max(1, tiles.count)),
            squares: max(1, tiles.count),
            sum: sum,
            shape: rows > 0.5 * power ? "rows" : columns > 0.5 * power ? "columns" : wave(sum) ?? "no lines and no wave"
        )
    }

    /// The strongest mode, where it holds a quarter of the power.
    private static func wave(_ sum: Plane) -> String? {
        guard let map = try? PowerMap(of: sum),
            let mode = map.modes.max(by: { $0.power * $0.degreesOfFreedom < $1.power * $1.degreesOfFreedom }),
            mode.power * mode.degreesOfFreedom > 0.25 * Double(sum.values.count)
        else { return nil }
        return "a wave with a period of \(NumberText.significant(1 / mode.radius)) pixels"
    }
}
