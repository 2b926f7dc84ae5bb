import Tensors

/// Decodes a latent into an image of one domain: per level upsampling, the skip's part, a double convolution; a 1×1 head.
struct DomainDecoder: Layer {
    struct Level: Layer {
        let up: TransposedConvolution
        let block: DoubleConvolution
        let merge: Architecture.Merge

        var parameters: [Parameter] { up.parameters + block.parameters }

        func callAsFunction(_ x: Variable, skip: Variable?, at first: Int) -> Variable {
            let x = up(x)
            return switch merge {
            case .concat: block([skip, x], at: [first, 0])
            case .add: block([skip.map { .combination(1, $0.placed(at: first, of: x.shape[0]), 1, x) } ?? x])
            }
        }
    }

    let levels: [Level]
    let head: PointwiseConvolution

    init(_ domain: Domain, _ architecture: Architecture, _ initializer: inout Initializer) {
        let name = "decoder_\(domain.rawValue)"
        let widths = [architecture.latentChannels] + architecture.features
        levels = zip(widths, widths.dropFirst()).enumerated().map { index, width in
            let merged = architecture.merge == .concat ? [width.1, width.1] : [width.1]
            return Level(
                up: TransposedConvolution(
                    "\(name).levels.\(index).up", inputs: width.0, outputs: width.1, &initializer),
                block: DoubleConvolution(
                    "\(name).levels.\(index)", inputs: merged, outputs: width.1, &initializer),
                merge: architecture.merge)
        }
        head = PointwiseConvolution(
            "\(name).head", inputs: widths[widths.count - 1], outputs: architecture.channels, &initializer)
    }

    var parameters: [Parameter] { levels.flatMap(\.parameters) + head.parameters }

    /// - Parameters:
    ///   - latent: `[N, H/2^L, W/2^L, latent channels]`.
    ///   - skips: finest first, as the encoder returns them; `nil` as a whole or per level where there is none.
    ///   - first: the image of the batch that the first image of the skips belongs to, where they are fewer than N; the other
    ///     images have none.
    func callAsFunction(_ latent: Variable, skips: [Variable?]?, at first: Int = 0) -> Variable {
        var x = latent
        for (index, level) in levels.enumerated() {
            x = level(x, skip: skips.flatMap { $0[$0.count - 1 - index] }, at: first)
        }
        return head(x)
    }
}
