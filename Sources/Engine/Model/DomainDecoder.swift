/// Decodes a latent into an image of one domain: per level upsampling, the skip's part, a double convolution; a 1×1 head.
struct DomainDecoder: Layer {
    struct Level: Layer {
        let up: TransposedConvolution
        let block: DoubleConvolution

        var parameters: [Parameter] { up.parameters + block.parameters }

        func callAsFunction(_ x: Variable, skip: Variable?) -> Variable { block([skip, up(x)]) }
    }

    let levels: [Level]
    let head: PointwiseConvolution

    init(_ domain: Domain, _ architecture: Architecture, _ initializer: inout Initializer) {
        let name = "decoder_\(domain.rawValue)"
        let widths = [architecture.latentChannels] + architecture.features
        levels = zip(widths, widths.dropFirst()).enumerated().map { index, width in
            Level(
                up: TransposedConvolution(
                    "\(name).levels.\(index).up", inputs: width.0, outputs: width.1, &initializer),
                block: DoubleConvolution(
                    "\(name).levels.\(index)", inputs: [width.1, width.1], outputs: width.1, &initializer))
        }
        head = PointwiseConvolution(
            "\(name).head", inputs: widths[widths.count - 1], outputs: architecture.channels, &initializer)
    }

    var parameters: [Parameter] { levels.flatMap(\.parameters) + head.parameters }

    /// - Parameter skips: finest first, as the encoder returns them; `nil` as a whole or per level where there is none.
    func callAsFunction(_ latent: Variable, skips: [Variable?]?) -> Variable {
        var x = latent
        for (index, level) in levels.enumerated() {
            x = level(x, skip: skips.flatMap { $0[$0.count - 1 - index] })
        }
        return head(x)
    }
}
