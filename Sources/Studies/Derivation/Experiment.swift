import Diagnostics
import Fields
import Figures
import Formats

/// A part of the derivation: what it predicts, and what a simulation measures.
protocol Experiment: Sendable {
    /// Its number, which separates its random numbers from those of others.
    var number: Int { get }
    /// Id of its rows, after `theory.`.
    var id: String { get }
    var title: String { get }
    /// What is derived, with the formula and its source, as the report prints it.
    var derivation: String { get }

    /// - Throws: `Undetermined` where an estimator under test cannot measure.
    func run(_ laboratory: Laboratory) throws -> Outcome
}

/// What an experiment found.
struct Outcome {
    var predictions: [Prediction]
    /// Prediction as a line, measurement as points on it.
    var figure: LinePlot?
    /// What a figure shows, in one or two sentences.
    var caption = ""
}

/// One predicted number beside the measured one.
struct Prediction: Sendable, Equatable {
    /// Which number, such as `M, Wiener filter`.
    var quantity: String
    var predicted: Double
    var measured: Estimate

    init(_ quantity: String, _ predicted: Double, _ measured: Estimate) {
        self.quantity = quantity
        self.predicted = predicted
        self.measured = measured
    }

    /// An identity, which holds to rounding: no chance is involved.
    init(_ quantity: String, exactly predicted: Double, _ measured: Double) {
        self.init(quantity, predicted, Estimate(mean: measured, standardError: 0))
    }

    /// Measured less predicted in standard errors.
    var score: Double {
        let difference = measured.mean - predicted
        return abs(difference) <= rounding ? 0 : difference / measured.standardError
    }

    /// Rounding of sums in Float64.
    private var rounding: Double { 1e-10 * max(abs(predicted), abs(measured.mean), 1e-2) }

    /// Whether it is within `bound` standard errors.
    func holds(_ bound: Double) -> Bool { abs(score) <= bound }
}

/// The derivation, verified: every experiment with one bound for all their rows.
public struct Verification: Sendable {
    /// How often a program without a fault fails, all rows together: once in a thousand runs.
    public static let falseAlarmRate = 0.001

    let findings: [(experiment: any Experiment, outcome: Outcome)]

    static let experiments: [any Experiment] = [
        ClosedFormDenoisers(), ErrorOfTheCrossTerm(), LeakageOracles(), SpectralOracles(), NoiseFamilies(),
        SharedNoiseOptimum(),
        PriceOfLeakage(), NoisyPairsForCleanOnes(), RidgeOptimism(), RankAgreement(),
    ]

    /// Runs everything.
    ///
    /// - Parameter progress: called before each experiment with its title, the number done and of all.
    /// - Throws: what an experiment throws.
    public init(_ laboratory: Laboratory, progress: (String, Int, Int) -> Void = { _, _, _ in }) throws {
        try self.init(laboratory, Self.experiments, progress: progress)
    }

    init(
        _ laboratory: Laboratory, _ experiments: [any Experiment], progress: (String, Int, Int) -> Void = { _, _, _ in }
    ) throws {
        findings = try experiments.enumerated().map { done, experiment in
            progress(experiment.title, done, experiments.count)
            return (experiment, try experiment.run(laboratory))
        }
    }

    /// Bonferroni: the largest of so many scores exceeds it with probability `falseAlarmRate`. The scores are those of means of
    /// hundreds of repetitions, so their distribution is normal.
    var bound: Double {
        let rows = findings.reduce(0) { $0 + $1.outcome.predictions.count }
        return -NormalDistribution.quantile(Self.falseAlarmRate / 2 / Double(max(rows, 1)))
    }

    /// Whether every prediction holds.
    public var holds: Bool { findings.allSatisfy { $0.outcome.predictions.allSatisfy { $0.holds(bound) } } }

    /// One subject with a row for each prediction.
    var subject: Subject {
        let bound = bound
        let rows = findings.flatMap { experiment, outcome in
            outcome.predictions.map { prediction in
                var row = CheckResult(
                    id: "theory.\(experiment.id)", title: prediction.quantity, role: .premise, direction: nil,
                    status: prediction.holds(bound) ? .pass : .fail, because: because(prediction, bound))
                row.estimate = prediction.measured.mean
                row.quantity = prediction.quantity
                row.predicted = prediction.predicted
                let half = 1.96 * prediction.measured.standardError
                row.ci95 = half > 0 ? [prediction.measured.mean - half, prediction.measured.mean + half] : nil
                return row
            }
        }
        return Subject(
            name: "derivation", strategy: nil, verdict: holds ? .pass : .fail, scope: .none, checks: rows, series: [:])
    }

    private func because(_ prediction: Prediction, _ bound: Double) -> String {
        let predicted = NumberText.significant(prediction.predicted, digits: 5)
        let measured = NumberText.significant(prediction.measured.mean, digits: 5)
        let error = NumberText.significant(prediction.measured.standardError, digits: 2)
        guard prediction.measured.standardError > 0 else {
            return
                "Predicted \(predicted), measured \(measured): \(prediction.holds(bound) ? "equal to rounding" : "not equal")."
        }
        return
            "Predicted \(predicted), measured \(measured) ± \(error): \(NumberText.significant(prediction.score, digits: 2)) standard errors "
            + "apart, \(NumberText.significant(bound, digits: 2)) are allowed."
    }
}
