import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// Data sets with every truth known: smooth random content and one of the noises that checks are calibrated on. Held-out pairs, as many
/// training pairs with stored noise as a check of memory needs, and one recorded repeat of each.
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
    private let images: Int
    private let seed: UInt64

    /// - Parameters:
    ///   - images: held-out pairs.
    ///   - training: training pairs behind them.
    init(_ noise: NoiseModel, images: Int, training: Int = 0, seed: UInt64) {
        self.images = images
        self.seed = seed
        let pairs = (0..<images + training).map { image in
            let content = Self.content(image, seed: seed)
            let clean = DomainPair(a: content, b: content)
            // Black is -1: counts and magnitudes begin there.
            func observe(_ draw: Int) -> DomainPair<Tensor> {
                noise.observe(clean, black: -1, seed: seed, image: image, draw: draw)
            }
            return EvaluationPair(
                id: "\(image)", split: image < images ? .heldout : .training, noisy: observe(0), clean: clean,
                repeats: image < images ? [observe(1)] : [])
        }
        evaluation = EvaluationSet(
            name: "calibration", pairs: pairs, dataRange: 2, noiseVariance: noise.nominalVariance,
            noisesAreIndependent: true, noiseIsGaussian: noise.isGaussian, trainingNoiseIsKnown: training > 0)
    }

    /// The held-out pairs under one model, b→a.
    func samples(_ model: Model) throws -> [Diagnostics.Sample] {
        try (0..<images).map {
            try Diagnostics.Sample(
                Oracle(model, clean: evaluation.pairs.compactMap(\.clean), evaluation), evaluation, index: $0, .bToA,
                seed: seed)
        }
    }

    /// What a check measures on these samples, at least one row.
    func measure(_ check: any Check, _ samples: some Collection<Diagnostics.Sample>) throws
        -> [Diagnostics.Measurement]
    {
        var check = check
        for sample in samples { try check.observe(sample) }
        return try check.measurements(
            Scope(direction: .bToA, regime: .r0, split: .heldout, imageCount: samples.count, seed: seed))
    }

    /// What is put to the test.
    enum Model: Hashable {
        /// f = h ∗ x_source + λ0·n_target.
        case leaking(Double)
        /// f = h ∗ x_source + 2(n_target² - σ²), whose exchange and derivatives are random about 0 where the noise is symmetric.
        case even
        /// f = c_target.
        case perfect
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
}

/// The models of `CalibrationData` with their derivatives.
private struct Oracle: Predictor {
    let model: CalibrationData.Model
    let clean: [DomainPair<Tensor>]
    let sources: [DomainPair<Tensor>]
    let variance: Double

    var name: String { "binomial" }
    var strategy: String? { nil }
    var readsTarget: Bool { model == .even || { if case .leaking(let leak) = model { leak != 0 } else { false } }() }

    init(_ model: CalibrationData.Model, clean: [DomainPair<Tensor>], _ evaluation: EvaluationSet) {
        self.model = model
        self.clean = clean
        sources = evaluation.pairs.map(\.noisy)
        variance = evaluation.noiseVariance?.a ?? 0
    }

    func predict(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor {
        switch model {
        case .perfect: return known(x, direction)
        case .leaking(0): return Self.binomial(x[direction.source])
        case .leaking(let leak): return combined(x, direction) { leak * $0 }
        case .even: return combined(x, direction) { 2 * ($0 * $0 - variance) }
        }
    }

    func vectorJacobianProduct(_ x: DomainPair<Tensor>, _ direction: Direction, cotangent: Tensor)
        -> DomainPair<Tensor?>?
    {
        DomainPair { domain in
            if domain == direction.source { return model == .perfect ? nil : Self.binomial(cotangent) }
            guard readsTarget else { return nil }
            let noise = difference(x[direction.target], known(x, direction))
            let slopes = noise.map { noise -> Double in
                if case .leaking(let leak) = model { leak } else { 4 * noise }
            }
            return Tensor(cotangent.shape, zip(cotangent.values, slopes).map { Float(Double($0) * $1) })
        }
    }

    private func combined(_ x: DomainPair<Tensor>, _ direction: Direction, _ leak: (Double) -> Double) -> Tensor {
        let noise = difference(x[direction.target], known(x, direction))
        let smooth = Self.binomial(x[direction.source])
        return Tensor(smooth.shape, zip(smooth.values, noise).map { Float(Double($0) + leak($1)) })
    }

    /// The clean target of the pair that `x` is of, found by its source, which no exchange changes.
    private func known(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor {
        guard let index = sources.firstIndex(where: { $0[direction.source] == x[direction.source] }) else {
            preconditionFailure("calibration: the model was asked about an image that it does not know")
        }
        return clean[index][direction.target]
    }

    /// [1 2 1]ᵀ[1 2 1]/16, wrapped around.
    private static func binomial(_ image: Tensor) -> Tensor {
        let (height, width) = (image.shape[0], image.shape[1])
        let x = image.values
        var lines = x, result = x
        for row in 0..<height {
            let line = row * width
            for column in 0..<width {
                let before = line + (column + width - 1) % width, after = line + (column + 1) % width
                lines[line + column] = (x[before] + 2 * x[line + column] + x[after]) / 4
            }
        }
        for row in 0..<height {
            let (line, above, below) = (row * width, (row + height - 1) % height * width, (row + 1) % height * width)
            for column in 0..<width {
                result[line + column] =
                    (lines[above + column] + 2 * lines[line + column] + lines[below + column]) / 4
            }
        }
        return Tensor(image.shape, result)
    }
}
