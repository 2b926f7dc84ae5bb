import Engine
import Fields
import Formats
import Foundation
import Tensors

/// Is there a pattern that all scenes have in common: rows, columns, a wave, a sensor? Seen over different scenes, without a clean image.
///
/// r is what an image, or its noise where clean images are given, differs by from its means over 9×9 pixels, cut off at 4 times its root mean square. The power of the pattern is the
/// mean over pixels of Σ_{i≠j} r_i r_j / n(n - 1), in which neither noise nor the content of different scenes has a mean. A pattern has
/// it in all parts of the frame; content that scenes share has it at a few edges. So three quarters of squares of 16 pixels must agree, of 8
/// where fewer than 16 of those are measured by half.
/// Masked pixels are in no mean, and r is 0 there: the border of a mask that scenes share is no pattern. n is the number of scenes that
/// measure a pixel.
struct PatternAudit: AuditQuestion {
    static let id = "fixed_pattern", title = "Pattern that all scenes share", role = Role.quality
    /// Root mean square in σ that counts as none.
    static let margin = 0.1
    private static let fewest = 4, window = 9, tiles = [16, 8], fewestTiles = 16

    private struct Pattern {
        let power: Double
        let share: Double
        let squares: Int
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
        guard min(size.height, size.width) >= 2 * Self.tiles[0] else { return none("Images are too small.") }
        guard Self.likeness(evidence) < 0.9 else {
            return none("The scenes are too much alike to tell a pattern from content.")
        }
        let sigma = (evidence.channels.reduce(0) { $0 + $1.power } / Double(evidence.channels.count)).squareRoot()
        let masks = zip(evidence.pairs, evidence.masks).filter { $0.0.size == size }.map(\.1)
        let residuals = DomainPair { domain in
            zip(Self.images(domain, evidence, sigma), masks).map { Self.residual($0, $1) }
        }
        let found = residuals.map { Self.pattern($0, masks) }
        let common = Self.mean(Self.products(residuals.a, residuals.b, masks), masks)
        let rows = Domain.allCases.map { domain in row(domain, found, common, residuals.a.count, sigma) }
        return AuditAnswer(rows: rows)
    }

    /// Median correlation of the thumbnails of neighbours, over the cells that both measure: a mask that scenes share is no likeness.
    private static func likeness(_ evidence: AuditEvidence) -> Double {
        let side = Thumbnail.side
        let cells = evidence.match.usable.indices.map { index -> [Double?] in
            let mask = evidence.masks[index], size = evidence.pairs[index].size
            var cells = evidence.match.thumbnails[evidence.match.usable[index]].cells.map(Optional.init)
            for pixel in mask.isMasked.indices where mask[pixel] {
                cells[pixel / size.width * side / size.height * side + pixel % size.width * side / size.width] = nil
            }
            return cells
        }
        return zip(cells, cells.dropFirst()).map { first, second in
            let both = zip(first, second).compactMap { u, v in u.flatMap { u in v.map { (u, $0) } } }
            let count = Double(max(1, both.count))
            let mean = (both.reduce(0) { $0 + $1.0 } / count, both.reduce(0) { $0 + $1.1 } / count)
            var (uu, uv, vv) = (0.0, 0.0, 0.0)
            for (u, v) in both {
                uu += (u - mean.0) * (u - mean.0)
                uv += (u - mean.0) * (v - mean.1)
                vv += (v - mean.1) * (v - mean.1)
            }
            return uv / max((uu * vv).squareRoot(), 1e-300)
        }.median ?? 0
    }

    /// The first channel of each pair; where clean images are given its noise about the mean at its intensity, which has a row of its own
    /// (`bias`): what scenes share, and what magnitudes make of it, is no pattern.
    private static func images(_ domain: Domain, _ evidence: AuditEvidence, _ sigma: Double) -> [Plane] {
        let size = evidence.pairs[0].size
        let noise = evidence.channels.first { evidence.source == .clean && $0.name == domain.rawValue }
            .map { channel in Dictionary(zip(channel.fields.map(\.pair), channel.standardised)) { first, _ in first } }
        return evidence.pairs.enumerated().filter { $0.element.size == size }.map { index, pair in
            noise?[index].map { sigma * $0 } ?? Plane.channels(of: pair.noisy[domain])[0]
        }
    }

