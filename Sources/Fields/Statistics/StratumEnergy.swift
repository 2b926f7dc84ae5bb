/// The energy of a linear response whose size may differ from stratum to stratum: by place, by brightness, by image, by frequency.
///
///     E = Σ_s V_s λ_s² / V,   λ_s = Σ_u C_us / V_s,   V_s = Σ_u V_us
///
/// estimated without bias from products of different units u ≠ v, so that what chance makes of λ_s² is left out:
///
///     E = n/(n-1) Σ_{u≠v} G_uv,   G_uv = Σ_s C_us C_vs / V_s / V
///
/// where n/(n-1) stands for the pairs u = v, as if power were spread evenly over units. The signs of λ_s do not matter; a leak whose sign
/// changes between strata has the energy of one whose sign does not.
///
/// *Spread.* G_uv less a number of the whole, one of u and one of v leaves H, in which a response that all units share is no more, and
/// chance has mean 0: with residuals from the mean of the units in place of it, H_uv holds -1/n of their own power, which for many strata
/// and few units is more than all else. The variance is 2 (n-1)/(n-3) Σ_{u≠v} H_uv² from pairs and 4 n/(n-1) Σ_u (Σ_v G_uv - mean)² from the
/// response, which the first part is taken out of. All correlations between strata of a unit are in H. *Tail.* E has the shape of
/// a weighted sum of squares: its tail is that of χ² with the skewness 8 tr(H³) / variance^1.5 (Buckley and Eagleson, 1988).
package struct StratumEnergy {
    package let unitCount: Int
    package let estimate: Double
    package let standardError: Double
    /// Degrees of freedom of the χ² whose tail is used.
    private let degreesOfFreedom: Double

    /// More units are added up in groups: the cost is that of all pairs.
    private static let mostUnits = 64

    /// - Parameters:
    ///   - units: C, units × strata.
    ///   - power: V_s of each stratum over all units; strata with 0 are left out.
    ///   - total: V; the sum of `power` where the strata cover the field once.
    /// - Throws: `Undetermined` for fewer than 6 units or no power.
    package init(units all: [[Double]], power: [Double], total: Double) throws {
        guard all.count >= IntervalEstimator.fewestForInterval else {
            throw Undetermined(
                description: "an energy needs \(IntervalEstimator.fewestForInterval) units, there are \(all.count)")
        }
        guard total > 0 else { throw Undetermined(description: "there is no noise to relate") }
        let units = Self.grouped(all)
        let scale = power.map { $0 > 0 ? (1 / $0 / total).squareRoot() : 0 }
        let scaled = units.map { zip($0, scale).map(*) }
        let n = units.count
        let count = Double(n)
        var gram = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
        for u in 0..<n {
            for v in 0..<u {
                gram[u][v] = dot(scaled[u], scaled[v])
                gram[v][u] = gram[u][v]
            }
        }
        let rows = gram.map { $0.reduce(0, +) }
        let sum = rows.reduce(0, +), mean = sum / count
        // The additive fit of a symmetric table without its diagonal.
        let own = rows.map { ($0 - mean) / (count - 2) }
        for u in 0..<n {
            for v in 0..<n where v != u { gram[u][v] -= mean / (count - 1) + own[u] + own[v] }
        }
        let pairs = 2 * (count - 1) / (count - 3) * gram.joined().reduce(0) { $0 + $1 * $1 }
        let response = 4 * count / (count - 1) * rows.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let variance = pairs + max(0, response - 2 * pairs)
        let spread = variance.squareRoot(), evenly = count / (count - 1)
        unitCount = n
        estimate = evenly * sum
        standardError = evenly * spread
        var cube = 0.0
        for u in 0..<n {
            for v in 0..<n { cube += gram[u][v] * dot(gram[u], gram[v]) }
        }
        let skewness = variance > 0 ? 8 * max(0, cube) / (variance * spread) : 0
        degreesOfFreedom = min(1e4, max(1, 8 / max(skewness * skewness, 1e-9)))
    }

    /// E with intervals of ± z standard errors around it.
    package var interval: IntervalEstimate {
        func around(_ confidence: Double) -> ConfidenceInterval {
            SmallSample.interval(
                estimate: estimate, standardError: standardError, unitCount: unitCount, confidence: confidence)
        }
        return IntervalEstimate(
            estimate: estimate, interval95: around(0.95), interval90: around(0.90), standardError: standardError,
            unitCount: unitCount)
    }

    /// The probability of an energy this large if the true one is at most `bound`.
    package func pValue(beyond bound: Double) -> PValue {
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
