/// Ratios of sums over one set of units, one for each member of a family: displacements, orientations, functions of the noise.
///
/// θ_k = Σ_u C_uk / Σ_u V_uk, with the linearised standard error √(n/(n-1) Σ_u (C_uk - θ_k V_uk)²) / Σ_u V_uk. Members whose V is nearly in
/// one or two units, (ΣV)²/ΣV² < 3, are left out.
package struct RatioFamily {
    private let numerators: [[Double]]
    private let denominators: [[Double]]
    private let totals: (numerators: [Double], denominators: [Double])

    /// The member that is farthest from nothing.
    package struct Strongest {
        package let member: Int
        package let estimate: IntervalEstimate
        /// Of a ratio this far beyond the margin in any member (Bonferroni).
        package let pValue: PValue?
    }

    /// - Parameters:
    ///   - numerators: C, units × members.
    ///   - denominators: V, units × members, or units × 1 where all members share it.
    /// - Precondition: at least one unit, and rows of one length.
    package init(numerators: [[Double]], denominators: [[Double]]) {
        precondition(!numerators.isEmpty && numerators.count == denominators.count, "RatioFamily: units")
        self.numerators = numerators
        self.denominators = denominators
        totals = (UnitSums(numerators).totals, UnitSums(denominators).totals)
    }

    /// Number of units.
    package var unitCount: Int { numerators.count }

    /// The member whose ratio is farthest beyond ±margin in its own standard errors, or, where none is beyond it, the one with the
    /// largest |θ|/SE. Its intervals hold for all members at once (Bonferroni).
    ///
    /// - Throws: `Undetermined` where no member has a denominator above 0.
    package func strongest(beyond margin: Double) throws -> Strongest {
        try extreme(.within(margin)) { $0.magnitude }
    }

    /// The same of ratios above the margin alone.
    ///
    /// - Throws: as `strongest`.
    package func largest(beyond margin: Double) throws -> Strongest { try extreme(.below(margin)) { $0 } }

    private func extreme(_ criterion: Criterion, _ size: (Double) -> Double) throws -> Strongest {
        let n = Double(unitCount), margin = criterion.bound ?? 0
        let members = totals.numerators.indices.compactMap { k -> (member: Int, value: Double, error: Double)? in
            let total = denominator(totals.denominators, k)
            // A member that one or two units hold nearly alone has no spread over units.
            let squares = denominators.reduce(0) { $0 + denominator($1, k) * denominator($1, k) }
            guard total > 0, unitCount < 3 || total * total >= 3 * squares else { return nil }
            let value = totals.numerators[k] / total
            var rests = 0.0
            for u in numerators.indices {
                let rest = numerators[u][k] - value * denominator(denominators[u], k)
                rests += rest * rest
            }
            return (k, value, (n / max(1, n - 1) * rests).squareRoot() / total)
        }
        /// Beyond the margin first, then by distance from 0.
        func distance(_ m: (member: Int, value: Double, error: Double)) -> (Double, Double) {
            let scale = max(m.error, .leastNormalMagnitude)
            return (max(0, size(m.value) - margin) / scale, size(m.value) / scale)
        }
        guard let worst = members.max(by: { distance($0) < distance($1) }) else {
            throw Undetermined(description: "there is no noise to relate")
        }
        var estimate = IntervalEstimate(estimate: worst.value, unitCount: unitCount)
        guard unitCount >= 2 else { return Strongest(member: worst.member, estimate: estimate, pValue: nil) }
        estimate.standardError = worst.error
        guard unitCount >= IntervalEstimator.fewestForInterval else {
            return Strongest(member: worst.member, estimate: estimate, pValue: nil)
        }
        let count = Double(members.count)
        func interval(_ confidence: Double) -> ConfidenceInterval {
            let found = SmallSample.interval(
                estimate: worst.value, standardError: worst.error, unitCount: unitCount,
                confidence: 1 - (1 - confidence) / count)
            return ConfidenceInterval(lower: found.lower, upper: found.upper, confidence: confidence)
        }
        estimate.interval95 = interval(0.95)
        estimate.interval90 = interval(0.90)
        let one = BeyondBound.pValue(worst.value, standardError: worst.error, unitCount: unitCount, criterion)
        return Strongest(
            member: worst.member, estimate: estimate, pValue: one.map { PValue(min(1, count * $0.value)) })
    }

    private func denominator(_ row: [Double], _ member: Int) -> Double { row.count == 1 ? row[0] : row[member] }
}
