/// Are neighbours alike? Moran's I ("Notes on continuous stochastic phenomena", Biometrika 37, 1950) on a pixel grid.
///
/// I = (N/S₀) Σ_ij w_ij z_i z_j / Σ z_i², with w_ij = 1 for neighbours and 0 otherwise, z = u - ⟨u⟩. Null: independent normal
/// pixels; then E I = -1/(N-1), Var I = (N²S₁ - N S₂ + 3S₀²)/((N²-1)S₀²) - (E I)² (Cliff and Ord, Spatial Processes, 1981,
/// section 1.5), with S₁ = 2S₀ and S₂ = 4Σ degree² for these weights. Two-sided, from the normal distribution.
public enum MoranI {
    /// Which pixels are neighbours.
    public enum Contiguity: Sendable, CaseIterable {
        /// The four that share an edge.
        case rook
        /// The eight that share an edge or a corner.
        case queen

        /// One of h and -h.
        fileprivate var steps: [(dy: Int, dx: Int)] {
            self == .rook ? [(0, 1), (1, 0)] : [(0, 1), (1, 0), (1, 1), (1, -1)]
        }
    }

    /// I with its expectation, standard deviation and probability under the null.
    public struct Result: Sendable, Equatable {
        /// I, about -1...1: positive where neighbours are alike.
        public let value: Double
        /// -1/(N-1).
        public let expectation: Double
        /// √Var I.
        public let standardDeviation: Double
        /// (I - E I)/√Var I.
        public var z: Double { (value - expectation) / standardDeviation }
        /// Two-sided.
        public var pValue: PValue { PValue(min(1, 2 * NormalDistribution.cdf(-z.magnitude))) }
    }

    /// Measures one field.
    ///
    /// - Throws: `Undetermined` for a field less than 3 pixels high or wide, constant, or not finite.
    public static func test(_ field: Plane, _ contiguity: Contiguity) throws -> Result {
        let u = try field.centred(for: "Moran's I", side: 3)
        let (height, width) = (u.height, u.width)
        var products = 0.0
        var edges = 0.0
        var degrees = [Int](repeating: 0, count: u.values.count)
        for y in 0..<height {
            for x in 0..<width {
                for step in contiguity.steps {
                    let (row, column) = (y + step.dy, x + step.dx)
                    guard row < height, column >= 0, column < width else { continue }
                    products += u[y, x] * u[row, column]
                    edges += 1
                    degrees[y * width + x] += 1
                    degrees[row * width + column] += 1
                }
            }
        }
        let n = Double(u.values.count)
        let s0 = 2 * edges
        let s1 = 2 * s0
        let s2 = 4 * Double(degrees.reduce(0) { $0 + $1 * $1 })
        let expectation = -1 / (n - 1)
        let variance = (n * n * s1 - n * s2 + 3 * s0 * s0) / ((n * n - 1) * s0 * s0) - expectation * expectation
        return Result(
            value: n / s0 * 2 * products / u.values.reduce(0) { $0 + $1 * $1 }, expectation: expectation,
            standardDeviation: variance.squareRoot())
    }
}
