import Foundation

/// Everything that decides what a training run computes: one JSON file in `configs/`, comments and trailing commas
/// allowed, unknown keys refused. Encoding writes every key with its value, defaults included.
public struct RunConfiguration: Sendable, Equatable {
    /// Seed of initialisation, noise, order, crops.
    public var seed: UInt64
    /// The sections `data`, `noise` and `augmentation`.
    public var data: DataConfiguration
    /// Decoder widths, deepest first; the encoder uses them reversed.
    public var features: [Int]
    public var latentChannels: Int
    public var loss: DistanceKind
    public var lossWeights: LossWeights
    public var wiring: C2CNetwork.Wiring
    public var optimizer: OptimizerConfiguration
    public var scheduler: ScheduleConfiguration
    /// Largest Euclidean norm of all gradients together; `nil` for no clipping.
    public var gradientClipNorm: Double?
    public var batchSize: Int
    public var cropSize: Int
    public var epochs: Int
    /// A checkpoint whose weights the run starts from; `nil` for a fresh initialisation.
    public var checkpoint: String?

    /// The network's shape for images of so many channels.
    public func architecture(channels: Int) -> Architecture {
        Architecture(channels: channels, features: features, latentChannels: latentChannels)
    }

    /// Reads a file.
    ///
    /// - Parameter overrides: `key.path=value`, applied to the file's contents before they are read.
    /// - Throws: `InputError` for an unreadable file, an unknown key (naming the nearest known one), a wrong type, a value
    ///   out of range.
    public init(contentsOf url: URL, overrides: [String] = []) throws {
        try self.init(from: ConfigurationReader(contentsOf: url, overrides: overrides))
    }

    /// Reads from text that `encoded()` made; `file` is its name for errors.
    init(parsing text: String, file: String) throws {
        try self.init(from: ConfigurationReader(parsing: Data(text.utf8), file: file))
    }

    /// The configuration as JSON with sorted keys, indented unless `compact`.
    public func encoded(compact: Bool = false) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !compact { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(self)
    }

    private init(from reader: ConfigurationReader) throws {
        seed = UInt64(try reader.int("seed", in: 0...Int.max))
        data = try DataConfiguration(
            from: reader.section("data"), noise: reader.has("noise") ? reader.section("noise") : nil,
            augmentation: reader.section("augmentation"))
        latentChannels = try reader.int("latent_channels", in: 1...4096)
        features = try reader.ints("features", in: 1...4096)
        guard (1...6).contains(features.count) else {
            throw reader.error(
                "features", "has \(features.count) levels", "expected 1 to 6 decoder widths, deepest first")
        }
        loss = try reader.choice("loss", default: .l1)
        lossWeights = try LossWeights(from: reader.section("loss_weights"))
        wiring = C2CNetwork.Wiring(
            try reader.choice("cross_domain_strategy"),
            mixedSkipAlpha: Float(try reader.double("mixed_skip_alpha", in: 0...1, default: 0.5)),
            sameDomainUseSkip: try reader.bool("same_domain_use_skip", default: true))
        optimizer = try OptimizerConfiguration(from: reader.section("optimizer"), shorthand: reader)
        scheduler = try ScheduleConfiguration(from: reader.section("scheduler"))
        let clip = try reader.double("grad_clip_norm", in: 0...1e9, default: 1)
        gradientClipNorm = clip > 0 ? clip : nil
        batchSize = try reader.int("batch_size", in: 1...4096)
        cropSize = try reader.int("crop_size", in: 1...8192)
        let multiple = 1 << features.count
        guard cropSize % multiple == 0 else {
            throw reader.error("crop_size", "is \(cropSize)", "\(features.count) levels need a multiple of \(multiple)")
        }
        epochs = try reader.int("epochs", in: 1...1_000_000)
        checkpoint = reader.has("checkpoint") ? try reader.string("checkpoint") : nil
        try reader.finish()
    }
}

extension RunConfiguration: Encodable {
    private enum Key: String, CodingKey {
        case seed, data, noise, augmentation, features, loss, optimizer, scheduler, epochs, checkpoint
        case latentChannels = "latent_channels"
        case lossWeights = "loss_weights"
        case strategy = "cross_domain_strategy"
        case mixedSkipAlpha = "mixed_skip_alpha"
        case sameDomainUseSkip = "same_domain_use_skip"
        case gradientClipNorm = "grad_clip_norm"
        case batchSize = "batch_size"
        case cropSize = "crop_size"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(seed, forKey: .seed)
        try container.encode(data, forKey: .data)
        try container.encodeIfPresent(data.noise, forKey: .noise)
        try container.encode(data.augmentation, forKey: .augmentation)
        try container.encode(features, forKey: .features)
        try container.encode(latentChannels, forKey: .latentChannels)
        try container.encode(loss, forKey: .loss)
        try container.encode(lossWeights, forKey: .lossWeights)
        try container.encode(wiring.strategy, forKey: .strategy)
        try container.encode(wiring.mixedSkipAlpha, forKey: .mixedSkipAlpha)
        try container.encode(wiring.sameDomainUseSkip, forKey: .sameDomainUseSkip)
        try container.encode(optimizer, forKey: .optimizer)
        try container.encode(scheduler, forKey: .scheduler)
        try container.encode(gradientClipNorm ?? 0, forKey: .gradientClipNorm)
        try container.encode(batchSize, forKey: .batchSize)
        try container.encode(cropSize, forKey: .cropSize)
        try container.encode(epochs, forKey: .epochs)
        try container.encodeIfPresent(checkpoint, forKey: .checkpoint)
    }
}

extension LossWeights {
    init(from reader: ConfigurationReader) throws {
        func weight(_ key: String, _ standard: Double) throws -> Float {
            Float(try reader.double(key, in: 0...1e6, default: standard))
        }
        self.init(
            content: try weight("content", 1), recon: try weight("recon", 0.2), cross: try weight("cross", 1),
            edge: try weight("edge", 0))
        guard self != LossWeights(content: 0, recon: 0, cross: 0, edge: 0) else {
            throw reader.error("cross", "is 0 and so are the other weights", "at least one loss must be trained on")
        }
    }
}

extension OptimizerConfiguration {
    /// - Parameter shorthand: where `learning_rate` may stand instead of in the section.
    init(from reader: ConfigurationReader, shorthand: ConfigurationReader) throws {
        let betas = try reader.doubles("betas", in: 0...0.999999, default: [0.9, 0.999])
        guard betas.count == 2 else {
            throw reader.error("betas", "has \(betas.count) numbers", "expected two, such as [0.9, 0.999]")
        }
        let short = try shorthand.double("learning_rate", in: 0...10, default: 3e-4)
        self.init(
            type: try reader.choice("type", default: .adamw),
            learningRate: try reader.double("learning_rate", in: 0...10, default: short),
            weightDecay: try reader.double("weight_decay", in: 0...10, default: 0.01), betas: betas)
    }
}

extension ScheduleConfiguration {
    init(from reader: ConfigurationReader) throws {
        let standard = ScheduleConfiguration()
        self.init(
            type: try reader.choice("type", default: .cosine),
            risingShare: try reader.double("pct_start", in: 0.0...1, default: standard.risingShare),
            startDivisor: try reader.double("div_factor", in: 1...1e9, default: standard.startDivisor),
            endDivisor: try reader.double("final_div_factor", in: 1...1e12, default: standard.endDivisor),
            minimumShare: try reader.double("min_share", in: 0...1, default: standard.minimumShare))
    }
}
