import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

/// The network against its PyTorch twin on the twin's own golden values (Tests/Fixtures/twin/make_golden.py).
@Suite struct TwinParityTests {
    struct Golden {
        let checkpoint: Checkpoint
        let arrays: [String: Tensor]
        let x: DomainPair<Tensor>

        init(_ index: Int) throws {
            checkpoint = try Checkpoint.read(Fixtures.url("twin/case\(index).weights.safetensors"))
            arrays = try SafetensorsFile.read(Fixtures.url("twin/case\(index).golden.safetensors")).tensors
            x = DomainPair(a: Golden.channelsLast(arrays["xa"]), b: Golden.channelsLast(arrays["xb"]))
        }

        /// `[N, C, H, W]` → `[N, H, W, C]`.
        static func channelsLast(_ t: Tensor?) -> Tensor {
            guard let t else { return Tensor([0]) }
            let (n, c, h, w) = (t.shape[0], t.shape[1], t.shape[2], t.shape[3])
            let values = t.values
            return Tensor([n, h, w, c]) { out in
                for s in 0..<n {
                    for k in 0..<c {
                        for p in 0..<h * w { out[(s * h * w + p) * c + k] = values[(s * c + k) * h * w + p] }
                    }
                }
            }
        }

        /// Largest difference over the largest golden value.
        func error(_ value: Tensor, _ name: String, image: Bool = true) -> Double {
            guard let raw = arrays[name] else { return .infinity }
            let golden = image ? Golden.channelsLast(raw) : raw
            guard golden.shape == value.shape || golden.count == 1 && value.count == 1 else { return .infinity }
            let largest = golden.values.reduce(0) { max($0, abs($1)) }
            return zip(value.values, golden.values).reduce(0.0) { max($0, Double(abs($1.0 - $1.1))) }
                / Double(max(largest, 1e-30))
        }
    }

    static let objective = Objective(weights: .init(content: 1, recon: 0.2, cross: 1, edge: 0.05), distance: .l1)

    @Test(arguments: 0..<5)
    func outputsLossesAndGradients(index: Int) throws {
        let golden = try Golden(index)
        let network = try golden.checkpoint.network()
        let tape = Tape()
        let leaves = golden.x.map(tape.leaf)
        let outputs = network(leaves, golden.checkpoint.wiring)
        #expect(golden.error(outputs.encodings.a.latent.value, "za") < 1e-5)
        #expect(golden.error(outputs.encodings.b.latent.value, "zb") < 1e-5)
        #expect(golden.error(outputs.same.a.value, "same_a") < 1e-5)
        #expect(golden.error(outputs.same.b.value, "same_b") < 1e-5)
        #expect(golden.error(outputs.cross.a.value, "cross_a") < 1e-5)
        #expect(golden.error(outputs.cross.b.value, "cross_b") < 1e-5)
        for (level, skip) in outputs.encodings.a.skips.enumerated() {
            #expect(golden.error(skip.value, "skip_a.\(level)") < 1e-5)
        }
        // The twin detaches its targets: gradients reach an image only through the network.
        let losses = Self.objective(outputs, golden.x.map(tape.constant))
        let parts = [
            ("loss", losses.total), ("loss_content", losses.content), ("loss_recon", losses.recon),
            ("loss_cross", losses.cross), ("loss_edge", losses.edge),
        ]
        for (name, loss) in parts { #expect(golden.error(loss?.value ?? Tensor([0]), name, image: false) < 1e-5) }

        let gradients = tape.gradients(of: losses.total)
        #expect(golden.error(gradients[leaves.a] ?? Tensor([0]), "grad_xa") < 1e-4)
        #expect(golden.error(gradients[leaves.b] ?? Tensor([0]), "grad_xb") < 1e-4)
        let parameters = network.parameters
        let named = TwinLayout.export(parameters, parameters.map { gradients[$0] ?? Tensor($0.value.shape) })
        #expect(Set(named.keys) == Set(golden.checkpoint.weights.keys))
        // A bias before a normalisation with one channel per group has gradient 0: both sides hold rounding noise.
        let largest = named.values.flatMap(\.values).reduce(0) { max($0, abs($1)) }
        for (name, gradient) in named {
            let theirs = try #require(golden.arrays["grad.\(name)"]).values
            let isNoise = (gradient.values + theirs).allSatisfy { abs($0) < 1e-6 * largest }
            let isBias = name.hasSuffix("conv1.bias") || name.hasSuffix("conv2.bias")
            #expect(!isNoise || isBias && gradient.count == 8, "\(name)")
            #expect(isNoise || golden.error(gradient, "grad.\(name)", image: false) < 1e-4, "\(name)")
        }
    }

    /// AdamW's first steps are lr·sign(g) where |g| is far above ε: an element whose gradient is rounding noise may go the other
    /// way. Those are excepted, counted, and must be few (in the smallest case a bias in eight has no gradient at all). The
    /// others must be within 2e-6, a 450th of what three steps move a weight.
    @Test(arguments: 0..<5)
    func threeAdamWSteps(index: Int) throws {
        let golden = try Golden(index)
        let network = try golden.checkpoint.network()
        let optimizer = Optimizer(.init(learningRate: 3e-4, weightDecay: 0.01), network.parameters)
        for _ in 0..<3 {
            let tape = Tape()
            let x = golden.x.map(tape.constant)
            let losses = Self.objective(network(x, golden.checkpoint.wiring), x)
            _ = optimizer.update(tape.gradients(of: losses.total), learningRate: 3e-4, clipNorm: 1)
        }
        let named = TwinLayout.export(network.parameters, network.parameters.map(\.value))
        let largestGradient = golden.arrays.filter { $0.key.hasPrefix("grad.") }.values.flatMap(\.values)
            .reduce(0) { max($0, abs($1)) }
        var excepted = 0, total = 0
        var worst = 0.0
        for (name, value) in named {
            let after = try #require(golden.arrays["after3.\(name)"]).values
            let gradient = try #require(golden.arrays["grad.\(name)"]).values
            total += after.count
            for (i, pair) in zip(value.values, after).enumerated() {
                let error = Double(abs(pair.0 - pair.1))
                if error < 2e-6 { continue }
                if abs(gradient[i]) < 1e-4 * largestGradient { excepted += 1 } else { worst = max(worst, error) }
            }
        }
        #expect(worst == 0, "\(excepted) of \(total) elements excepted")
        #expect(Double(excepted) < 0.015 * Double(total))
    }

    @Test func aCheckpointWrittenAgainIsTheSame() throws {
        let golden = try Golden(3)
        let parameters = try golden.checkpoint.network().parameters
        #expect(TwinLayout.export(parameters, parameters.map(\.value)) == golden.checkpoint.weights)
    }
}
