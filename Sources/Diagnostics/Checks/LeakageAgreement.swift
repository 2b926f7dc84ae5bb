/// Largest difference between the three estimates of λ_target, on the same tiles.
///
/// Three routes to one number: a disagreement beyond the interval means a bug, correlated noise, or a model so nonlinear that
/// "share of the noise" has no single value. The intervals allow for having picked the largest of three.
/// Out of scope for noise whose mean follows the signal, as the first of them is.
struct LeakageAgreement: Check {
    let id = "leakage.agreement"
    let title = "Agreement of the three estimates of λ_target"
    let condition: any Condition
    private var terms = NoiseTerms()

    /// - Parameter margin: differences below it do not matter, whatever their interval.
    init(margin: Double) { condition = PracticallyZero(margin: margin) }

    mutating func observe(_ sample: Sample) throws {
        let noise = try sample.targetNoise(), swap = try sample.swap(), probes = try sample.probes()
        var products = [
            (try sample.error(), noise), (noise, noise), (swap.output, swap.noise), (swap.noise, swap.noise),
        ]
        for probe in probes { products.append((probe.cotangent, probe.targetGradient)) }
        for probe in probes { products.append((probe.cotangent, probe.cotangent)) }
        try terms.add(products, of: sample)
    }

    func measure(_ scope: Scope) throws -> Measurement {
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
        return measurement(worst.1, "largest difference of λ_target (\(worst.0))", unit: terms.unit, scope)
    }
}
