/// The energy of a linear response whose size may differ from stratum to stratum: by place, by brightness, by image, by frequency.
///
///     E = Σ_s V_s λ_s² / V,   λ_s = Σ_u C_us / V_s,   V_s = Σ_u V_us
///
/// estimated without bias from products of different units u ≠ v, so that what chance makes of λ_s² is left out:
///
///     E = Σ_{u≠v} G_uv,   G_uv = Σ_s C_us C_vs / V_s / V
///
/// The signs of λ_s do not matter; a leak whose sign changes between strata has the energy of one whose sign does not.
///
/// *Spread.* With R the residuals C_us - C̄_s of the units and H their G, the variance is 2 Σ_{u≠v} H_uv² from pairs of residuals and
/// 4 Σ_u (Σ_s C_s R_us / V_s / V)² from the response itself, which the first part is taken out of. All correlations between strata of
/// a unit are in H. *Tail.* E has the shape of a weighted sum of squares: its tail is that of χ² with the skewness
/// 8 tr(H³) / variance^1.5, H without its diagonal (Buckley and Eagleson, 1988).
struct StratumEnergy {
    let unitCount: Int
    let estimate: Double
    let standardError: Double
    /// Degrees of freedom of the χ² whose tail is used.
    private let degreesOfFreedom: Double

    /// More units are added up in groups: the cost is that of all pairs.
    private static let mostUnits = 64

    /// - Parameters:
    ///   - units: C, units × strata.
    ///   - power: V_s of each stratum over all units; strata with 0 are left out.
    ///   - total: V; the sum of `power` where the strata cover the field once.
    /// - Throws: `Undetermined` for fewer than 6 units or no power.
    init(units all: [[Double]], power: [Double], total: Double) throws {
        guard all.count >= IntervalEstimator.fewestForInterval else {
            throw Undetermined(
                description: "an energy needs \(IntervalEstimator.fewestForInterval) units, there are \(all.count)")
        }
        guard total > 0 else { throw Undetermined(description: "there is no noise to relate") }
        let units = Self.grouped(all)
        let scale = power.map { $0 > 0 ? (1 / $0 / total).squareRoot() : 0 }
        let scaled = units.map { zip($0, scale).map(*) }
        let n = units.count
        let sums = UnitSums(scaled).totals
        let residuals = scaled.map { row in zip(row, sums).map { $0 - $1 / Double(n) } }
        unitCount = n
        estimate = dot(sums, sums) - scaled.reduce(0) { $0 + dot($1, $1) }
        var gram = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
        for u in 0..<n {
            for v in 0..<u {
                gram[u][v] = dot(residuals[u], residuals[v])
                gram[v][u] = gram[u][v]
            }
        }
        // Residuals have n - 1 degrees of freedom.
        let correction = Double(n) / Double(n - 1)
        let pairs = 2 * correction * correction * gram.joined().reduce(0) { $0 + $1 * $1 }
        let response = 4 * correction * residuals.reduce(0) { sum, row in
            let linear = dot(sums, row)
            return sum + linear * linear
        }
        let variance = pairs + max(0, response - 2 * pairs)
        standardError = variance.squareRoot()
        var cube = 0.0
        for u in 0..<n {
            for v in 0..<n { cube += gram[u][v] * dot(gram[u], gram[v]) }
        }
        let skewness = variance > 0 ? 8 * max(0, cube) / (variance * standardError) : 0
        degreesOfFreedom = min(1e4, max(1, 8 / max(skewness * skewness, 1e-9)))
    }

    /// E with intervals of ± z standard errors around it.
    var interval: IntervalEstimate {
        func around(_ confidence: Double) -> ConfidenceInterval {
            SmallSample.interval(
                estimate: estimate, standardError: standardError, unitCount: unitCount, confidence: confidence)
        }
        return IntervalEstimate(
            estimate: estimate, interval95: around(0.95), interval90: around(0.90), standardError: standardError,
            unitCount: unitCount)
    }

    /// The probability of an energy this large if the true one is at most `bound`.
    func pValue(beyond bound: Double) -> PValue {
        guard estimate > bound else { return PValue(1) }
        guard standardError > 0 else { return PValue(0) }
        let z = (estimate - bound) / standardError
        let chi = ChiSquared(degreesOfFreedom: degreesOfFreedom)
            .upperTail(degreesOfFreedom + z * (2 * degreesOfFreedom).squareRoot())
        // The spread is itself estimated from few units.
        let student = StudentT(degreesOfFreedom: Double(unitCount - 1)).cdf(-z)
        return PValue(min(1, max(chi, student)))
    }

    private static func grouped(_ units: [[Double]]) -> [[Double]] {
        guard units.count > mostUnits else { return units }
        return units.summed(by: units.indices.map { $0 * mostUnits / units.count })
    }
}
