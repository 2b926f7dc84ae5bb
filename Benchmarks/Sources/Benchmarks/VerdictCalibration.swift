import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// How often the verdict is wrong: fails without a leak, passes with one, and intervals that miss a planted λ. One JSON object a line;
/// `calibrate.py` makes the tables.
enum VerdictCalibration {
    /// The parts that can be run apart, each the arguments of one run but for the number of data sets.
    struct Parts: Encodable {
        let null = VerdictCase.all.map(\.name)
        let coverage = VerdictCase.all.map(\.name)
        let leaks = VerdictLeak.all.map(\.name)
    }

    /// How often each answer was given to one kind of data with one kind of evidence.
    private struct Answers: Encodable {
        let part: String
        /// Name of the case or of the leak.
        let kind: String
        let title: String
        let evidence: String
        /// Energy of the leak over ε².
        var energy: Double?
        var trials = 0
        var verdicts: [String: Int] = [:]
        var scopes: [String: Int] = [:]
        /// Passes by scope.
        var passScopes: [String: Int] = [:]
        /// Passes whose scope claims that there is no such leak.
        var claimed = 0
        /// Data sets whose verdict is `fail`, for each row that fails.
        var failing: [String: Int] = [:]
        /// Data sets whose verdict is `inconclusive` or `premise`, for each row that is inconclusive.
        var open: [String: Int] = [:]
        /// Fails and passes for each model.
        var failsOf: [String: Int] = [:]
        var trialsOf: [String: Int] = [:]
        /// Data sets in which λ is measured, and in which it is decided to be none; and the passes among these.
        var measured = 0
        var decided = 0
        var passesOfDecided = 0

        mutating func add(_ answer: SuiteAnswer, _ evidence: VerdictEvidence, model: VerdictModel, row: String? = nil) {
            trials += 1
            verdicts[answer.verdict, default: 0] += 1
            trialsOf[model.rawValue, default: 0] += 1
            if let scope = answer.scope { scopes[scope, default: 0] += 1 }
            switch answer.verdict {
            case "fail":
                failsOf[model.rawValue, default: 0] += 1
                for id in answer.rows(with: .fail) { failing[id, default: 0] += 1 }
            case "pass":
                if let scope = answer.scope { passScopes[scope, default: 0] += 1 }
                if answer.claims(row) { claimed += 1 }
            default: for id in answer.rows(with: .inconclusive) { open[id, default: 0] += 1 }
            }
            guard let isNone = answer.decidesNone(evidence) else { return }
            measured += 1
            guard isNone else { return }
            decided += 1
            if answer.verdict == "pass" { passesOfDecided += 1 }
        }
    }

    /// No leak, one verdict for each data set. Models take turns within evidence: of 25 data sets ten are tested with the exchange, ten with
    /// their clean images alone and five with a repeat alone.
    static func null(_ kind: VerdictCase, trials: Int) throws {
        VerdictData.check(kind, seed: seed(kind, 2))
        let models = VerdictModel.allCases, turns: [VerdictEvidence] = [.exchange, .clean, .exchange, .clean, .fresh]
        let answers = try Parallel.map(trials) { trial in
            let data = VerdictData(kind, seed: seed(kind, 0) + UInt64(trial))
            let model = models[trial % models.count], evidence = turns[trial / models.count % turns.count]
            // Every sixth model passes a fifth of the margin: it reads its target, and that is no leak that matters.
            let predictor = VerdictPredictor(
                model, on: data, leak: trial % 6 == 5 ? .inPlace(0.002) : nil, isSaved: evidence != .exchange)
            return (evidence, model, try SuiteAnswer(predictor, on: data.evaluation(evidence), seed: data.seed))
        }
        for evidence in VerdictEvidence.allCases {
            var sum = Answers(part: "null", kind: kind.name, title: kind.title, evidence: evidence.rawValue)
            for (asked, model, answer) in answers where asked == evidence {
                sum.add(answer, evidence, model: model)
            }
            try Main.print(sum)
        }
    }

    /// One kind of leak at 4ε² and 16ε² in 24 pairs of 128², with the exchange and with the clean images alone.
    ///
    /// With the exchange only its own row and λ in place are measured: half of the error rate is that row's own, whatever the others are
    /// (`Judge`), and these could only find more.
    static func leaks(_ leak: VerdictLeak, trials: Int) throws {
        let kind = VerdictCase.ofLeaks(channels: leak.channels)
        let evidences: [VerdictEvidence] = [.exchange, .clean]
        for energy in [4.0, 16] {
            let answers = try Parallel.map(trials) { trial in
                let data = VerdictData(kind, seed: 1 << 44 + UInt64(trial))
                let share = energy * Suite.defaultMargin * Suite.defaultMargin
                return try evidences.map { evidence in
                    let predictor = VerdictPredictor(
                        .binomial, on: data, leak: leak, energy: share, isSaved: evidence != .exchange)
                    return (
                        evidence,
                        try SuiteAnswer(
                            predictor, on: data.evaluation(evidence), seed: data.seed,
                            rows: evidence == .exchange ? ["leakage.total", "leakage.target.observed"] : nil)
                    )
                }
            }
            for evidence in evidences {
                var sum = Answers(part: "leaks", kind: leak.name, title: leak.group, evidence: evidence.rawValue)
                sum.energy = energy
                for (asked, answer) in answers.joined() where asked == evidence {
                    sum.add(answer, evidence, model: .binomial, row: leak.row)
                }
                try Main.print(sum)
            }
        }
    }

    /// How often a 95 % interval holds the truth.
    private struct Coverage: Encodable {
        let part = "coverage"
        let kind: String
        let title: String
        let row: String
        let truth: Double
        var trials = 0
        var refused = 0
        /// Why, of the first data set that was refused.
        var reason: String?
        var holds = 0
        /// Means over data sets.
        var estimate = 0.0
        var width = 0.0
    }

    /// λ0 = 0.05 in place, b→a: the two directions of one data set are not two trials, because ⟨h ∗ n_b, n_a⟩ is ⟨n_b, h ∗ n_a⟩.
    static func coverage(_ kind: VerdictCase, trials: Int) throws {
        let share = 0.05
        let truths = [
            ("leakage.target.observed", share), ("decomposition.cross_term", share), ("leakage.total", share * share),
        ]
        let answers = try Parallel.map(trials) { trial in
            let data = VerdictData(kind, seed: seed(kind, 1) + UInt64(trial))
            let predictor = VerdictPredictor(.binomial, on: data, leak: .inPlace(share))
            return try SuiteAnswer(predictor, on: data.evaluation(.exchange), seed: data.seed, rows: truths.map(\.0))
        }
        for (row, truth) in truths {
            var sum = Coverage(kind: kind.name, title: kind.title, row: row, truth: truth)
            sum.trials = trials
            for answer in answers {
                guard let interval = answer.interval(row, .bToA) else {
                    sum.refused += 1
                    sum.reason = sum.reason ?? answer.reason(row, .bToA)
                    continue
                }
                sum.holds += interval.holds(truth) ? 1 : 0
                sum.estimate += interval.estimate
                sum.width += interval.upper - interval.lower
            }
            let judged = Double(max(1, trials - sum.refused))
            sum.estimate /= judged
            sum.width /= judged
            try Main.print(sum)
        }
    }

    /// Of the first data set; every case and every question has its own.
    private static func seed(_ kind: VerdictCase, _ question: UInt64) -> UInt64 {
        let place = VerdictCase.all.firstIndex { $0.name == kind.name } ?? VerdictCase.all.count
        return (1 << 45) + UInt64(place) << 32 + question << 28
    }
}
