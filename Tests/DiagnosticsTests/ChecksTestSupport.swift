import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// Synthetic pairs with every truth known: smooth random content, a known noise, any number of redraws.
struct Scenes: Sendable {
    var imageCount = 2
    var height = 160
    var width = 160
    var channels = 1
    var sigma = DomainPair(a: 0.2, b: 0.25)
    /// Correlation of n_a and n_b at each pixel.
    var correlation = 0.0
    /// c_b = c_a; otherwise c_b has another contrast.
    var sharesContent = true
    /// Largest |c|.
    var amplitude = 0.7
    /// Mean of c.
    var offset = 0.0
    /// What the sensor does to c + n.
    var sensor: @Sendable (Double) -> Double = { $0 }
    var seed: UInt64 = 1

    var evaluation: EvaluationSet {
        let clean = (0..<imageCount).map { index in DomainPair { content(index, $0) } }
        let scenes = self
        let pairs = clean.indices.map { index in
            EvaluationPair(
                id: "scene\(index)", split: .heldout,
                noisy: DomainPair { scenes.observation(clean[index], index, $0, draw: 0) }, clean: clean[index])
        }
        return EvaluationSet(
            name: "synthetic", pairs: pairs, dataRange: 2, noiseVariance: sigma.map { $0 * $0 },
            noisesAreIndependent: correlation == 0,
            redraw: { index, domain, draw in scenes.observation(clean[index], index, domain, draw: draw) })
    }

    /// The same content under a noise model, with fresh draws.
    func under(_ noise: NoiseModel) -> EvaluationSet {
        var quiet = self
        quiet.sigma = DomainPair(a: 0, b: 0)
        var result = quiet.evaluation
        let clean = result.pairs.compactMap(\.clean), seed = seed
        for index in result.pairs.indices {
            result.pairs[index].noisy = noise.observe(clean[index], black: -1, seed: seed, image: index, draw: 0)
        }
        result.noiseVariance = noise.nominalVariance
        result.redraw = { index, domain, draw in
            noise.observe(clean[index], black: -1, seed: seed, image: index, draw: draw)[domain]
        }
        return result
    }

    /// Four random waves of 1 to 3 periods per image.
    private func content(_ index: Int, _ domain: Domain) -> Tensor {
        var stream = RandomStream(seed: seed, purpose: .phantom, image: index)
        var image = [Double](repeating: offset, count: height * width * channels)
        for _ in 0..<4 {
            let periods = (1 + 2 * stream.uniform(), 1 + 2 * stream.uniform())
            let phase = (stream.uniform(), stream.uniform())
            let rows = (0..<height).map { cos(2 * .pi * (periods.0 * Double($0) / Double(height) + phase.0)) }
            let columns = (0..<width).map { cos(2 * .pi * (periods.1 * Double($0) / Double(width) + phase.1)) }
            for i in image.indices {
                image[i] += rows[i / channels / width] * columns[i / channels % width] * amplitude / 4
            }
        }
        if domain == .b && !sharesContent { image = image.map { 0.8 * $0 + 0.3 * $0 * $0 } }
        return Tensor([height, width, channels], image.map { Float($0) })
    }

    private func observation(_ clean: DomainPair<Tensor>, _ index: Int, _ domain: Domain, draw: Int) -> Tensor {
        var own = RandomStream(seed: seed, purpose: .noise, domain: domain.index, image: index, draw: draw)
        var shared = RandomStream(seed: seed, purpose: .noise, domain: 0, image: index, draw: draw)
        let (fromShared, fromOwn) = (correlation, (1 - correlation * correlation).squareRoot())
        let values = clean[domain].values.map { value in
            let noise =
                domain == .a || correlation == 0
                ? own.gaussian() : fromShared * shared.gaussian() + fromOwn * own.gaussian()
            return Float(sensor(Double(value) + sigma[domain] * noise))
        }
        return Tensor(clean[domain].shape, values)
    }
}

