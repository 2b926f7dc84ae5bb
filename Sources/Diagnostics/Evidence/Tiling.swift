/// Square tiles of an image: the resampling units of statements about noise.
///
/// Tiles must be wider than twice the noise's correlation length; then, with the scene fixed, sums over different tiles are
/// uncorrelated (docs/THEORY.md, section 4). A margin is left out, because zero padding in a network lowers its
/// response near the border.
public struct Tiling: Sendable, Equatable {
    /// Height and width of a tile in pixels.
    public var side: Int
    /// Pixels left out along each border of the image.
    public var margin: Int

    /// 32-pixel tiles behind a 16-pixel margin: for noise whose correlation length is below 16 pixels.
    public static let standard = Tiling(side: 32, margin: 16)

    /// - Precondition: a positive side, a margin of at least 0.
    public init(side: Int, margin: Int) {
        precondition(side > 0 && margin >= 0, "Tiling: side \(side), margin \(margin)")
        self.side = side
        self.margin = margin
    }

    /// The tiles of an image of this size: as many whole tiles as fit inside the margin, centred; in an image too small
    /// for one, the whole image is the only tile.
    public func tiles(height: Int, width: Int) -> [(rows: Range<Int>, columns: Range<Int>)] {
        func ranges(_ length: Int) -> [Range<Int>]? {
            let count = (length - 2 * margin) / side
            guard count > 0 else { return nil }
            let start = (length - count * side) / 2
            return (0..<count).map { start + $0 * side..<start + ($0 + 1) * side }
        }
        guard let rows = ranges(height), let columns = ranges(width) else { return [(0..<height, 0..<width)] }
        return rows.flatMap { row in columns.map { (row, $0) } }
    }

    /// Σ over each tile of u·v, for each pair of fields: one row per tile, one column per pair.
    ///
    /// - Parameters:
    ///   - products: pairs of fields `[H, W, C]` in memory order, summed over the channels.
    ///   - shape: `[H, W, C]`.
    public func sums(_ products: [([Double], [Double])], shape: [Int]) -> [[Double]] {
        let (width, channels) = (shape[1], shape[2])
        return tiles(height: shape[0], width: width).map { tile in
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
        let tiles = Tiling(side: side, margin: 0).tiles(height: shape[0], width: shape[1])
        return planes(field).flatMap { plane in
            tiles.map {
                plane.cropped(top: $0.rows.lowerBound, left: $0.columns.lowerBound, height: side, width: side)
            }
        }
    }
}
