import TestSupport
import Testing

@testable import Engine

@Suite struct Convolution3x3Tests {
    static let shapes: [[Int]] = [
        [1, 1, 1, 1, 1], [2, 1, 5, 3, 2], [1, 7, 1, 2, 3], [2, 5, 6, 1, 24], [1, 9, 7, 24, 1], [2, 8, 8, 16, 32],
        [3, 13, 11, 24, 48], [1, 4, 4, 96, 64], [1, 17, 19, 33, 17],
    ]

    @Test(arguments: shapes) func agreesWithTheDefinition(_ s: [Int]) {
        let x = noise(Array(s[..<4]), 1)
        let w = noise([3, 3, s[3], s[4]], 2)
        let b = noise([s[4]], 3)
        let g = noise(Array(s[..<3]) + [s[4]], 4)
        expectClose(
            Convolution3x3.forward([x], weights: [w], bias: b),
            Convolution3x3Reference.forward([x], weights: [w], bias: b))
        expectClose(Convolution3x3.inputGradient(g, weight: w), Convolution3x3Reference.inputGradient(g, weight: w))
        expectClose(
            Convolution3x3.weightGradient(input: x, outputGradient: g),
            Convolution3x3Reference.weightGradient(input: x, outputGradient: g))
    }

    @Test func twoInputsAddUp() {
        let inputs = [noise([2, 9, 6, 24], 1), noise([2, 9, 6, 16], 2)]
        let weights = [noise([3, 3, 24, 24], 3), noise([3, 3, 16, 24], 4)]
        expectClose(
            Convolution3x3.forward(inputs, weights: weights, bias: nil),
            Convolution3x3Reference.forward(inputs, weights: weights, bias: nil))
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
    }

    private func noise(_ shape: [Int], _ seed: UInt64) -> Tensor {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        return Tensor(
            shape,
            (0..<shape.reduce(1, *)).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
            })
    }

    private func expectClose(_ actual: Tensor, _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation)
    {
        let scale = expected.map(abs).max() ?? 0
        let error = zip(actual.values, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(actual.count == expected.count, sourceLocation: sourceLocation)
        #expect(error <= 1e-5 * scale, sourceLocation: sourceLocation)
    }
}
