/// The transforms of Winograd's minimal 3×3 convolution F(4×4, 3×3), on vectors of channels.
///
///     y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ d B) ] A        d: 6×6 pixels of the input, w: 3×3 weight, y: 4×4 pixels of the output
///
/// Polynomials are multiplied by evaluating them at six points, multiplying the values, and interpolating: 36 products
/// instead of 144 for every 4×4 outputs (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016).
/// Summed over input channels the products are 36 matrix products, [tiles × C]·[C × O].
///
/// The points are 0, ±a, ±b, ∞. The usual a = 1, b = 2 loses twice as many digits as a = 5/8, b = 3/2, whose coefficients are
/// just as exact in Float32 (`Tests/Fixtures/convolution/winograd_points.py` compares the pairs; the choice of points is
/// studied in Barabasz et al., ACM Transactions on Mathematical Software 46, 2020).
///
/// The formula is linear in w, so the gradient of w is its transpose, and again 36 matrix products, [C × tiles]·[tiles × O]:
///
///     ∂L/∂w = Gᵀ [ Σ_tiles (Bᵀ d B) ⊙ (A ∂L/∂y Aᵀ) ] G
enum Winograd {
    private static let a: Float = 5 / 8
    private static let b: Float = 3 / 2
    private static let a2: Float = 25 / 64
    private static let b2: Float = 9 / 4

    /// Bᵀd: rows are the coefficients of Π(x - q) over the other points q (all five finite ones for ∞).
    @inline(__always)
    static func input<V: FloatVector>(_ d: InlineArray<6, V>) -> InlineArray<6, V> {
        let evenA = d[4].adding(-b2, times: d[2])
        let oddA = d[3].adding(-b2, times: d[1])
        let evenB = d[4].adding(-a2, times: d[2])
        let oddB = d[3].adding(-a2, times: d[1])
        return [
            d[4].adding(-(a2 + b2), times: d[2]).adding(a2 * b2, times: d[0]),
            evenA.adding(a, times: oddA), evenA.adding(-a, times: oddA),
            evenB.adding(b, times: oddB), evenB.adding(-b, times: oddB),
            d[5].adding(-(a2 + b2), times: d[3]).adding(a2 * b2, times: d[1]),
        ]
    }

    /// Aᵀm: rows are the powers 0 to 3 of the points, so this interpolates the four outputs.
    @inline(__always)
    static func output<V: FloatVector>(_ m: InlineArray<6, V>) -> InlineArray<4, V> {
        let (sumA, differenceA) = (m[1] + m[2], m[1] - m[2])
        let (sumB, differenceB) = (m[3] + m[4], m[3] - m[4])
        let zero = V()
        return [
            m[0] + sumA + sumB,
            zero.adding(a, times: differenceA).adding(b, times: differenceB),
            zero.adding(a2, times: sumA).adding(b2, times: sumB),
            m[5].adding(a2 * a, times: differenceA).adding(b2 * b, times: differenceB),
        ]
    }

    /// Ae: the gradient of `output`.
    @inline(__always)
    static func outputGradient<V: FloatVector>(_ e: InlineArray<4, V>) -> InlineArray<6, V> {
        let evenA = e[0].adding(a2, times: e[2])
        let oddA = e[1].adding(a2, times: e[3])
        let evenB = e[0].adding(b2, times: e[2])
        let oddB = e[1].adding(b2, times: e[3])
        return [
            e[0], evenA.adding(a, times: oddA), evenA.adding(-a, times: oddA),
            evenB.adding(b, times: oddB), evenB.adding(-b, times: oddB), e[3],
        ]
    }

    // The weight's value at each point is divided by Π(point - q) over the other finite points q.
    private static let atZero: Float = 1 / (a2 * b2)
    private static let atA: Float = 1 / (2 * a2 * (a2 - b2))
    private static let atB: Float = 1 / (2 * b2 * (b2 - a2))

    /// Gg.
    @inline(__always)
    static func weight<V: FloatVector>(_ g: InlineArray<3, V>) -> InlineArray<6, V> {
        let evenA = g[0].adding(a2, times: g[2])
        let evenB = g[0].adding(b2, times: g[2])
        return [
            g[0] * atZero, evenA.adding(a, times: g[1]) * atA, evenA.adding(-a, times: g[1]) * atA,
            evenB.adding(b, times: g[1]) * atB, evenB.adding(-b, times: g[1]) * atB, g[2],
        ]
    }

    /// Gᵀm: the gradient of `weight`.
    @inline(__always)
    static func weightGradient<V: FloatVector>(_ m: InlineArray<6, V>) -> InlineArray<3, V> {
        let (sumA, differenceA) = ((m[1] + m[2]) * atA, (m[1] - m[2]) * atA)
        let (sumB, differenceB) = ((m[3] + m[4]) * atB, (m[3] - m[4]) * atB)
        let zero = V()
        return [
            (sumA + sumB).adding(atZero, times: m[0]),
            zero.adding(a, times: differenceA).adding(b, times: differenceB),
            m[5].adding(a2, times: sumA).adding(b2, times: sumB),
        ]
    }

    /// Applies one of the maps above to the columns, then to the rows, of an n×n grid of vectors: m×m vectors, each with
    /// `offset` added. `source` and `target` say where the vector of a row and column is.
    @inline(__always)
    static func transform<V: FloatVector, let n: Int, let m: Int>(
        _ source: (_ row: Int, _ column: Int) -> UnsafePointer<Float>,
        to target: (_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float>, plus offset: V? = nil,
        by map: (InlineArray<n, V>) -> InlineArray<m, V>
    ) {
        // Made by closures, because vectors that are set to zero first would be written twice.
        let half = InlineArray<n, InlineArray<m, V>> { x in
            map(InlineArray<n, V> { y in V(at: source(y, x)) })
        }
        for u in 0..<m {
            let values = map(InlineArray<n, V> { x in half[x][u] })
            for v in 0..<m {
                let value = offset.map { values[v] + $0 } ?? values[v]
                value.store(to: target(u, v))
            }
        }
    }

    /// Covers `count` ≥ 8 channels by vectors; the last one may begin before the previous one ends.
    @inline(__always)
    static func forEachVector(
        _ count: Int, wide: (_ channel: Int) -> Void, narrow: (_ channel: Int) -> Void
    ) {
        var channel = 0
        if MatrixProduct.hasWideRegisters {
            while count - channel >= 16 {
                wide(channel)
                channel += 16
            }
        }
        while channel < count {
            narrow(min(channel, count - 8))
            channel += 8
        }
    }
}
