/// Does a noise reach from tile to tile, so that tiles of one image are no independent units? Along whole rows or columns, or because
/// it is smooth over more than a quarter of a tile.
///
/// *Lines.* The field is cut into blocks of 16 × 16 pixels. p is the profile of a block, the mean of each of its rows; two blocks
/// side by side with at least one between them share a profile where the noise is one number along a row, and have unrelated
/// ones where its correlation ends within 16 pixels. ρ = Σ p·q / √(Σ p² Σ q²) and T = Σ p·q / √Σ (p·q)², a sum of products that
/// are as likely positive as negative without lines, over all such pairs of blocks; the same for columns. Lines are there where ρ > 0.1
/// and T > 3 along either axis: one false alarm in 400, and a noise of which 1 % of the power is in lines is found. Fields less than
/// 48 pixels wide and high show nothing.
///
/// *Width.* ρ₈, the correlation of pixels 8 apart along either axis, with T over blocks. Products of two fields correlate with ρ².
/// Where ρ is a Gaussian of the distance, sums of such products over neighbouring tiles of 32 pixels correlate 0.034 at ρ₈ = 0.1, and a
/// 95 % interval over a grid of tiles holds the truth in 93.3 %: beyond it, and where T > 3, tiles are no units.
package struct LongCorrelation: Sendable {

    package init() {}
    private struct Sums {
        var product = 0.0
        var square = 0.0
        var first = 0.0
        var second = 0.0

        var isLong: Bool {
            product > 0.1 * (first * second).squareRoot() && product > 3 * square.squareRoot()
        }

        mutating func add(_ other: Sums) {
            product += other.product
            square += other.square
            first += other.first
            second += other.second
        }
    }

    private static let side = 16
    private static let distance = 8
    /// Profiles of rows, profiles of columns, pixels of rows, pixels of columns.
    private var lines = [Sums](repeating: Sums(), count: 2)
    private var pixels = [Sums](repeating: Sums(), count: 2)

    /// Whether noise runs along whole rows or columns.
    package var runsAlongLines: Bool { lines.contains(where: \.isLong) }

    /// Whether noise reaches from tile to tile, along lines or on all sides.
    package var isLong: Bool { runsAlongLines || pixels.contains(where: \.isLong) }

    /// Adds a noise whose mean does not depend on the signal.
    package mutating func add(_ noise: Plane) {
        let turned = Plane(height: noise.width, width: noise.height) { noise[$1, $0] }
        for (axis, field) in [noise, turned].enumerated() {
            lines[axis].add(Self.profiles(field))
            pixels[axis].add(Self.pixels(field))
        }
    }

    /// Adds what another has seen.
    package mutating func add(_ other: LongCorrelation) {
        for axis in 0..<2 {
            lines[axis].add(other.lines[axis])
            pixels[axis].add(other.pixels[axis])
        }
    }

    private static func profiles(_ noise: Plane) -> Sums {
        var result = Sums()
        for top in stride(from: 0, through: noise.height - side, by: side) {
            let profiles = stride(from: 0, through: noise.width - side, by: side).map { left in
                (top..<top + side).map { y in (left..<left + side).reduce(0) { $0 + noise[y, $1] } }
            }
            let powers = profiles.map { $0.reduce(0) { $0 + $1 * $1 } }
            for first in profiles.indices {
                for second in profiles.indices.dropFirst(first + 2) {
                    let product = zip(profiles[first], profiles[second]).reduce(0) { $0 + $1.0 * $1.1 }
                    result.product += product
                    result.square += product * product
                    result.first += powers[first]
                    result.second += powers[second]
                }
            }
        }
        return result
    }

    /// Pixels of each block against those 8 to the right.
    private static func pixels(_ noise: Plane) -> Sums {
        var result = Sums()
        for top in stride(from: 0, to: noise.height, by: side) {
            for left in stride(from: 0, to: noise.width - distance, by: side) {
                var product = 0.0
                for y in top..<min(top + side, noise.height) {
                    for x in left..<min(left + side, noise.width - distance) {
                        let (near, far) = (noise[y, x], noise[y, x + distance])
                        product += near * far
                        result.first += near * near
                        result.second += far * far
                    }
                }
                result.product += product
                result.square += product * product
            }
        }
        return result
    }
}
