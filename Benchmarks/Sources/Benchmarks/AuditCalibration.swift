import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// How often `audit` sees a fault in pairs that have none, row by row, and whether the shift that it prints is right. One JSON object
/// a line.
enum AuditCalibration {
    private struct Alarms: Encodable {
        let kind = "audit"
        let content: String
        let row: String
        let trials: Int
        /// Rows that warned or failed, data sets counted once.
        var alarms = 0
        /// Of them, those that failed.
        var failed = 0
    }

    private struct Coverage: Encodable {
        let kind = "audit-shift"
        let content: String
        let shift: [Double]
        let trials: Int
        /// Data sets whose shift was measured along both axes.
        var measured = 0
        /// Of them, those whose interval of the size holds the truth.
        var covered = 0
        /// Mean printed size minus the true one.
        var bias = 0.0
    }

    /// A kind of fit pairs.
    struct Content {
        var name: String
        var images = 8
        var side = 64
        var channels = 1
        var clean = false
        var repeats = 0
        /// σ of noise that a and b of one capture share.
        var shared = 0.0
        /// Whether structure runs along x alone.
        var isLines = false
        /// The scene without noise, larger than the frame by `margin`, at (y, x).
        let scene: @Sendable (inout Draws) -> [Double]
        /// One capture of it: of domain 0 or 1, in the frame.
        var capture: @Sendable ([Double], Int, inout Draws) -> [Double]
    }

    /// Random numbers of one data set.
    struct Draws {
        private var stream: RandomStream
        init(seed: UInt64, image: Int) { stream = RandomStream(seed: seed, purpose: .noise, image: image) }
        mutating func gaussian() -> Double { stream.gaussian() }
        mutating func uniform() -> Double { stream.uniform() }
        mutating func poisson(_ mean: Double) -> Double {
            var time = 0.0, count = -1.0
            while time < mean {
                time -= log(max(1e-300, uniform()))
                count += 1
            }
            return count
        }
    }

    /// As far as content is displaced.
    static let margin = 20

    /// Soft discs on grey, 0.05...0.95, on a canvas of `side` + 2·margin.
    private static func discs(_ side: Int, softness: Double, count: Int, _ draws: inout Draws) -> [Double] {
        let canvas = side + 2 * margin
        var values = [Double](repeating: 0.4, count: canvas * canvas)
        for _ in 0..<count {
            let (cy, cx) = (draws.uniform() * Double(canvas), draws.uniform() * Double(canvas))
            let radius = 4 + draws.uniform() * Double(side) / 4, value = draws.uniform() * 0.6 - 0.3
            for y in 0..<canvas {
                for x in 0..<canvas {
                    values[y * canvas + x] +=
                        value / (1 + exp((hypot(Double(y) - cy, Double(x) - cx) - radius) / softness))
                }
            }
        }
        return values.map { min(0.95, max(0.05, $0)) }
    }

    /// White noise blurred along both axes by a binomial of so many steps, with power 1.
    private static func blurred(_ height: Int, _ width: Int, steps: Int, _ draws: inout Draws) -> [Double] {
        var values = (0..<height * width).map { _ in draws.gaussian() }
        for _ in 0..<steps {
            let before = values
            for y in 0..<height {
                for x in 0..<width {
                    func at(_ v: Int, _ u: Int) -> Double {
                        before[(v + height) % height * width + (u + width) % width]
                    }
                    values[y * width + x] =
                        (4 * at(y, x) + 2 * (at(y - 1, x) + at(y + 1, x) + at(y, x - 1) + at(y, x + 1))
                            + at(y - 1, x - 1)
                            + at(y - 1, x + 1) + at(y + 1, x - 1) + at(y + 1, x + 1)) / 16
                }
            }
        }
        let power = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
        return values.map { $0 / power }
    }

    private static func frame(_ scene: [Double], _ side: Int) -> [Double] {
        let canvas = side + 2 * margin
        return (0..<side * side).map { scene[($0 / side + margin) * canvas + $0 % side + margin] }
    }

    static func gaussian(_ sigma: [Double]) -> @Sendable ([Double], Int, inout Draws) -> [Double] {
        { scene, domain, draws in scene.map { $0 + sigma[domain] * draws.gaussian() } }
    }

