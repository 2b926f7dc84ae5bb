import Tensors

/// The weight gradient in Winograd's domain: Gᵀ [ Σ_tiles (Bᵀ d B) ⊙ (A ∂L/∂y Aᵀ) ] G, for at least 8 channels on either side.
///
/// A piece of work is a range of tiles, of input channels and of output channels: it keeps its 36 sums in cache over all its
/// tiles and transforms them once, at its end. Pieces of the same channels are added in the order of their tiles.
enum WinogradWeightGradient {
    static func weightGradient(input: Tensor, outputGradient: Tensor) -> Tensor {
        let (inputs, outputs) = (input.shape[3], outputGradient.shape[3])
        let tiles = WinogradTiles(covering: input.shape)
        let (inputRanges, outputRanges) = (ranges(inputs), ranges(outputs))
        let squares = inputRanges.count * outputRanges.count
        let length = partLength(tiles: tiles.count, squares: squares)
        let parts = (tiles.count + length - 1) / length
        let partial = Tensor([parts, 9, inputs, outputs]) { partial in
            guard let partial = partial.baseAddress else { return }
            input.withUnsafeBuffer { input in
                outputGradient.withUnsafeBuffer { gradient in
                    guard let input = input.baseAddress, let gradient = gradient.baseAddress else { return }
                    Parallel.forEach(parts * squares) { piece in
                        let part = piece / squares
                        let from = inputRanges[piece % squares / outputRanges.count]
                        let to = outputRanges[piece % outputRanges.count]
                        accumulate(
                            part * length..<min((part + 1) * length, tiles.count), of: tiles,
                            .init(pointer: input + from.lowerBound, stride: inputs, count: from.count),
                            .init(pointer: gradient + to.lowerBound, stride: outputs, count: to.count),
                            into: partial + (part * 9 * inputs + from.lowerBound) * outputs + to.lowerBound,
                            tapStride: inputs * outputs)
                    }
                }
            }
        }
        return partial.sumOfParts([3, 3, inputs, outputs])
    }

    /// Ranges of 64 channels, whose 36 sums stay in cache; up to 96 in one, since a split transforms the other side twice.
    private static func ranges(_ channels: Int) -> ChannelRanges {
        ChannelRanges(channels: channels, length: channels <= 96 ? 96 : 64)
    }

    /// Tiles in a partial sum: 8 sums, but only as many as it takes to have 4 pieces if they are of fewer than 128 tiles, and
    /// none of less than a block.
    private static func partLength(tiles: Int, squares: Int) -> Int {
        var parts = 8
        while parts > 1 && (tiles < parts * blockLength || parts * squares > 4 && tiles < parts * 128) { parts /= 2 }
        return (tiles + parts - 1) / parts
    }

    /// Tiles transformed at a time.
    private static let blockLength = 32

    private static func accumulate(
        _ range: Range<Int>, of tiles: WinogradTiles, _ input: WinogradTiles.Channels<UnsafePointer<Float>>,
        _ gradient: WinogradTiles.Channels<UnsafePointer<Float>>, into result: UnsafeMutablePointer<Float>,
        tapStride: Int
    ) {
        let sumStride = RegisterTile.roundedColumns(gradient.count)
        let sumPlane = WinogradTiles.planeStride(input.count * sumStride)
        Scratch.with(WinogradTiles.blockCount(plane: blockLength * input.count)) { transformed in
            Scratch.with(WinogradTiles.blockCount(plane: blockLength * sumStride)) { gradients in
                Scratch.with(36 * sumPlane) { sums in
                    Scratch.with(max(input.count, gradient.count)) { zeros in
                        zeros.update(repeating: 0, count: max(input.count, gradient.count))
                        for start in stride(from: range.lowerBound, to: range.upperBound, by: blockLength) {
                            let block = start..<min(start + blockLength, range.upperBound)
                            tiles.transformInput(block, of: input, into: transformed, zeros: zeros)
                            transformGradient(block, of: tiles, gradient, into: gradients, zeros: zeros)
                            let plane = WinogradTiles.planeStride(block.count * input.count)
                            let gradientPlane = WinogradTiles.planeStride(block.count * sumStride)
                            for point in 0..<36 {
                                RegisterTile.multiply(
                                    .init(
                                        pointer: transformed + point * plane, rowStride: 1, innerStride: input.count),
                                    .init(pointer: gradients + point * gradientPlane, rowStride: sumStride),
                                    .init(rows: input.count, columns: sumStride, inner: block.count),
                                    into: sums + point * sumPlane, outputStride: sumStride,
                                    from: start > range.lowerBound ? .output : .zeros)
                            }
                        }
                        for row in 0..<input.count {
                            let sums = UnsafePointer(sums + row * sumStride)
                            let result = result + row * gradient.stride
                            @inline(__always)
                            func transform<V: FloatVector>(_ channel: Int, _: V.Type) {
                                Winograd.transform(
                                    { sums + ((6 &* $0 &+ $1) &* sumPlane &+ channel) },
                                    to: {
                                        result + ((3 &* $0 &+ $1) &* tapStride &+ channel)
                                    },
                                    by: Winograd.weightGradient(_:) as (InlineArray<6, V>) -> InlineArray<3, V>)
                            }
                            Winograd.forEachVector(
                                gradient.count, wide: { transform($0, SIMD16<Float>.self) },
                                narrow: { transform($0, SIMD8<Float>.self) })
                        }
                    }
                }
            }
        }
    }

    /// A e Aᵀ of a block of tiles: 36 planes `[tiles, channels and room for a whole tile]`.
    private static func transformGradient(
        _ block: Range<Int>, of tiles: WinogradTiles, _ gradient: WinogradTiles.Channels<UnsafePointer<Float>>,
        into gradients: UnsafeMutablePointer<Float>, zeros: UnsafePointer<Float>
    ) {
        let stride = RegisterTile.roundedColumns(gradient.count)
        let plane = WinogradTiles.planeStride(block.count * stride)
        for tile in block {
            let target = gradients + (tile &- block.lowerBound) &* stride
            tiles.withSquare(tile, size: 4, margin: 0, of: gradient, outside: zeros) { pixel in
                @inline(__always)
                func transform<V: FloatVector>(_ channel: Int, _: V.Type) {
                    Winograd.transform(
                        { pixel($0, $1) + channel }, to: { target + ((6 &* $0 &+ $1) &* plane &+ channel) },
                        by: Winograd.outputGradient(_:) as (InlineArray<4, V>) -> InlineArray<6, V>)
                }
                Winograd.forEachVector(
                    gradient.count, wide: { transform($0, SIMD16<Float>.self) },
                    narrow: { transform($0, SIMD8<Float>.self) })
            }
        }
    }
}
