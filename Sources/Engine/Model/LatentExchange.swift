import Tensors

/// The cross-domain path with its latent given from outside and its skips the images' own: what the output owes to the latent.
extension C2CNetwork {
    /// z of an image `[H, W, channels]` of any size: `[1, H'/2^L, W'/2^L, latent channels]` of the padded image.
    package func latent(of image: Tensor) -> Tensor {
        encode(padded(Tape(recording: false).constant(image.reshaped([1] + image.shape)))).latent.value
    }

    /// f, `[H, W, channels]`, with this in place of the source's latent.
    ///
    /// - Precondition: of the shape that `latent(of:)` makes of an image of that size.
    package func crossOutput(_ x: DomainPair<Tensor>, to domain: Domain, _ wiring: Wiring, latent: Tensor) -> Tensor {
        let tape = Tape(recording: false)
        let encodings = x.map { encode(padded(tape.constant($0.reshaped([1] + $0.shape)))) }
        let source = encodings[domain.other]
        precondition(
            latent.shape == source.latent.shape,
            "crossOutput: latent \(latent.shape), expected \(source.latent.shape)")
        let exchanged = Encoding(latent: tape.constant(latent), skips: source.skips)
        let shape = x[domain].shape
        let output = cross(to: domain, target: encodings[domain], source: exchanged, wiring)
        return crop(output, height: shape[0], width: shape[1]).value.reshaped(shape)
    }
}