/// f = h ∗ x_source + λ0·n_target + q·(n_target² - σ²), with its derivatives; h is the circular 3×3 binomial filter or
/// nothing. The even term has no linear part: every λ_target of it is 0, though not exactly.
struct LinearOracle: Predictor {
    var name = "oracle"
    var strategy: String? { nil }
    let evaluation: EvaluationSet
    var filters = true
    var leak: Float = 0
    var even: Float = 0

    var readsTarget: Bool { leak != 0 || even != 0 }

    func predict(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor {
        let smooth = filters ? binomial(x[direction.source]) : x[direction.source]
        guard readsTarget else { return smooth }
        let variance = Float(evaluation.noiseVariance?[direction.target] ?? 0)
        return combine(smooth, noise(x, direction)) { $0 + leak * $1 + even * ($1 * $1 - variance) }
    }

    func vectorJacobianProduct(_ x: DomainPair<Tensor>, _ direction: Direction, cotangent: Tensor) -> DomainPair<
        Tensor?
    >? {
        DomainPair { domain in
            if domain == direction.source { return filters ? binomial(cotangent) : cotangent }
            return readsTarget ? combine(cotangent, noise(x, direction)) { $0 * (leak + 2 * even * $1) } : nil
        }
    }

    private func noise(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor {
        combine(x[direction.target], evaluation.clean(of: x, direction)) { $0 - $1 }
    }
}

extension EvaluationSet {
    /// The clean target of the pair that `x` was observed from, found by its source, which no intervention changes.
    func clean(of x: DomainPair<Tensor>, _ direction: Direction) -> Tensor {
        guard let clean = pairs.first(where: { $0.noisy[direction.source] == x[direction.source] })?.clean else {
            preconditionFailure("an oracle was asked about an image that it does not know")
        }
        return clean[direction.target]
    }
}

func combine(_ u: Tensor, _ v: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
    precondition(u.shape == v.shape)
    return Tensor(u.shape, zip(u.values, v.values).map(body))
}

/// [1 2 1]ᵀ[1 2 1]/16, wrapped around; h(0) = 1/4, Σh² = (6/16)².
func binomial(_ image: Tensor) -> Tensor {
    let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
    func along(_ values: [Float], _ length: Int, _ stride: Int) -> [Float] {
        values.indices.map { i in
            let position = i / stride % length
            let before = position == 0 ? i + (length - 1) * stride : i - stride
            let after = position == length - 1 ? i - (length - 1) * stride : i + stride
            return (values[before] + 2 * values[i] + values[after]) / 4
        }
    }
    return Tensor(image.shape, along(along(image.values, width, channels), height, width * channels))
}

/// The samples of one direction, passed through single checks.
struct Observed {
    let samples: [Diagnostics.Sample]
    /// Of the other direction; samples know their opposite without owning it.
    private let others: [Diagnostics.Sample]
    let scope: Scope

    init(
        _ predictor: any Predictor, _ evaluation: EvaluationSet, _ direction: Direction = .bToA, seed: UInt64 = 1,
        withOpposite: Bool = false
    ) throws {
        let indices = evaluation.pairs.indices.filter { evaluation.pairs[$0].split == .heldout }
        func samples(_ direction: Direction) throws -> [Diagnostics.Sample] {
            try indices.map { try Diagnostics.Sample(predictor, evaluation, index: $0, direction, seed: seed) }
        }
        self.samples = try samples(direction)
        others = withOpposite ? try samples(direction == .bToA ? .aToB : .bToA) : []
        for (sample, other) in zip(self.samples, others) { sample.opposite = other }
        scope = Scope(
            direction: direction,
            regime: evaluation.regime(readsTarget: predictor.readsTarget, direction, split: .heldout),
            split: .heldout, imageCount: indices.count, seed: seed)
    }

    /// What the check measured, before anything is judged.
    func measurements(_ check: any Check) throws -> [Diagnostics.Measurement] {
        var check = check
        for sample in samples { try check.observe(sample) }
        return try check.measurements(scope)
    }

    /// The first of them.
    func measure(_ check: any Check) throws -> Diagnostics.Measurement {
        guard let first = try measurements(check).first else { throw Undetermined(description: "no row was made") }
        return first
    }

    /// Every row of the check, judged as if there were no other check.
    func rows(_ check: any Check) throws -> [CheckResult] {
        let outcomes = try measurements(check).map { Judge.Outcome.measured($0) }
        return Judge(outcomes).judged(outcomes).map(\.row)
    }

    /// The first of them.
    func judge(_ check: any Check) throws -> CheckResult {
        guard let first = try rows(check).first else { throw Undetermined(description: "no row was made") }
        return first
    }

    /// p ≤ 0.05; a check that refuses raises no alarm.
    func alarms(_ check: any Check) throws -> Bool {
        do {
            return try measure(check).pValue.map { $0.value <= 0.05 } ?? true
        } catch let error as SampleError where error.isMissingEvidence { return false }
    }
}

extension Subject {
    /// Rows and curves of which the verdict does not matter.
    init(_ name: String, _ checks: [CheckResult] = [], series: [String: Series] = [:]) {
        self.init(name: name, strategy: nil, verdict: .inconclusive, scope: .none, checks: checks, series: series)
    }
}

extension EvaluationSet {
    /// f = h ∗ x_source + what `response` makes of the target's noise.
    func leaking(_ response: @escaping @Sendable (_ noise: Tensor) -> Tensor) -> OraclePredictor {
        leaking { noise, _, _ in response(noise) }
    }

    /// The same with both observations and the direction.
    func leaking(_ response: @escaping @Sendable (_ noise: Tensor, DomainPair<Tensor>, Direction) -> Tensor)
        -> OraclePredictor
    {
        OraclePredictor(name: "leaking", readsTarget: true) { x, direction in
            let noise = combine(x[direction.target], clean(of: x, direction)) { $0 - $1 }
            return combine(binomial(x[direction.source]), response(noise, x, direction)) { $0 + $1 }
        }
    }

    /// The pairs with a recorded repeat, without clean images and without any way to draw noise.
    var capturesAlone: EvaluationSet {
        var result = self
        for index in pairs.indices {
            if let redraw, let repeated = try? DomainPair({ try redraw(index, $0, 9) }) {
                result.pairs[index].repeats = [repeated]
            }
            result.pairs[index].clean = nil
        }
        (result.redraw, result.noiseVariance) = (nil, nil)
        return result
    }
}

/// u(y - dy, x - dx), wrapped around.
func shifted(_ image: Tensor, _ dy: Int, _ dx: Int) -> Tensor {
    let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
    var result = image
    for y in 0..<height {
        for x in 0..<width {
            for c in 0..<channels {
                result[y, x, c] = image[(y - dy + height) % height, (x - dx + width) % width, c]
            }
        }
    }
    return result
}

/// λ times the noise.
func scaled(_ image: Tensor, _ factor: Float) -> Tensor { Tensor(image.shape, image.values.map { factor * $0 }) }

/// The smallest and the largest count that a binomial of this rate stays within with probability 99 %, ½ % on either side.
func binomialBand(_ trials: Int, rate: Double) -> ClosedRange<Int> {
    var cumulative = 0.0
    var lower: Int?
    // log of (1 - rate)ⁿ, then of each next probability from the one before.
    var logarithm = Double(trials) * log(1 - rate)
    for count in 0...trials {
        cumulative += exp(logarithm)
        logarithm += log(Double(trials - count) / Double(count + 1)) + log(rate / (1 - rate))
        if lower == nil && cumulative > 0.005 { lower = count }
        if cumulative >= 0.995 { return (lower ?? 0)...count }
    }
    return (lower ?? 0)...trials
}
