@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// One image through a network without skips: the source's encoder and the target's decoder.
enum InferenceBenchmark {
    static func run() throws {
        let product = Bounds.product()
        for kind in StepBenchmark.Case.allCases {
            let architecture = kind.architecture
            let predictor = NetworkPredictor(
                name: kind.rawValue, network: C2CNetwork(architecture, seed: 0), wiring: .init(.noSkip))
            for side in [256, 512] {
                let image = Tensor([side, side, architecture.channels], repeating: 0.5)
                let images = DomainPair(a: image, b: image)
                let seconds = Timing { _ = predictor.predict(images, .aToB) }.median
                try Main.print(
                    KernelLine(
                        kernel: "inference", case: kind.rawValue, shape: "\(side)²", milliseconds: seconds * 1e3,
                        unit: "GFLOP/s", achieved: operations(architecture) * Double(side * side) / seconds * 1e-9,
                        attainable: product))
            }
        }
    }

    /// Operations per pixel of all convolutions, as their definition has it.
    private static func operations(_ architecture: Architecture) -> Double {
        let features = architecture.encoderFeatures
        let down = [architecture.channels] + features + [architecture.latentChannels]
        var sum = 2.0 * Double(features[0] * architecture.channels)
        for (level, (inputs, outputs)) in zip(down, down.dropFirst()).enumerated() {
            sum += 18 * Double((inputs + outputs) * outputs) / Double(1 << (2 * level))
        }
        for (level, outputs) in features.enumerated() {
            // An upsampled quarter of the pixels of this level, then two convolutions; the skip is absent.
            sum += Double(2 * down[level + 2] * outputs + 36 * outputs * outputs) / Double(1 << (2 * level))
        }
        return sum
    }
}
