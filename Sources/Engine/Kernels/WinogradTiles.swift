/// The 4×4 tiles that cover the images of a batch, in the order image, row, column; the last of a row or column may
/// stick out.
struct WinogradTiles {
    /// Length of a block of transformed values with 36 planes.
    static func blockCount(plane: Int) -> Int { 36 * planeStride(plane) }

    /// Distance between planes: a cache line more than their length, because 36 planes at a distance of a power of two would
    /// share one set of the cache.
    static func planeStride(_ plane: Int) -> Int { (plane + 15) / 16 * 16 + 16 }

    let height: Int
    let width: Int
    let down: Int
    let across: Int
    /// Number of tiles in the batch.
    let count: Int

    /// - Parameter shape: `[N, H, W, ...]`.
    init(covering shape: [Int]) {
        height = shape[1]
        width = shape[2]
        down = (height + 3) / 4
        across = (width + 3) / 4
        count = shape[0] * down * across
    }

    /// Where a square of pixels lies: its corner may be outside the image.
    private struct Place {
        var firstPixel: Int
        var row: Int
        var column: Int
    }

    private func place(_ tile: Int, margin: Int) -> Place {
        let (line, column) = tile.quotientAndRemainder(dividingBy: across)
        let (image, row) = line.quotientAndRemainder(dividingBy: down)
        return Place(firstPixel: image &* height &* width, row: 4 &* row &- margin, column: 4 &* column &- margin)
    }

    /// Some consecutive channels of images `[N, H, W, stride]`.
    struct Channels<Pointer> {
        var pointer: Pointer
        var stride: Int
        var count: Int
    }

    /// The square of `size` pixels that begins `margin` above and left of a tile: in place, or, where it leaves the image,
    /// copied into `patch` between zeros.
    @inline(__always)
    func square(
        _ tile: Int, size: Int, margin: Int, of image: Channels<UnsafePointer<Float>>,
        patch: UnsafeMutablePointer<Float>
    ) -> Winograd.Grid<UnsafePointer<Float>> {
        let place = place(tile, margin: margin)
        if place.row >= 0 && place.row &+ size <= height && place.column >= 0 && place.column &+ size <= width {
            let pixel = place.firstPixel &+ place.row &* width &+ place.column
            return .init(
                pointer: image.pointer + pixel &* image.stride, rowStride: width &* image.stride,
                columnStride: image.stride)
        }
        copyIn(place, size, image, patch)
        return .init(pointer: UnsafePointer(patch), rowStride: size &* image.count, columnStride: image.count)
    }

    @inline(never)
    private func copyIn(
        _ place: Place, _ size: Int, _ image: Channels<UnsafePointer<Float>>, _ patch: UnsafeMutablePointer<Float>
    ) {
        patch.update(repeating: 0, count: size * size * image.count)
        for y in max(0, -place.row)..<min(size, height - place.row) {
            for x in max(0, -place.column)..<min(size, width - place.column) {
                let pixel = place.firstPixel + (place.row + y) * width + place.column + x
                (patch + (y * size + x) * image.count)
                    .update(from: image.pointer + pixel * image.stride, count: image.count)
            }
        }
    }

    /// Has `body` write the 4×4 pixels of a tile: in place, or, where the tile sticks out, into `patch`, of which the pixels
    /// that exist are then copied.
    @inline(__always)
    func write(
        _ tile: Int, to image: Channels<UnsafeMutablePointer<Float>>, patch: UnsafeMutablePointer<Float>,
        _ body: (Winograd.Grid<UnsafeMutablePointer<Float>>) -> Void
    ) {
        let place = place(tile, margin: 0)
        let first = image.pointer + (place.firstPixel &+ place.row &* width &+ place.column) &* image.stride
        let (rows, columns) = (min(4, height &- place.row), min(4, width &- place.column))
        if rows == 4 && columns == 4 {
            body(.init(pointer: first, rowStride: width &* image.stride, columnStride: image.stride))
            return
        }
        body(.init(pointer: patch, rowStride: 4 &* image.count, columnStride: image.count))
        for y in 0..<rows {
            for x in 0..<columns {
                (first + (y * width + x) * image.stride).update(
                    from: patch + (y * 4 + x) * image.count, count: image.count)
            }
        }
    }

    /// Bᵀ d B of a range of tiles of the input: 36 planes `[tiles, channels]`.
    func transformInput(
        _ tiles: Range<Int>, of image: Channels<UnsafePointer<Float>>, into block: UnsafeMutablePointer<Float>,
        patch: UnsafeMutablePointer<Float>
    ) {
        let plane = Self.planeStride(tiles.count * image.count)
        for tile in tiles {
            let square = square(tile, size: 6, margin: 1, of: image, patch: patch)
            let target = block + (tile &- tiles.lowerBound) &* image.count
            @inline(__always)
            func transform<V: FloatVector>(_ channel: Int, _: V.Type) {
                Winograd.transform(
                    .init(
                        pointer: square.pointer + channel, rowStride: square.rowStride,
                        columnStride: square.columnStride),
                    to: .init(pointer: target + channel, rowStride: 6 &* plane, columnStride: plane),
                    by: Winograd.input(_:) as (InlineArray<6, V>) -> InlineArray<6, V>)
            }
            Winograd.forEachVector(
                image.count, wide: { transform($0, SIMD16<Float>.self) }, narrow: { transform($0, SIMD8<Float>.self) })
        }
    }
}

/// Channels in ranges of one length; what remains is a range of its own if it fills a vector, or else part of the last.
struct ChannelRanges {
    let channels: Int
    let length: Int
    var count: Int { max(1, (channels - 8) / length + 1) }

    subscript(index: Int) -> Range<Int> {
        index * length..<(index == count - 1 ? channels : (index + 1) * length)
    }
}
