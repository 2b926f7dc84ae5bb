import Formats
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
    /// Channels of z.
    public var latentChannels: Int
    /// Distance of the recon and cross losses.
    public var loss: DistanceKind
    /// Weights at the start; the collapse guard may move them if it is to act.
    public var lossWeights: LossWeights
    /// How the content loss compares the two latents.
    public var contentLoss: ContentLoss
    /// Skips of the cross-domain and the same-domain path.
    public var wiring: C2CNetwork.Wiring
    /// How parameters follow their gradients.
    public var optimizer: OptimizerConfiguration
    /// The learning rate over the steps.
    public var scheduler: ScheduleConfiguration
    /// Pictures and TensorBoard.
    public var logging: LoggingConfiguration
    /// How decoder levels join skip and upsampled part.
    public var merge: Architecture.Merge
    /// Distance of the edge loss.
    public var edgeDistance: DistanceKind
    /// When the collapse guard steps in.
    public var antiCollapse: AntiCollapseConfiguration
    /// Whether σ is estimated in validation, and how.
    public var noiseEstimation: NoiseEstimationConfiguration
    /// Decay of the average of the weights that validation and the best checkpoint use; `nil` for the weights themselves.
    public var averageDecay: Double?
    /// Largest Euclidean norm of all gradients together; `nil` for no clipping.
    public var gradientClipNorm: Double?
    /// Crops per step; an epoch's last batch may be smaller.
    public var batchSize: Int
    /// Side of the square crops, a multiple of 2^levels.
    public var cropSize: Int
    /// Number of epochs in all, those before a resumption included.
    public var epochs: Int
    /// A checkpoint whose weights the run starts from: a file, a run directory, or the name of a stage found beside the run;
    /// `nil` for a fresh initialisation.
    public var checkpoint: String?
    /// A name under which later runs beside this one find it.
    public var stage: String?
    /// What the summary of the run is held against; `nil` for nothing.
    public var expectations: LearningExpectations?

    /// The network's shape for images of so many channels.
    public func architecture(channels: Int) -> Architecture {
        Architecture(channels: channels, features: features, latentChannels: latentChannels, merge: merge)
    }

    /// Reads a file.
    ///
    /// - Parameter overrides: `key.path=value`, applied to the file's contents before they are read. Those of `data` and `noise`
    ///   take away the expectations, which hold for the file's own images and noise.
    /// - Throws: `InputError` for an unreadable file, an unknown key (naming the nearest known one), a wrong type, a value
    ///   out of range.
    public init(contentsOf url: URL, overrides: [String] = []) throws {
        try self.init(from: ConfigurationReader(contentsOf: url, overrides: overrides))
        let isOtherData = overrides.contains { ["data", "noise"].contains($0.prefix { $0 != "." && $0 != "=" }) }
        if isOtherData { expectations = nil }
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
        contentLoss = try reader.section("content_loss").choice("type", default: .absolute)
        wiring = C2CNetwork.Wiring(
            try reader.choice("cross_domain_strategy"),
            mixedSkipAlpha: Float(try reader.double("mixed_skip_alpha", in: 0...1, default: 0.5)),
            sameDomainUseSkip: try reader.bool("same_domain_use_skip", default: true))
        optimizer = try OptimizerConfiguration(reading: reader.section("optimizer"), shorthand: reader)
        scheduler = try ScheduleConfiguration(reading: reader.section("scheduler"), outer: reader)
        logging = try LoggingConfiguration(reading: reader.section("logging"))
        merge = try reader.choice("merge", default: .concat)
        edgeDistance = try reader.section("edge_loss").choice("distance", default: loss)
        antiCollapse = try AntiCollapseConfiguration(reading: reader.section("anti_collapse"))
        noiseEstimation = try NoiseEstimationConfiguration(reading: reader.section("noise_estimation"))
        averageDecay = reader.has("ema") ? try reader.section("ema").double("decay", in: 0...0.999999) : nil
        let clip = try reader.double("grad_clip_norm", in: 0...1e9, default: 1)
        gradientClipNorm = clip > 0 ? clip : nil
        batchSize = try reader.int("batch_size", in: 1...4096)
        guard contentLoss == .absolute || batchSize > 1 else {
            throw reader.error(
                "batch_size", "is 1 and content_loss relative",
                "how a latent differs between images takes two images in a batch")
        }
        cropSize = try reader.int("crop_size", in: 1...8192)
        let multiple = 1 << features.count
        guard cropSize % multiple == 0 else {
            throw reader.error("crop_size", "is \(cropSize)", "\(features.count) levels need a multiple of \(multiple)")
        }
        epochs = try reader.int("epochs", in: 1...1_000_000)
        checkpoint = reader.has("checkpoint") ? try reader.string("checkpoint") : nil
        stage = reader.has("stage") ? try reader.string("stage") : nil
        expectations = reader.has("expect") ? try LearningExpectations(reading: reader.section("expect")) : nil
        try reader.finish()
    }
}

extension RunConfiguration: Encodable {
    private enum Key: String, CodingKey {
        case stage, seed, data, noise, augmentation, features, loss, optimizer, scheduler, epochs, checkpoint
        case logging, merge, ema, expect
        case edgeLoss = "edge_loss"
        case contentLoss = "content_loss"
        case antiCollapse = "anti_collapse"
        case noiseEstimation = "noise_estimation"
        case latentChannels = "latent_channels"
        case lossWeights = "loss_weights"
        case strategy = "cross_domain_strategy"
        case mixedSkipAlpha = "mixed_skip_alpha"
        case sameDomainUseSkip = "same_domain_use_skip"
        case gradientClipNorm = "grad_clip_norm"
        case schedulerStep = "scheduler_step"
        case batchSize = "batch_size"
        case cropSize = "crop_size"
    }

    /// Every key with its value, defaults included; what `init` reads back as the same.
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
        try container.encode(["type": contentLoss], forKey: .contentLoss)
        try container.encode(wiring.strategy, forKey: .strategy)
        try container.encode(wiring.mixedSkipAlpha, forKey: .mixedSkipAlpha)
        try container.encode(wiring.sameDomainUseSkip, forKey: .sameDomainUseSkip)
        try container.encode(optimizer, forKey: .optimizer)
        try container.encode(scheduler, forKey: .scheduler)
        try container.encode(scheduler.unit, forKey: .schedulerStep)
        try container.encode(logging, forKey: .logging)
        try container.encode(merge, forKey: .merge)
        try container.encode(["distance": edgeDistance], forKey: .edgeLoss)
        try container.encode(antiCollapse, forKey: .antiCollapse)
        try container.encode(noiseEstimation, forKey: .noiseEstimation)
        if let averageDecay { try container.encode(["decay": averageDecay], forKey: .ema) }
        try container.encode(gradientClipNorm ?? 0, forKey: .gradientClipNorm)
        try container.encode(batchSize, forKey: .batchSize)
        try container.encode(cropSize, forKey: .cropSize)
        try container.encode(epochs, forKey: .epochs)
        try container.encodeIfPresent(checkpoint, forKey: .checkpoint)
        try container.encodeIfPresent(stage, forKey: .stage)
        try container.encodeIfPresent(expectations, forKey: .expect)
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
