import Fields
import Tensors

/// Where an experiment is made: random fields of known spectrum, and the estimators under test.
///
/// Fields are square and circular, so that every filter acts on each frequency alone and closed forms are exact. What an experiment
/// rests on can be exchanged: tests put a wrong sign, a missing correction or a biased generator in, and `verify` must fail.
public struct Laboratory: Sendable {
    /// Rows and columns of a field.
    static let side = 32
    /// σ of both domains' noise in every experiment that does not say otherwise.
    static let sigma = DomainPair(a: 0.5, b: 0.6)

    /// Seed of every random number.
    public let seed: UInt64
    /// Independent repetitions of each simulation: what standard errors are taken from.
    public internal(set) var repetitions: Int
    /// A standard normal number.
    var gaussian: @Sendable (inout RandomStream) -> Double = { $0.gaussian() }
    /// ⟨e, n_a⟩ of the decomposition.
    var crossTerm: @Sendable (_ error: Plane, _ noise: Plane) -> Double = { Plane.meanProduct($0, $1) }
    /// Spectrum of a field with the mean of |U|² over all frequencies its variance.
    var spectrum: @Sendable (_ field: Plane, _ window: Window) -> HalfSpectrum = { $1.spectrum(of: $0) }

    /// - Parameter quick: a twentieth of the repetitions: standard errors √20 times as large.
    public init(seed: UInt64, quick: Bool) {
        self.seed = seed
        repetitions = quick ? 2000 : 40_000
    }

    /// A stream that no other experiment and repetition uses.
    func stream(_ experiment: Int, _ repetition: Int) -> RandomStream {
        RandomStream(seed: seed, purpose: .theory, domain: experiment, image: repetition)
    }

    /// White Gaussian noise.
    func white(sigma: Double, _ stream: inout RandomStream) -> Plane {
        var values = [Double](repeating: 0, count: Self.side * Self.side)
        for k in values.indices { values[k] = sigma * gaussian(&stream) }
        return Plane(height: Self.side, width: Self.side, values: values)
    }

    /// A field of the power spectrum `Self.signal`.
    func content(_ stream: inout RandomStream) -> Plane {
        Self.filtered(white(sigma: 1, &stream)) { Self.signal($0, $1).squareRoot() }
    }

    /// S(ν) = 4/(1 + (ν/0.08)²)^{3/2}: smooth structure of about twelve pixels, variance about 0.15, and the mean in it.
    static func signal(_ fy: Double, _ fx: Double) -> Double {
        let u = 1 + (fy * fy + fx * fx) / (0.08 * 0.08)
        return 4 / (u * u.squareRoot())
    }

    /// H(ν)·U(ν) for a real, even H.
    static func filtered(_ field: Plane, _ response: (_ fy: Double, _ fx: Double) -> Double) -> Plane {
        var spectrum = FourierTransform.forward(field)
        for row in 0..<spectrum.height {
            let fy = frequency(row, spectrum.height)
            for column in 0..<spectrum.columns {
                let k = 2 * (row * spectrum.columns + column), h = response(fy, Double(column) / Double(spectrum.width))
                spectrum.values[k] *= h
                spectrum.values[k + 1] *= h
            }
        }
        return FourierTransform.inverse(spectrum)
    }

    /// The mean of a function of frequency over all modes of a field.
    static func mean(_ value: (_ fy: Double, _ fx: Double) -> Double) -> Double {
        var total = 0.0
        for row in 0..<side {
            for column in 0..<side { total += value(frequency(row, side), frequency(column, side)) }
        }
        return total / Double(side * side)
    }

    private static func frequency(_ k: Int, _ length: Int) -> Double {
        Double(2 * k > length ? k - length : k) / Double(length)
    }

    /// Runs `simulate` for each repetition, on all threads, and gives mean and standard error of every number it makes.
    func repeated(
        _ experiment: Int, count: Int? = nil, _ simulate: @escaping @Sendable (inout RandomStream) throws -> [Double]
    ) throws
        -> [Estimate]
    {
        let rows = try Parallel.map(count ?? repetitions) { repetition in
            var stream = stream(experiment, repetition)
            return try simulate(&stream)
        }
        return (rows.first ?? []).indices.map { term in Estimate(rows.map { $0[term] }) }
    }
}

/// A mean with its standard error.
struct Estimate: Sendable, Equatable {
    var mean: Double
    var standardError: Double

    init(mean: Double, standardError: Double) {
        self.mean = mean
        self.standardError = standardError
    }

    /// Of independent values.
    init(_ values: [Double]) {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        self.mean = mean
        standardError = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1) / n).squareRoot()
    }
}
