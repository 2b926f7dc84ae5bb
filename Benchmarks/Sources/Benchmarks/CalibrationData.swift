import Engine
import Foundation

@testable import Diagnostics

/// Data sets with every truth known: smooth random content, one of the noises that checks are calibrated on, and a model whose leak is
/// given, f = h ∗ x_source + λ0·(x_target - c_target) with the circular 3×3 binomial filter h.
struct CalibrationData {
    /// σ is 0.2 for all but the counts, whose peak gives about that.
    static let noises: [(name: String, model: NoiseModel)] = {
        let sigma = DomainPair(a: 0.2, b: 0.25)
        func blurred(_ width: Double) -> NoiseModel { .correlated(sigma: sigma, .blur(width)) }
        return [
            ("white", .gaussian(sigma: sigma)), ("blurred 0.5 px", blurred(0.5)), ("blurred 1 px", blurred(1)),
            ("blurred 2 px", blurred(2)), ("Poisson", .poisson(peak: DomainPair(a: 25, b: 16))),
            ("Rician", .rician(of: .gaussian(sigma: sigma))), ("rows", .rows(sigma: sigma)),
        ]
    }()

    static let (height, width) = (64, 96)

    let evaluation: EvaluationSet
    let samples: [Diagnostics.Sample]

    init(_ noise: NoiseModel, images: Int, leak: Double, seed: UInt64) throws {
        let clean = (0..<images).map { image in
            let content = Self.content(image, seed: seed)
            return DomainPair(a: content, b: content)
        }
        // Black is -1: counts and magnitudes begin there.
        @Sendable func observe(_ image: Int, _ draw: Int) -> DomainPair<Tensor> {
            noise.observe(clean[image], black: -1, seed: seed, image: image, draw: draw)
        }
        let pairs = clean.indices.map {
            EvaluationPair(id: "\($0)", split: .heldout, noisy: observe($0, 0), clean: clean[$0])
        }
        let set = EvaluationSet(
            name: "calibration", pairs: pairs, dataRange: 2, noiseVariance: noise.nominalVariance,
            noisesAreIndependent: true, redraw: { observe($0, $2)[$1] })
        evaluation = set
        samples = try pairs.indices.map { index in
            let known = clean[index]
            let model = OraclePredictor(name: "binomial", readsTarget: leak != 0) { x, direction in
                let target = direction.target
                let moved = difference(x[target], known[target])
                let smooth = Self.binomial(x[target.other])
                return Tensor(smooth.shape, zip(smooth.values, moved).map { Float(Double($0) + leak * $1) })
            }
            return try Diagnostics.Sample(model, set, index: index, .bToA, seed: seed)
        }
    }

    /// What a check measures on the first `images` of them.
    func measure(_ check: any Check, images: Int? = nil, seed: UInt64) throws -> Diagnostics.Measurement {
        var check = check
        let chosen = samples.prefix(images ?? samples.count)
        for sample in chosen { try check.observe(sample) }
        return try check.measure(
            Scope(direction: .bToA, regime: .r0, split: .heldout, imageCount: chosen.count, seed: seed))
    }

    /// Four random waves of 1 to 3 periods, in ±0.7.
    private static func content(_ image: Int, seed: UInt64) -> Tensor {
        var stream = RandomStream(seed: seed, purpose: .phantom, image: image)
        var values = [Double](repeating: 0, count: height * width)
        for _ in 0..<4 {
            let (fy, fx) = (1 + 2 * stream.uniform(), 1 + 2 * stream.uniform())
            let (py, px) = (stream.uniform(), stream.uniform())
            let columns = (0..<width).map { cos(2 * .pi * (fx * Double($0) / Double(width) + px)) }
            for y in 0..<height {
                let row = 0.175 * cos(2 * .pi * (fy * Double(y) / Double(height) + py))
                for x in 0..<width { values[y * width + x] += row * columns[x] }
            }
        }
        return Tensor([height, width, 1], values.map { Float($0) })
    }

    private static func binomial(_ image: Tensor) -> Tensor {
        let x = image.values
        func at(_ row: Int, _ column: Int) -> Float {
            x[(row + height) % height * width + (column + width) % width]
        }
        var result = x
        for row in 0..<height {
            for column in 0..<width {
                func line(_ dy: Int) -> Float {
                    at(row + dy, column - 1) + 2 * at(row + dy, column) + at(row + dy, column + 1)
                }
                result[row * width + column] = (line(-1) + 2 * line(0) + line(1)) / 16
            }
        }
        return Tensor(image.shape, result)
    }
}
