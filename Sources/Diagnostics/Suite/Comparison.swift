import Formats
import Foundation
import Tensors

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
    /// - Parameters:
    ///   - isAlone: without other models, whose rows a broken one would take away, an unusable output is thrown. Otherwise it
    ///     becomes one error row.
    ///   - progress: called with the number of samples done and of all.
    /// - Throws: `InputError` for a network of another number of image channels, `Undetermined` without a held-out pair, and
    ///   what the predictor throws; if `isAlone` also `SampleError` for an output of the wrong shape or not finite.
    public func test(
        _ model: ModelUnderTest, isAlone: Bool = true,
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws -> Suite.Findings {
        try requireFit(model)
        let evaluation =
            model.knownOn ?? model.trainedOn.map { self.evaluation.withTraining(of: $0) } ?? self.evaluation
        do {
            var findings = try Suite(seed: seed, margin: margin, progress: progress).run(
                model.predictor, on: evaluation)
            findings.subject.checks += model.remarks
            findings.subject.series.merge(model.history) { measured, _ in measured }
            return findings
        } catch let error as SampleError where !isAlone {
            let row = CheckResult(
                id: "model.output", title: "Outputs that can be tested", direction: nil, status: .error,
                because: "Not tested: \(error).")
            return Suite.Findings(
                subject: Subject(
                    name: model.name, strategy: model.predictor.strategy, verdict: .error, scope: .none, checks: [row],
                    series: model.history),
                findings: [
                    Finding(
                        kind: .error, subject: model.name, check: row.id,
                        text: "the model gave no usable output: \(error)",
                        next: "")
                ], gallery: [])
        }
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

extension EvaluationSet {
    /// The held-out pairs of this set with the training pairs, and the noise they were trained on, of another.
    ///
    /// - Precondition: the held-out pairs come first in both, and are as many.
    func withTraining(of other: EvaluationSet) -> EvaluationSet {
        let count = pairs.prefix { $0.split == .heldout }.count
        precondition(
            other.pairs.prefix { $0.split == .heldout }.count == count, "withTraining: held-out pairs are not as many")
        var result = self
        result.pairs = Array(pairs.prefix(count) + other.pairs.dropFirst(count))
        result.trainingNoiseIsKnown = other.trainingNoiseIsKnown
        if let mine = redraw, let others = other.redraw {
            result.redraw = { try ($0 < count ? mine : others)($0, $1, $2) }
        }
        if let mine = companion, let others = other.companion {
            result.companion = { try ($0 < count ? mine : others)($0, $1, $2) }
        }
        return result
    }

    /// Whether both hold out the same pairs with the same clean images, so that noise alone differs between them.
    public func holdsOutTheScenes(of other: EvaluationSet) -> Bool {
        let mine = pairs.prefix { $0.split == .heldout }, others = other.pairs.prefix { $0.split == .heldout }
        let variances = [noiseVariance, other.noiseVariance].map { [$0?.a, $0?.b] }
        guard mine.count == others.count, variances[0] == variances[1] else { return false }
        return zip(mine, others).allSatisfy { one, two in
            guard one.id == two.id, let clean = one.clean, let twin = two.clean else { return false }
            return clean.a == twin.a && clean.b == twin.b
        }
    }
}
