import Foundation
import Tensors

/// The main path of the engine: a configuration and a data set in, a run directory out.
///
///     batch → network → objective → gradients → optimizer       once per step
///     mean losses, validation → metrics.jsonl, checkpoints       once per epoch
public final class Trainer {
    /// What was asked for.
    public let configuration: RunConfiguration
    /// What is trained and validated on.
    public let dataset: PairedDataset
    /// The network as it is now.
    public let network: C2CNetwork
    /// With its moments.
    public let optimizer: Optimizer
    /// Where the run stands.
    public private(set) var state = TrainingState()
    /// Total number of steps, which the schedule spreads over.
    public let stepCount: Int

    /// Averages of the weights, which validation and the best checkpoint use; `nil` for the weights themselves.
    private let average: WeightAverage?
    private let step: TrainingStep
    private let run: RunDirectory
    private let log: RunLog
    private let stepsPerEpoch: Int

    /// What the caller learns while training runs.
    public enum Event: Sendable {
        case step(epoch: Int, step: Int, of: Int, loss: Double)
        case epoch(EpochRecord)
        /// Something that a person should know: a collapse and what was done about it.
        case notice(String)
    }

    /// A fresh run, or the continuation of the one in `run` if `resume` is set and it has a checkpoint.
    ///
    /// - Throws: `InputError` for a checkpoint that does not fit the configuration.
    public init(_ configuration: RunConfiguration, dataset: PairedDataset, run: RunDirectory, resume: Bool) throws {
        self.configuration = configuration
        self.dataset = dataset
        self.run = run
        let network = C2CNetwork(configuration.architecture(channels: dataset.channels), seed: configuration.seed)
        self.network = network
        optimizer = Optimizer(configuration.optimizer, network.parameters)
        step = TrainingStep(
            network: network, wiring: configuration.wiring, optimizer: optimizer,
            clipNorm: configuration.gradientClipNorm)
        average = configuration.averageDecay.map { WeightAverage(network.parameters, decay: $0) }
        stepsPerEpoch = try dataset.epoch(0, configuration).count
        stepCount = configuration.epochs * stepsPerEpoch
        if resume, let checkpoint = try run.lastCheckpoint() {
            try checkpoint.requireSameRun(as: configuration)
            try checkpoint.restore(network, optimizer, average)
            state = checkpoint.state
        } else if let start = configuration.checkpoint {
            try Checkpoint.read(run.start(start)).restore(network)
        }
        log = try RunLog(run, configuration, dataset, state)
    }

    /// Runs until the last epoch, or until `shouldStop` says so after a step; either way the run directory is complete.
    ///
    /// - Returns: whether the last epoch was reached.
    /// - Throws: `TrainingError` when a loss is no longer finite (the checkpoint of the last good epoch stays),
    ///   `InputError` when the run directory cannot be written.
    @discardableResult
    public func train(shouldStop: () -> Bool = { false }, report: (Event) -> Void = { _ in }) throws -> Bool {
        let validation = Validation(
            dataset: dataset, distance: configuration.loss, noiseEstimation: configuration.noiseEstimation)
        while state.epoch < configuration.epochs {
            let start = Date()
            let batches = try dataset.epoch(state.epoch, configuration)
            for batch in batches.dropFirst(state.stepInEpoch) {
                let losses = try update(batch)
                try log.step(state.step, network, configuration.wiring)
                report(.step(epoch: state.epoch, step: state.step, of: stepCount, loss: losses["loss/total"] ?? 0))
                if shouldStop() {
                    try run.writeLast(checkpoint())
                    return false
                }
            }
            var values = meansOfTheEpoch
            if configuration.batchSize == 1 { values.merge(dependence(of: batches)) { first, _ in first } }
            values.merge(withAverage { validation(network, configuration.wiring) }) { first, _ in first }
            values.merge(lossWeights.metrics) { first, _ in first }
            guard values.values.allSatisfy(\.isFinite) else {
                throw TrainingError.notFinite(epoch: state.epoch + 1, step: state.step, losses: values)
            }
            values["lr"] = learningRate(at: state.step - 1)
            values["seconds"] = Date().timeIntervalSince(start)
            state.epoch += 1
            state.stepInEpoch = 0
            state.sums = [:]
            state.comparedSteps = 0
            let record = EpochRecord(epoch: state.epoch, step: state.step, values: values)
            try finish(record, report)
        }
        return true
    }

    /// Over the steps of the epoch; what only batches of several images show, over those that were.
    private var meansOfTheEpoch: [String: Double] {
        let compared = state.comparedSteps ?? state.stepInEpoch
        return Dictionary(
            uniqueKeysWithValues: state.sums.map { name, sum in
                (name, sum / Double(Self.comparing.contains(name) ? compared : state.stepInEpoch))
            })
    }

