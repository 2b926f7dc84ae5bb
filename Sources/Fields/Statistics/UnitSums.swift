/// A statistic that is a smooth function of sums over all units: a ratio of sums, a difference of two ratios.
public typealias SumStatistic = ([Double]) -> Double

/// The sums that each resampled unit (an image, a tile of noise) contributes to every statistic of interest.
///
/// Statistics are made from totals over units: a ratio of sums, never a mean of ratios, which would let a unit with
/// little noise power speak as loudly as one with much.
public struct UnitSums: Sendable {
    /// One row per unit, one column per term.
    public let rows: [[Double]]
    /// Column sums, in row order.
    public let totals: [Double]

    /// Number of units.
    public var count: Int { rows.count }

    /// - Precondition: at least one row, and all rows equally long.
    public init(_ rows: [[Double]]) {
        precondition(!rows.isEmpty, "UnitSums: needs at least one unit")
        let terms = rows[0].count
        precondition(rows.allSatisfy { $0.count == terms }, "UnitSums: every unit needs \(terms) terms")
        self.rows = rows
        var totals = [Double](repeating: 0, count: terms)
        for row in rows {
            for term in 0..<terms { totals[term] += row[term] }
        }
        self.totals = totals
    }

    /// The totals of all units but one. With one unit they are zeros.
    public func totals(without unit: Int) -> [Double] { zip(totals, rows[unit]).map { $0 - $1 } }

    /// The statistic with each unit left out in turn.
    public func leaveOneOut(_ statistic: SumStatistic) -> [Double] {
        rows.indices.map { statistic(totals(without: $0)) }
    }
}

/// What leaving out single units says about a statistic.
public enum Jackknife {
    /// θ̂ᵢ = nθ̂ - (n-1)θ₍₋ᵢ₎ (Tukey, 1958): the statistic's linearisation, one number per unit, of which its value is
    /// the mean to first order. For a mean they are the observations themselves.
    public static func pseudoValues(estimate: Double, leaveOneOut: [Double]) -> [Double] {
        let n = Double(leaveOneOut.count)
        return leaveOneOut.map { n * estimate - (n - 1) * $0 }
    }

    /// √((n-1)/n Σ(θ₍₋ᵢ₎ - θ̄₍₋₎)²) (Efron and Stein, 1981). For a mean it is s/√n.
    public static func standardError(leaveOneOut: [Double]) -> Double {
        let n = Double(leaveOneOut.count)
        let mean = leaveOneOut.reduce(0, +) / n
        return ((n - 1) / n * leaveOneOut.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    }

    /// Σd³ / (6 (Σd²)^1.5) with d = θ̄₍₋₎ - θ₍₋ᵢ₎, the acceleration of a BCa interval (Efron, 1987); NaN where no unit
    /// changes the statistic.
    public static func acceleration(leaveOneOut: [Double]) -> Double {
        let mean = leaveOneOut.reduce(0, +) / Double(leaveOneOut.count)
        var squares = 0.0
        var cubes = 0.0
        for value in leaveOneOut {
            let d = mean - value
            squares += d * d
            cubes += d * d * d
        }
        return cubes / (6 * squares * squares.squareRoot())
    }
}

extension [[Double]] {
    /// Column sums of the rows of each group; groups follow each other.
    package func summed(by groups: [Int]) -> [[Double]] {
        var result: [[Double]] = []
        var last: Int?
        for (row, group) in zip(self, groups) {
            if group != last {
                result.append(row)
                last = group
            } else {
                for k in row.indices { result[result.count - 1][k] += row[k] }
            }
        }
        return result
    }
}
