import Tensors

/// The 3×3 convolution by Winograd's F(4×4, 3×3), for at least 8 channels on either side.
///
/// A block of tiles and a range of output channels are one piece of work: the transformed input of the block stays in cache
/// between its transform and the 36 products, and so do the products before they are transformed back. Several inputs
/// are added up before that.
enum WinogradConvolution {
    static func forward(_ inputs: [Tensor], weights: [WinogradWeight], bias: Tensor?) -> Tensor {
        Tensor(Array(inputs[0].shape[..<3]) + [weights[0].outputs]) { output in
            if let output = output.baseAddress { forward(inputs, weights: weights, bias: bias, into: output) }
        }
    }

    /// The same into memory of the caller.
    static func forward(
        _ inputs: [Tensor], weights: [WinogradWeight], bias: Tensor?, into output: UnsafeMutablePointer<Float>
    ) {
        let tiles = WinogradTiles(covering: inputs[0].shape)
        let outputs = weights[0].outputs
        let bias = bias ?? Tensor([outputs])
        let widest = inputs.map { $0.shape[3] }.max() ?? 0
        let (blockLength, ranges) = pieces(tiles: tiles.count, outputs: outputs)
        let blocks = (tiles.count + blockLength - 1) / blockLength
        Parallel.forEach(blocks * ranges.count) { piece in
            let start = piece / ranges.count * blockLength
            let block = start..<min(start + blockLength, tiles.count)
            let channels = ranges[piece % ranges.count]
            let productStride = RegisterTile.roundedColumns(channels.count)
            let productPlane = block.count * productStride
            Scratch.with(WinogradTiles.blockCount(plane: block.count * widest)) { transformed in
                Scratch.with(WinogradTiles.blockCount(plane: productPlane)) { products in
                    Scratch.with(max(widest, channels.count)) { outside in
                        outside.update(repeating: 0, count: widest)
                        for (index, input) in inputs.enumerated() {
                            input.withUnsafeBuffer { input in
                                guard let input = input.baseAddress else { return }
                                let count = weights[index].inputs
                                tiles.transformInput(
                                    block, of: .init(pointer: input, stride: count, count: count),
                                    into: transformed, zeros: outside)
                            }
                            multiply(
                                transformed, rows: block.count, by: weights[index],
                                columns: channels, into: products,
                                outputStride: productStride, accumulating: index > 0)
                        }
                        transformOutput(
                            block, of: tiles, products, stride: productStride, bias: bias,
                            firstChannel: channels.lowerBound,
                            to: .init(
                                pointer: output + channels.lowerBound, stride: outputs, count: channels.count),
                            outside: outside)
                    }
                }
            }
        }
    }

    /// Tiles in a block and output channels in a range: blocks of 32 tiles, all channels up to 128; with few tiles smaller
    /// pieces, so that every core has some.
    private static func pieces(tiles: Int, outputs: Int) -> (blockLength: Int, ranges: ChannelRanges) {
        var (blockLength, ranges) = (32, ChannelRanges(channels: outputs, length: 128))
        func count() -> Int { (tiles + blockLength - 1) / blockLength * ranges.count }
        while count() < 8 && ranges.length > RegisterTile.panelWidth {
            ranges = ChannelRanges(channels: outputs, length: ranges.length / 2)
        }
        while count() < 8 && blockLength > 8 { blockLength /= 2 }
        return (blockLength, ranges)
    }

    /// The 36 products of transformed tiles and transformed weight.
    private static func multiply(
        _ transformed: UnsafePointer<Float>, rows: Int, by weight: WinogradWeight, columns: Range<Int>,
        into products: UnsafeMutablePointer<Float>, outputStride: Int, accumulating: Bool
    ) {
        let inputs = weight.inputs
        let plane = WinogradTiles.planeStride(rows * inputs)
        let productPlane = WinogradTiles.planeStride(rows * outputStride)
        weight.values.withUnsafeBuffer { values in
            guard let values = values.baseAddress else { return }
            for point in 0..<36 {
                RegisterTile.multiply(
                    .init(pointer: transformed + point * plane, rowStride: inputs),
                    .init(
                        pointer: values + point * weight.planeStride + columns.lowerBound * inputs,
                        panelStride: RegisterTile.panelWidth * inputs),
                    .init(rows: rows, columns: outputStride, inner: inputs),
                    into: products + point * productPlane, outputStride: outputStride,
                    from: accumulating ? .output : .zeros)
            }
        }
    }

    /// Aᵀ m A + bias of a block of tiles.
    private static func transformOutput(
        _ block: Range<Int>, of tiles: WinogradTiles, _ products: UnsafePointer<Float>, stride: Int, bias: Tensor,
        firstChannel: Int, to image: WinogradTiles.Channels<UnsafeMutablePointer<Float>>,
        outside: UnsafeMutablePointer<Float>
    ) {
        let plane = WinogradTiles.planeStride(block.count * stride)
        bias.withUnsafeBuffer { bias in
            guard let bias = bias.baseAddress.map({ $0 + firstChannel }) else { return }
            for tile in block {
                let source = products + (tile &- block.lowerBound) &* stride
                tiles.withSquare(tile, size: 4, margin: 0, of: image, outside: outside) { pixel in
                    @inline(__always)
                    func transform<V: FloatVector>(_ channel: Int, _: V.Type) {
                        // Of the next tile: the output is large, and was not read before.
                        for row in 0..<4 {
                            for column in 0..<4 {
                                (pixel(row, column) + (4 &* image.stride &+ channel)).prefetchForWriting()
                            }
                        }
                        Winograd.transform(
                            { source + ((6 &* $0 &+ $1) &* plane &+ channel) }, to: { pixel($0, $1) + channel },
                            plus: V(at: bias + channel),
                            by: Winograd.output(_:) as (InlineArray<6, V>) -> InlineArray<4, V>)
                    }
                    Winograd.forEachVector(
                        image.count, wide: { transform($0, SIMD16<Float>.self) },
                        narrow: { transform($0, SIMD8<Float>.self) })
                }
            }
        }
    }
}
