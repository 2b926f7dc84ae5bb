import Tensors

/// Group normalisation followed by GELU, in one pass over memory each way.
///
/// For sample n and group g over (H, W, C/G): x̂ = (x - mean)·r with r = 1/√(variance + ε), u = γ_c·x̂ + β_c, y = GELU(u)
/// (Wu and He 2018; variance without Bessel's correction).
enum GroupNormalizationKernel {
    /// What turns x of one sample into x̂: a factor and a summand for each channel, constant within a group.
    struct Statistics {
        private(set) var scale: [Float] = []
        private(set) var shift: [Float] = []

        /// - Parameters:
        ///   - sums: Σ x of each channel and then Σ x².
        ///   - pixels: how many were added up.
        init(sums: [Double], pixels: Int, groups: Int, epsilon: Float = GroupNormalizationKernel.epsilon) {
            let channels = sums.count / 2, width = channels / groups
            let size = Double(pixels * width)
            for first in stride(from: 0, to: channels, by: width) {
                let mean = (first..<first + width).reduce(0) { $0 + sums[$1] } / size
                let square = (first..<first + width).reduce(0) { $0 + sums[channels + $1] } / size
                let r = 1 / (max(0, square - mean * mean) + Double(epsilon)).squareRoot()
                scale += repeatElement(Float(r), count: width)
                shift += repeatElement(Float(-mean * r), count: width)
            }
        }
    }

    /// ε, PyTorch's default.
    static let epsilon: Float = 1e-5

    static func forward(_ x: Tensor, gamma: Tensor, beta: Tensor, groups: Int, epsilon: Float) -> (
        y: Tensor, statistics: [Statistics]
    ) {
        let pixels = checkedPixels(x, groups)
        var statistics: [Statistics] = []
        let y = Tensor(x.shape) { y in
            guard let y = y.baseAddress else { return }
            statistics = forEachSample(x) { _, pieces in
                let statistics = Statistics(sums: sums(x, pieces), pixels: pixels, groups: groups, epsilon: epsilon)
                normalize(x, pieces, gamma: gamma, beta: beta, statistics, into: y + pieces.start)
                return statistics
            }
        }
        return (y, statistics)
    }

    /// Σ x, then Σ x², of each channel over a range of the pixels of `[1, H, W, C]`: for statistics of an image of which only
    /// a strip is at hand.
    static func sums(_ x: Tensor, pixels: Range<Int>) -> [Double] { sums(x, strip(x, pixels)) }

    /// The forward pass of a range of the pixels of `[1, H, W, C]` with statistics of more than these.
    static func normalize(
        _ x: Tensor, pixels: Range<Int>, gamma: Tensor, beta: Tensor, _ statistics: Statistics,
        into y: UnsafeMutablePointer<Float>
    ) {
        normalize(x, strip(x, pixels), gamma: gamma, beta: beta, statistics, into: y)
    }

    private static func strip(_ x: Tensor, _ pixels: Range<Int>) -> Pieces {
        precondition(
            x.shape[0] == 1 && pixels.upperBound <= checkedPixels(x, 1), "groupNorm: pixels \(pixels) of \(x.shape)")
        return Pieces(pixels: pixels, channels: x.shape[3], inParallel: true)
    }

    /// Pixels of a sample.
    private static func checkedPixels(_ x: Tensor, _ groups: Int) -> Int {
        precondition(
            x.shape.count == 4 && x.shape[3] % groups == 0, "groupNorm: \(groups) groups do not divide \(x.shape)")
        return x.shape[1] * x.shape[2]
    }

