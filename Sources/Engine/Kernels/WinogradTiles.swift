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

    /// Runs `body` with the addresses of the pixels of a square: `size` by `size`, beginning `margin` above and left of a tile.
    /// A pixel that the image does not have is at `outside`: zeros to read, or a place to write in vain.
    @inline(__always)
    func withSquare<Pointer: Strideable>(
        _ tile: Int, size: Int, margin: Int, of image: Channels<Pointer>, outside: Pointer,
        _ body: ((_ row: Int, _ column: Int) -> Pointer) -> Void
    ) where Pointer.Stride == Int {
        let place = place(tile, margin: margin)
        let corner = place.firstPixel &+ place.row &* width &+ place.column
        if place.row >= 0 && place.row &+ size <= height && place.column >= 0 && place.column &+ size <= width {
            let first = image.pointer.advanced(by: corner &* image.stride)
            body { row, column in first.advanced(by: (row &* width &+ column) &* image.stride) }
        } else {
            var pixels = InlineArray<36, Pointer>(repeating: outside)
            for row in max(0, -place.row)..<min(size, height - place.row) {
                for column in max(0, -place.column)..<min(size, width - place.column) {
                    let pixel = corner &+ row &* width &+ column
                    pixels[row &* size &+ column] = image.pointer.advanced(by: pixel &* image.stride)
                }
            }
            body { row, column in pixels[row &* size &+ column] }
        }
    }

    /// Bᵀ d B of a range of tiles of the input: 36 planes `[tiles, channels]`.
    func transformInput(
        _ tiles: Range<Int>, of image: Channels<UnsafePointer<Float>>, into block: UnsafeMutablePointer<Float>,
        zeros: UnsafePointer<Float>
    ) {
        let plane = Self.planeStride(tiles.count * image.count)
        for tile in tiles {
            let target = block + (tile &- tiles.lowerBound) &* image.count
            withSquare(tile, size: 6, margin: 1, of: image, outside: zeros) { pixel in
                @inline(__always)
                func transform<V: FloatVector>(_ channel: Int, _: V.Type) {
                    Winograd.transform(
                        { pixel($0, $1) + channel }, to: { target + ((6 &* $0 &+ $1) &* plane &+ channel) },
                        by: Winograd.input(_:) as (InlineArray<6, V>) -> InlineArray<6, V>)
                }
                Winograd.forEachVector(
                    image.count, wide: { transform($0, SIMD16<Float>.self) },
                    narrow: { transform($0, SIMD8<Float>.self) })
            }
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
