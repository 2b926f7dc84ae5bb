import Fields

/// Largest difference between the three estimates of λ_target, on the same units.
///
/// Three routes to one number: they differ for correlated noise, for memorised noise, or for a model so nonlinear that
/// "share of the noise" has no single value. The intervals allow for having picked the largest of three. Where the target is not read,
/// two of the three are 0 by construction, and the row says so.
struct LeakageAgreement: Check {
    let id = "leakage.agreement"
    let title = "Agreement of λ_target by regression, exchange and derivatives"
    let role = Role.description
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        _ = try sample.clean()
        let linear = try sample.linear(), swap = try sample.swap(), probes = try sample.probes()
        var products = [
            (linear.error, linear.instrument), (linear.noise, linear.instrument), (swap.output, swap.noise),
            (swap.noise, swap.noise),
        ]
        for probe in probes { products.append((probe.cotangent, probe.targetGradient)) }
        for probe in probes { products.append((probe.cotangent, probe.cotangent)) }
        terms.add(products, of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        func observed(_ s: [Double]) -> Double { s[0] / s[1] }
        func swap(_ s: [Double]) -> Double { s[2] / s[3] }
        func jacobian(_ s: [Double]) -> Double {
            let half = (s.count - 4) / 2
            return s[4..<4 + half].reduce(0, +) / s[(4 + half)...].reduce(0, +)
        }
        let pairs: [(String, SumStatistic)] = [
            ("observed - swap", { observed($0) - swap($0) }),
            ("observed - jacobian", { observed($0) - jacobian($0) }),
            ("swap - jacobian", { swap($0) - jacobian($0) }),
        ]
        let estimates = try pairs.map { ($0.0, try terms.estimate(scope, comparisons: pairs.count, $0.1)) }
        let worst = estimates.max { $0.1.estimate.magnitude < $1.1.estimate.magnitude } ?? estimates[0]
        let isByConstruction = try terms.estimate(scope) { swap($0).magnitude + jacobian($0).magnitude }.estimate == 0
        return [
            row(
                worst.1, "largest difference of λ_target (\(worst.0))", unit: terms.unit, .none, scope,
                reading: isByConstruction
                    ? "exchange and derivative are 0 by construction, since the target is not read" : "")
        ]
    }
}
