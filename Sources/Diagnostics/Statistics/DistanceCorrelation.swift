/// Distance correlation of two sets of numbers: 0 in the population if and only if they are independent (Székely, Rizzo and
/// Bakirov, The Annals of Statistics 35, 2007). Exact, in O(n log n), after Huo and Székely (Technometrics 58, 2016).
///
/// The bias-corrected square R* = (A·B)/√((A·A)(B·B)) with U-centred distance matrices A and B (Székely and Rizzo, The Annals
/// of Statistics 42, 2014), which has expectation about 0 under independence and may be negative.
///
/// What belongs to one field alone (order, row sums, A·A) is computed once here; each pair then costs one pass.
public struct DistanceCorrelation: Sendable {
    /// n.
    public var count: Int { values.count }
    private let values: [Double]
    /// Positions in ascending order of value.
    private let order: [Int]
    /// Inverse of `order`.
    private let rank: [Int]
    /// Σ_j |x_i - x_j|.
    private let rowSums: [Double]
    private let total: Double
    /// A·A.
    private let variance: Double

    /// - Throws: `Undetermined` for fewer than 4 values, values that are all equal, or one that is not finite.
    public init(_ sample: [Double]) throws {
        guard sample.count >= 4 else {
            throw Undetermined(description: "distance correlation needs 4 values, there are \(sample.count)")
        }
        // Centred and scaled: correlation keeps, and sums of products keep their digits.
        let plane = try Plane(height: 1, width: sample.count, values: sample).centred(for: "distance correlation")
        let scale = plane.variance.squareRoot()
        let values = plane.values.map { $0 / scale }
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var rank = order
        for (position, index) in order.enumerated() { rank[index] = position }
        var rowSums = [Double](repeating: 0, count: values.count)
        let sum = values.reduce(0, +)
        var below = 0.0
        for (position, index) in order.enumerated() {
            let value = values[index]
            rowSums[index] =
                Double(position) * value - below + (sum - below) - Double(values.count - position) * value
            below += value
        }
        self.values = values
        self.order = order
        self.rank = rank
        self.rowSums = rowSums
        total = rowSums.reduce(0, +)
        // Σ_ij (x_i - x_j)² in closed form.
        let n = Double(values.count)
        let squares = 2 * n * values.reduce(0) { $0 + $1 * $1 } - 2 * sum * sum
        variance = Self.innerProduct(squares, rowSums, rowSums, total, total)
        guard variance > 0 else {
            throw Undetermined(description: "distance correlation needs more than two different values")
        }
    }

    /// R* of two samples of equal count, at most 1.
    public static func squared(_ u: DistanceCorrelation, _ v: DistanceCorrelation) -> Double {
        precondition(u.count == v.count, "DistanceCorrelation: \(u.count) values against \(v.count)")
        let covariance = innerProduct(distanceProducts(u, v), u.rowSums, v.rowSums, u.total, v.total)
        return covariance / (u.variance * v.variance).squareRoot()
    }

    /// A·B = [Σ a_ij b_ij - 2/(n-2) Σ a_i· b_i· + a·· b··/((n-1)(n-2))] / (n(n-3)).
    private static func innerProduct(
        _ products: Double, _ a: [Double], _ b: [Double], _ totalA: Double, _ totalB: Double
    ) -> Double {
        let n = Double(a.count)
        let rows = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
        return (products - 2 / (n - 2) * rows + totalA * totalB / ((n - 1) * (n - 2))) / (n * (n - 3))
    }

    /// Σ_ij |x_i - x_j| |y_i - y_j|: in ascending order of x each point meets those before it, split by a Fenwick tree over
    /// the ranks of y into those below and the rest, where the absolute value changes sign.
    private static func distanceProducts(_ u: DistanceCorrelation, _ v: DistanceCorrelation) -> Double {
        let n = u.count
        var tree = [SIMD4<Double>](repeating: .zero, count: n + 1)
        var all = SIMD4<Double>.zero
        var total = 0.0
        for index in u.order {
            let (x, y) = (u.values[index], v.values[index])
            let weights = SIMD4(x * y, -y, -x, 1)
            var below = SIMD4<Double>.zero
            var node = v.rank[index] + 1
            let start = node
            while node > 0 {
                below += tree[node]
                node &= node - 1
            }
            // Σ (x - x_i)(y - y_i) over those below, less the same over those above.
            total += (weights * (2 * below - all)).sum()
            let point = SIMD4(1, x, y, x * y)
            all += point
            node = start
            while node <= n {
                tree[node] += point
                node += node & -node
            }
        }
        return 2 * total
    }
}
