/// Group normalisation followed by GELU, in one pass over memory each way.
///
/// For sample n and group g over (H, W, C/G): x̂ = (x - mean)·r with r = 1/√(variance + ε), u = γ_c·x̂ + β_c, y = GELU(u)
/// (Wu and He 2018; variance without Bessel's correction).
enum GroupNormalizationKernel {
    /// Per sample and channel: what turns x into x̂ (`scale`, `shift`), constant within a group.
    struct Statistics {
        var scale: [[Float]] = []
        var shift: [[Float]] = []

        /// - Parameters:
        ///   - sums: per sample, Σ x of each channel and then Σ x².
        ///   - pixels: how many pixels of each sample were added up.
        init(sums: [[Double]], pixels: Int, groups: Int, epsilon: Float = GroupNormalizationKernel.epsilon) {
            for sum in sums {
                let channels = sum.count / 2, width = channels / groups
                let size = Double(pixels * width)
                var scale = [Float](), shift = [Float]()
                for first in stride(from: 0, to: channels, by: width) {
                    let mean = (first..<first + width).reduce(0) { $0 + sum[$1] } / size
                    let square = (first..<first + width).reduce(0) { $0 + sum[channels + $1] } / size
                    let r = 1 / (max(0, square - mean * mean) + Double(epsilon)).squareRoot()
                    scale += repeatElement(Float(r), count: width)
                    shift += repeatElement(Float(-mean * r), count: width)
                }
                self.scale.append(scale)
                self.shift.append(shift)
            }
        }
    }

    /// ε, PyTorch's default.
    static let epsilon: Float = 1e-5

    /// Pixels per piece; a multiple of 16, so that every piece starts at a tile boundary.
    private static let piece = 512

    static func forward(_ x: Tensor, gamma: Tensor, beta: Tensor, groups: Int, epsilon: Float) -> (
        y: Tensor, statistics: Statistics
    ) {
        let shape = Shape(x, groups)
        let statistics = Statistics(
            sums: sums(x, shape), pixels: shape.pixels, groups: groups, epsilon: epsilon)
        let y = Tensor(x.shape) { y in
            guard let y = y.baseAddress else { return }
            normalize(x, shape, gamma: gamma, beta: beta, statistics, into: y)
        }
        return (y, statistics)
    }

    /// Σ x, then Σ x², of each channel over a range of the pixels of `[1, H, W, C]`: for statistics of an image of which only
    /// a strip is at hand.
    static func sums(_ x: Tensor, pixels: Range<Int>) -> [Double] { sums(x, Shape(x, pixels: pixels))[0] }

    /// The forward pass of a range of the pixels of `[1, H, W, C]` with statistics of more than these.
    static func normalize(
        _ x: Tensor, pixels: Range<Int>, gamma: Tensor, beta: Tensor, _ statistics: Statistics,
        into y: UnsafeMutablePointer<Float>
    ) {
        normalize(x, Shape(x, pixels: pixels), gamma: gamma, beta: beta, statistics, into: y)
    }

