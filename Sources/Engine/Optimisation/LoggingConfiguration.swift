import Formats

/// What is logged, and how often.
public struct LoggingConfiguration: Sendable, Codable, Equatable {
    /// Steps between pictures; 0 for none.
    public var imageInterval = 500
    /// Whether a TensorBoard event file is written.
    public var tensorBoard = true

    /// Epochs between checkpoints that are kept, `checkpoints/epoch-NNNN.safetensors`; 0 for none.
    public var checkpointInterval = 0

    /// Pictures every 500 steps, TensorBoard on, no checkpoint kept but the last and the best.
    public init() {}

    init(reading reader: ConfigurationReader) throws {
        imageInterval = try reader.int("image_interval", in: 0...1_000_000_000, default: imageInterval)
        tensorBoard = try reader.bool("tensorboard", default: tensorBoard)
        checkpointInterval = try reader.int("checkpoint_interval", in: 0...1_000_000, default: checkpointInterval)
    }

    enum CodingKeys: String, CodingKey {
        case imageInterval = "image_interval"
        case tensorBoard = "tensorboard"
        case checkpointInterval = "checkpoint_interval"
    }
}
