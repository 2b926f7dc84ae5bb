import Engine

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
    let condition: any Condition = NoAverage(margin: 0.02)
    private var terms = TileTerms()

    mutating func observe(_ sample: Sample) throws {
        guard sample.evaluation.redraw == nil else {
            throw SampleError.outOfScope("the noise was added to this very reference")
        }
        let u = try sample.targetNoise(), fresh = try sample.capture(.fresh)
        let v = difference(fresh, try sample.clean())
        let change = difference(sample.pair.noisy[sample.target], fresh)
        terms.add([(u, u), (v, v), (u, v), (change, change)], of: sample)
    }

    func measure(_ scope: Scope) throws -> Measurement {
        let routes: [(String, SumStatistic)] = [
            ("of this observation", { ($0[1] - $0[0]) / $0[3] }), ("of both captures", { -2 * $0[2] / $0[3] }),
        ]
        let estimates = try routes.map { ($0.0, try terms.estimate(scope, comparisons: routes.count, $0.1)) }
        let worst = estimates.max { $0.1.estimate.magnitude < $1.1.estimate.magnitude } ?? estimates[0]
        return measurement(worst.1, "share of the noise in the clean reference (\(worst.0))", unit: terms.unit, scope)
    }
}

/// The clean reference is no average of captures; a warning with the number of captures otherwise.
struct NoAverage: Condition {
    /// Shares below it do not matter.
    let margin: Double

    func judge(_ m: Measurement) -> Judgement {
        guard let interval = m.interval95 else {
            return Judgement(.inconclusive, threshold: margin, because: "\(m.described) from \(m.tooFew).")
        }
        let text = "\(m.described), 95 % interval \(interval.bracketed)"
        let share = m.value.number
        guard !interval.contains(0), share.magnitude > margin else {
            return Judgement(.pass, threshold: margin, because: "\(text): nothing speaks for an average of captures.")
        }
        let captures = Int((1 / share.magnitude).rounded())
        let correlation = NumberText.significant(share.magnitude.squareRoot())
        return Judgement(
            .warn, threshold: margin,
            because: share > 0
                ? "\(text): it correlates \(correlation) with the noise, as an average of about \(captures) captures does that "
                    + "contains the one it is compared with; every λ is off by about \(NumberText.significant(share))."
                : "\(text): the reference has noise of its own, as an average of about \(captures) other captures has.")
    }
}
