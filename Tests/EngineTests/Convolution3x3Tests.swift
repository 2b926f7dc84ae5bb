import TestSupport
import Testing

@testable import Engine
@testable import Tensors

@Suite struct Convolution3x3Tests {
    /// [N, H, W, C, O]: single pixels, single rows and columns, tiles that stick out, ragged vectors, one channel on either side.
    static let shapes: [[Int]] = [
        [1, 1, 1, 1, 1], [2, 1, 5, 3, 2], [1, 7, 1, 2, 3], [2, 5, 6, 1, 24], [1, 9, 7, 24, 1], [2, 8, 8, 16, 32],
        [3, 13, 11, 24, 48], [1, 4, 4, 96, 64], [1, 17, 19, 33, 17], [1, 1, 1, 40, 24], [2, 3, 2, 16, 16],
        [1, 6, 10, 129, 70], [2, 64, 64, 2, 24], [5, 12, 20, 9, 31], [2, 9, 9, 5, 7], [1, 3, 17, 40, 2],
        [1, 8, 8, 97, 135], [2, 7, 9, 2, 1], [1, 5, 5, 1, 1], [1, 4, 9, 12, 24],
    ]

    @Test(arguments: shapes) func agreesWithTheDefinition(_ shape: [Int]) {
        let c = Case(shape)
        #expect(error(Convolution3x3.forward([c.x], weights: [c.w], bias: c.b), c.forward) < 5e-6)
        #expect(error(Convolution3x3.inputGradient(c.g, weight: c.w), c.inputGradient) < 5e-6)
        #expect(error(Convolution3x3.weightGradient(input: c.x, outputGradient: c.g), c.weightGradient) < 5e-6)
    }

    @Test(arguments: shapes) func everyAlgorithmAgreesWithTheDefinition(_ shape: [Int]) {
        let c = Case(shape)
        #expect(error(Convolution3x3Direct.forward([c.x], weights: [c.w], bias: c.b), c.forward) < 2e-6)
        let turned = Convolution3x3.turned(c.w)
        #expect(error(Convolution3x3Direct.forward([c.g], weights: [turned], bias: nil), c.inputGradient) < 2e-6)
        #expect(error(Convolution3x3Direct.weightGradient(input: c.x, outputGradient: c.g), c.weightGradient) < 2e-6)
        guard min(shape[3], shape[4]) >= 8 else { return }
        let (straight, back) = (c.w.winogradWeight(turned: false), c.w.winogradWeight(turned: true))
        #expect(error(WinogradConvolution.forward([c.x], weights: [straight], bias: c.b), c.forward) < 5e-6)
        #expect(error(WinogradConvolution.forward([c.g], weights: [back], bias: nil), c.inputGradient) < 5e-6)
        #expect(error(WinogradWeightGradient.weightGradient(input: c.x, outputGradient: c.g), c.weightGradient) < 5e-6)
    }

    /// Winograd's transforms cost accuracy; with the points chosen it stays within ten times the direct kernel's own rounding.
    @Test func winogradIsNearlyAsAccurateAsTheDefinitionInFloat32() {
        let c = Case([1, 32, 32, 64, 64])
        let straight = c.w.winogradWeight(turned: false)
        let direct = error(Convolution3x3Direct.forward([c.x], weights: [c.w], bias: c.b), c.forward)
        #expect(error(WinogradConvolution.forward([c.x], weights: [straight], bias: c.b), c.forward) < 10 * direct)
        let gradient = error(Convolution3x3Direct.weightGradient(input: c.x, outputGradient: c.g), c.weightGradient)
        let fast = error(WinogradWeightGradient.weightGradient(input: c.x, outputGradient: c.g), c.weightGradient)
        #expect(fast < 10 * gradient)
    }

    @Test(arguments: [[8, 64, 1], [96, 96, 1], [135, 128, 1], [136, 128, 2], [256, 64, 4]])
    func channelRangesAreNeverNarrowerThanAVector(_ example: [Int]) {
        let ranges = ChannelRanges(channels: example[0], length: example[1])
        #expect(ranges.count == example[2])
        #expect((0..<ranges.count).flatMap { Array(ranges[$0]) } == Array(0..<example[0]))
        #expect((0..<ranges.count).allSatisfy { ranges[$0].count >= 8 })
    }

    /// A skip and an upsampled part, each with its half of the weight, are the convolution of their concatenation.
    @Test(arguments: [[24, 24, 24], [24, 16, 40], [3, 24, 24]]) func inputsAddUp(_ channels: [Int]) {
        let inputs = [noise([2, 9, 6, channels[0]], 1), noise([2, 9, 6, channels[1]], 2)]
        let weights = [noise([3, 3, channels[0], channels[2]], 3), noise([3, 3, channels[1], channels[2]], 4)]
        let expected = Convolution3x3Reference.forward(inputs, weights: weights, bias: nil)
        #expect(error(Convolution3x3.forward(inputs, weights: weights, bias: nil), expected) < 5e-6)
    }

