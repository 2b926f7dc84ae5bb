import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Tensors

@Suite struct VectorMathTests {
    @Test func erfAndExpAgainstTheCLibrary() {
        var erfError = 0.0, expError = 0.0
        for k in 0..<4000 {
            var lanes = Lanes()
            for i in 0..<16 { lanes[i] = Float(k * 16 + i - 32000) / 5000 }
            let e = VectorMath.erf(lanes), x = VectorMath.exp(lanes * 10)
            for i in 0..<16 {
                erfError = max(erfError, abs(Double(e[i]) - Foundation.erf(Double(lanes[i]))))
                let exact = Foundation.exp(Double(lanes[i] * 10))
                expError = max(expError, abs(Double(x[i]) - exact) / exact)
            }
        }
        #expect(erfError < 5e-7)
        #expect(expError < 2.4e-7)
        #expect(VectorMath.exp(Lanes(repeating: -200)) == Lanes(repeating: 0))
    }
}

@Suite struct PoolingTests {
    @Test func handWorked() {
        let x = Tensor([1, 3, 4, 1], [1, 5, 2, 2, 3, 4, 2, 1, 9, 9, 9, 9])
        let y = MaxPoolingKernel.forward(x)
        #expect(y.shape == [1, 1, 2, 1] && y.values == [5, 2])
        // Ties go to the first in row order; the odd row gets nothing.
        let dx = MaxPoolingKernel.backward(x, y: y, outputGradient: Tensor([1, 1, 2, 1], [10, 20]))
        #expect(dx.values == [0, 10, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func notANumberComesThrough() {
        for position in 0..<4 {
            var values: [Float] = [1, 2, 3, 4]
            values[position] = .nan
            #expect(MaxPoolingKernel.forward(Tensor([1, 2, 2, 1], values)).values[0].isNaN)
        }
    }
}

