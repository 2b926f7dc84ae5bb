import Engine
import Fields
import Tensors

/// Which pairs show one content the same way up, by their contents alone, before any noise is measured.
///
/// Images are compared by thumbnails of 16×16 means (of edges, where contrasts differ), each with mean 0 and power 1. A pair is called
/// wrong where another image, or its own turned, leaves less than half of the difference that the pair has, resembles it by 0.7 or more,
/// and does so in a paired t test over the cells of the thumbnails, corrected for all alternatives.
struct ContentMatch {
    /// Pairs whose second image is the first to the bit.
    private(set) var sameObservation: [Int] = []
    /// Pairs whose b shows another image's a, with that image.
    private(set) var mispaired: [(pair: Int, image: Int)] = []
    /// Pairs whose b is turned.
    private(set) var turned: [(pair: Int, symmetry: Symmetry)] = []
    /// The pairs that are left, by their place; those held out first.
    private(set) var usable: [Int] = []
    let heldOutCount: Int
    /// Thumbnails of all a, for `DuplicateAudit`.
    let thumbnails: [Thumbnail]
    private let ids: [String]
    private let sameContent: Bool
    /// Beyond so many images only neighbours in order are compared.
    private static let farthest = 200

    init(_ pairs: [ImagePair], heldOutCount: Int, sameContent: Bool) {
        self.heldOutCount = heldOutCount
        self.sameContent = sameContent
        ids = pairs.map(\.id)
        thumbnails = pairs.map { Thumbnail($0.clean?.a ?? $0.noisy.a) }
        let first = pairs.map { Thumbnail($0.noisy.a, edges: !sameContent) }
        let second = pairs.map { Thumbnail($0.noisy.b, edges: !sameContent) }
        let comparisons = Double(pairs.count * (min(pairs.count, 2 * Self.farthest) + Symmetry.allCases.count))
        let needed = NormalDistribution.quantile(1 - 0.001 / comparisons)
        for index in pairs.indices {
            if pairs[index].noisy.a == pairs[index].noisy.b {
                sameObservation.append(index)
                continue
            }
            // b against its own a, turned in every way that keeps its shape.
            let own = second[index].cells
            let isSquare = pairs[index].size.height == pairs[index].size.width
            var best: (similarity: Double, symmetry: Symmetry, image: Int)?
            let similarity = first[index].similarity(second[index])
            func consider(_ cells: [Double], _ symmetry: Symmetry, _ image: Int) {
                let other = zip(cells, own).reduce(0) { $0 + $1.0 * $1.1 }
                guard other > 0.7, 1 - other < 0.5 * (1 - similarity), other > best?.similarity ?? -1,
                    Self.score(first[index].cells, cells, own) > needed
                else { return }
                best = (other, symmetry, image)
            }
            for symmetry in Symmetry.allCases.dropFirst() where isSquare || symmetry.keepsShape {
                consider(first[index].turned(symmetry), symmetry, index)
            }
            let range = max(0, index - Self.farthest)..<min(pairs.count, index + Self.farthest)
            for image in range where image != index { consider(first[image].cells, .identity, image) }
            if let best {
                if best.image == index {
                    turned.append((index, best.symmetry))
                } else {
                    mispaired.append((index, best.image))
                }
            } else {
                usable.append(index)
            }
        }
    }

    /// t of the differences between squared distances over cells: how much nearer `other` is to `target` than `own`.
    private static func score(_ own: [Double], _ other: [Double], _ target: [Double]) -> Double {
        let gains = target.indices.map { k in
            (own[k] - target[k]) * (own[k] - target[k]) - (other[k] - target[k]) * (other[k] - target[k])
        }
        let mean = gains.reduce(0, +) / Double(gains.count)
        let variance = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gains.count - 1)
        return variance > 0 ? mean / (variance / Double(gains.count)).squareRoot() : mean > 0 ? .infinity : 0
    }
}

extension ContentMatch {
    private static let mostNamed = 6

