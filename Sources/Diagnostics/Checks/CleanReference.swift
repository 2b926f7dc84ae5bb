import Fields
import Formats
import Tensors

/// Does the clean reference hold noise of the observation that it is compared with, as an average of captures does?
///
/// An average of K captures, x_a among them, correlates 1/√K with n_a. Errors and noises are measured against it, so that every λ, X
/// and V is off by about 1/K. A further capture x_a' shows it, by noise powers of σ² alike. With u = x_a - c, v = x_a' - c and
/// D = ½⟨(x_a - x_a')²⟩:
///
///     (⟨v, v⟩ - ⟨u, u⟩)/2D = 1/K    where x_a is in the average and x_a' is not,
///     -⟨u, v⟩/D = 1/K               where both are; -1/K where neither is.
///
/// Reports the larger of the two, which are 0 for a reference without noise. Out of scope where the program itself added the noise
/// to this reference, which then cannot hold it.
struct CleanReference: Check {
    let id = "decomposition.reference"
    let title = "The clean reference holds none of the noise"
    let role = Role.premise
    let evidence = Evidence.reference
    /// A share of the noise that counts as none.
    static let margin = 0.02
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        guard !sample.evaluation.noiseIsAdded else {
            throw SampleError.outOfScope("the noise was added to this very reference")
        }
        let u = try sample.targetNoise(), fresh = try sample.capture(.fresh)
        let v = difference(fresh, try sample.clean())
        let change = difference(sample.pair.noisy[sample.target], fresh)
        terms.add([(u, u), (v, v), (u, v), (change, change)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let routes: [(String, SumStatistic)] = [
            ("of this observation", { ($0[1] - $0[0]) / $0[3] }), ("of both captures", { -2 * $0[2] / $0[3] }),
        ]
        let estimates = try routes.map { ($0.0, try terms.estimate(scope, comparisons: routes.count, $0.1)) }
        let worst = estimates.max { $0.1.estimate.magnitude < $1.1.estimate.magnitude } ?? estimates[0]
        let share = worst.1.estimate
        let captures = Int((1 / max(share.magnitude, 1e-6)).rounded())
        let reading =
            share.magnitude <= Self.margin
            ? ""
            : share > 0
                ? "as an average of about \(captures) captures that contains the one it is compared with; every λ is off by about \(NumberText.significant(share))"
                : "the reference has noise of its own, as an average of about \(captures) other captures"
        let one = BeyondBound.pValue(
            share, standardError: worst.1.standardError ?? .nan, unitCount: worst.1.unitCount, .within(Self.margin))
        var result = row(
            worst.1, "share of the noise in the clean reference (\(worst.0))", unit: terms.unit,
            .within(Self.margin), scope, pValue: one.map { PValue(min(1, Double(routes.count) * $0.value)) },
            reading: reading)
        result.basis = .repeated
        return [result]
    }
}
