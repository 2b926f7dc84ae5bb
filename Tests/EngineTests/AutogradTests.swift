import TestSupport
import Testing

@testable import Engine
@testable import Tensors

/// Every operation against central differences. Tolerance 5e-3: what Float32 leaves of a step of 1e-2; a missing factor,
/// sign or tap is of order 1.
@Suite struct GradientCheckTests {
    let tolerance = 5e-3
    func random(_ shape: [Int], _ seed: UInt64) -> Tensor { GradientCheck.random(shape, seed: seed) }

    @Test(arguments: [[1, 1, 1], [5, 4, 3], [6, 7, 8]])
    func convolutionOfTwoInputs(size: [Int]) {
        let (h, w, c) = (size[0], size[1], size[2])
        let inputs = [
            random([2, h, w, c], 1), random([2, h, w, 2], 2), random([3, 3, c, 4], 3), random([3, 3, 2, 4], 4),
        ]
        let error = GradientCheck.error(inputs + [random([4], 5)]) {
            convolution([$0[0], $0[1]], weights: [$0[2], $0[3]], bias: $0[4])
        }
        #expect(error < tolerance)
    }

    /// By Winograd's algorithm and directly; the first input has one image, which is the second of three.
    @Test(arguments: [[8, 16], [5, 3]])
    func convolutionOfAnInputThatFewerImagesHave(size: [Int]) {
        let (side, c) = (size[0], size[1])
        let inputs = [
            random([1, side, side, c], 1), random([3, side, side, c], 2), random([3, 3, c, c], 3),
            random([3, 3, c, c], 4), random([c], 5),
        ]
        func y(_ v: [Variable], at first: [Int]) -> Variable {
            convolution([v[0], v[1]], at: first, weights: [v[2], v[3]], bias: v[4])
        }
        #expect(GradientCheck.error(inputs) { y($0, at: [1, 0]) } < tolerance)
        let tape = Tape(recording: false)
        let v = inputs.map(tape.constant)
        #expect(
            y(v, at: [1, 0]).value.entries(1..<2)
                == y([v[0], v[1].images(1..<2)] + v[2...], at: [0, 0]).value)
    }

    @Test func partsOfABatch() {
        let inputs = [random([3, 2, 2, 2], 1), random([1, 2, 2, 2], 2)]
        #expect(
            GradientCheck.error(inputs) {
                let both = Variable.concatenated($0[0].images(1..<3), $0[1])
                return .combination(2, both, 3, $0[1].placed(at: 1, of: 3))
            } < tolerance)
        let tape = Tape(recording: false)
        let x = tape.constant(Tensor([2, 1], [1, 2]))
        #expect(x.placed(at: 1, of: 4).value == Tensor([4, 1], [0, 1, 2, 0]))
        #expect(Variable.concatenated(x.images(1..<2), x).value == Tensor([3, 1], [2, 1, 2]))
    }

    @Test func pointwise() {
        #expect(
            GradientCheck.error([random([2, 3, 4, 5], 1), random([5, 2], 2), random([2], 3)]) {
                pointwiseConvolution($0[0], weight: $0[1], bias: $0[2])
            } < tolerance)
    }

    @Test func transposed() {
        #expect(
            GradientCheck.error([random([2, 3, 5, 4], 1), random([4, 2, 2, 3], 2), random([3], 3)]) {
                transposedConvolution($0[0], weight: $0[1], bias: $0[2])
            } < tolerance)
    }

    @Test func pooling() {
        // Distinct values, further apart than the step, so that no maximum changes hands.
        let values: [Float] = (0..<210).map { (k: Int) -> Float in Float((k * 37) % 211) * 0.1 }
        #expect(GradientCheck.error([Tensor([2, 5, 7, 3], values)]) { maxPooling($0[0]) } < tolerance)
    }

    @Test(arguments: [1, 2, 12, 16, 24])
    func normalisation(channels: Int) {
        let groups = channels % 4 == 0 ? 4 : 1
        let inputs = [random([2, 5, 3, channels], 1), random([channels], 2), random([channels], 3)]
        let error = GradientCheck.error(inputs) { groupNormGELU($0[0], gamma: $0[1], beta: $0[2], groups: groups) }
        #expect(error < tolerance)
    }

    @Test func normalisationOverSeveralPieces() {
        let inputs = [random([2, 40, 37, 3], 1), random([3], 2), random([3], 3)]
        #expect(GradientCheck.error(inputs) { groupNormGELU($0[0], gamma: $0[1], beta: $0[2], groups: 1) } < tolerance)
    }

    @Test(arguments: DistanceKind.allCases)
    func distance(kind: DistanceKind) {
        #expect(
            GradientCheck.error([random([2, 3, 4, 1], 1), random([2, 3, 4, 1], 2)], step: 1e-3) {
                meanDistance($0[0], $0[1], kind)
            } < tolerance)
    }

    @Test func sobel() {
        #expect(GradientCheck.error([random([2, 4, 5, 2], 1)]) { sobelMagnitude($0[0]) } < tolerance)
        #expect(GradientCheck.error([random([1, 1, 3, 1], 2)]) { sobelMagnitude($0[0]) } < tolerance)
    }

    @Test func arithmetic() {
        #expect(
            GradientCheck.error([random([2, 3], 1), random([2, 3], 2)]) {
                Variable.combination(0.3, $0[0], -2, $0[1])
            } < tolerance)
        #expect(
            GradientCheck.error([random([], 1), random([], 2)]) {
                Variable.weightedSum([(2, $0[0]), (-0.5, $0[1]), (1, $0[0])])
            } < tolerance)
    }

    @Test func paddingAndCrop() {
        let image = random([2, 3, 5, 2], 1)
        #expect(GradientCheck.error([image]) { reflectionPadding($0[0], height: 9, width: 6) } < tolerance)
        #expect(GradientCheck.error([image]) { crop($0[0], height: 2, width: 3) } < tolerance)
    }
}

