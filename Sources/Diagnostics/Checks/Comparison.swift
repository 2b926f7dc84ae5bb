import Engine

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
    public func test(_ model: TrainedModel, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) throws
        -> Suite.Findings
    {
        if let channels = evaluation.pairs.first?.noisy.a.shape[2], channels != model.checkpoint.architecture.channels {
            throw InputError(
                file: model.file.path,
                problem: "the network has \(model.checkpoint.architecture.channels) image channels",
                remedy: "the images of \(evaluation.name) have \(channels)")
        }
        var findings = try Suite(seed: seed, margin: margin, progress: progress).run(model.predictor, on: evaluation)
        findings.subject.series.merge(model.history) { measured, _ in measured }
        return findings
    }
}
