/// Does a noise run along whole rows or columns? Where it does, tiles of one image share it and are no independent units.
///
/// The field is cut into blocks of 16 × 16 pixels. p is the profile of a block, the mean of each of its rows; two blocks
/// side by side with at least one between them share a profile where the noise is one number along a row, and have unrelated
/// ones where its correlation ends within 16 pixels. ρ = Σ p·q / √(Σ p² Σ q²) and T = Σ p·q / √Σ (p·q)², a sum of products that
/// are as likely positive as negative without lines, over all such pairs of blocks; the same for columns.
///
/// Lines are long where ρ > 0.1 and T > 3 along either axis: one false alarm in 400, and a noise of which 1 % of the power is
/// in lines is found. Fields less than 48 pixels wide and high show nothing.
struct LineCorrelation: Sendable {
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
    private var rows = Sums()
    private var columns = Sums()

    /// Whether noise runs from tile to tile.
    var isLong: Bool { rows.isLong || columns.isLong }

    /// Adds a noise whose mean does not depend on the signal.
    mutating func add(_ noise: Plane) {
        rows.add(Self.sums(noise.height, noise.width) { noise[$0, $1] })
        columns.add(Self.sums(noise.width, noise.height) { noise[$1, $0] })
    }

    /// Adds what another has seen.
    mutating func add(_ other: LineCorrelation) {
        rows.add(other.rows)
        columns.add(other.columns)
    }

    private static func sums(_ height: Int, _ width: Int, _ value: (Int, Int) -> Double) -> Sums {
        var result = Sums()
        for top in stride(from: 0, through: height - side, by: side) {
            let profiles = stride(from: 0, through: width - side, by: side).map { left in
                (top..<top + side).map { y in (left..<left + side).reduce(0) { $0 + value(y, $1) } }
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
}
