import Tensors

/// The cross-domain path without a target image, for images whose activations together would not fit into memory.
///
/// Group normalisation needs sums over the whole image, so an image cannot simply be cut into tiles: each would get statistics
/// of its own. Here every convolution is one pass over the image in strips of rows. A pass keeps the convolution's result and
/// adds up its sums; the next pass reads that result normalised, pooled or upsampled as the case may be, a strip and its
/// neighbouring rows at a time, while they are in cache, and frees what it has read. So memory holds about one feature
/// map, the largest, and the output is that of `crossOutput` up to rounding.
extension C2CNetwork {
    /// Few enough rows that strips of several megapixels stay in cache, and enough that the neighbouring rows which each
    /// convolution computes in vain cost little. 32 to 128 rows take about the same time; memory is least with 64.
    public static let defaultStripRows = 64

    /// f = D_domain(z, K) of one image.
    ///
    /// - Parameters:
    ///   - image: `[H, W, channels]`, any H and W: padded by reflection and cropped as in `crossOutput`.
    ///   - stripRows: how many rows of a level's feature maps a strip has, rounded up to a multiple of 4.
    ///   - progress: called after each strip with how many are done and how many there are.
    /// - Returns: `[H, W, channels]`, the same for any number of threads, and up to rounding for any `stripRows`.
    /// - Precondition: the strategy does not read the target.
    public func denoise(
        _ image: Tensor, to domain: Domain, _ wiring: Wiring, stripRows: Int = defaultStripRows,
        progress: @escaping (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) -> Tensor {
        precondition(!wiring.strategy.readsTarget, "C2CNetwork.denoise: \(wiring.strategy) reads a target")
        let tape = Tape(recording: false)
        let x = padded(tape.constant(image.reshaped([1] + image.shape))).value
        let passes = StripwiseInference(stripRows: stripRows, height: x.shape[1], architecture, progress: progress)
        let encoded = passes.encode(x, encoder, keepsSkips: wiring.strategy == .sourceSkip)
        let f = passes.decode(encoded.latent, skips: encoded.skips, decoders[domain])
        return crop(tape.constant(f), height: image.shape[0], width: image.shape[1]).value.reshaped(image.shape)
    }
}

/// A feature map whose rows are made when they are asked for.
private struct MapRows {
    let height: Int
    /// A range of rows as `[1, rows, W, C]`.
    let read: (Range<Int>) -> Tensor
    /// Promises that rows before this one are not read again.
    let discard: (Int) -> Void

    /// The same rows for a reader that is not the last one.
    var kept: MapRows { MapRows(height: height, read: read, discard: { _ in }) }
}

/// The passes over one image.
private final class StripwiseInference {
    /// Rows that a convolution reads beyond those that count. One above and one below would do; two below, so that upsampling
    /// meets whole pairs of rows; four above, so that Winograd's 4×4 tiles lie as they do in the whole image and every
    /// result has the same bits as there.
    private static let above = 4, below = 2
    private let tape = Tape(recording: false)
    private let stripRows: Int
    private let total: Int
    private var done = 0
    private let progress: (Int, Int) -> Void

    init(stripRows: Int, height: Int, _ architecture: Architecture, progress: @escaping (Int, Int) -> Void) {
        let rows = max(4, (min(stripRows, height) + 3) / 4 * 4)
        self.stripRows = rows
        self.progress = progress
        // Two passes for each double convolution, on the way down and on the way up, and one for the head.
        let levels = architecture.features.count
        total = (0...levels).reduce((height + rows - 1) / rows) { sum, level in
            sum + (level < levels ? 4 : 2) * (((height >> level) + rows - 1) / rows)
        }
    }

    /// - Parameter x: `[1, H, W, channels]`, H and W multiples of 2^levels.
    func encode(_ x: Tensor, _ encoder: SharedEncoder, keepsSkips: Bool) -> (latent: MapRows, skips: [MapRows]?) {
        let image = StripedMap()
        image.append(x, rows: 0..<x.shape[1], firstRow: 0)
        var rows = MapRows(height: x.shape[1], read: image.rows, discard: { _ in })
        var skips: [MapRows] = []
        for (index, level) in encoder.levels.enumerated() {
            let first = normalized(level.conv1, level.norm1, [rows])
            let second = normalized(level.conv2, level.norm2, [first.rows])
            if keepsSkips && index == 0 {
                // The largest map by far, and the cheapest to make again, now that its statistics are known.
                let again = renormalized(level.conv1, level.norm1, first.statistics, rows)
                skips.append(renormalized(level.conv2, level.norm2, second.statistics, again))
            } else if keepsSkips {
                skips.append(second.rows)
            }
            rows = pooled(keepsSkips && index > 0 ? second.rows.kept : second.rows)
        }
        return (normalized(encoder.bottleneck, [rows]), keepsSkips ? skips : nil)
    }

