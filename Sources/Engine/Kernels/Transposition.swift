/// Transposed copies of matrices in memory.
enum Transposition {
    /// Writes a matrix's transpose: element (i, j) is read at `source[i·sourceStride + j]` and written to
    /// `target[j·targetStride + i]`.
    @inline(__always)
    static func copy(
        rows: Int, columns: Int, from source: UnsafePointer<Float>, stride sourceStride: Int,
        to target: UnsafeMutablePointer<Float>, stride targetStride: Int
    ) {
        let (wholeRows, wholeColumns) = (rows / 4 &* 4, columns / 4 &* 4)
        var row = 0
        while row < wholeRows {
            var column = 0
            while column < wholeColumns {
                copySquare(
                    source + (row &* sourceStride &+ column), sourceStride,
                    to: target + (column &* targetStride &+ row), targetStride)
                column &+= 4
            }
            row &+= 4
        }
        for row in 0..<rows {
            for column in (row < wholeRows ? wholeColumns : 0)..<columns {
                target[column &* targetStride &+ row] = source[row &* sourceStride &+ column]
            }
        }
    }

    /// 4×4: taking the even and the odd columns of two neighbouring rows side by side, twice, exchanges the two binary digits of
    /// a row's number with those of a column's.
    @inline(__always)
    private static func copySquare(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, to target: UnsafeMutablePointer<Float>, _ targetStride: Int
    ) {
        typealias Row = SIMD4<Float>
        func pair(_ row: Int) -> SIMD8<Float> {
            let rows = UnsafeRawPointer(source + row &* sourceStride)
            return SIMD8(
                lowHalf: rows.loadUnaligned(as: Row.self),
                highHalf: rows.loadUnaligned(fromByteOffset: sourceStride &* 4, as: Row.self))
        }
        func store(_ row: Int, _ value: Row) {
            UnsafeMutableRawPointer(target + row &* targetStride).storeBytes(of: value, as: Row.self)
        }
        let (upper, lower) = (pair(0), pair(2))
        let even = SIMD8(lowHalf: upper.evenHalf, highHalf: lower.evenHalf)
        let odd = SIMD8(lowHalf: upper.oddHalf, highHalf: lower.oddHalf)
        store(0, even.evenHalf)
        store(1, odd.evenHalf)
        store(2, even.oddHalf)
        store(3, odd.oddHalf)
    }
}