    static let contents: [Content] = {
        let side = 64
        let edges: @Sendable (inout Draws) -> [Double] = { discs(side, softness: 1, count: 10, &$0) }
        let smooth: @Sendable (inout Draws) -> [Double] = { discs(side, softness: 6, count: 6, &$0) }
        func texture(_ steps: Int) -> @Sendable (inout Draws) -> [Double] {
            { draws in blurred(side + 2 * margin, side + 2 * margin, steps: steps, &draws).map { 0.5 + 0.12 * $0 } }
        }
        return [
            Content(name: "edges", scene: edges, capture: gaussian([0.1, 0.1])),
            Content(name: "edges, clean", clean: true, scene: edges, capture: gaussian([0.1, 0.12])),
            Content(name: "edges, four captures", repeats: 1, scene: edges, capture: gaussian([0.1, 0.12])),
            Content(name: "smooth", scene: smooth, capture: gaussian([0.1, 0.1])),
            Content(name: "texture", scene: texture(3), capture: gaussian([0.1, 0.1])),
            Content(name: "blurred", scene: texture(12), capture: gaussian([0.1, 0.1])),
            Content(
                name: "stripes", isLines: true,
                scene: { draws in
                    let canvas = side + 2 * margin, row = (0..<canvas).map { _ in 0.5 + 0.2 * draws.gaussian() }
                    return (0..<canvas * canvas).map { row[$0 / canvas] }
                }, capture: gaussian([0.1, 0.1])),
            Content(
                name: "flat",
                scene: { _ in [Double](repeating: 0.5, count: (side + 2 * margin) * (side + 2 * margin)) },
                capture: gaussian([0.1, 0.1])),
            Content(name: "exposures 1:2", scene: edges, capture: gaussian([0.05, 0.1])),
            Content(
                name: "masked", repeats: 1, scene: edges,
                capture: { scene, domain, draws in
                    scene.indices.map {
                        hypot(Double($0 / side) - 32, Double($0 % side) - 32) > 28
                            ? 0 : scene[$0] + 0.1 * draws.gaussian()
                    }
                }),
            Content(
                name: "Poisson counts", scene: edges,
                capture: { scene, _, draws in scene.map { draws.poisson(30 * $0) } }),
            Content(
                name: "variance follows the signal", repeats: 1, scene: edges,
                capture: { scene, _, draws in scene.map { $0 + (0.002 + 0.02 * $0).squareRoot() * draws.gaussian() } }),
            Content(
                name: "correlated noise", repeats: 1, scene: edges,
                capture: { scene, _, draws in
                    zip(scene, blurred(side, side, steps: 1, &draws)).map { $0 + 0.1 * $1 }
                }),
            Content(
                name: "row noise", repeats: 1, scene: edges,
                capture: { scene, _, draws in
                    let rows = (0..<side).map { _ in 0.05 * draws.gaussian() }
                    return scene.indices.map { scene[$0] + rows[$0 / side] + 0.1 * draws.gaussian() }
                }),
            Content(
                name: "offset of each image", repeats: 1, scene: edges,
                capture: { scene, _, draws in
                    let offset = 0.02 * draws.gaussian()
                    return scene.map { $0 + offset + 0.1 * draws.gaussian() }
                }),
            Content(
                name: "complex", channels: 2, repeats: 1, scene: edges,
                capture: { scene, _, draws in
                    scene.flatMap { [0.8 * $0 + 0.1 * draws.gaussian(), 0.6 * $0 + 0.1 * draws.gaussian()] }
                }),
            Content(
                name: "zero-filled", repeats: 1, scene: texture(12),
                // Twice as many pixels: each sample and the means between, then smoothed, have no noise at high frequencies.
                capture: { scene, _, draws in zip(scene, blurred(side, side, steps: 4, &draws)).map { $0 + 0.1 * $1 } }),
        ]
    }()