    /// - Parameter common: mean product of what scenes of a and of b share.
    private func row(_ domain: Domain, _ both: DomainPair<Pattern>, _ common: Double, _ scenes: Int, _ sigma: Double)
        -> AuditRow
    {
        let found = both[domain], size = max(0, found.power).squareRoot()
        let chance =
            1
            - BinomialDistribution(trials: found.squares, probability: 0.5)
            .cdf(Int((found.share * Double(found.squares)).rounded()) - 1)
        let isThere = size > Self.margin * sigma && found.share >= 0.75 && chance < 1e-3
        let isInBoth = common > 0.5 * (max(0, both.a.power) * max(0, both.b.power)).squareRoot()
        let number =
            "The pattern that \(scenes) scenes of \(domain.rawValue) share is \(NumberText.significant(size)), "
            + "\(NumberText.significant(size / sigma)) σ"
        return AuditRow(
            CheckResult(
                audit: Self.id, "Pattern that all scenes of \(domain.rawValue) share", .quality,
                isThere ? .warn : .pass,
                criterion: .below(Self.margin), estimate: size / sigma, quantity: "pattern/σ", units: found.squares,
                images: scenes,
                because: number
                    + (isThere
                        ? ": \(found.shape), "
                            + (isInBoth
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

    /// Σ_{i≠j} u_i v_j / c(c - 1) at every pixel, with c the scenes that measure it; 0 where fewer than two do.
    private static func products(_ u: [Plane], _ v: [Plane], _ masks: [ImageMask]) -> Plane {
        Plane(
            height: u[0].height, width: u[0].width,
            values: u[0].values.indices.map { pixel in
                var (first, second, same, count) = (0.0, 0.0, 0.0, 0.0)
                for (index, mask) in masks.enumerated() where !mask[pixel] {
                    first += u[index].values[pixel]
                    second += v[index].values[pixel]
                    same += u[index].values[pixel] * v[index].values[pixel]
                    count += 1
                }
                return count > 1 ? (first * second - same) / (count * (count - 1)) : 0
            })
    }

    /// 1 where two scenes or more measure a pixel.
    private static func measured(_ masks: [ImageMask], _ pixels: Int) -> [Double] {
        (0..<pixels).map { pixel in masks.count { !$0[pixel] } > 1 ? 1 : 0 }
    }

    private static func mean(_ products: Plane, _ masks: [ImageMask]) -> Double {
        products.values.reduce(0, +) / max(1, measured(masks, products.values.count).reduce(0, +))
    }

    /// Power of what the means of lines share, over their measured pixels.
    private static func lines(
        _ fields: [Plane], _ masks: [ImageMask], _ count: Int, _ length: Int, pixel: (_ line: Int, _ place: Int) -> Int
    ) -> Double {
        var (total, weight) = (0.0, 0.0)
        for line in 0..<count {
            var (sum, square, scenes, held) = (0.0, 0.0, 0.0, 0.0)
            for (field, mask) in zip(fields, masks) {
                let pixels = (0..<length).map { pixel(line, $0) }.filter { !mask[$0] }
                guard !pixels.isEmpty else { continue }
                let mean = pixels.reduce(0) { $0 + field.values[$1] } / Double(pixels.count)
                sum += mean
                square += mean * mean
                scenes += 1
                held += Double(pixels.count)
            }
            guard scenes > 1 else { continue }
            total += held * (sum * sum - square) / (scenes * (scenes - 1))
            weight += held
        }
        return weight > 0 ? total / weight : 0
    }

    private static func pattern(_ fields: [Plane], _ masks: [ImageMask]) -> Pattern {
        let (height, width) = (fields[0].height, fields[0].width)
        let products = products(fields, fields, masks), isMeasured = measured(masks, height * width)
        func squares(_ side: Int) -> [Double] {
            Tiling(side: side).sums(
                [(products.values, isMeasured), (isMeasured, isMeasured)], shape: [height, width, 1]
            )
            .filter { 2 * $0[1] >= Double(side * side) }.map { $0[0] }
        }
        let large = squares(tiles[0]), judged = large.count >= fewestTiles ? large : squares(tiles[1])
        let power = mean(products, masks)
        let rows = lines(fields, masks, height, width) { $0 * width + $1 }
        let columns = lines(fields, masks, width, height) { $1 * width + $0 }
        let isLines = max(rows, columns) > 0.5 * power
        // What the means took away: 1 of 9 pixels along a line, 1 of 81 of a pattern of points.
        let kept = 1 - 1 / Double(isLines ? window : window * window)
        return Pattern(
            power: power / kept, share: Double(judged.count { $0 > 0 }) / Double(max(1, judged.count)),
            squares: max(1, judged.count),
            shape: rows > 0.5 * power
                ? "rows"
                : columns > 0.5 * power
                    ? "columns" : wave(fields.dropFirst().reduce(fields[0], +)) ?? "no lines and no wave")
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