    /// - Returns: `[1, H, W, channels]`.
    func decode(_ latent: MapRows, skips: [MapRows]?, _ decoder: DomainDecoder) -> Tensor {
        var rows = latent
        for (index, level) in decoder.levels.enumerated() {
            let skip = skips.map { $0[$0.count - 1 - index] }
            let up = upsampled(rows, level.up)
            switch level.merge {
            case .concat: rows = normalized(level.block, [skip, up])
            case .add: rows = normalized(level.block, [skip.map { sum($0, up) } ?? up])
            }
        }
        let output = StripedMap()
        forEachStrip(of: [rows]) { strip, _ in
            output.append(
                decoder.head(tape.constant(rows.read(strip))).value, rows: strip, firstRow: strip.lowerBound)
        }
        return output.rows(0..<rows.height)
    }

    private func normalized(_ block: DoubleConvolution, _ inputs: [MapRows?]) -> MapRows {
        normalized(block.conv2, block.norm2, [normalized(block.conv1, block.norm1, inputs).rows]).rows
    }

    /// One pass: a convolution of the whole map, kept in strips until its normalised rows have been read.
    private func normalized(_ convolution: Convolution, _ norm: NormalizedActivation, _ inputs: [MapRows?]) -> (
        rows: MapRows, statistics: GroupNormalizationKernel.Statistics
    ) {
        let map = StripedMap()
        var sums: [Double] = []
        var pixels = 0
        let present = inputs.compactMap(\.self)
        forEachStrip(of: present) { strip, wide in
            let result = convolution(inputs.map { $0.map { tape.constant($0.read(wide)) } }).value
            map.append(result, rows: strip, firstRow: wide.lowerBound)
            let added = map.sumsOfLast()
            sums = sums.isEmpty ? added : zip(sums, added).map { $0 + $1 }
            pixels += strip.count * result.shape[2]
        }
        let statistics = GroupNormalizationKernel.Statistics(sums: sums, pixels: pixels, groups: norm.groups)
        let rows = MapRows(
            height: present[0].height,
            read: { map.rows($0, gamma: norm.gamma.value, beta: norm.beta.value, statistics) },
            discard: map.discard(before:))
        return (rows, statistics)
    }

    /// The rows that `normalized` gave, from the convolution's input once more.
    private func renormalized(
        _ convolution: Convolution, _ norm: NormalizedActivation,
        _ statistics: GroupNormalizationKernel.Statistics, _ input: MapRows
    ) -> MapRows {
        MapRows(
            height: input.height,
            read: { [tape] rows in
                let wide = Self.widened(rows, height: input.height)
                let map = StripedMap()
                map.append(
                    convolution([tape.constant(input.read(wide))]).value, rows: rows, firstRow: wide.lowerBound)
                return map.rows(rows, gamma: norm.gamma.value, beta: norm.beta.value, statistics)
            },
            discard: { _ in })
    }

    private func pooled(_ x: MapRows) -> MapRows {
        MapRows(
            height: x.height / 2,
            read: { [tape] rows in
                maxPooling(tape.constant(x.read(2 * rows.lowerBound..<2 * rows.upperBound))).value
            },
            discard: { x.discard(2 * $0) })
    }

    /// - Precondition of `read`: an even range.
    private func upsampled(_ x: MapRows, _ up: TransposedConvolution) -> MapRows {
        MapRows(
            height: 2 * x.height,
            read: { [tape] rows in up(tape.constant(x.read(rows.lowerBound / 2..<rows.upperBound / 2))).value },
            discard: { x.discard($0 / 2) })
    }

    private func sum(_ x: MapRows, _ y: MapRows) -> MapRows {
        MapRows(
            height: x.height,
            read: { [tape] rows in
                Variable.combination(1, tape.constant(x.read(rows)), 1, tape.constant(y.read(rows))).value
            },
            discard: {
                x.discard($0)
                y.discard($0)
            })
    }

    /// Runs `body` for the strips of a map from the top down, with each strip's rows and the rows that it reads, and frees what
    /// no later strip reads.
    private func forEachStrip(of inputs: [MapRows], _ body: (Range<Int>, Range<Int>) -> Void) {
        let height = inputs[0].height
        for start in stride(from: 0, to: height, by: stripRows) {
            let strip = start..<min(start + stripRows, height)
            body(strip, Self.widened(strip, height: height))
            let next = strip.upperBound == height ? height : strip.upperBound - Self.above
            for input in inputs { input.discard(next) }
            done += 1
            progress(done, total)
        }
    }

    private static func widened(_ rows: Range<Int>, height: Int) -> Range<Int> {
        max(0, rows.lowerBound - above)..<min(height, rows.upperBound + below)
    }
}
