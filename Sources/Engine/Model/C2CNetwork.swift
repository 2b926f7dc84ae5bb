import Tensors

/// Content-to-contrast network: one shared encoder, one decoder per domain.
///
/// Same-domain path r_d = D_d(E(x_d)); cross-domain path f_d = D_d(z_other, K) with K by the skip strategy.
public final class C2CNetwork: Sendable {
    /// What the parameters' shapes follow from.
    public let architecture: Architecture
    let encoder: SharedEncoder
    let decoders: DomainPair<DomainDecoder>

    /// Parameters as PyTorch initialises them by default, from the seed's own streams.
    public init(_ architecture: Architecture, seed: UInt64) {
        self.architecture = architecture
        var initializer = Initializer(seed: seed)
        encoder = SharedEncoder(architecture, &initializer)
        decoders = DomainPair { DomainDecoder($0, architecture, &initializer) }
    }

    /// Encoder, decoder a, decoder b; the order of optimizer state and of sums over all parameters.
    public var parameters: [Parameter] { encoder.parameters + decoders.a.parameters + decoders.b.parameters }

    /// Which features flow where.
    public struct Wiring: Sendable, Codable, Equatable {
        /// K of the cross-domain path.
        public var strategy: SkipStrategy
        /// α, the share of the target's features under `mixedSkip`, in 0...1; the other strategies ignore it.
        public var mixedSkipAlpha: Float
        /// Whether the same-domain decoder gets the image's own skips.
        public var sameDomainUseSkip: Bool

        /// Every strategy with an equal mix and same-domain skips, unless said otherwise.
        public init(_ strategy: SkipStrategy, mixedSkipAlpha: Float = 0.5, sameDomainUseSkip: Bool = true) {
            self.strategy = strategy
            self.mixedSkipAlpha = mixedSkipAlpha
            self.sameDomainUseSkip = sameDomainUseSkip
        }
    }

    /// What both paths of both domains make of a batch; images `[N, H, W, channels]`.
    public struct Outputs {
        /// z and k of each observation.
        public let encodings: DomainPair<Encoding>
        /// Same-domain reconstructions r_d.
        public let same: DomainPair<Variable>
        /// Cross-domain outputs f_d, made from the other domain's latent.
        public let cross: DomainPair<Variable>
    }

    /// Both paths of both domains. Each layer sees all images that it is used for as one batch: the encoder those of both
    /// domains, each decoder both latents. So each weight is read once and has one gradient, and small images make
    /// larger products.
    ///
    /// - Precondition: images `[N, H, W, channels]`, H and W multiples of `architecture.sizeMultiple`; `crossOutput`
    ///   takes images of any size.
    public func callAsFunction(_ x: DomainPair<Variable>, _ wiring: Wiring) -> Outputs {
        let count = x.a.shape[0]
        func images(of domain: Domain, _ batch: Variable) -> Variable {
            batch.images(domain.index * count..<(domain.index + 1) * count)
        }
        let batch = encode(.concatenated(x.a, x.b))
        let encodings = DomainPair { domain in
            Encoding(
                latent: images(of: domain, batch.latent), skips: batch.skips.map { images(of: domain, $0) })
        }
        let outputs = DomainPair { domain in
            let (target, source) = (encodings[domain], encodings[domain.other])
            // Of the images with the latent of the same domain, and of those with the other's.
            let same = wiring.sameDomainUseSkip ? target.skips : nil
            let cross = wiring.strategy.choose(
                target: target.skips, source: source.skips, alpha: wiring.mixedSkipAlpha)
            if let same, let cross {
                let inOrder = wiring.strategy == .sourceSkip
                let both = domain == .a ? (same, cross) : (cross, same)
                return decoders[domain](
                    batch.latent, skips: inOrder ? batch.skips : zip(both.0, both.1).map(Variable.concatenated))
            }
            let owner = same == nil ? domain.other : domain
            return decoders[domain](batch.latent, skips: same ?? cross, at: owner.index * count)
        }
        return Outputs(
            encodings: encodings, same: DomainPair { images(of: $0, outputs[$0]) },
            cross: DomainPair { images(of: $0.other, outputs[$0]) })
    }

    /// z and k of one image.
    public func encode(_ x: Variable) -> Encoding {
        let multiple = architecture.sizeMultiple
        precondition(
            x.shape.count == 4 && x.shape[1] % multiple == 0 && x.shape[2] % multiple == 0
                && x.shape[3] == architecture.channels,
            "C2CNetwork: image \(x.shape) needs sides divisible by \(multiple) and \(architecture.channels) channels")
        return encoder(x)
    }

    /// f = D_domain(z_source, K).
    public func cross(to domain: Domain, target: Encoding, source: Encoding, _ wiring: Wiring) -> Variable {
        let skips = wiring.strategy.choose(target: target.skips, source: source.skips, alpha: wiring.mixedSkipAlpha)
        return decoders[domain](source.latent, skips: skips)
    }

    /// r = D_domain(z, k) or D_domain(z, nothing).
    public func same(_ domain: Domain, _ encoding: Encoding, useSkip: Bool) -> Variable {
        decoders[domain](encoding.latent, skips: useSkip ? encoding.skips : nil)
    }
}
