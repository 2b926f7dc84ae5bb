import Engine
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
    /// Image channels it was made for; `nil` for any number.
    public var channels: Int?
    /// Losses against epoch, under the names of `SeriesName`.
    public var history: [String: Series] = [:]

    /// Unique in a report.
    public var name: String { predictor.name }

    /// A model that is known by its outputs alone.
    public init(_ predictor: any Predictor, source: String, sha256: String) {
        self.predictor = predictor
        self.source = source
        self.sha256 = sha256
    }

    /// A checkpoint of ours.
    ///
    /// - Throws: `InputError` if its file cannot be read.
    public init(_ model: TrainedModel) throws {
        self.init(model.predictor, source: model.file.path, sha256: try SHA256.hex(ofFile: model.file))
        configuration = model.checkpoint.configuration
        channels = model.checkpoint.architecture.channels
        history = model.history
    }
}

/// Several models on the same pairs with the same noise: one suite each, one set of results.
public struct Comparison: Sendable {
    /// The pairs that every model is tested on.
    public let evaluation: EvaluationSet
    /// Seed of probes, swaps and bootstraps: the same for every model, so that differences are the models'.
    public let seed: UInt64
    /// ε, the share of the target's noise that counts as none.
    public let margin: Double

    /// - Parameter margin: ε, the share of the target's noise that counts as none.
    public init(_ evaluation: EvaluationSet, seed: UInt64, margin: Double = Suite.defaultMargin) {
        self.evaluation = evaluation
        self.seed = seed
        self.margin = margin
    }

    /// A model's findings with its loss history.
    ///
    /// - Parameter progress: called with the number of samples done and of all.
    /// - Throws: `InputError` for a network of another number of image channels, and what the suite throws: an output
    ///   that is not finite or of the wrong shape, no held-out pair.
    public func test(_ model: ModelUnderTest, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) throws
        -> Suite.Findings
    {
        try requireFit(model)
        var findings = try Suite(seed: seed, margin: margin, progress: progress).run(model.predictor, on: evaluation)
        findings.subject.series.merge(model.history) { measured, _ in measured }
        return findings
    }

    /// Leakage and memory over checkpoints of one run, on the same pairs.
    ///
    /// - Parameters:
    ///   - kept: checkpoint files by epoch, in ascending order, at least one.
    ///   - progress: called with the number of checkpoints done and of all.
    /// - Throws: `InputError` for a file that is no checkpoint or has another number of image channels; `SampleError` for an
    ///   output that is not finite.
    public func history(
        _ kept: [(epoch: Int, file: URL)], progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> LeakHistory {
        let files = Dictionary(kept.map { ($0.epoch, $0.file) }) { first, _ in first }
        return try LeakHistory(files.keys.sorted(), on: evaluation, seed: seed, margin: margin, progress: progress) {
            epoch in
            guard let file = files[epoch] else { preconditionFailure("Comparison.history: no file of epoch \(epoch)") }
            let model = try ModelUnderTest(TrainedModel(file.path))
            try requireFit(model)
            return model.predictor
        }
    }

    private func requireFit(_ model: ModelUnderTest) throws {
        if let channels = evaluation.pairs.first?.noisy.a.shape[2], let own = model.channels, own != channels {
            throw InputError(
                file: model.source, problem: "the network has \(own) image channels",
                remedy: "the images of \(evaluation.name) have \(channels)")
        }
    }
}