    /// One update. Leaves the weights alone and throws if the loss is not finite.
    private func update(_ batch: DomainPair<Tensor>) throws -> [String: Double] {
        let outcome = try step(
            batch, Objective(configuration, weights: lossWeights), learningRate: learningRate(at: state.step),
            accept: requireSound)
        try requireFinite(["gradient norm": outcome.gradientNorm])
        var values = outcome.losses
        values["gradient/norm"] = outcome.gradientNorm
        let seen = dependence(of: outcome.outputs)
        if !seen.isEmpty { state.comparedSteps = (state.comparedSteps ?? state.stepInEpoch) + 1 }
        values.merge(seen) { first, _ in first }
        average?.update()
        state.effectiveWeights = lossWeights
        state.step += 1
        state.stepInEpoch += 1
        state.sums.merge(values, uniquingKeysWith: +)
        return values
    }

    /// Losses that are finite, and not a thousand times those of the first step.
    private func requireSound(_ losses: [String: Double]) throws {
        try requireFinite(losses)
        guard let total = losses["loss/total"] else { return }
        let first = state.firstLoss ?? total
        guard total <= Self.explosion * first else {
            throw TrainingError.exploding(epoch: state.epoch + 1, step: state.step + 1, loss: total, first: first)
        }
        state.firstLoss = first
    }

    private func requireFinite(_ values: [String: Double]) throws {
        guard values.values.allSatisfy(\.isFinite) else {
            throw TrainingError.notFinite(epoch: state.epoch + 1, step: state.step + 1, losses: values)
        }
    }

    /// How much latent and output depend on the image, as far as one batch shows it; empty for a batch of one image.
    private func dependence(of outputs: C2CNetwork.Outputs) -> [String: Double] {
        [
            "latent/life": LatentLife.share(of: outputs.encodings.map(\.latent.value)),
            "variance/cross": LatentLife.variance(of: outputs.cross.a.value),
        ].compactMapValues(\.self)
    }

    /// The same where a batch is one image, which shows nothing of it: of the epoch's first images together, after its last step.
    private func dependence(of batches: TrainingEpoch) -> [String: Double] {
        let images = batches.dropFirst().prefix(Self.comparedImages - 1).reduce(batches[0]) { images, batch in
            DomainPair { .concatenated(images[$0], batch[$0]) }
        }
        let tape = Tape(recording: false)
        return dependence(of: network(images.map(tape.constant), configuration.wiring))
    }

    private static let comparedImages = 4
    /// Metrics that take several images.
    private static let comparing: Set = ["latent/life", "variance/cross"]

    private func finish(_ record: EpochRecord, _ report: (Event) -> Void) throws {
        try log.epoch(record)
        let loss = record.selectionLoss
        if let loss, configuration.scheduler.type == .plateau {
            _ = state.plateau.advance(loss, configuration.scheduler)
        }
        var collapseGuard = state.collapseGuard ?? CollapseGuard(configuration.lossWeights)
        let found = collapseGuard.observe(
            latentLife: record.values["latent/life"], crossVariance: record.values["variance/cross"],
            configuration.antiCollapse, contentLoss: configuration.contentLoss)
        state.collapseGuard = collapseGuard
        if let loss, loss < state.bestLoss ?? .infinity {
            state.bestLoss = loss
            state.bestEpoch = state.epoch
            try run.writeBest(withAverage { checkpoint() })
        }
        try run.writeLast(checkpoint())
        let interval = configuration.logging.checkpointInterval
        if interval > 0 && state.epoch % interval == 0 { try run.write(checkpoint(), epoch: state.epoch) }
        report(.epoch(record))
        if let found { report(.notice(found)) }
    }

    private func checkpoint() -> Checkpoint { Checkpoint(network, optimizer, state, configuration, average: average) }

    private func withAverage<R>(_ body: () throws -> R) rethrows -> R { try average?.applied(body) ?? body() }

    /// The configured weights, unless the collapse guard has moved them.
    private var lossWeights: LossWeights { state.collapseGuard?.weights ?? configuration.lossWeights }

    /// A loss so many times that of the first step means that training has diverged.
    private static let explosion = 1000.0

    private func learningRate(at step: Int) -> Double {
        configuration.scheduler.learningRate(
            configuration.optimizer.learningRate, step: step, total: stepCount, stepsPerEpoch: stepsPerEpoch,
            plateau: state.plateau)
    }
}

extension PairedDataset {
    /// Image channels: 1 for grey.
    var channels: Int { training[0].noisy.a.shape[2] }

    fileprivate func epoch(_ index: Int, _ configuration: RunConfiguration) throws -> TrainingEpoch {
        try epoch(index, batchSize: configuration.batchSize, cropSize: configuration.cropSize)
    }
}
