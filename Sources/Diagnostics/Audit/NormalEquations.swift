import Fields

/// The normal equations of a least-squares fit: Xᵀ X and Xᵀ y, row by row.
struct NormalEquations {
    private var matrix: [Double]
    private var right: [Double]

    init(terms: Int) {
        matrix = [Double](repeating: 0, count: terms * terms)
        right = [Double](repeating: 0, count: terms)
    }

    mutating func add(_ row: [Double], _ y: Double) {
        for i in row.indices {
            right[i] += row[i] * y
            for j in row.indices { matrix[i * row.count + j] += row[i] * row[j] }
        }
    }

    /// Without the rows of `other`.
    static func - (all: NormalEquations, other: NormalEquations) -> NormalEquations {
        var rest = all
        rest.matrix = zip(all.matrix, other.matrix).map(-)
        rest.right = zip(all.right, other.right).map(-)
        return rest
    }

    /// `nil` where the rows do not fix every term.
    var solution: [Double]? {
        guard let fit = (try? CholeskySolver(matrix, side: right.count)).map({ $0.solve(right) }),
            fit.allSatisfy(\.isFinite)
        else { return nil }
        return fit
    }
}
