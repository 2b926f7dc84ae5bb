/// Content-to-contrast network: one shared encoder, one decoder per domain.
///
/// Same-domain path r_d = D_d(E(x_d)); cross-domain path f_d = D_d(z_other, K) with K by the skip strategy.
public final class C2CNetwork: Sendable {
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
        public var strategy: SkipStrategy
        /// Share of the target's features under `mixedSkip`.
        public var mixedSkipAlpha: Float
        public var sameDomainUseSkip: Bool

        public init(_ strategy: SkipStrategy, mixedSkipAlpha: Float = 0.5, sameDomainUseSkip: Bool = true) {
            self.strategy = strategy
            self.mixedSkipAlpha = mixedSkipAlpha
            self.sameDomainUseSkip = sameDomainUseSkip
        }
    }

    /// Both paths of both domains. Images `[N, H, W, channels]`, H and W multiples of `architecture.sizeMultiple`.
    public struct Outputs {
        public let encodings: DomainPair<Encoding>
        /// Same-domain reconstructions r_d.
        public let same: DomainPair<Variable>
        /// Cross-domain outputs f_d, made from the other domain's latent.
        public let cross: DomainPair<Variable>
    }

    public func callAsFunction(_ x: DomainPair<Variable>, _ wiring: Wiring) -> Outputs {
        let encodings = x.map(encode)
        return Outputs(
            encodings: encodings,
            same: DomainPair {
                decoders[$0](encodings[$0].latent, skips: wiring.sameDomainUseSkip ? encodings[$0].skips : nil)
            },
            cross: DomainPair { cross(to: $0, target: encodings[$0], source: encodings[$0.other], wiring) })
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
