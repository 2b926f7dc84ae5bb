import Testing

@testable import Engine
@testable import Tensors

/// `C2CNetwork.denoise` against the path that holds the whole image.
@Suite(.serialized) struct StripwiseInferenceTests {
    /// A seeded image with a bright half, so that parts of it have other statistics than the whole.
    private func image(_ height: Int, _ width: Int, channels: Int = 1) -> Tensor {
        var stream = RandomStream(seed: 3, purpose: .test)
        return Tensor(
            [height, width, channels],
            (0..<height * width * channels).map { index in
                Float(stream.gaussian()) + (index / channels / width > height / 2 ? 2 : 0)
            })
    }

    private func whole(_ network: C2CNetwork, _ x: Tensor, _ wiring: C2CNetwork.Wiring) -> Tensor {
        let x = Tape(recording: false).constant(x.reshaped([1] + x.shape))
        let output = network.crossOutput(DomainPair(a: x, b: x), to: .a, wiring).value
        return output.reshaped(Array(output.shape.dropFirst()))
    }

    private func distance(_ x: Tensor, _ y: Tensor) -> Float {
        #expect(x.shape == y.shape)
        return zip(x.values, y.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }

    /// Every wiring and merge; sizes that 2^levels does not divide, down to one pixel; strips of fewer rows than the receptive
    /// field, of an odd number, and of more rows than the image.
    @Test(arguments: [SkipStrategy.noSkip, .zeroSkip, .sourceSkip], [Architecture.Merge.concat, .add])
    func equalsTheWholeImage(strategy: SkipStrategy, merge: Architecture.Merge) {
        for (channels, features, latent) in [(1, [24, 16, 8], 24), (2, [8], 12)] {
            let network = C2CNetwork(
                Architecture(channels: channels, features: features, latentChannels: latent, merge: merge), seed: 5)
            for (height, width) in [(1, 1), (3, 50), (37, 53), (64, 40), (101, 23)] {
                let x = image(height, width, channels: channels)
                let expected = whole(network, x, .init(strategy))
                // One pixel padded to a constant image: groups differ by little else than rounding, and are scaled up.
                // Of the largest value where that is above 1: rounding grows with the output.
                let largest = expected.values.reduce(0) { max($0, abs($1)) }
                let tolerance = (x.count == channels ? 1e-4 : 1e-5) * max(1, largest)
                #expect(expected.shape == x.shape && largest > 0.01)
                for rows in [1, 2, 7, 16, 64, Int.max] {
                    let tiled = network.denoise(x, to: .a, .init(strategy), stripRows: rows)
                    #expect(distance(tiled, expected) < tolerance, "\(height)×\(width), \(rows) rows")
                }
            }
        }
    }

    /// Winograd's tiles lie alike and, where 512 pixels fill whole strips, so do the pieces of the statistics: no bit differs.
    @Test(arguments: [SkipStrategy.noSkip, .sourceSkip])
    func sameBytesAsTheWholeImage(strategy: SkipStrategy) {
        let network = C2CNetwork(Architecture(channels: 1, features: [32, 16], latentChannels: 32), seed: 5)
        let x = image(164, 64)
        #expect(network.denoise(x, to: .a, .init(strategy), stripRows: 32) == whole(network, x, .init(strategy)))
    }

    /// What an image cut into tiles would give is far from it: the tolerance above is below the effect.
    @Test func tilesOfTheirOwnStatisticsDiffer() {
        let network = C2CNetwork(Architecture(channels: 1, features: [16, 8], latentChannels: 16), seed: 5)
        let x = image(96, 32)
        let expected = whole(network, x, .init(.noSkip))
        let top = whole(network, Tensor([64, 32, 1], Array(x.values[..<(64 * 32)])), .init(.noSkip))
        let rows = 0..<8 * 32  // far from the cut: beyond the receptive field
        #expect(zip(top.values[rows], expected.values[rows]).contains { abs($0 - $1) > 0.01 })
    }

    @Test func sameBytesForAnyNumberOfThreads() {
        let threads = Parallel.threadCount
        defer { Parallel.threadCount = threads }
        let network = C2CNetwork(Architecture(channels: 1, features: [32, 16], latentChannels: 32), seed: 5)
        let x = image(150, 131)
        let outputs = [1, 2, 5].map { count in
            Parallel.threadCount = count
            return network.denoise(x, to: .b, .init(.sourceSkip), stripRows: 20)
        }
        #expect(outputs[0] == outputs[1] && outputs[0] == outputs[2])
    }

    @Test(arguments: [(1, 1, 4), (40, 16, 16), (41, 30, 1000)])
    func progressCountsEveryStripOnce(height: Int, width: Int, rows: Int) {
        let network = C2CNetwork(Architecture(channels: 1, features: [8, 8], latentChannels: 8), seed: 5)
        var seen: [Int] = []
        var totals: Set<Int> = []
        _ = network.denoise(image(height, width), to: .a, .init(.noSkip), stripRows: rows) { done, total in
            seen.append(done)
            totals.insert(total)
        }
        #expect(totals == [seen.count] && seen == Array(1...seen.count))
    }

    /// Rows are those that were added, wherever they lie in their strips, and are gone when discarded.
    @Test func stripedMap() {
        let map = StripedMap()
        map.append(Tensor([1, 3, 1, 2], [0, 1, 10, 11, -1, -1]), rows: 0..<2, firstRow: 0)
        map.append(Tensor([1, 4, 1, 2], [-1, -1, 20, 21, 30, 31, 40, 41]), rows: 2..<5, firstRow: 1)
        #expect(map.sumsOfLast() == [90, 93, 2900, 3083])
        #expect(map.rows(1..<4) == Tensor([1, 3, 1, 2], [10, 11, 20, 21, 30, 31]))
        map.discard(before: 1)
        #expect(map.rows(0..<1) == Tensor([1, 1, 1, 2], [0, 1]))
        map.discard(before: 2)
        #expect(map.rows(2..<5) == Tensor([1, 3, 1, 2], [20, 21, 30, 31, 40, 41]))
    }
}