    private static func normalize(
        _ x: Tensor, _ shape: Shape, gamma: Tensor, beta: Tensor, _ statistics: Statistics,
        into y: UnsafeMutablePointer<Float>
    ) {
        let gamma = gamma.values, beta = beta.values
        x.withUnsafeBuffer { x in
            guard let x = x.baseAddress else { return }
            forEachPiece(shape) { n, _, start, count in
                let r = statistics.scale[n], m = statistics.shift[n]
                let scale = ChannelTile(zip(gamma, r).map { $0 * $1 })
                let shift = ChannelTile(gamma.indices.map { gamma[$0] * m[$0] + beta[$0] })
                let target = start - shape.first * shape.channels
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
        _ x: Tensor, gamma: Tensor, beta: Tensor, groups: Int, statistics: Statistics, outputGradient: Tensor
    ) -> (x: Tensor, gamma: Tensor, beta: Tensor) {
        let shape = Shape(x, groups)
        let gamma = gamma.values, beta = beta.values
        let pieces = shape.pieces
        var sums = [[Double]](repeating: [], count: shape.samples * pieces)
        let dx = Tensor(x.shape) { dx in
            x.withUnsafeBuffer { x in
                outputGradient.withUnsafeBuffer { dy in
                    guard let x = x.baseAddress, let dx = dx.baseAddress, let dy = dy.baseAddress else { return }
                    sums.withUnsafeMutableBufferPointer { sums in
                        forEachPiece(shape) { n, index, start, count in
                            let r = ChannelTile(statistics.scale[n]), m = ChannelTile(statistics.shift[n])
                            let g = ChannelTile(gamma), b = ChannelTile(beta)
                            var sum = ChannelSums(channels: shape.channels)
                            forEachLane(count, tileBlocks: r.lanes.count) { tile, offset, valid in
                                let xHat = m.lanes[tile].adding(x.lanes(start + offset, valid), times: r.lanes[tile])
                                let u = b.lanes[tile].adding(xHat, times: g.lanes[tile])
                                let d = dy.lanes(start + offset, valid) * VectorMath.geluDerivative(u)
                                dx.store(d, start + offset, valid)
                                sum.add(d, d * xHat, tile)
                            }
                            sums[n * pieces + index] = sum.totals()
                        }
                    }
                    let reduced = (0..<shape.samples).map { n in addUp(sums[n * pieces..<(n + 1) * pieces]) }
                    forEachPiece(shape) { n, _, start, count in
                        let r = statistics.scale[n], m = statistics.shift[n]
                        var kx = [Float](repeating: 0, count: shape.channels), k0 = kx
                        for group in 0..<groups {
                            let range = group * shape.width..<(group + 1) * shape.width
                            let size = Double(shape.pixels * shape.width)
                            let meanD = range.reduce(0) { $0 + Double(gamma[$1]) * reduced[n][$1] } / size
                            let meanDX =
                                range.reduce(0) { $0 + Double(gamma[$1]) * reduced[n][shape.channels + $1] } / size
                            for c in range {
                                kx[c] = Float(-Double(r[c]) * Double(r[c]) * meanDX)
                                k0[c] = Float(-Double(r[c]) * (meanD + Double(m[c]) * meanDX))
                            }
                        }
                        let tileD = ChannelTile(zip(gamma, r).map { $0 * $1 })
                        let tileX = ChannelTile(kx), tile0 = ChannelTile(k0)
                        forEachLane(count, tileBlocks: tileD.lanes.count) { tile, offset, valid in
                            let at = start + offset
                            var value = tile0.lanes[tile].adding(x.lanes(at, valid), times: tileX.lanes[tile])
                            value = value.adding(dx.lanes(at, valid), times: tileD.lanes[tile])
                            dx.store(value, at, valid)
                        }
                    }
                }
            }
        }
        let total = addUp((0..<shape.samples).map { n in addUp(sums[n * pieces..<(n + 1) * pieces]) }[...])
        let c = shape.channels
        return (dx, Tensor([c], total[c...].map(Float.init)), Tensor([c], total[..<c].map(Float.init)))
    }

    /// Pixels whose sums are Float32, for the statistics: with more of them the variance of channels far from 0 made most of
    /// the network's rounding error. A multiple of 16 like `piece`.
    private static let run = 32

    /// `totals` of each sample: Float32 within a run, Float64 over the runs and pieces in their order.
    private static func sums(_ x: Tensor, _ shape: Shape) -> [[Double]] {
        var sums = [[Double]](repeating: [], count: shape.samples * shape.pieces)
        x.withUnsafeBuffer { x in
            guard let x = x.baseAddress else { return }
            sums.withUnsafeMutableBufferPointer { sums in
                let blocks = ChannelTile.length(shape.channels) / 16
                forEachPiece(shape) { n, index, start, count in
                    var sum = ChannelSums(channels: shape.channels)
                    let length = run * shape.channels
                    for first in stride(from: 0, to: count, by: length) {
                        forEachLane(min(length, count - first), tileBlocks: blocks) { tile, offset, valid in
                            let value = x.lanes(start + first + offset, valid)
                            sum.add(value, value * value, tile)
                        }
                        sum.flush()
                    }
                    sums[n * shape.pieces + index] = sum.totals()
                }
            }
        }
        return (0..<shape.samples).map { n in addUp(sums[n * shape.pieces..<(n + 1) * shape.pieces]) }
    }

    /// The pixels that are worked on: of all samples, or a range of the only one.
    private struct Shape {
        let samples: Int, pixels: Int, channels: Int, groups: Int
        /// The first of the pixels.
        let first: Int
        var width: Int { channels / groups }
        var pieces: Int { (pixels + piece - 1) / piece }

        init(_ x: Tensor, _ groups: Int) {
            precondition(
                x.shape.count == 4 && x.shape[3] % groups == 0, "groupNorm: \(groups) groups do not divide \(x.shape)")
            samples = x.shape[0]
            pixels = x.shape[1] * x.shape[2]
            channels = x.shape[3]
            self.groups = groups
            first = 0
        }

        init(_ x: Tensor, pixels range: Range<Int>) {
            precondition(
                x.shape.count == 4 && x.shape[0] == 1 && range.upperBound <= x.shape[1] * x.shape[2],
                "groupNorm: pixels \(range) of \(x.shape)")
            samples = 1
            pixels = range.count
            channels = x.shape[3]
            groups = 1
            first = range.lowerBound
        }
    }

    /// Runs `body(sample, piece, first element, element count)` over all pieces.
    private static func forEachPiece(_ shape: Shape, _ body: (Int, Int, Int, Int) -> Void) {
        Parallel.forEach(shape.samples * shape.pieces) { index in
            let (n, p) = index.quotientAndRemainder(dividingBy: shape.pieces)
            let pixels = min(piece, shape.pixels - p * piece)
            body(n, p, (shape.first + n * shape.pixels + p * piece) * shape.channels, pixels * shape.channels)
        }
    }

    private static func addUp(_ parts: ArraySlice<[Double]>) -> [Double] {
        parts.dropFirst().reduce(into: parts.first ?? []) { total, part in
            for i in total.indices { total[i] += part[i] }
        }
    }
}

/// Two sums per channel over a piece of channels-last memory: Float32 lanes until `flush`, Float64 beyond it.
struct ChannelSums {
    private let channels: Int
    private var first: [Lanes]
    private var second: [Lanes]
    private var flushed: [(first: SIMD16<Double>, second: SIMD16<Double>)]

    init(channels: Int) {
        self.channels = channels
        first = Array(repeating: Lanes(), count: ChannelTile.length(channels) / 16)
        second = first
        flushed = Array(repeating: (SIMD16(), SIMD16()), count: first.count)
    }

    @inline(__always)
    mutating func add(_ a: Lanes, _ b: Lanes, _ tile: Int) {
        first[tile] += a
        second[tile] += b
    }

    mutating func flush() {
        for tile in first.indices {
            flushed[tile].first += SIMD16<Double>(first[tile])
            flushed[tile].second += SIMD16<Double>(second[tile])
            first[tile] = Lanes()
            second[tile] = Lanes()
        }
    }

    /// The first sums of all channels, then the second.
    func totals() -> [Double] {
        var sums = self
        sums.flush()
        var result = [Double](repeating: 0, count: 2 * channels)
        for (tile, lanes) in sums.flushed.enumerated() {
            for i in 0..<16 {
                let channel = (tile * 16 + i) % channels
                result[channel] += lanes.first[i]
                result[channels + channel] += lanes.second[i]
            }
        }
        return result
    }
}
