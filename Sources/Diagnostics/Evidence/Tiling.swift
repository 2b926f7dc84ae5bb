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

    /// The field `[H, W, C]` minus the mean of each channel in each of `tiles`.
    func centred(_ field: [Double], shape: [Int]) -> [Double] {
        let (width, channels) = (shape[1], shape[2])
        var centred = field
        for tile in tiles(height: shape[0], width: shape[1]) {
            for channel in 0..<channels {
                let places = tile.rows.flatMap { y in tile.columns.map { (y * width + $0) * channels + channel } }
                let mean = places.reduce(0) { $0 + field[$1] } / Double(places.count)
                for place in places { centred[place] -= mean }
            }
        }
        return centred
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
