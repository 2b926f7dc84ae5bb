import Tensors

/// How some rows of an image lie in scratch memory for the direct 3×3 convolution: with a pixel of zeros on either side, and
/// so that the numbers under a row of the weight are consecutive.
///
/// Unfolded, a row is `[W + 2, C]`: the 3C numbers at pixel j are what one row of the weight, `[3, C]`, needs for output j, and
/// three rows make an output. With one or two channels those sums would be too short to be efficient; folded, a row holds each pixel with
/// its neighbours above and below, `[W + 2, 3, C]`, and 9C consecutive numbers make an output.
struct PaddedRows {
    let height: Int
    let width: Int
    let channels: Int
    let isFolded: Bool

    /// How many numbers behind the last row are zeros, for vectors that read past the end.
    static let overrun = 16

    /// - Parameter shape: `[N, H, W, C]` of the image.
    init(_ shape: [Int], folded: Bool) {
        height = shape[1]
        width = shape[2]
        channels = shape[3]
        isFolded = folded
    }

    /// Distance between pixels.
    var pixelStride: Int { isFolded ? 3 * channels : channels }
    /// Distance between rows.
    var rowStride: Int { (width + 2) * pixelStride }
    /// Length of one consecutive sum.
    var inner: Int { 3 * pixelStride }
    /// Number of sums that make an output, each a row below the one before.
    var segments: Int { isFolded ? 1 : 3 }

    /// Room for the rows under `rows` rows of output.
    func count(_ rows: Int) -> Int { (rows + segments - 1) * rowStride + Self.overrun }

    /// Copies the rows under some rows of output of one image.
    func copy(_ input: Tensor, image: Int, rows: Range<Int>, into block: UnsafeMutablePointer<Float>) {
        input.withUnsafeBuffer { source in
            guard let source = source.baseAddress else { return }
            let first = source + image * height * width * channels
            let pixelStride = pixelStride
            if isFolded {
                block.update(repeating: 0, count: rows.count * rowStride)
                for row in rows {
                    for u in 0..<3 where row + u > 0 && row + u <= height {
                        let target = block + ((row - rows.lowerBound) * rowStride + pixelStride + u * channels)
                        let source = first + (row + u - 1) * width * channels
                        for c in 0..<channels {
                            for pixel in 0..<width {
                                target[pixel &* pixelStride &+ c] = source[pixel &* channels &+ c]
                            }
                        }
                    }
                }
            } else {
                for row in rows.lowerBound - 1...rows.upperBound {
                    let target = block + (row - rows.lowerBound + 1) * rowStride
                    if row < 0 || row == height {
                        target.update(repeating: 0, count: rowStride)
                    } else {
                        target.update(repeating: 0, count: channels)
                        (target + channels).update(from: first + row * width * channels, count: width * channels)
                        (target + rowStride - channels).update(repeating: 0, count: channels)
                    }
                }
            }
            (block + count(rows.count) - Self.overrun).update(repeating: 0, count: Self.overrun)
        }
    }

    /// Where element `index` of sum `segment` is in the weight, as a row of `[9C, O]`.
    func weightRow(segment: Int, index: Int) -> Int {
        guard isFolded else { return segment * inner + index }
        let (v, rest) = index.quotientAndRemainder(dividingBy: 3 * channels)
        let (u, c) = rest.quotientAndRemainder(dividingBy: channels)
        return (3 * u + v) * channels + c
    }
}
