import Formats
import Tensors

extension NoiseModel: Encodable {
    private enum Name: String, CaseIterable {
        case gaussian, poisson, poissonGaussian = "poisson_gaussian", speckle, rician
        case correlated, rows, columns, shared, clipped, quantised
    }

    private enum Key: String, CodingKey {
        case type, correlation, kernel, blur, of, low, high, levels
        case sigmaA = "sigma_a"
        case sigmaB = "sigma_b"
        case peakA = "peak_a"
        case peakB = "peak_b"
        case looksA = "looks_a"
        case looksB = "looks_b"
    }

    /// Reads `type` and its parameters, each for both domains, such as
    /// `{ "type": "gaussian", "sigma_a": 0.196, "sigma_b": 0.196 }`:
    ///
    /// - `gaussian`, `rows`, `columns`, `rician`: `sigma`; `rician` may have `of`, another model, instead
    /// - `poisson`: `peak`; `poisson_gaussian`: `peak`, `sigma`; `speckle`: `looks`
    /// - `correlated`: `sigma`, and `blur` in pixels or `kernel`, the rows of a square in one list
    /// - `shared`: `sigma`, `correlation`
    /// - `clipped`: `of`, `low`, `high`; `quantised`: also `levels`
    ///
    /// - Throws: `InputError`: they change what every number means and so have no default.
    init(from reader: ConfigurationReader) throws {
        func number(_ key: Key, _ range: ClosedRange<Double>) throws -> Double {
            try reader.double(key.rawValue, in: range)
        }
        func sigma() throws -> DomainPair<Double> {
            DomainPair(a: try number(.sigmaA, 0 ... .infinity), b: try number(.sigmaB, 0 ... .infinity))
        }
        func peak() throws -> DomainPair<Double> {
            DomainPair(a: try number(.peakA, 1e-9...1e9), b: try number(.peakB, 1e-9...1e9))
        }
        func base() throws -> NoiseModel { try NoiseModel(from: reader.section(Key.of.rawValue)) }
        func range() throws -> ClosedRange<Double> {
            let low = try number(.low, -.infinity ... .infinity)
            let high = try number(.high, -.infinity ... .infinity)
            guard low < high else {
                throw reader.error(Key.high.rawValue, "is \(high)", "it must be greater than low, which is \(low)")
            }
            return low...high
        }
        switch try reader.choice(Key.type.rawValue, of: Name.self) {
        case .gaussian: self = .gaussian(sigma: try sigma())
        case .poisson: self = .poisson(peak: try peak())
        case .poissonGaussian: self = .poissonGaussian(peak: try peak(), sigma: try sigma())
        case .speckle:
            let allowed = 0.01...1e6
            self = .speckle(looks: DomainPair(a: try number(.looksA, allowed), b: try number(.looksB, allowed)))
        case .rician:
            self = .rician(of: reader.has(Key.of.rawValue) ? try base() : .gaussian(sigma: try sigma()))
        case .correlated: self = .correlated(sigma: try sigma(), try CorrelationKernel(from: reader))
        case .rows: self = .rows(sigma: try sigma())
        case .columns: self = .columns(sigma: try sigma())
        case .shared: self = .shared(sigma: try sigma(), correlation: try number(.correlation, 0...1))
        case .clipped: self = .clipped(try base(), to: try range())
        case .quantised:
            self = .quantised(
                try base(), levels: try reader.int(Key.levels.rawValue, in: 2...1 << 24), over: try range())
        }
        if case .rician(let base) = self, base.needsIntensity {
            throw reader.error(
                Key.of.rawValue, "is a model of intensities", "a magnitude is taken of noise added to a complex image")
        }
    }

    /// Encodes the keys that `ConfigurationReader` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        func put(_ name: Name) throws { try container.encode(name.rawValue, forKey: .type) }
        func put(_ pair: DomainPair<Double>, _ a: Key, _ b: Key) throws {
            try container.encode(pair.a, forKey: a)
            try container.encode(pair.b, forKey: b)
        }
        func put(_ base: NoiseModel, _ range: ClosedRange<Double>) throws {
            try container.encode(base, forKey: .of)
            try container.encode(range.lowerBound, forKey: .low)
            try container.encode(range.upperBound, forKey: .high)
        }
        switch self {
        case .gaussian(let sigma):
            try put(.gaussian)
            try put(sigma, .sigmaA, .sigmaB)
        case .poisson(let peak):
            try put(.poisson)
            try put(peak, .peakA, .peakB)
        case .poissonGaussian(let peak, let sigma):
            try put(.poissonGaussian)
            try put(peak, .peakA, .peakB)
            try put(sigma, .sigmaA, .sigmaB)
        case .speckle(let looks):
            try put(.speckle)
            try put(looks, .looksA, .looksB)
        case .rician(.gaussian(let sigma)):
            try put(.rician)
            try put(sigma, .sigmaA, .sigmaB)
        case .rician(let base):
            try put(.rician)
            try container.encode(base, forKey: .of)
        case .correlated(let sigma, let kernel):
            try put(.correlated)
            try put(sigma, .sigmaA, .sigmaB)
            try kernel.encode(to: encoder)
        case .rows(let sigma):
            try put(.rows)
            try put(sigma, .sigmaA, .sigmaB)
        case .columns(let sigma):
            try put(.columns)
            try put(sigma, .sigmaA, .sigmaB)
        case .shared(let sigma, let correlation):
            try put(.shared)
            try put(sigma, .sigmaA, .sigmaB)
            try container.encode(correlation, forKey: .correlation)
        case .clipped(let base, let range):
            try put(.clipped)
            try put(base, range)
        case .quantised(let base, let levels, let range):
            try put(.quantised)
            try put(base, range)
            try container.encode(levels, forKey: .levels)
        }
    }
}