    /// - Parameter y: where the first of the pixels goes.
    private static func normalize(
        _ x: Tensor, _ pieces: Pieces, gamma: Tensor, beta: Tensor, _ statistics: Statistics,
        into y: UnsafeMutablePointer<Float>
    ) {
        let gamma = gamma.values, beta = beta.values
        let scale = ChannelTile(zip(gamma, statistics.scale).map { $0 * $1 })
        let shift = ChannelTile(gamma.indices.map { gamma[$0] * statistics.shift[$0] + beta[$0] })
        x.withUnsafeBuffer { x in
            guard let x = x.baseAddress else { return }
            pieces.forEach { start, count in
                let target = start - pieces.start
                forEachLane(count, tileBlocks: scale.lanes.count) { tile, offset, valid in
                    let u = shift.lanes[tile].adding(x.lanes(start + offset, valid), times: scale.lanes[tile])
                    y.store(VectorMath.gelu(u), target + offset, valid)
                }
            }
        }
    }

    /// With d = ∂L/∂y·GELU'(u) and means over the group:
    /// ∂L/∂β = Σ d, ∂L/∂γ = Σ d·x̂, ∂L/∂x = r·(γd - mean(γd) - x̂·mean(γd·x̂)).
    static func backward(
        _ x: Tensor, gamma: Tensor, beta: Tensor, groups: Int, statistics: [Statistics], outputGradient: Tensor
    ) -> (x: Tensor, gamma: Tensor, beta: Tensor) {
        let pixels = checkedPixels(x, groups)
        let channels = x.shape[3], width = channels / groups
        let gamma = gamma.values, beta = beta.values
        var sums: [(d: [Double], dx: [Double])] = []
        let dx = Tensor(x.shape) { dx in
            x.withUnsafeBuffer { input in
                outputGradient.withUnsafeBuffer { dy in
                    guard let input = input.baseAddress, let dx = dx.baseAddress, let dy = dy.baseAddress else {
                        return
                    }
                    sums = forEachSample(x) { sample, pieces in
                        let r = statistics[sample].scale, m = statistics[sample].shift
                        let tileR = ChannelTile(r), tileM = ChannelTile(m)
                        let g = ChannelTile(gamma), b = ChannelTile(beta)
                        let ofD = pieces.sums { start, count, sum in
                            forEachLane(count, tileBlocks: g.lanes.count) { tile, offset, valid in
                                let xHat = tileM.lanes[tile].adding(
                                    input.lanes(start + offset, valid), times: tileR.lanes[tile])
                                let u = b.lanes[tile].adding(xHat, times: g.lanes[tile])
                                let d = dy.lanes(start + offset, valid) * VectorMath.geluDerivative(u)
                                dx.store(d, start + offset, valid)
                                sum.add(d, d * xHat, tile)
                            }
                        }
                        var kx = [Float](repeating: 0, count: channels), k0 = kx
                        for group in 0..<groups {
                            let range = group * width..<(group + 1) * width
                            let size = Double(pixels * width)
                            let meanD = range.reduce(0) { $0 + Double(gamma[$1]) * ofD[$1] } / size
                            let meanDX = range.reduce(0) { $0 + Double(gamma[$1]) * ofD[channels + $1] } / size
                            for c in range {
                                kx[c] = Float(-Double(r[c]) * Double(r[c]) * meanDX)
                                k0[c] = Float(-Double(r[c]) * (meanD + Double(m[c]) * meanDX))
                            }
                        }
                        let tileD = ChannelTile(zip(gamma, r).map { $0 * $1 })
                        let tileX = ChannelTile(kx), tile0 = ChannelTile(k0)
                        let ofDX = pieces.sums { start, count, sum in
                            forEachLane(count, tileBlocks: tileD.lanes.count) { tile, offset, valid in
                                let at = start + offset
                                var value = tile0.lanes[tile].adding(input.lanes(at, valid), times: tileX.lanes[tile])
                                value = value.adding(dx.lanes(at, valid), times: tileD.lanes[tile])
                                dx.store(value, at, valid)
                                // Lanes that do not exist hold something now.
                                sum.add(valid == 16 ? value : dx.lanes(at, valid), tile)
                            }
                        }
                        return (ofD, ofDX)
                    }
                }
            }
        }
        dx.keepChannelSums(addUp(sums.map { Array($0.dx[..<channels]) }))
        let total = addUp(sums.map(\.d)).map(Float.init)
        return (dx, Tensor([channels], Array(total[channels...])), Tensor([channels], Array(total[..<channels])))
    }

