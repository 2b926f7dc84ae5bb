import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// How often the Fourier ring correlation rows are wrong where nothing leaks, and which leaks they find. One JSON object a line and case:
/// counts of `leakage.frc.exchange` (beyond ±ε with its 95 % interval, inside ±ε with its 90 % interval, or neither), the range of D and of FRC in the
/// upper rings, and what saved outputs alone would have said.
enum FourierRingCalibration {
    /// What is made of source x and target's noise n; h is the circular 3×3 binomial filter.
    enum Model: String, CaseIterable {
        /// h ∗ x.
        case smoother
        /// h ∗ x rounded to steps of 0.1: edges that are not in the content, and no leak.
        case inventsEdges = "invents edges"
        /// h ∗ x + 0.3 n² - its mean, and h ∗ x + 0.1 |n| - its mean: reads the target, leaks nothing linear.
        case even, magnitude
        /// h ∗ x + λ n.
        case leak
        /// The same, with 0.1 n² - its mean.
        case leakAndEven = "leak and even"
        /// h ∗ x + λ n one pixel to the right.
        case displaced
        /// n + the content: all of the target's noise and none of the source's.
        case copiesTarget = "copies target"
    }

    enum Noise: String { case white, heavy = "t, 3 degrees", rows = "along rows", offset = "offset of each image" }

    struct Case {
        var model: Model
        var leak = 0.0
        var pairs = 24
        var side = 64
        var noise = Noise.white
        /// A disc with a sharp edge in the content.
        var hasEdge = false
    }

    private struct Row: Encodable {
        let model, noise: String
        let leak: Double
        let pairs, side, trials: Int
        let hasEdge: Bool
        /// Of the exchange row; `undetermined` data sets are open ones.
        var fail = 0, pass = 0, open = 0, undetermined = 0
        /// 95 % intervals of λ that hold the planted leak.
        var covered = 0
        var leakMean = 0.0, leakLeast = 0.0, leakMost = 0.0
        /// D = (FRC_same - FRC_other)/(1 - FRC_other) beyond 1/3 cycles/pixel.
        var differenceMean = 0.0, differenceLeast = 0.0, differenceMost = 0.0
        /// FRC_same there.
        var correlationMean = 0.0, correlationLeast = 0.0, correlationMost = 0.0
        /// Of saved outputs alone: λ/H inside ±ε, above ε, or neither, by the 95 % interval.
        var excluded = 0, suspected = 0, undecided = 0
    }

    static let margin = 0.01

    static let cases: [Case] = [
        Case(model: .smoother), Case(model: .smoother, hasEdge: true), Case(model: .inventsEdges),
        Case(model: .even), Case(model: .magnitude), Case(model: .even, noise: .heavy),
        Case(model: .even, noise: .rows), Case(model: .even, noise: .offset), Case(model: .even, pairs: 6),
        Case(model: .even, pairs: 8, side: 32), Case(model: .magnitude, pairs: 8, side: 32, noise: .heavy),
        Case(model: .leakAndEven, leak: 0.005), Case(model: .leakAndEven, leak: 0.005, pairs: 6),
        Case(model: .leakAndEven, leak: 0.01), Case(model: .leak, leak: 0.02), Case(model: .leakAndEven, leak: 0.02),
        Case(model: .leakAndEven, leak: 0.02, pairs: 6), Case(model: .leakAndEven, leak: 0.02, pairs: 3),
        Case(model: .leakAndEven, leak: 0.02, noise: .rows), Case(model: .leakAndEven, leak: 0.02, noise: .offset),
        Case(model: .leakAndEven, leak: -0.02), Case(model: .leak, leak: 0.1), Case(model: .leakAndEven, leak: 0.1),
        Case(model: .leakAndEven, leak: 0.1, pairs: 8, side: 32), Case(model: .displaced, leak: 0.1),
        Case(model: .copiesTarget, leak: 1),
    ]

    /// - Parameter trials: data sets of each case; 200 for the committed results.
    static func run(trials: Int) throws {
        for (number, kind) in cases.enumerated() {
            let terms = try Parallel.map(trials) { trial in
                Self.terms(kind, seed: UInt64(number + 1) << 32 + UInt64(trial))
            }
            try print(row(kind, terms))
        }
    }

    private static func row(_ kind: Case, _ sets: [FourierRingTerms]) throws -> Row {
        var row = Row(
            model: kind.model.rawValue, noise: kind.noise.rawValue, leak: kind.leak, pairs: kind.pairs, side: kind.side,
            trials: sets.count, hasEdge: kind.hasEdge)
        var leaks: [Double] = []
        let judged = try Parallel.map(sets.count) { set in
            (
                leak: try? sets[set].leak(of: .a), difference: try sets[set].upperDifference().estimate,
                correlation: try sets[set].upperCorrelation()
            )
        }
        for (leak, _, correlation) in judged {
            if let leak {
                leaks.append(leak.estimate)
                if let wide = leak.interval95, let narrow = leak.interval90 {
                    if wide.lower - 1e-6 <= kind.leak && kind.leak <= wide.upper + 1e-6 { row.covered += 1 }
                    if wide.lower > margin || wide.upper < -margin {
                        row.fail += 1
                    } else if narrow.lower > -margin && narrow.upper < margin {
                        row.pass += 1
                    } else {
                        row.open += 1
                    }
                } else {
                    row.open += 1
                }
            } else {
                row.undetermined += 1
            }
            guard let interval = correlation.interval95 else {
                row.undecided += 1
                continue
            }
            let lower = FourierRingCriteria.leakRatio(interval.lower)
            let upper = FourierRingCriteria.leakRatio(interval.upper)
            if upper <= margin && lower >= -margin {
                row.excluded += 1
            } else if lower > margin {
                row.suspected += 1
            } else {
                row.undecided += 1
            }
        }
        func summary(_ values: [Double]) -> (mean: Double, least: Double, most: Double) {
            (values.reduce(0, +) / Double(max(1, values.count)), values.min() ?? 0, values.max() ?? 0)
        }
        (row.leakMean, row.leakLeast, row.leakMost) = summary(leaks)
        (row.differenceMean, row.differenceLeast, row.differenceMost) = summary(judged.map(\.difference))
        (row.correlationMean, row.correlationLeast, row.correlationMost) = summary(judged.map(\.correlation.estimate))
        return row
    }

