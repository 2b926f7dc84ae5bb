import Foundation
import Tensors

/// A few training steps looked at closely: does every module learn, and does the decoder live on its skips?
public struct TrainingDiagnosis: Codable, Sendable {
    /// One module: an encoder or decoder level, the bottleneck, a head.
    public struct Module: Codable, Sendable {
        /// Prefix of its parameters' names.
        public let name: String
        /// Euclidean norm of the gradients of all its parameters before clipping, mean over the steps.
        public var gradientNorm: Double
        /// |Δw| / |w| of one update, mean over the steps; about 1e-3 is healthy for Adam at a learning rate of 1e-3.
        public var updateRatio: Double
    }

    /// Number of steps taken.
    public let steps: Int
    /// Encoder, decoder a, decoder b, in the order of their parameters.
    public let modules: [Module]
    /// Share of the latent that differs between the images of the last batch, after the last step; `nil` for a batch of one image.
    public let latentLife: Double?
    /// Mean |z_a - z_b| after the last step, and relative to mean |z_a|.
    public let latentDistance: Double
    /// Mean |z_a - z_b| over mean |z_a|.
    public let relativeLatentDistance: Double
    /// Same-domain loss after the last step with the encoder's skips and with none: a much larger second number means that the
    /// decoder depends on its skips.
    public let sameDomainLossWithSkips: Double
    /// The same loss with the skips left out.
    public let sameDomainLossWithoutSkips: Double

    /// Trains a fresh network for `steps` steps on the configuration's first batches; nothing is written.
    ///
    /// - Throws: `InputError` for data that cannot be read; `TrainingError` when a loss is not finite.
    public init(_ configuration: RunConfiguration, steps: Int) throws {
        precondition(steps > 0, "TrainingDiagnosis: \(steps) steps")
        let dataset = try PairedDataset.load(configuration.data, seed: configuration.seed)
        let network = C2CNetwork(configuration.architecture(channels: dataset.channels), seed: configuration.seed)
        let optimizer = Optimizer(configuration.optimizer, network.parameters)
        let step = TrainingStep(
            network: network, wiring: configuration.wiring, optimizer: optimizer,
            clipNorm: configuration.gradientClipNorm)
        let objective = Objective(configuration)
        var totals: [String: Module] = [:]
        var names: [String] = []
        var done = 0, epoch = 0
        var last: DomainPair<Tensor>?
        while done < steps {
            for batch in try dataset.epoch(epoch, batchSize: configuration.batchSize, cropSize: configuration.cropSize)
            where done < steps {
                let before = network.parameters.map(\.value)
                let outcome = try step(batch, objective, learningRate: configuration.optimizer.learningRate) { losses in
                    guard losses.values.allSatisfy(\.isFinite) else {
                        throw TrainingError.notFinite(epoch: epoch + 1, step: done + 1, losses: losses)
                    }
                }
                guard outcome.gradientNorm.isFinite else {
                    throw TrainingError.notFinite(
                        epoch: epoch + 1, step: done + 1, losses: ["gradient norm": outcome.gradientNorm])
                }
                let gradients = outcome.gradients
                let parts = Dictionary(grouping: zip(network.parameters, before)) { Self.module(of: $0.0.name) }
                for (name, members) in parts {
                    let gradient = members.reduce(0) { $0 + (gradients[$1.0].map(Elementwise.sumOfSquares) ?? 0) }
                    let change = members.reduce(0) { $0 + Elementwise.sum($1.0.value, $1.1) { ($0 - $1) * ($0 - $1) } }
                    let weight = members.reduce(0) { $0 + Elementwise.sumOfSquares($1.1) }
                    var module = totals[name] ?? Module(name: name, gradientNorm: 0, updateRatio: 0)
                    module.gradientNorm += gradient.squareRoot() / Double(steps)
                    module.updateRatio += (change / max(weight, .leastNormalMagnitude)).squareRoot() / Double(steps)
                    totals[name] = module
                }
                if names.isEmpty {
                    for name in network.parameters.map({ Self.module(of: $0.name) }) where !names.contains(name) {
                        names.append(name)
                    }
                }
                last = batch
                done += 1
            }
            epoch += 1
        }
        self.steps = steps
        modules = names.compactMap { totals[$0] }
        guard let last else { preconditionFailure("TrainingDiagnosis: no batch") }
        let tape = Tape(recording: false)
        let x = last.map(tape.constant)
        let z = x.map { network.encode($0) }
        let (za, zb) = (z.a.latent.value, z.b.latent.value)
        let count = Double(za.count)
        latentLife = LatentLife.share(of: z.map(\.latent.value))
        latentDistance = Elementwise.sum(za, zb) { pointwiseMax($0 - $1, $1 - $0) } / count
        relativeLatentDistance =
            latentDistance / max(.leastNormalMagnitude, Elementwise.sum(za, za) { u, _ in pointwiseMax(u, -u) } / count)
        func sameDomainLoss(_ useSkip: Bool) -> Double {
            Domain.allCases.reduce(0) { sum, domain in
                let output = network.same(domain, z[domain], useSkip: useSkip)
                return sum + Double(meanDistance(output, x[domain], configuration.loss).value.scalar)
            }
        }
        sameDomainLossWithSkips = sameDomainLoss(true)
        sameDomainLossWithoutSkips = sameDomainLoss(false)
    }

    /// `decoder_a.levels.1.conv2.weight` → `decoder_a.levels.1`; `encoder.bottleneck.conv1.bias` → `encoder.bottleneck`.
    private static func module(of name: String) -> String {
        let parts = name.split(separator: ".")
        return parts.prefix(parts.count > 1 && parts[1] == "levels" ? 3 : 2).joined(separator: ".")
    }
}