    private static func sums(_ x: Tensor, _ pieces: Pieces) -> [Double] {
        x.withUnsafeBuffer { x in
            guard let x = x.baseAddress else { return [] }
            let blocks = ChannelTile.length(pieces.channels) / 16
            return pieces.sums { start, count, sum in
                forEachLane(count, tileBlocks: blocks) { tile, offset, valid in
                    let value = x.lanes(start + offset, valid)
                    sum.add(value, value * value, tile)
                }
            }
        }
    }

    /// Runs `body` for each sample of `[N, H, W, C]`; its results by sample. A sample is small enough to be still in cache when
    /// `body` goes through it a second time, so cores share out samples, not pieces of each, where there are enough.
    private static func forEachSample<T>(_ x: Tensor, _ body: (Int, Pieces) -> T) -> [T] {
        let (samples, pixels) = (x.shape[0], x.shape[1] * x.shape[2])
        let bySample = samples >= 4 * Parallel.threadCount || pixels < 2 * Parallel.threadCount * Pieces.length
        func result(_ n: Int) -> T {
            body(n, Pieces(pixels: n * pixels..<(n + 1) * pixels, channels: x.shape[3], inParallel: !bySample))
        }
        guard bySample else { return (0..<samples).map(result) }
        var results = [T?](repeating: nil, count: samples)
        results.withUnsafeMutableBufferPointer { results in
            Parallel.forEach(samples) { results[$0] = result($0) }
        }
        return results.compactMap(\.self)
    }

    private static func addUp(_ parts: [[Double]]) -> [Double] {
        parts.dropFirst().reduce(into: parts.first ?? []) { total, part in
            for i in total.indices { total[i] += part[i] }
        }
    }

    /// Consecutive pixels of one sample, in pieces that start at tile boundaries.
    private struct Pieces {
        /// Pixels in a piece.
        static let length = 512
        /// Pixels whose sums are Float32: with more of them the variance of channels far from 0 made most of the network's
        /// rounding error. A multiple of 16 like `length`.
        private static let run = 32

        let pixels: Range<Int>
        let channels: Int
        let inParallel: Bool

        /// First element.
        var start: Int { pixels.lowerBound * channels }

        /// Runs `body(piece, pixels)`.
        private func forEachPiece(_ body: (Int, Range<Int>) -> Void) {
            func run(_ piece: Int) {
                let first = pixels.lowerBound + piece * Self.length
                body(piece, first..<min(first + Self.length, pixels.upperBound))
            }
            if inParallel { Parallel.forEach(count, run) } else { for piece in 0..<count { run(piece) } }
        }

        private var count: Int { (pixels.count + Self.length - 1) / Self.length }

        /// Runs `body(first element, element count)` for each piece.
        func forEach(_ body: (Int, Int) -> Void) {
            forEachPiece { body($1.lowerBound * channels, $1.count * channels) }
        }

        /// `totals` of what `body(first element, element count, &sums)` adds up: Float32 within a run, Float64 over the runs and
        /// pieces in their order.
        func sums(_ body: (Int, Int, inout ChannelSums) -> Void) -> [Double] {
            var parts = [[Double]](repeating: [], count: count)
            parts.withUnsafeMutableBufferPointer { parts in
                forEachPiece { piece, pixels in
                    var sum = ChannelSums(channels: channels)
                    for first in stride(from: pixels.lowerBound, to: pixels.upperBound, by: Self.run) {
                        body(first * channels, min(Self.run, pixels.upperBound - first) * channels, &sum)
                        sum.flush()
                    }
                    parts[piece] = sum.totals()
                }
            }
            return addUp(parts)
        }
    }
}