@Suite struct GroupNormalizationTests {
    /// The definition in Float64.
    static func reference(_ x: Tensor, gamma: [Float], beta: [Float], groups: Int) -> [Double] {
        let (n, pixels, c) = (x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
        let width = c / groups
        var y = [Double](repeating: 0, count: x.count)
        let values = x.values.map(Double.init)
        for s in 0..<n {
            for g in 0..<groups {
                let positions = (0..<pixels).flatMap { p in
                    (g * width..<(g + 1) * width).map { (s * pixels + p) * c + $0 }
                }
                let mean = positions.reduce(0) { $0 + values[$1] } / Double(positions.count)
                let variance =
                    positions.reduce(0) { $0 + (values[$1] - mean) * (values[$1] - mean) } / Double(positions.count)
                for p in positions {
                    let normalised = (values[p] - mean) / (variance + 1e-5).squareRoot()
                    let u = normalised * Double(gamma[p % c]) + Double(beta[p % c])
                    y[p] = u * 0.5 * (1 + erf(u / 2.0.squareRoot()))
                }
            }
        }
        return y
    }

    @Test(arguments: [(1, 1), (8, 8), (12, 4), (16, 8), (20, 4), (24, 8), (48, 8)])
    func againstTheDefinition(channels: Int, groups: Int) {
        let x = GradientCheck.random([2, 33, 31, channels], seed: 3)
        let gamma = GradientCheck.random([channels], seed: 4), beta = GradientCheck.random([channels], seed: 5)
        let y = GroupNormalizationKernel.forward(x, gamma: gamma, beta: beta, groups: groups, epsilon: 1e-5).y
        let exact = Self.reference(x, gamma: gamma.values, beta: beta.values, groups: groups)
        let worst = zip(y.values, exact).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(worst < 5e-6)
    }

    /// The variance is a difference of two numbers a hundred times as large, so sums of whole images in Float32 would show.
    @Test func channelsFarFromZero() {
        let channels = 8
        let noise = GradientCheck.random([1, 64, 64, channels], seed: 3)
        let x = Tensor(noise.shape, noise.values.map { $0 + 10 })
        let (one, zero) = ([Float](repeating: 1, count: channels), [Float](repeating: 0, count: channels))
        let y = GroupNormalizationKernel.forward(
            x, gamma: Tensor([channels], one), beta: Tensor([channels], zero), groups: channels, epsilon: 1e-5
        ).y
        let exact = Self.reference(x, gamma: one, beta: zero, groups: channels)
        let worst = zip(y.values, exact).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(worst < 1e-5)
    }
}

@Suite struct TransposedConvolutionTests {
    @Test func handWorked() {
        // One pixel of two channels, three outputs: y[r, s, o] = x0·w[0, r, s, o] + x1·w[1, r, s, o] + b[o].
        let weight = Tensor([2, 2, 2, 3], (0..<24).map(Float.init))
        let y = TransposedConvolutionKernel.forward(
            Tensor([1, 1, 1, 2], [1, 10]), weight: weight, bias: Tensor([3], [100, 200, 300]))
        #expect(y.shape == [1, 2, 2, 3])
        let expected = (0..<12).map { (k: Int) -> Float in Float(k + 10 * (k + 12) + 100 * (k % 3 + 1)) }
        #expect(y.values == expected)
    }
}

@Suite struct PointwiseConvolutionTests {
    /// More pixels than a piece has and more outputs than a panel, exact in whole numbers.
    @Test(arguments: [(3, 70), (5, 1)]) func byItsDefinition(inputs: Int, outputs: Int) {
        let pixels = 13 * 41
        func whole(_ shape: [Int]) -> Tensor { Tensor(shape, (0..<shape.reduce(1, *)).map { Float($0 * 7 % 11 - 5) }) }
        let (x, weight, bias) = (whole([1, 13, 41, inputs]), whole([inputs, outputs]), whole([outputs]))
        let (xs, w, b) = (x.values, weight.values, bias.values)
        let y = PointwiseConvolutionKernel.forward(x, weight: weight, bias: bias)
        #expect(y.shape == [1, 13, 41, outputs])
        let expected = (0..<pixels * outputs).map { k in
            (0..<inputs).reduce(b[k % outputs]) { $0 + xs[k / outputs * inputs + $1] * w[$1 * outputs + k % outputs] }
        }
        #expect(y.values == expected)
        let dx = PointwiseConvolutionKernel.inputGradient(y, weight: weight)
        #expect(dx.shape == x.shape)
        let gradient = (0..<pixels * inputs).map { k in
            (0..<outputs).reduce(0) { $0 + expected[k / inputs * outputs + $1] * w[k % inputs * outputs + $1] }
        }
        #expect(dx.values == gradient)
    }
}

@Suite struct ThreadCountTests {
    /// The same bytes at 1, 2 and 3 threads.
    @Test func sameBytes() {
        let before = Parallel.threadCount
        defer { Parallel.threadCount = before }
        let network = C2CNetwork(Architecture(channels: 1, features: [16, 8], latentChannels: 16), seed: 5)
        let images = DomainPair { GradientCheck.random([3, 24, 20, 1], seed: UInt64(10 + $0.index)) }
        let results = [1, 2, 3].map { threads in
            Parallel.threadCount = threads
            let tape = Tape()
            let x = images.map(tape.leaf)
            let losses = Objective(weights: .init(content: 1, recon: 0.2, cross: 1, edge: 0.05), distance: .l1)(
                network(x, .init(.sourceSkip)), x)
            let gradients = tape.gradients(of: losses.total)
            let ofImage = gradients[x.a]?.values ?? []
            return network.parameters.map { gradients[$0]?.values ?? [] } + [ofImage, [losses.total.value.scalar]]
        }
        #expect(results[0].allSatisfy { !$0.isEmpty })
        #expect(results[0] == results[1] && results[0] == results[2])
    }
}
