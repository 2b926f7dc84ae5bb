import Foundation
import Tensors

/// The training step of `Benchmarks/peers/torch_step.py`: the same network, batch and optimizer on random images.
public struct StepBenchmark {
    /// The twin's cases.
    public enum Case: String, Sendable, CaseIterable {
        case small, medium, wide

        /// Grey images.
        public var architecture: Architecture {
            switch self {
            case .small: Architecture(channels: 1, features: [64, 32, 16], latentChannels: 64)
            case .medium: Architecture(channels: 1, features: [128, 64, 32], latentChannels: 128)
            case .wide: Architecture(channels: 1, features: [256, 128, 64], latentChannels: 256)
            }
        }

        /// Images of one domain in a step.
        public var batch: Int {
            switch self {
            case .small: 16
            case .medium: 8
            case .wide: 4
            }
        }
    }

    private let update: TrainingStep
    private let images: DomainPair<Tensor>
    private let objective = Objective(weights: .init(content: 1, recon: 0.2, cross: 1, edge: 0), distance: .l1)

    /// One of the twin's cases.
    ///
    /// - Parameters:
    ///   - batch: images of one domain; the case's own if left out.
    ///   - crop: side of the square images, a multiple of 8.
    public init(_ kind: Case, batch: Int? = nil, crop: Int = 64) {
        self.init(kind.architecture, batch: batch ?? kind.batch, crop: crop, .init(.noSkip))
    }

    /// - Parameter crop: side of the square images, a multiple of `architecture.sizeMultiple`.
    public init(_ architecture: Architecture, batch: Int, crop: Int, _ wiring: C2CNetwork.Wiring) {
        let network = C2CNetwork(architecture, seed: 0)
        update = TrainingStep(
            network: network, wiring: wiring, optimizer: Optimizer(OptimizerConfiguration(), network.parameters),
            clipNorm: 1)
        images = DomainPair { domain in
            var stream = RandomStream(seed: 0, purpose: .noise, domain: domain.index)
            let shape = [batch, crop, crop, architecture.channels]
            return Tensor(shape, (0..<shape.reduce(1, *)).map { _ in Float(stream.gaussian()) })
        }
    }

    /// Forward, backward, clipping and update, once; seconds.
    public func step() -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        _ = update(images, objective, learningRate: 3e-4) { _ in }
        return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }
}
