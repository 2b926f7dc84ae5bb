import Fields

/// Square tiles of an image: the resampling units of statements about noise where there are few images, and the segments of spectra.
public struct Tiling: Sendable, Equatable {
    /// Height and width of a tile in pixels.
    public var side: Int

    /// 32-pixel tiles: for noise whose correlation length is below 16 pixels.
    public static let standard = Tiling(side: 32)

    /// - Precondition: a positive side.
    public init(side: Int) {
        precondition(side > 0, "Tiling: side \(side)")
        self.side = side
    }

    /// Tiles that cover every pixel once: about `side` wide and high, as alike as whole pixels allow; the whole image where it is
    /// less than one and a half tiles.
    public func tiles(height: Int, width: Int) -> [(rows: Range<Int>, columns: Range<Int>)] {
        func ranges(_ length: Int) -> [Range<Int>] {
            let count = max(1, (length + side / 2) / side)
            return (0..<count).map { $0 * length / count..<($0 + 1) * length / count }
        }
        let columns = ranges(width)
        return ranges(height).flatMap { row in columns.map { (row, $0) } }
    }

    /// Squares of exactly `side`, as many as fit, centred; none in an image that is smaller. Border pixels may be left out.
    public func squares(height: Int, width: Int) -> [(rows: Range<Int>, columns: Range<Int>)] {
        func ranges(_ length: Int) -> [Range<Int>] {
            let count = length / side
            let start = (length - count * side) / 2
            return (0..<count).map { start + $0 * side..<start + ($0 + 1) * side }
        }
        let columns = ranges(width)
        return ranges(height).flatMap { row in columns.map { (row, $0) } }
    }

    /// One channel of a tile of a field `[H, W, C]`.
    private struct Part {
        let rows, columns: Range<Int>
        let width, channels, channel: Int

        var count: Int { rows.count * columns.count }

        /// The place in memory of each pixel, and how far it is from the middle of the tile.
        @inline(__always) func forEach(_ body: (_ index: Int, _ y: Double, _ x: Double) -> Void) {
            let middle = (
                y: Double(rows.lowerBound + rows.upperBound - 1) / 2,
                x: Double(columns.lowerBound + columns.upperBound - 1) / 2
            )
            for y in rows {
                for x in columns {
                    body((y * width + x) * channels + channel, Double(y) - middle.y, Double(x) - middle.x)
                }
            }
        }
    }

    private func parts(_ shape: [Int]) -> [Part] {
        tiles(height: shape[0], width: shape[1]).flatMap { tile in
            (0..<shape[2]).map {
                Part(rows: tile.rows, columns: tile.columns, width: shape[1], channels: shape[2], channel: $0)
            }
        }
    }

    /// The field `[H, W, C]` minus the least-squares plane of each channel in each of `tiles`.
    func levelled(_ field: [Double], shape: [Int]) -> [Double] {
        var result = field
        for part in parts(shape) {
            var (mean, alongY, alongX, powerY, powerX) = (0.0, 0.0, 0.0, 0.0, 0.0)
            part.forEach { index, y, x in
                mean += field[index]
                alongY += y * field[index]
                alongX += x * field[index]
                powerY += y * y
                powerX += x * x
            }
            mean /= Double(part.count)
            // Rows and columns of a rectangle are orthogonal; a tile of one row has no slope.
            let (slopeY, slopeX) = (powerY > 0 ? alongY / powerY : 0, powerX > 0 ? alongX / powerX : 0)
            part.forEach { index, y, x in result[index] -= mean + slopeY * y + slopeX * x }
        }
        return result
    }

    /// The field `[H, W, C]` minus its regression on another in each of `tiles` and channels.
    func remainder(of field: [Double], on other: [Double], shape: [Int]) -> [Double] {
        var result = field
        for part in parts(shape) {
            var (product, power) = (0.0, 0.0)
            part.forEach { index, _, _ in
                product += field[index] * other[index]
                power += other[index] * other[index]
            }
            guard power > 0 else { continue }
            part.forEach { index, _, _ in result[index] -= product / power * other[index] }
        }
        return result
    }

    /// Σ over each of `tiles` of u·v, for each pair of fields: one row per tile, one column per pair.
    ///
    /// - Parameters:
    ///   - products: pairs of fields `[H, W, C]` in memory order, summed over the channels.
    ///   - shape: `[H, W, C]`.
    public func sums(_ products: [([Double], [Double])], shape: [Int]) -> [[Double]] {
        let (width, channels) = (shape[1], shape[2])
        return tiles(height: shape[0], width: shape[1]).map { tile in
            products.map { u, v in
                precondition(u.count == v.count && u.count == shape.reduce(1, *), "Tiling.sums: field sizes")
                var total = 0.0
                for row in tile.rows {
                    let line = row * width
                    for i in (line + tile.columns.lowerBound) * channels..<(line + tile.columns.upperBound) * channels {
                        total += u[i] * v[i]
                    }
                }
                return total
            }
        }
    }
}

extension Sample {
    /// The whole square tiles of each channel of a field, for spectra of one size.
    ///
    /// - Throws: `SampleError.tooSmall` for an image that holds none.
    func squareTiles(_ field: [Double], side: Int) throws -> [Plane] {
        guard min(shape[0], shape[1]) >= side else { throw SampleError.tooSmall(pair.id, side: side) }
        let tiles = Tiling(side: side).squares(height: shape[0], width: shape[1])
        return planes(field).flatMap { plane in
            tiles.map {
                plane.cropped(top: $0.rows.lowerBound, left: $0.columns.lowerBound, height: side, width: side)
            }
        }
    }
}
