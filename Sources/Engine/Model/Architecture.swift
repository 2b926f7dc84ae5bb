/// What fixes the shapes of all parameters.
public struct Architecture: Sendable, Codable, Equatable {
    /// Image channels: 1 for grey or magnitude, 2 for complex.
    public var channels: Int
    /// Decoder widths, deepest first; the encoder uses them reversed.
    public var features: [Int]
    /// Width of z, at the coarsest level.
    public var latentChannels: Int

    /// - Precondition: at least one level, and every number positive.
    public init(channels: Int, features: [Int], latentChannels: Int) {
        precondition(
            channels > 0 && latentChannels > 0 && !features.isEmpty && features.allSatisfy { $0 > 0 },
            "Architecture: \(channels) channels, features \(features), latent \(latentChannels)")
        self.channels = channels
        self.features = features
        self.latentChannels = latentChannels
    }

    /// Encoder widths, finest first.
    public var encoderFeatures: [Int] { features.reversed() }
    /// Height and width of an input must be multiples of this: 2^levels.
    public var sizeMultiple: Int { 1 << features.count }
}
