import Fields

/// λ_target = X̂ / ½⟨(x_a - x_a')²⟩ with X̂ = ½(⟨(f - x_a')²⟩ - ⟨(f - x_a)²⟩) and x_a' a further capture of the target.
///
/// Needs no clean image: an output that holds noise of x_a is nearer to x_a than to x_a'. With d = x_a - x_a' and m their mean the
/// difference of squares is 2d·(f - m), which is summed, so that no digits are lost; weights and centring are those of
/// `LinearEvidence`. Both captures have noise of one power. Noisier than the observed route by the spread of m.
package struct TargetLeakageFresh: Check {
    package let id = "leakage.target.fresh"
    package let title = "Target noise in the output, by a fresh capture and no clean image"
    package let role = Role.leakage
    package let evidence = Evidence.inPlace
    let margin: Double
    private var terms = UnitTerms()

    package init(margin: Double) { self.margin = margin }

    package mutating func observe(_ sample: Sample) throws {
        let linear = try sample.freshEvidence()
        terms.add([(linear.instrument, linear.error), (linear.instrument, linear.noise)], of: sample)
    }

    package func measurements(_ scope: Scope) throws -> [Measurement] {
        var result = row(
            try terms.estimate(scope) { $0[0] / $0[1] }, "λ_target (fresh)", unit: terms.unit, .within(margin), scope)
        result.basis = .repeated
        return [result]
    }
}
