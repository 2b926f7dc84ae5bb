import Fields
import Tensors

/// Do the outputs belong to their targets? The share of outputs that match another pair's target better than their own.
///
/// Images are averaged over 16 × 16 cells, less the mean of each cell over all images; r_ij is the correlation of output i with target j. An
/// output is misplaced where some r_ij exceeds r_ii by 0.1.
struct OutputPairing: Check {
    let id = "premise.pairing"
    let title = "Outputs match their own targets"
    let role = Role.premise
    let evidence = Evidence.placement
    private static let cells = 16
    private static let lead = 0.1
    private var outputs: [[Double]] = []
    private var targets: [[Double]] = []
    private var ids: [String] = []

    mutating func observe(_ sample: Sample) throws {
        guard min(sample.shape[0], sample.shape[1]) >= Self.cells else {
            throw SampleError.tooSmall(sample.pair.id, side: Self.cells)
        }
        outputs.append(Self.thumbnail(sample.output))
        targets.append(Self.thumbnail(sample.pair.noisy[sample.target]))
        ids.append(sample.pair.id)
    }

    private static func thumbnail(_ image: Tensor) -> [Double] {
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        var (sums, counts) = (
            [Double](repeating: 0, count: cells * cells), [Double](repeating: 0, count: cells * cells)
        )
        image.withUnsafeBuffer { pixels in
            for i in 0..<pixels.count {
                let cell = i / channels / width * cells / height * cells + i / channels % width * cells / width
                sums[cell] += Double(pixels[i])
                counts[cell] += 1
            }
        }
        return zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let n = outputs.count
        guard n >= 3 else { throw Undetermined(description: "\(n) pairs; 3 are needed to tell one from another") }
        func standardised(_ images: [[Double]]) -> [[Double]] {
            let mean = UnitSums(images).totals.map { $0 / Double(n) }
            return images.map { image in
                var rest = zip(image, mean).map(-)
                let own = rest.reduce(0, +) / Double(rest.count)
                rest = rest.map { $0 - own }
                let size = dot(rest, rest).squareRoot()
                return size > 0 ? rest.map { $0 / size } : rest
            }
        }
        let (f, x) = (standardised(outputs), standardised(targets))
        var misplaced: [(own: Int, other: Int)] = []
        for i in 0..<n {
            // An output that is turned, or a negative, still shows its own target.
            let turned = Symmetry.allCases.map { $0.applied(to: f[i], shape: [Self.cells, Self.cells, 1]) }
            let own = turned.map { dot($0, x[i]).magnitude }.max() ?? 0
            let best = (0..<n).filter { $0 != i }.max { dot(f[i], x[$0]) < dot(f[i], x[$1]) } ?? i
            if dot(f[i], x[best]) > own + Self.lead { misplaced.append((i, best)) }
        }
        let share = Double(misplaced.count) / Double(n)
        let names = misplaced.prefix(4).map { "\(ids[$0.own]) matches \(ids[$0.other])" }.joined(separator: ", ")
        // A majority decides; a chance match of two alike scenes does not.
        return [
            row(
                exactly: share, "share of outputs that match another target better", count: n, .below(0.5), scope,
                pValue: PValue(share >= 0.5 ? 0 : 1),
                reading: misplaced.isEmpty ? "" : "the output of \(names)\(misplaced.count > 4 ? ", …" : "")")
        ]
    }
}