    @Test(arguments: shapes) func sameBytesForEveryThreadCount(_ shape: [Int]) {
        let c = Case(shape)
        func all() -> [Tensor] {
            [
                Convolution3x3.forward([c.x, c.x], weights: [c.w, c.w], bias: c.b),
                Convolution3x3.inputGradient(c.g, weight: c.w),
                Convolution3x3.weightGradient(input: c.x, outputGradient: c.g), Convolution3x3.biasGradient(c.g),
            ]
        }
        let before = Parallel.threadCount
        defer { Parallel.threadCount = before }
        Parallel.threadCount = 1
        let one = all()
        Parallel.threadCount = 3
        #expect(all() == one)
    }

    /// The transformed weight is kept with the weight's elements, and must not outlive a change of them.
    @Test func aChangedWeightIsTransformedAnew() {
        let x = noise([1, 8, 8, 16], 1)
        var w = noise([3, 3, 16, 16], 2)
        _ = Convolution3x3.forward([x], weights: [w], bias: nil)
        w[1, 1, 3, 5] += 1
        let expected = Convolution3x3Reference.forward([x], weights: [w], bias: nil)
        #expect(error(Convolution3x3.forward([x], weights: [w], bias: nil), expected) < 5e-6)
    }

    /// The same elements under another shape are another weight.
    @Test func aReshapedWeightIsTransformedAnew() {
        let w = noise([3, 3, 16, 32], 2)
        _ = Convolution3x3.forward([noise([1, 8, 8, 16], 1)], weights: [w], bias: nil)
        let (x, reshaped) = (noise([1, 8, 8, 32], 1), w.reshaped([3, 3, 32, 16]))
        let expected = Convolution3x3Reference.forward([x], weights: [reshaped], bias: nil)
        #expect(error(Convolution3x3.forward([x], weights: [reshaped], bias: nil), expected) < 5e-6)
    }

    /// ⟨g, w∗x⟩ = ⟨∂x, x⟩ = ⟨∂w, w⟩: the gradients are the transposes of the convolution.
    @Test func gradientsAreTransposes() {
        let c = Case([2, 11, 14, 24, 32])
        let y = dot(c.g, Convolution3x3.forward([c.x], weights: [c.w], bias: nil))
        #expect(abs(dot(Convolution3x3.inputGradient(c.g, weight: c.w), c.x) / y - 1) < 1e-5)
        #expect(abs(dot(Convolution3x3.weightGradient(input: c.x, outputGradient: c.g), c.w) / y - 1) < 1e-5)
    }

    @Test func biasGradientIsTheSumPerChannel() {
        let g = Tensor([1, 1, 3, 2], [1, 10, 2, 20, 3, 30])
        #expect(Convolution3x3.biasGradient(g).values == [6, 60])
        // 2^24 + 1 + 1 + ... is lost in a Float32 running sum.
        var many = Tensor([1, 100, 100, 1], repeating: 1)
        many[0, 0, 0, 0] = 16_777_216
        #expect(Convolution3x3.biasGradient(many).values == [16_777_216 + 9_999])
    }

    @Test func aHandWorkedImage() {
        // Ones under a weight of ones count the neighbours inside the image.
        let x = Tensor([1, 3, 3, 1], repeating: 1)
        let w = Tensor([3, 3, 1, 1], repeating: 1)
        #expect(Convolution3x3.forward([x], weights: [w], bias: nil).values == [4, 6, 4, 6, 9, 6, 4, 6, 4])
        // A weight that is 1 only above left of its centre moves the image down and right.
        let image = Tensor([1, 2, 2, 1], [1, 2, 3, 4])
        var corner = Tensor([3, 3, 1, 1])
        corner[0, 0, 0, 0] = 1
        #expect(Convolution3x3.forward([image], weights: [corner], bias: nil).values == [0, 0, 0, 1])
        #expect(Convolution3x3.inputGradient(image, weight: corner).values == [4, 0, 0, 0])
    }
}

/// One set of operands `[N, H, W, C, O]` and what the definition makes of them in Float64.
private struct Case {
    let x, w, b, g: Tensor
    let forward, inputGradient, weightGradient: [Double]

    init(_ shape: [Int]) {
        x = noise(Array(shape[..<4]), 1)
        w = noise([3, 3, shape[3], shape[4]], 2)
        b = noise([shape[4]], 3)
        g = noise(Array(shape[..<3]) + [shape[4]], 4)
        forward = Convolution3x3Reference.forward([x], weights: [w], bias: b)
        inputGradient = Convolution3x3Reference.inputGradient(g, weight: w)
        weightGradient = Convolution3x3Reference.weightGradient(input: x, outputGradient: g)
    }
}

private func noise(_ shape: [Int], _ image: Int) -> Tensor {
    var stream = RandomStream(seed: 1, purpose: .test, image: image)
    return Tensor(shape, (0..<shape.reduce(1, *)).map { _ in Float(2 * stream.uniform() - 1) })
}

private func dot(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// The largest error relative to the largest expected value.
private func error(_ actual: Tensor, _ expected: [Double]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let scale = expected.map(abs).max() ?? 1
    return (zip(actual.values, expected).map { abs(Double($0) - $1) }.max() ?? 0) / scale
}