    // MARK: Data

    private static func terms(_ kind: Case, seed: UInt64) -> FourierRingTerms {
        var terms = FourierRingTerms(seed: seed)
        for image in 0..<kind.pairs {
            let content = content(kind, image, seed)
            func noise(_ domain: Domain, _ draw: Int) -> Plane {
                let sigma = domain == .a ? 0.2 : 0.25
                return sigma * unitNoise(kind, image, domain, draw, seed)
            }
            let (a, b, otherA, otherB) = (noise(.a, 0), noise(.b, 0), noise(.a, 1), noise(.b, 1))
            func output(_ source: Plane, _ target: Plane, _ sigma: Double) -> [Plane] {
                [predict(kind, content, source, target, sigma)]
            }
            terms.add(
                output(b, a, 0.2), output(a, b, 0.25),
                exchange: .init(
                    outputs: DomainPair(a: output(b, otherA, 0.2), b: output(a, otherB, 0.25)),
                    noise: DomainPair(a: [a - otherA], b: [b - otherB])))
        }
        return terms
    }

    private static func predict(_ kind: Case, _ content: Plane, _ source: Plane, _ target: Plane, _ sigma: Double)
        -> Plane
    {
        func map(_ plane: Plane, _ body: (Double) -> Double) -> Plane {
            Plane(height: plane.height, width: plane.width, values: plane.values.map(body))
        }
        let smooth = smoothed(content + source)
        return switch kind.model {
        case .smoother: smooth
        case .inventsEdges: map(smooth) { (10 * $0).rounded() / 10 }
        case .even: smooth + map(target) { 0.3 * ($0 * $0 - sigma * sigma) }
        case .magnitude: smooth + map(target) { 0.1 * (abs($0) - 0.8 * sigma) }
        case .leak: smooth + kind.leak * target
        case .leakAndEven: smooth + map(target) { kind.leak * $0 + 0.1 * ($0 * $0 - sigma * sigma) }
        case .displaced:
            smooth + kind.leak
                * Plane(height: target.height, width: target.width) { y, x in
                    target[y, (x + target.width - 1) % target.width]
                }
        case .copiesTarget: content + target
        }
    }

    /// Four random waves of 1 to 3 periods, in ±0.7, and perhaps a disc.
    private static func content(_ kind: Case, _ image: Int, _ seed: UInt64) -> Plane {
        var stream = RandomStream(seed: seed, purpose: .phantom, image: image)
        let side = Double(kind.side)
        var content = Plane(height: kind.side, width: kind.side) { _, _ in 0 }
        for _ in 0..<4 {
            let (fy, fx) = (1 + 2 * stream.uniform(), 1 + 2 * stream.uniform())
            let (py, px) = (stream.uniform(), stream.uniform())
            content =
                content
                + Plane(height: kind.side, width: kind.side) { y, x in
                    0.175 * cos(2 * .pi * (fy * Double(y) / side + py)) * cos(2 * .pi * (fx * Double(x) / side + px))
                }
        }
        guard kind.hasEdge else { return content }
        let (centreY, centreX) = (side * (0.3 + 0.4 * stream.uniform()), side * (0.3 + 0.4 * stream.uniform()))
        return content
            + Plane(height: kind.side, width: kind.side) { y, x in
                let (dy, dx) = (Double(y) - centreY, Double(x) - centreX)
                return dy * dy + dx * dx < side * side / 25 ? 0.5 : 0
            }
    }

    /// Variance 1.
    private static func unitNoise(_ kind: Case, _ image: Int, _ domain: Domain, _ draw: Int, _ seed: UInt64) -> Plane {
        var stream = RandomStream(seed: seed, purpose: .noise, domain: domain.index, image: image, draw: draw)
        func heavy() -> Double {
            let squares = (0..<3).reduce(0.0) { sum, _ in
                let value = stream.gaussian()
                return sum + value * value
            }
            return stream.gaussian() / squares.squareRoot()
        }
        switch kind.noise {
        case .white: return Plane(height: kind.side, width: kind.side) { _, _ in stream.gaussian() }
        case .heavy: return Plane(height: kind.side, width: kind.side) { _, _ in heavy() }
        case .rows:
            let rows = (0..<kind.side).map { _ in stream.gaussian() }
            return Plane(height: kind.side, width: kind.side) { y, _ in
                0.5.squareRoot() * (rows[y] + stream.gaussian())
            }
        case .offset:
            let offset = 0.3 * stream.gaussian()
            return Plane(height: kind.side, width: kind.side) { _, _ in offset + stream.gaussian() }
        }
    }

    private static func smoothed(_ plane: Plane) -> Plane {
        let (height, width) = (plane.height, plane.width)
        let rows = Plane(height: height, width: width) { y, x in
            (plane[y, (x + width - 1) % width] + 2 * plane[y, x] + plane[y, (x + 1) % width]) / 4
        }
        return Plane(height: height, width: width) { y, x in
            (rows[(y + height - 1) % height, x] + 2 * rows[y, x] + rows[(y + 1) % height, x]) / 4
        }
    }

    private static func print(_ line: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        FileHandle.standardOutput.write(try encoder.encode(line) + Data("\n".utf8))
    }
}