    /// - Parameter shift: of b against a, for each image; `nil` for none.
    static func dataset(
        _ content: Content, seed: UInt64, shift: (_ image: Int) -> (y: Double, x: Double)? = { _ in nil }
    ) -> PairedDataset? {
        let pairs = (0..<content.images).map { index -> ImagePair in
            var draws = Draws(seed: seed, image: index)
            let canvas = content.scene(&draws), side = content.side
            let scenes = [
                frame(canvas, side), frame(shift(index).map { moved(canvas, side, $0.y, $0.x) } ?? canvas, side),
            ]
            func tensor(_ values: [Double], channels: Int) -> Tensor {
                Tensor([side, side, channels], values.map { Float($0) })
            }
            func observed() -> DomainPair<Tensor> {
                let shared = (0..<side * side).map { _ in content.shared == 0 ? 0 : content.shared * draws.gaussian() }
                func capture(_ domain: Int) -> [Double] {
                    content.capture(zip(scenes[domain], shared).map(+), domain, &draws)
                }
                let a = capture(0), b = capture(1)
                return DomainPair(a: tensor(a, channels: content.channels), b: tensor(b, channels: content.channels))
            }
            return ImagePair(
                id: "image\(index)", source: "made", index: index,
                clean: content.clean
                    ? DomainPair(a: tensor(scenes[0], channels: 1), b: tensor(scenes[1], channels: 1)) : nil,
                noisy: observed(), repeats: (0..<content.repeats).map { _ in observed() })
        }
        let configuration = DataConfiguration(source: "made", heldOut: .fraction(0), noise: nil)
        return try? PairedDataset(pairs, configuration, seed: 1)
    }

    private static func audit(_ content: Content, seed: UInt64, shift: (y: Double, x: Double)? = nil) -> Audit? {
        dataset(content, seed: seed) { _ in shift }.flatMap { try? Audit($0, sameContent: true, seed: seed) }
    }

    /// Content moved by parts of pixels, by cubic convolution (R. G. Keys, IEEE Trans. ASSP 29, 1981).
    private static func moved(_ canvas: [Double], _ side: Int, _ dy: Double, _ dx: Double) -> [Double] {
        let width = side + 2 * margin
        func kernel(_ t: Double) -> Double {
            let t = abs(t)
            return t < 1 ? (1.5 * t - 2.5) * t * t + 1 : t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0
        }
        func along(_ values: [Double], _ shift: Double, step: Int, other: Int) -> [Double] {
            var result = values
            for line in 0..<width {
                for at in 0..<width {
                    let place = Double(at) - shift, first = Int(place.rounded(.down)) - 1
                    result[line * other + at * step] = (first..<first + 4).reduce(0) {
                        $0 + kernel(place - Double($1)) * values[line * other + min(max($1, 0), width - 1) * step]
                    }
                }
            }
            return result
        }
        return along(along(canvas, dx, step: 1, other: width), dy, step: width, other: 1)
    }

    /// Writes the lines of all contents and shifts.
    ///
    /// - Precondition: `trials` is positive.
    static func run(trials: Int) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func write(_ line: some Encodable) throws { print(String(decoding: try encoder.encode(line), as: UTF8.self)) }
        for (number, content) in contents.enumerated() {
            let audits = try Parallel.map(trials) { trial in
                audit(content, seed: UInt64(number + 1) << 32 + UInt64(trial))?.rows ?? []
            }
            var found: [String: Alarms] = [:]
            var unfit = Alarms(content: content.name, row: "unfit", trials: trials)
            for rows in audits {
                unfit.failed += rows.contains { $0.status == .fail } ? 1 : 0
                for (id, rows) in Dictionary(grouping: rows, by: \.id) {
                    var line = found[id] ?? Alarms(content: content.name, row: id, trials: trials)
                    line.alarms += rows.contains { $0.status == .fail || $0.status == .warn } ? 1 : 0
                    line.failed += rows.contains { $0.status == .fail } ? 1 : 0
                    found[id] = line
                }
            }
            unfit.alarms = unfit.failed
            for line in [unfit] + found.values.sorted(by: { $0.row < $1.row }) { try write(line) }
        }
        for content in contents where ["edges", "smooth", "texture", "blurred"].contains(content.name) {
            for shift in [(0.0, 0.0), (0.08, 0), (0.3, -0.6), (0, 0.64), (2.4, 1.3)] {
                let rows = try Parallel.map(trials) { trial in
                    audit(content, seed: 1 << 48 + UInt64(trial), shift: shift)?.rows.first {
                        $0.id == "audit.registration"
                    }
                }
                var line = Coverage(content: content.name, shift: [shift.0, shift.1], trials: trials)
                let truth = hypot(shift.0, shift.1)
                for case let row? in rows {
                    guard let estimate = row.estimate, let interval = row.ci95, !row.because.contains("not measurable")
                    else {
                        continue
                    }
                    line.measured += 1
                    // A size is never below 0, so that an interval around 0 has one end.
                    line.covered += interval[0] <= truth && truth <= interval[1] ? 1 : 0
                    line.bias += estimate - truth
                }
                line.bias /= Double(max(1, line.measured))
                try write(line)
            }
        }
    }
}
