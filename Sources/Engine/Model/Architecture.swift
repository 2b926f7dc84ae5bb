/// What fixes the shapes of all parameters.
public struct Architecture: Sendable, Codable, Equatable {
    /// Image channels: 1 for grey or magnitude, 2 for complex.
    public var channels: Int
    /// Decoder widths, deepest first; the encoder uses them reversed.
    public var features: [Int]
    /// Channels at the coarsest resolution.
    public var latentChannels: Int
    /// How a decoder level takes in its skip.
    public var merge: Merge

    /// How a decoder level joins its skip k and its upsampled part u, of C channels each, before its first convolution.
    public enum Merge: String, Sendable, Codable, CaseIterable {
        /// [k, u], 2C channels. An absent skip stands for zeros.
        case concat
        /// k + u, C channels. An absent skip leaves u.
        case add
    }

    /// - Precondition: every number is positive, and there is at least one level.
    public init(channels: Int, features: [Int], latentChannels: Int, merge: Merge = .concat) {
        precondition(
            channels > 0 && latentChannels > 0 && !features.isEmpty && features.allSatisfy { $0 > 0 },
            "Architecture: \(channels) channels, features \(features), latent \(latentChannels)")
        self.channels = channels
        self.features = features
        self.latentChannels = latentChannels
        self.merge = merge
    }

    /// Encoder widths, finest first.
    public var encoderFeatures: [Int] { features.reversed() }
    /// Height and width of an input must be multiples of this: 2^levels.
    public var sizeMultiple: Int { 1 << features.count }

    /// Number of weights of the encoder and both decoders together.
    public var parameterCount: Int {
        /// Two 3×3 convolutions with bias, two normalisations with scale and shift.
        func block(_ inputs: Int, _ outputs: Int) -> Int { 9 * outputs * (inputs + outputs) + 6 * outputs }
        let down = [channels] + encoderFeatures + [latentChannels], up = [latentChannels] + features
        let encoder = zip(down, down.dropFirst()).reduce(0) { $0 + block($1.0, $1.1) }
        let joined = merge == .concat ? 2 : 1
        let decoder = zip(up, up.dropFirst()).reduce(0) { $0 + (4 * $1.0 + 1) * $1.1 + block(joined * $1.1, $1.1) }
        return encoder + 2 * (decoder + (features[features.count - 1] + 1) * channels)
    }
}
