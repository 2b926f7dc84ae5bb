@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// Models without a leak: f of the source alone.
enum VerdictModel: String, CaseIterable, Sendable {
    /// h ∗ x, h the 3 × 3 binomial.
    case binomial
    /// The 5 × 5 mean, which blurs.
    case mean
    /// 0.8 h ∗ x + 0.1: too little contrast and an offset.
    case shrinking
    /// Haar details with a soft threshold.
    case threshold
    /// x itself.
    case identity

    func output(_ source: Tensor) -> [Double] {
        let filter = VerdictFilter(source.shape)
        let x = source.values.map(Double.init)
        switch self {
        case .binomial: return filter.binomial(x)
        case .mean: return filter.mean5(x)
        case .shrinking: return filter.binomial(x).map { 0.8 * $0 + 0.1 }
        case .threshold: return filter.softHaar(x, threshold: 2 * VerdictNoise.sigma.a)
        case .identity: return x
        }
    }
}

/// A model with a leak g(n_target, …), or none. It is said to read its target and gives no derivatives: what it does, the evidence tells.
struct VerdictPredictor: Predictor {
    let data: VerdictData
    let base: VerdictModel
    let leak: VerdictLeak?
    /// What g is multiplied by in the direction to each domain.
    let scale: DomainPair<Double>
    /// Whether only outputs for the stored pairs exist.
    let isSaved: Bool

    var name: String { base.rawValue }
    var strategy: String? { nil }
    var readsTarget: Bool { true }

    /// - Parameter energy: Σg² / Σn_target² over the data set; `nil` for g as it is.
    init(
        _ base: VerdictModel, on data: VerdictData, leak: VerdictLeak? = nil, energy: Double? = nil,
        isSaved: Bool = false
    ) {
        self.data = data
        self.base = base
        self.leak = leak
        self.isSaved = isSaved
        guard let leak, let energy else {
            scale = DomainPair(a: 1, b: 1)
            return
        }
        scale = DomainPair { target in
            var leaked = 0.0, noise = 0.0
            for image in data.noisy.indices {
                let site = LeakSite(data, image, data.noisy[image], target, base: base)
                leaked += leak.field(site).reduce(0) { $0 + $1 * $1 }
                noise += site.noise.reduce(0) { $0 + $1 * $1 }
            }
            precondition(leaked > 0, "\(leak.name): nothing leaks")
            return (energy * noise / leaked).squareRoot()
        }
        check(energy)
    }

    func predict(_ x: DomainPair<Tensor>, _ direction: Direction) throws -> Tensor {
        if isSaved, !data.noisy.contains(where: { $0 == x }) {
            throw SampleError.notSaved("in direction \(direction.rawValue)", array: "output for this input")
        }
        let clean = base.output(x[direction.source])
        guard let leak else { return Tensor(x[direction.source].shape, clean.map { Float($0) }) }
        guard let image = data.index(of: x, direction) else {
            preconditionFailure("calibration: the model was asked about an image that it does not know")
        }
        let leaked = leak.field(LeakSite(data, image, x, direction.target, base: base, output: clean))
        let scale = scale[direction.target]
        return Tensor(x[direction.target].shape, zip(clean, leaked).map { Float($0 + scale * $1) })
    }

    /// The energy is what was asked for: in what is predicted, not in what was computed on the way there.
    private func check(_ energy: Double) {
        for direction in Direction.allCases {
            var leaked = 0.0, noise = 0.0
            for (content, x) in zip(data.clean, data.noisy) {
                guard let output = try? predict(x, direction) else { preconditionFailure("\(name): no output") }
                for (f, base) in zip(output.values, base.output(x[direction.source])) {
                    leaked += (Double(f) - base) * (Double(f) - base)
                }
                noise += difference(x[direction.target], content).reduce(0) { $0 + $1 * $1 }
            }
            precondition(
                abs(leaked / noise / energy - 1) < 0.01, "\(leak?.name ?? ""): energy \(leaked / noise), not \(energy)")
        }
    }
}

/// What a leak is made of: one image in one direction, fields in Float64.
struct LeakSite {
    /// n of the target as the model was given it.
    let noise: [Double]
    /// n of the source.
    let source: [Double]
    /// c.
    let clean: [Double]
    /// f without the leak.
    let output: [Double]
    let filter: VerdictFilter
    let image: Int
    let target: Domain
    let seed: UInt64

    init(
        _ data: VerdictData, _ image: Int, _ x: DomainPair<Tensor>, _ target: Domain, base: VerdictModel,
        output: [Double]? = nil
    ) {
        let content = data.clean[image]
        noise = difference(x[target], content)
        source = difference(x[target.other], content)
        clean = content.values.map(Double.init)
        self.output = output ?? base.output(x[target.other])
        filter = VerdictFilter(content.shape)
        self.image = image
        self.target = target
        seed = data.seed
    }

    /// σ of the noise.
    var sigma: Double { VerdictNoise.sigma[target] }

    /// Numbers of the leak itself: the same for every noise.
    func stream(image: Int) -> RandomStream {
        RandomStream(seed: seed, purpose: .control, domain: target.index + 100, image: image)
    }

    /// n where the condition holds for an index, else 0.
    func noise(where holds: (Int) -> Bool) -> [Double] {
        noise.indices.map { holds($0) ? noise[$0] : 0 }
    }

    /// n read from another row and column.
    func noise(from place: (_ y: Int, _ x: Int) -> (Int, Int)) -> [Double] {
        filter.field { y, x, channel in
            let (row, column) = place(y, x)
            return noise[filter.index(row, column, channel)]
        }
    }

    /// n with the sign of a random number for each index.
    func noise(signsOf image: Int) -> [Double] {
        var stream = stream(image: image)
        return noise.map { stream.uniform() < 0.5 ? -$0 : $0 }
    }

    /// The value above which a tenth of a field lies.
    func upperTenth(_ field: [Double]) -> Double { field.sorted()[field.count * 9 / 10] }
}