@Suite struct TapeTests {
    @Test func aValueUsedTwiceGetsBothGradients() {
        let tape = Tape()
        let x = tape.leaf(Tensor([2], [3, 5]))
        let y = Variable.combination(2, x, 1, x)
        #expect(tape.gradients(of: y, seed: Tensor([2], [1, 10]))[x]?.values == [3, 30])
    }

    @Test func noPathMeansNoGradient() {
        let tape = Tape()
        let x = tape.leaf(Tensor([1], [3])), unrelated = tape.leaf(Tensor([1], [4]))
        let gradients = tape.gradients(of: Variable.combination(1, x, 1, x))
        #expect(gradients[unrelated] == nil)
        #expect(gradients[x]?.values == [2])
    }

    @Test func aKeptTapePlaysBackTheSame() {
        let tape = Tape()
        let x = tape.leaf(GradientCheck.random([1, 4, 4, 2]))
        let y = sobelMagnitude(x)
        let first = tape.gradients(of: y, keepingTape: true)[x]
        #expect(first != nil && first == tape.gradients(of: y)[x])
    }

    @Test func nothingIsKeptWithoutRecording() {
        let tape = Tape(recording: false)
        #expect(!sobelMagnitude(tape.leaf(GradientCheck.random([1, 4, 4, 1]))).requiresGradient)
    }

    /// A tape that outlives its step keeps that step's weights: two megabytes a step, for a small network.
    @Test func aPlayedTapeIsFreed() {
        let network = C2CNetwork(Architecture(channels: 1, features: [8], latentChannels: 8), seed: 1)
        weak var freed: Tape?
        do {
            let tape = Tape()
            freed = tape
            let x = DomainPair { _ in tape.constant(GradientCheck.random([1, 4, 4, 1])) }
            let loss = meanDistance(network(x, .init(.sourceSkip)).cross.a, x.a, .l2)
            #expect(tape.gradients(of: loss)[network.parameters[0]] != nil)
        }
        #expect(freed == nil)
    }
}
