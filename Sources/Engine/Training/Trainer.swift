import Foundation

/// The main path of the engine: a configuration and a data set in, a run directory out.
///
///     batch → network → objective → gradients → optimizer       once per step
///     mean losses, validation → metrics.jsonl, checkpoints       once per epoch
public final class Trainer {
    public let configuration: RunConfiguration
    public let dataset: PairedDataset
    public let network: C2CNetwork
    public let optimizer: Optimizer
    public private(set) var state = TrainingState()
    /// Total number of steps, which the schedule spreads over.
    public let stepCount: Int

    private let objective: Objective
    private let run: RunDirectory
    private let log: RunLog
    private let stepsPerEpoch: Int

    /// What the caller learns while training runs.
    public enum Event: Sendable {
        case step(epoch: Int, step: Int, of: Int, loss: Double)
        case epoch(EpochRecord)
    }

    /// A fresh run, or the continuation of the one in `run` if `resume` is set and it has a checkpoint.
    ///
    /// - Throws: `InputError` for a checkpoint that does not fit the configuration.
    public init(_ configuration: RunConfiguration, dataset: PairedDataset, run: RunDirectory, resume: Bool) throws {
        self.configuration = configuration
        self.dataset = dataset
        self.run = run
        network = C2CNetwork(configuration.architecture(channels: dataset.channels), seed: configuration.seed)
        optimizer = Optimizer(configuration.optimizer, network.parameters)
        objective = Objective(weights: configuration.lossWeights, distance: configuration.loss)
        stepsPerEpoch = try dataset.epoch(0, configuration).count
        stepCount = configuration.epochs * stepsPerEpoch
        if resume, let checkpoint = try run.lastCheckpoint() {
            try checkpoint.requireSameRun(as: configuration)
            try checkpoint.restore(network, optimizer)
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
        let validation = Validation(dataset: dataset, distance: configuration.loss)
        while state.epoch < configuration.epochs {
            let start = Date()
            for batch in try dataset.epoch(state.epoch, configuration).dropFirst(state.stepInEpoch) {
                let losses = try step(batch)
                try log.step(state.step, network, configuration.wiring)
                report(.step(epoch: state.epoch, step: state.step, of: stepCount, loss: losses["loss/total"] ?? 0))
                if shouldStop() {
                    try run.writeLast(checkpoint())
                    return false
                }
            }
            let steps = Double(state.stepInEpoch)
            var values = state.sums.mapValues { $0 / steps }
            values.merge(validation(network, configuration.wiring)) { first, _ in first }
            guard values.values.allSatisfy(\.isFinite) else {
                throw TrainingError.notFinite(epoch: state.epoch + 1, step: state.step, losses: values)
            }
            values["lr"] = learningRate(at: state.step - 1)
            values["seconds"] = Date().timeIntervalSince(start)
            state.epoch += 1
            state.stepInEpoch = 0
            state.sums = [:]
            let record = EpochRecord(epoch: state.epoch, step: state.step, values: values)
            try finish(record)
            report(.epoch(record))
        }
        return true
    }

    /// One update. Leaves the weights alone and throws if the loss is not finite.
    private func step(_ batch: DomainPair<Tensor>) throws -> [String: Double] {
        let tape = Tape()
        let x = batch.map(tape.constant)
        let outputs = network(x, configuration.wiring)
        let losses = objective(outputs, x)
        var values = [
            "loss/total": losses.total, "loss/content": losses.content, "loss/recon": losses.recon,
            "loss/cross": losses.cross,
        ].mapValues { Double($0.value.scalar) }
        values["loss/edge"] = losses.edge.map { Double($0.value.scalar) }
        guard values.values.allSatisfy(\.isFinite) else {
            throw TrainingError.notFinite(epoch: state.epoch + 1, step: state.step + 1, losses: values)
        }
        values["variance/latent"] = variance(outputs.encodings.a.latent.value)
        values["variance/cross"] = variance(outputs.cross.a.value)
        let norm = optimizer.update(
            tape.gradients(of: losses.total), learningRate: learningRate(at: state.step),
            clipNorm: configuration.gradientClipNorm)
        guard norm.isFinite else {
            throw TrainingError.notFinite(epoch: state.epoch + 1, step: state.step + 1, losses: ["gradient norm": norm])
        }
        values["gradient/norm"] = norm
        state.step += 1
        state.stepInEpoch += 1
        state.sums.merge(values, uniquingKeysWith: +)
        return values
    }

    private func finish(_ record: EpochRecord) throws {
        try log.epoch(record)
        let loss = record.values["val/cross"] ?? record.values["loss/total"] ?? 0
        if configuration.scheduler.type == .plateau { _ = state.plateau.advance(loss, configuration.scheduler) }
        let isBest = loss < state.bestLoss ?? .infinity
        if isBest {
            state.bestLoss = loss
            state.bestEpoch = state.epoch
        }
        let checkpoint = checkpoint()
        if isBest { try run.writeBest(checkpoint) }
        try run.writeLast(checkpoint)
    }

    private func checkpoint() -> Checkpoint { Checkpoint(network, optimizer, state, configuration) }

    private func learningRate(at step: Int) -> Double {
        configuration.scheduler.learningRate(
            configuration.optimizer.learningRate, step: step, total: stepCount, stepsPerEpoch: stepsPerEpoch,
            plateau: state.plateau)
    }

    /// Variance over all elements.
    private func variance(_ x: Tensor) -> Double {
        let mean = Elementwise.sum(x, x) { u, _ in u } / Double(x.count)
        return max(0, Elementwise.sumOfSquares(x) / Double(x.count) - mean * mean)
    }
}

extension PairedDataset {
    /// Image channels: 1 for grey.
    var channels: Int { training[0].noisy.a.shape[2] }

    fileprivate func epoch(_ index: Int, _ configuration: RunConfiguration) throws -> TrainingEpoch {
        try epoch(index, batchSize: configuration.batchSize, cropSize: configuration.cropSize)
    }
}

/// Why a run stopped by itself.
public enum TrainingError: Error, CustomStringConvertible {
    case notFinite(epoch: Int, step: Int, losses: [String: Double])

    public var description: String {
        switch self {
        case .notFinite(let epoch, let step, let losses):
            let names = losses.filter { !$0.value.isFinite }.keys.sorted().joined(separator: ", ")
            return "\(names) is not finite at step \(step) (epoch \(epoch)); the checkpoint of the last good epoch is kept"
        }
    }
}
