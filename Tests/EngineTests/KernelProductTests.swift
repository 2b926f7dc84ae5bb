import TestSupport
import Testing

@testable import Engine
@testable import Tensors

@Suite struct RegisterTileTests {
    /// Integers, so that every sum is exact: rows and columns that fill tiles and that stick out of them, sums longer than a
    /// stretch, all three starts. What is not a column of C stays as it was.
    @Test(arguments: [1, 3, 8, 12, 16, 20, 24, 31, 32, 40, 63, 64, 68, 72, 88, 130])
    func productsAreExact(columns: Int) {
        for (rows, inner, segments, groups) in [
            (1, 1, 1, 1), (6, 5, 2, 1), (7, 130, 1, 3), (8, 300, 1, 2), (14, 129, 2, 2), (27, 40, 3, 1),
        ] {
            let total = inner * segments
            let a = integers(groups * rows * total), b = integers(total * columns), row = integers(columns)
            let stride = columns + 3
            let before = integers(groups * rows * stride)
            for start in 0..<3 {
                var c = before
                var expected = before
                for line in 0..<groups * rows {
                    for column in 0..<columns {
                        let sum = (0..<total).reduce(Float(0)) { $0 + a[line * total + $1] * b[$1 * columns + column] }
                        let place = line * stride + column
                        expected[place] = sum + [0, before[place], row[column]][start]
                    }
                }
                let panels = b.withUnsafeBufferPointer {
                    Panels($0.baseAddress!, inner: total, columns: columns, rowStride: columns)
                }
                panels.values.withUnsafeBuffer { values in
                    row.withUnsafeBufferPointer { row in
                        c.withUnsafeMutableBufferPointer { c in
                            a.withUnsafeBufferPointer { a in
                                RegisterTile.multiply(
                                    .init(
                                        pointer: a.baseAddress!, rowStride: total, segmentStride: inner,
                                        groupStride: rows * total),
                                    .init(
                                        pointer: values.baseAddress!, segmentStride: inner * RegisterTile.panelWidth,
                                        panelStride: total * RegisterTile.panelWidth),
                                    .init(
                                        rows: rows, columns: columns, inner: inner, segments: segments, groups: groups),
                                    into: c.baseAddress!, outputStride: stride, outputGroupStride: rows * stride,
                                    from: [.zeros, .output, .row(row.baseAddress!)][start])
                            }
                        }
                    }
                }
                #expect(c == expected, "rows \(rows), inner \(inner), segments \(segments), start \(start)")
            }
        }
    }

    private func integers(_ count: Int) -> [Float] {
        var stream = RandomStream(seed: UInt64(count), purpose: .test)
        return (0..<count).map { _ in Float(Int(stream.next32() % 17) - 8) }
    }
}

@Suite struct TranspositionTests {
    @Test(arguments: [(1, 1), (3, 9), (4, 4), (8, 12), (7, 16), (16, 5), (13, 11)])
    func everyElementIsInItsPlace(rows: Int, columns: Int) {
        let (from, to) = (columns + 2, rows + 5)
        let source = (0..<rows * from).map(Float.init)
        var target = [Float](repeating: -1, count: columns * to)
        var expected = target
        for row in 0..<rows {
            for column in 0..<columns { expected[column * to + row] = source[row * from + column] }
        }
        source.withUnsafeBufferPointer { source in
            target.withUnsafeMutableBufferPointer { target in
                Transposition.copy(
                    rows: rows, columns: columns, from: source.baseAddress!, stride: from, to: target.baseAddress!,
                    stride: to)
            }
        }
        #expect(target == expected)
    }
}

@Suite struct KeptChannelSumsTests {
    /// The gradient of a normalised map brings its sums along, and they are those of its elements.
    @Test(arguments: [[5, 24, 24, 16], [3, 5, 3, 12], [2, 1, 1, 8]])
    func sumsAreThoseOfTheElements(shape: [Int]) throws {
        let channels = shape[3]
        let x = GradientCheck.random(shape, seed: 1), dy = GradientCheck.random(shape, seed: 2)
        let gamma = GradientCheck.random([channels], seed: 3), beta = GradientCheck.random([channels], seed: 4)
        let statistics = GroupNormalizationKernel.forward(x, gamma: gamma, beta: beta, groups: 4, epsilon: 1e-5)
            .statistics
        var dx = GroupNormalizationKernel.backward(
            x, gamma: gamma, beta: beta, groups: 4, statistics: statistics, outputGradient: dy
        ).x
        let kept = try #require(dx.keptChannelSums)
        let copy = Tensor(shape, dx.values)
        #expect(copy.keptChannelSums == nil)
        let exact = Convolution3x3.biasGradient(copy).values
        #expect(zip(kept, exact).allSatisfy { abs($0 - Double($1)) < 1e-6 * max(1, abs($0)) })
        #expect(Convolution3x3.biasGradient(dx).values == kept.map(Float.init))
        // Neither a part nor what has changed since is what was added up.
        #expect(dx.entries(0..<1).keptChannelSums == nil && dx.reshaped([dx.count / 4, 4]).keptChannelSums == nil)
        dx[0, 0, 0, 0] += 100
        #expect(dx.keptChannelSums == nil)
        #expect(abs(Convolution3x3.biasGradient(dx).values[0] - exact[0] - 100) < 1e-4)
    }

    /// One core takes whole samples here, two and three share the pieces of each.
    @Test func normalisationHasTheSameBytesHoweverItIsShared() {
        let before = Parallel.threadCount
        defer { Parallel.threadCount = before }
        let shape = [4, 64, 64, 12]
        let x = GradientCheck.random(shape, seed: 1), dy = GradientCheck.random(shape, seed: 2)
        let gamma = GradientCheck.random([12], seed: 3), beta = GradientCheck.random([12], seed: 4)
        let results = [1, 2, 3].map { threads in
            Parallel.threadCount = threads
            let (y, statistics) = GroupNormalizationKernel.forward(
                x, gamma: gamma, beta: beta, groups: 4, epsilon: 1e-5)
            let gradients = GroupNormalizationKernel.backward(
                x, gamma: gamma, beta: beta, groups: 4, statistics: statistics, outputGradient: dy)
            return [y, gradients.x, gradients.gamma, gradients.beta, Convolution3x3.biasGradient(gradients.x)]
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }
}