    /// `a, b, c and 4 more`.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(mostNamed).joined(separator: ", ")
        return names.count > mostNamed ? "\(shown) and \(names.count - mostNamed) more" : shown
    }

    private func row(_ id: String, _ title: String, _ found: Int, _ because: String) -> AuditRow {
        // Contrasts that differ are compared by their edges, which is an estimate.
        let status: Status = found == 0 ? .pass : sameContent || id == "one_observation" ? .fail : .warn
        return AuditRow(
            CheckResult(
                audit: id, title, sameContent || id == "one_observation" ? .premise : .quality, status,
                criterion: .exactlyZero, estimate: Double(found), quantity: "pairs", images: ids.count,
                because: because))
    }

    /// One observation in both places, order, orientation, and what follows for the other rows.
    var rows: [AuditRow] {
        let total = ids.count
        let twice = row(
            "one_observation", "Two observations in every pair", sameObservation.count,
            sameObservation.isEmpty
                ? "No b is its a."
                : "\(sameObservation.count) of \(total) pairs hold one observation in both places, equal to the bit: "
                    + "\(Self.list(sameObservation.map { ids[$0] })). All of the target's noise is in the source.")
        let order = row(
            "pairing", "Pairs belong together", mispaired.count,
            mispaired.isEmpty
                ? "No b resembles another image's a more than its own."
                : "\(mispaired.count) of \(total) pairs do not belong together: b/ \(permutation). Sort both folders the same way."
        )
        let orientation = row(
            "orientation", "Orientation of b against a", turned.count,
            turned.isEmpty
                ? "No turned or mirrored b resembles its a more than b as it is."
                : "\(turned.count) of \(total) pairs have b "
                    + Symmetry.allCases.compactMap { symmetry in
                        let pairs = turned.filter { $0.symmetry == symmetry }.map { ids[$0.pair] }
                        return pairs.isEmpty ? nil : "\(symmetry.name): \(Self.list(pairs))"
                    }.joined(separator: "; ") + ".")
        let dropped = total - usable.count
        let used = AuditRow(
            CheckResult(
                audit: "pairs", "Pairs that the other rows are about", .description, .info,
                estimate: Double(usable.count),
                quantity: "pairs", images: total,
                because: dropped == 0
                    ? "All \(total) pairs."
                    : "\(usable.count) of \(total) pairs; \(dropped) set aside because of the rows above."))
        return [twice, order, orientation, used]
    }

    /// Which image b/ shows in the place of each: a cyclic shift where it is one.
    private var permutation: String {
        let count = ids.count
        let steps = Set(mispaired.map { ($0.image - $0.pair + count) % count })
        if let step = steps.first, steps.count == 1, mispaired.count == count {
            let signed = 2 * step > count ? step - count : step
            return
                "is in a cyclic order: in the place of number k it shows number k\(signed < 0 ? " - " : " + ")\(abs(signed)) "
                + "(\(ids[mispaired[0].pair]) shows \(ids[mispaired[0].image]))"
        }
        return "shows " + Self.list(mispaired.map { "\(ids[$0.image]) in the place of \(ids[$0.pair])" })
    }
}

/// A thumbnail of 16×16 means, by which images are compared whatever their size, noise and brightness.
struct Thumbnail {
    static let side = 16
    /// Mean 0, Σ of squares 1; zeros where the image is constant.
    let cells: [Double]

    /// - Parameter edges: take the magnitude of the gradient, which contrasts have in common.
    init(_ image: Tensor, edges: Bool = false) {
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        let side = Self.side
        var sums = [Double](repeating: 0, count: side * side), counts = sums
        image.withUnsafeBuffer { pixels in
            func value(_ y: Int, _ x: Int) -> Double {
                let start = (y * width + x) * channels
                // Two channels are a complex number, whose phase is arbitrary.
                if channels == 2 {
                    return Double((pixels[start] * pixels[start] + pixels[start + 1] * pixels[start + 1]).squareRoot())
                }
                var sum = 0.0
                for channel in 0..<channels { sum += Double(pixels[start + channel]) }
                return sum
            }
            for y in 0..<height {
                for x in 0..<width {
                    let cell = y * side / height * side + x * side / width
                    if edges {
                        let dy = value(min(y + 1, height - 1), x) - value(max(y - 1, 0), x)
                        let dx = value(y, min(x + 1, width - 1)) - value(y, max(x - 1, 0))
                        sums[cell] += (dy * dy + dx * dx).squareRoot()
                    } else {
                        sums[cell] += value(y, x)
                    }
                    counts[cell] += 1
                }
            }
        }
        let means = zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
        let centre = means.reduce(0, +) / Double(means.count)
        let norm = means.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }.squareRoot()
        cells = means.map { norm > 0 ? ($0 - centre) / norm : 0 }
    }

    /// Correlation of the thumbnails, -1...1; 0 where one is constant.
    func similarity(_ other: Thumbnail) -> Double { zip(cells, other.cells).reduce(0) { $0 + $1.0 * $1.1 } }

    func turned(_ symmetry: Symmetry) -> [Double] { symmetry.applied(to: cells, shape: [Self.side, Self.side, 1]) }
}
