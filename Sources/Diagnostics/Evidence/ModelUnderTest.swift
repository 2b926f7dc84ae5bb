import Engine
import Formats
import Foundation

/// Any model that can be tested, with what a report says of where it comes from.
public struct ModelUnderTest: Sendable {
    /// The cross-domain path, and the model's name.
    public var predictor: any Predictor
    /// The file or directory that the model comes from, as errors name it.
    public var source: String
    /// SHA-256 of the checkpoint, manifest or program in lower-case hexadecimal, for the provenance.
    public var sha256: String
    /// What it was trained with; `nil` for a model of another program.
    public var configuration: RunConfiguration?
    /// How it was trained; `nil` for a model of another program.
    public var training: TrainingSummary?
    /// Image channels it was made for; `nil` for any number.
    public var channels: Int?
    /// Losses against epoch, under the names of `SeriesName`.
    public var history: [String: Series] = [:]

    /// Models of one arm are compared as one: runs that differ in their seed alone. The model's name unless set.
    public var arm: String
    /// Its own training pairs with the noise it saw, where they are not those of the evaluation; `nil` where they are.
    public var trainedOn: EvaluationSet?
    /// The pairs as this model is known on them: the comparison's held-out images with further captures of its own; `nil` for the
    /// comparison's pairs.
    public var knownOn: EvaluationSet?

    /// Rows that say more of the evidence than the checks can.
    public var remarks: [CheckResult] = []

    /// Unique in a report.
    public var name: String { predictor.name }

    /// A model that is known by its outputs alone.
    public init(_ predictor: any Predictor, source: String, sha256: String) {
        self.predictor = predictor
        self.source = source
        self.sha256 = sha256
        arm = predictor.name
    }

    /// A checkpoint of ours.
    ///
    /// - Throws: `InputError` if its file cannot be read.
    public init(_ model: TrainedModel) throws {
        self.init(model.predictor, source: model.file.path, sha256: try SHA256.hex(ofFile: model.file))
        configuration = model.checkpoint.configuration
        training = TrainingSummary(model)
        channels = model.checkpoint.architecture.channels
        history = model.history
    }
}
