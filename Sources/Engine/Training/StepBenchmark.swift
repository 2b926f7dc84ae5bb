import Foundation

/// The training step of the PyTorch twin's `time` mode: the same network, batch and optimizer on random images.
public struct StepBenchmark {
    /// The twin's cases; widths are the encoder's, finest first.
    public enum Case: String, Sendable, CaseIterable {
        case small, medium, wide

        var sizes: (features: [Int], latent: Int, batch: Int) {
            switch self {
            case .small: ([16, 32, 64], 64, 16)
            case .medium: ([32, 64, 128], 128, 8)
            case .wide: ([64, 128, 256], 256, 4)
            }
        }
    }

    private let network: C2CNetwork
    private let wiring: C2CNetwork.Wiring
    private let optimizer: Optimizer
    private let images: DomainPair<Tensor>
    private let objective = Objective(weights: .init(content: 1, recon: 0.2, cross: 1, edge: 0), distance: .l1)

    /// One of the twin's cases, on crops of 64².
    public init(_ kind: Case) {
        let sizes = kind.sizes
        self.init(
            Architecture(channels: 1, features: sizes.features.reversed(), latentChannels: sizes.latent),
            batch: sizes.batch, crop: 64, .init(.noSkip))
    }

    /// - Parameter crop: side of the square images.
    public init(_ architecture: Architecture, batch: Int, crop: Int, _ wiring: C2CNetwork.Wiring) {
        network = C2CNetwork(architecture, seed: 0)
        self.wiring = wiring
        optimizer = Optimizer(OptimizerConfiguration(), network.parameters)
        images = DomainPair { domain in
            var stream = RandomStream(seed: 0, purpose: .noise, domain: domain.index)
            let shape = [batch, crop, crop, architecture.channels]
            return Tensor(shape, (0..<shape.reduce(1, *)).map { _ in Float(stream.gaussian()) })
        }
    }

    /// Forward, backward, clipping and update, once; seconds.
    public func step() -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        let tape = Tape()
        let x = images.map(tape.constant)
        let losses = objective(network(x, wiring), x)
        _ = optimizer.update(tape.gradients(of: losses.total), learningRate: 3e-4, clipNorm: 1)
        return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }
}
