/// How the two noisy observations of an image come from its clean ones.
///
/// A case draws both domains together, so that a model may share noise between them. What an observation needs is its
/// name (seed, image, draw) alone: any of them can be made again at any time, in any order, on any thread.
public enum NoiseModel: Sendable, Equatable {
    /// `x = c + σ·g`, g standard normal, independent between pixels, channels and domains.
    ///
    /// σ in units of the data: 25 grey levels of 255 are `25/255 · data_range`, for images in [-1, 1] about 0.196.
    case gaussian(sigma: DomainPair<Double>)

    /// One observation of each domain, of the same shape as `clean` (any shape).
    ///
    /// - Parameters:
    ///   - image: index of the image.
    ///   - draw: which realisation; 0 is the stored one.
    public func observe(_ clean: DomainPair<Tensor>, seed: UInt64, image: Int, draw: Int) -> DomainPair<Tensor> {
        switch self {
        case .gaussian(let sigma):
            DomainPair { domain in
                var stream = RandomStream(
                    seed: seed, purpose: .noise, domain: domain.index, image: image, draw: draw)
                var noisy = clean[domain]
                noisy.withUnsafeMutableBuffer { values in
                    for index in values.indices { values[index] += Float(sigma[domain] * stream.gaussian()) }
                }
                return noisy
            }
        }
    }

    /// E[n²] per domain, where it does not depend on the image; `nil` where it does.
    public var nominalVariance: DomainPair<Double>? {
        switch self {
        case .gaussian(let sigma): sigma.map { $0 * $0 }
        }
    }
}

extension NoiseModel: Encodable {
    private enum Name: String, CaseIterable { case gaussian }
    private enum Key: String, CodingKey {
        case type
        case sigmaA = "sigma_a"
        case sigmaB = "sigma_b"
    }

    /// Reads `type` and its parameters: `{ "type": "gaussian", "sigma_a": 0.196, "sigma_b": 0.196 }`.
    ///
    /// - Throws: `InputError`: σ changes what every number means and so has no default.
    init(from reader: ConfigurationReader) throws {
        switch try reader.choice("type", of: Name.self) {
        case .gaussian:
            func sigma(_ key: Key) throws -> Double {
                try reader.double(key.rawValue, in: 0 ... .infinity)
            }
            self = .gaussian(sigma: DomainPair(a: try sigma(.sigmaA), b: try sigma(.sigmaB)))
        }
    }

    /// Encodes the keys that `ConfigurationReader` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .gaussian(let sigma):
            try container.encode(Name.gaussian.rawValue, forKey: .type)
            try container.encode(sigma.a, forKey: .sigmaA)
            try container.encode(sigma.b, forKey: .sigmaB)
        }
    }
}
