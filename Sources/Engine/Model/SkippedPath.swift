import Tensors

/// The cross-domain path of one source image with the target's skips given from outside: what is encoded once is decoded as
/// often as skips are exchanged.
///
///     f = D_domain(z_source, K),   K by the strategy from k_source and from skips that are not those of any one image
public struct SkippedPath: Sendable {
    private let network: C2CNetwork
    private let domain: Domain
    private let wiring: C2CNetwork.Wiring
    private let height: Int
    private let width: Int
    private let latent: Tensor
    private let sourceSkips: [Tensor]

    /// Encodes the source, `[H, W, channels]` of any H and W.
    public init(_ network: C2CNetwork, source: Tensor, to domain: Domain, _ wiring: C2CNetwork.Wiring) {
        self.network = network
        self.domain = domain
        self.wiring = wiring
        (height, width) = (source.shape[0], source.shape[1])
        (latent, sourceSkips) = Self.encode(network, source)
    }

    /// k of an image of the source's size: finest first, level k `[1, H/2^k, W/2^k, encoderFeatures[k]]` of the padded image.
    public func skips(of image: Tensor) -> [Tensor] { Self.encode(network, image).skips }

    /// f, `[H, W, channels]`, with these as the target's skips.
    ///
    /// - Precondition: shapes as `skips(of:)` makes them.
    public func output(targetSkips: [Tensor]) -> Tensor {
        precondition(
            targetSkips.map(\.shape) == sourceSkips.map(\.shape),
            "SkippedPath: skips \(targetSkips.map(\.shape)), expected \(sourceSkips.map(\.shape))")
        let tape = Tape(recording: false)
        func encoding(_ skips: [Tensor]) -> Encoding {
            Encoding(latent: tape.constant(latent), skips: skips.map(tape.constant))
        }
        let output = network.cross(
            to: domain, target: encoding(targetSkips), source: encoding(sourceSkips), wiring)
        return crop(output, height: height, width: width).value.reshaped([height, width, network.architecture.channels])
    }

    private static func encode(_ network: C2CNetwork, _ image: Tensor) -> (latent: Tensor, skips: [Tensor]) {
        let x = Tape(recording: false).constant(image.reshaped([1] + image.shape))
        let encoding = network.encode(network.padded(x))
        return (encoding.latent.value, encoding.skips.map(\.value))
    }
}
