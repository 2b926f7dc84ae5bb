/// Solves A·x = b for a symmetric positive definite A, by Cholesky's decomposition A = L·Lᵀ.
package struct CholeskySolver {
    private let side: Int
    /// L, row by row; what is above the diagonal is not read.
    private var factor: [Double]

    /// - Parameter matrix: side × side, row by row; only its lower triangle is read.
    /// - Throws: `Undetermined` for a matrix that is not positive definite.
    package init(_ matrix: [Double], side: Int) throws {
        precondition(matrix.count == side * side, "CholeskySolver: \(matrix.count) numbers for a side of \(side)")
        self.side = side
        factor = matrix
        for j in 0..<side {
            for i in j..<side {
                var sum = factor[i * side + j]
                for k in 0..<j { sum -= factor[i * side + k] * factor[j * side + k] }
                if i > j {
                    factor[i * side + j] = sum / factor[j * side + j]
                } else if sum > 0 {
                    factor[j * side + j] = sum.squareRoot()
                } else {
                    throw Undetermined(description: "a matrix of \(side) × \(side) is not positive definite")
                }
            }
        }
    }

    /// x, by substitution forwards and backwards.
    package func solve(_ right: [Double]) -> [Double] {
        precondition(right.count == side, "CholeskySolver: \(right.count) numbers for a side of \(side)")
        var x = right
        for i in 0..<side {
            for k in 0..<i { x[i] -= factor[i * side + k] * x[k] }
            x[i] /= factor[i * side + i]
        }
        for i in (0..<side).reversed() {
            for k in (i + 1)..<max(side, i + 1) { x[i] -= factor[k * side + i] * x[k] }
            x[i] /= factor[i * side + i]
        }
        return x
    }
}
