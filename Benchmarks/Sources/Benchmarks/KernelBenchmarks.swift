@testable import Engine
@testable import Tensors

/// The kernels of a training step at the shapes of its cases.
///
/// Work is counted as the definition has it (2 operations for every weight and output pixel of a convolution), whatever
/// the algorithm saves: Winograd's convolution may pass the rate of a matrix product, by a factor of 4 at the very most.
enum KernelBenchmarks {
    static func run() throws {
        for kind in StepBenchmark.Case.allCases { try Shapes(kind).run() }
    }
}

private struct Shapes {
    let kind: StepBenchmark.Case
    let product = Bounds.product()

    init(_ kind: StepBenchmark.Case) { self.kind = kind }

    func run() throws {
        let architecture = kind.architecture
        let widths = [architecture.channels] + architecture.encoderFeatures + [architecture.latentChannels]
        for (level, (inputs, outputs)) in zip(widths, widths.dropFirst()).enumerated() {
            let side = 64 >> level
            for inputs in inputs == outputs ? [outputs] : [inputs, outputs] {
                try convolution(side, inputs, outputs, needsInputGradient: inputs != architecture.channels)
            }
            try normalisation(side, outputs)
            guard level < widths.count - 2 else { continue }
            try pooling(side, outputs)
            try transposed(side / 2, widths[level + 2], outputs)
        }
    }

    private func image(_ side: Int, _ channels: Int, _ name: Int) -> Tensor {
        random([kind.batch, side, side, channels], name)
    }

    private func random(_ shape: [Int], _ name: Int) -> Tensor {
        var stream = RandomStream(seed: 0, purpose: .noise, image: name)
        return Tensor(shape, (0..<shape.reduce(1, *)).map { _ in Float(stream.gaussian()) })
    }

    private func convolution(_ side: Int, _ inputs: Int, _ outputs: Int, needsInputGradient: Bool) throws {
        let x = image(side, inputs, 0), dy = image(side, outputs, 1), bias = Tensor([outputs])
        let weight = random([3, 3, inputs, outputs], 2)
        let operations = 18 * Double(kind.batch * side * side * inputs * outputs)
        let shape = "\(kind.batch)×\(side)², \(inputs) → \(outputs)"
        try products("conv 3×3 forward", shape, operations) {
            _ = Convolution3x3.forward([x], weights: [weight], bias: bias)
        }
        if needsInputGradient {
            try products("conv 3×3 input gradient", shape, operations) {
                _ = Convolution3x3.inputGradient(dy, weight: weight)
            }
        }
        try products("conv 3×3 weight gradient", shape, operations) {
            _ = Convolution3x3.weightGradient(input: x, outputGradient: dy)
        }
    }

    /// Doubles the side.
    private func transposed(_ side: Int, _ inputs: Int, _ outputs: Int) throws {
        let x = image(side, inputs, 0), dy = image(2 * side, outputs, 1), bias = Tensor([outputs])
        let weight = random([inputs, 2, 2, outputs], 2)
        let operations = 8 * Double(kind.batch * side * side * inputs * outputs)
        let shape = "\(kind.batch)×\(side)², \(inputs) → \(outputs)"
        try products("transposed 2×2 forward", shape, operations) {
            _ = TransposedConvolutionKernel.forward(x, weight: weight, bias: bias)
        }
        try products("transposed 2×2 input gradient", shape, operations) {
            _ = TransposedConvolutionKernel.inputGradient(dy, weight: weight)
        }
        try products("transposed 2×2 weight gradient", shape, operations) {
            _ = TransposedConvolutionKernel.weightGradient(input: x, outputGradient: dy)
        }
    }

    /// Forward reads x for the statistics and again to apply them, and writes y; backward reads x and ∂L/∂y and writes their
    /// product, then reads x and that and writes ∂L/∂x.
    private func normalisation(_ side: Int, _ channels: Int) throws {
        let x = image(side, channels, 0), dy = image(side, channels, 1)
        let gamma = Tensor([channels], repeating: 1), beta = Tensor([channels])
        let groups = [8, 4, 2].first { channels % $0 == 0 } ?? 1
        let forward = { GroupNormalizationKernel.forward(x, gamma: gamma, beta: beta, groups: groups, epsilon: 1e-5) }
        let statistics = forward().statistics
        let shape = "\(kind.batch)×\(side)², \(channels)"
        try traffic("group norm + GELU forward", shape, x.count, passes: 3) { _ = forward() }
        try traffic("group norm + GELU backward", shape, x.count, passes: 6) {
            _ = GroupNormalizationKernel.backward(
                x, gamma: gamma, beta: beta, groups: groups, statistics: statistics, outputGradient: dy)
        }
    }

    /// y and its gradient are a quarter of x.
    private func pooling(_ side: Int, _ channels: Int) throws {
        let x = image(side, channels, 0), dy = image(side / 2, channels, 1)
        let y = MaxPoolingKernel.forward(x)
        let shape = "\(kind.batch)×\(side)², \(channels)"
        try traffic("max pooling forward", shape, x.count, passes: 1.25) { _ = MaxPoolingKernel.forward(x) }
        try traffic("max pooling backward", shape, x.count, passes: 2.5) {
            _ = MaxPoolingKernel.backward(x, y: y, outputGradient: dy)
        }
    }

    private func products(_ kernel: String, _ shape: String, _ operations: Double, _ body: () -> Void) throws {
        let seconds = Timing(body).median
        try Main.print(
            KernelLine(
                kernel: kernel, case: kind.rawValue, shape: shape, milliseconds: seconds * 1e3, unit: "GFLOP/s",
                achieved: operations / seconds * 1e-9, attainable: product))
    }

    private func traffic(_ kernel: String, _ shape: String, _ count: Int, passes: Double, _ body: () -> Void) throws {
        let seconds = Timing(body).median
        try Main.print(
            KernelLine(
                kernel: kernel, case: kind.rawValue, shape: shape, milliseconds: seconds * 1e3, unit: "GB/s",
                achieved: 4 * passes * Double(count) / seconds * 1e-9, attainable: Bounds.copy(count)))
    }
}
