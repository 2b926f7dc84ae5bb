/// Encodes an image of either domain: per level a `DoubleConvolution` and a 2×2 maximum, then the bottleneck.
struct SharedEncoder: Layer {
    let levels: [DoubleConvolution]
    let bottleneck: DoubleConvolution

    init(_ architecture: Architecture, _ initializer: inout Initializer) {
        let widths = [architecture.channels] + architecture.encoderFeatures
        levels = zip(widths, widths.dropFirst()).enumerated().map { index, width in
            DoubleConvolution("encoder.levels.\(index)", inputs: [width.0], outputs: width.1, &initializer)
        }
        bottleneck = DoubleConvolution(
            "encoder.bottleneck", inputs: [widths[widths.count - 1]], outputs: architecture.latentChannels,
            &initializer)
    }

    var parameters: [Parameter] { levels.flatMap(\.parameters) + bottleneck.parameters }

    /// - Parameter x: `[N, H, W, channels]`, H and W multiples of 2^levels.
    /// - Returns: the latent `[N, H/2^L, W/2^L, latent]` and the skips, finest first.
    func callAsFunction(_ x: Variable) -> Encoding {
        var x = x
        var skips: [Variable] = []
        for level in levels {
            x = level([x])
            skips.append(x)
            x = maxPooling(x)
        }
        return Encoding(latent: bottleneck([x]), skips: skips)
    }
}

/// What the encoder makes of one image.
public struct Encoding {
    /// `[N, H/2^L, W/2^L, latent channels]`.
    public let latent: Variable
    /// Finest first: level k is `[N, H/2^k, W/2^k, encoderFeatures[k]]`.
    public let skips: [Variable]
}
