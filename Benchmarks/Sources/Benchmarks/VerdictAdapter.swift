@testable import Diagnostics
@testable import Engine

/// What the suite says of one model on one data set, in the words of the results. All that the calibration of the verdict needs of the
/// suite's interface stands here.
struct SuiteAnswer: Sendable {
    /// pass, fail, premise, inconclusive or error.
    let verdict: String
    /// all, linear or none; `nil` from a suite that does not say.
    let scope: String?
    private let rows: [CheckResult]

    /// - Parameter rows: what is measured; `nil` for all that decides.
    init(_ predictor: any Predictor, on evaluation: EvaluationSet, seed: UInt64, rows asked: [String]? = nil) throws {
        var suite = Suite(seed: seed)
        suite.makeChecks = {
            Suite.standardChecks(margin: Suite.defaultMargin).filter { check in
                asked?.contains(check.id) ?? (check.role == .leakage || check.role == .premise)
            }
        }
        let subject = try suite.run(predictor, on: evaluation).subject
        verdict = subject.verdict.rawValue
        scope = subject.scope.rawValue
        rows = subject.checks
    }

    /// Whether the scope of a pass claims that there is no leak of the kind that a row sees: all leaks, or those of a row that passed in every
    /// direction.
    func claims(_ row: String?) -> Bool {
        if scope == "all" { return true }
        let own = rows.filter { $0.id == row }
        return !own.isEmpty && own.allSatisfy { $0.status == .pass }
    }

    /// Ids of the rows that may have made the verdict what it is.
    func rows(with status: Status) -> Set<String> {
        Set(rows.filter { $0.status == status }.map(\.id))
    }

    /// An interval that a row gives in one direction.
    struct Interval: Sendable {
        let estimate: Double
        let lower: Double
        let upper: Double

        /// Exchanges give a point: the rounding of Float32 is left to it.
        func holds(_ truth: Double) -> Bool {
            let rounding = 1e-5 * abs(truth)
            return lower - rounding <= truth && truth <= upper + rounding
        }

        /// Whether the 90 % interval, from the 95 % one by the ratio of normal quantiles, lies inside ±margin.
        func is90(inside margin: Double) -> Bool {
            let ratio = 1.644854 / 1.959964
            return estimate + ratio * (lower - estimate) > -margin && estimate + ratio * (upper - estimate) < margin
        }
    }

    /// `nil` where the row is refused, missing or without an interval.
    func interval(_ id: String, _ direction: Direction) -> Interval? {
        guard let row = rows.first(where: { $0.id == id && $0.direction == direction }), let estimate = row.estimate,
            let ends = row.ci95, ends.count == 2
        else { return nil }
        return Interval(estimate: estimate, lower: ends[0], upper: ends[1])
    }

    /// Why a row gives no interval.
    func reason(_ id: String, _ direction: Direction) -> String? {
        rows.first { $0.id == id && $0.direction == direction }?.because
    }

    /// Whether λ is decided to be practically zero by the row that measures it best with this evidence, in both directions. `nil` where
    /// no row measures it.
    func decidesNone(_ evidence: VerdictEvidence) -> Bool? {
        let (id, margin) =
            switch evidence {
            case .exchange: ("leakage.target.swap", Suite.defaultMargin)
            case .clean: ("leakage.target.observed", Suite.defaultMargin)
            case .fresh: ("leakage.target.fresh", Suite.defaultMargin)
            }
        let intervals = Direction.allCases.compactMap { interval(id, $0) }
        guard intervals.count == Direction.allCases.count else { return nil }
        return intervals.allSatisfy { $0.is90(inside: margin) }
    }
}
