import Engine
import Foundation

@testable import Diagnostics

/// How often each test sees something where there is nothing, how often 95 % intervals hold the truth, and which leaks are found with
/// how many pixels. One JSON object a line; `calibrate.py` makes the tables.
enum Calibration {
    private struct Row: Encodable {
        let kind: String
        let noise: String
        let test: String
        let trials: Int
        let images: Int
        /// Alarms, or intervals that hold the truth, or leaks found.
        var count = 0
        /// Data sets that the check refused to judge, with a reason.
        var refused = 0
        var reason: String?
        var units = 0
        var leak: Double?
        /// The printed minimum detectable effect, its mean over data sets.
        var detectable: Double?
    }

    private enum Answer { case alarm, quiet, refused(String) }

    private struct Question: Sendable {
        let name: String
        let images: Int
        let make: @Sendable () -> any Check
        /// The p-value, or else the 95 % interval, is asked.
        var usesProbability = false
        /// Noises on which there is something to find, so that an alarm is no false one.
        var finds: Set<String> = []
    }

    private static let images = 20
    /// All pairs of tiles are measured for dependence: fewer of them.
    private static let dependenceImages = 8
    private static let coloured: Set<String> = ["blurred 0.5 px", "blurred 1 px", "blurred 2 px", "rows"]

    private static let intervals: [Question] = [
        Question(name: "leakage.target.observed", images: images, make: { TargetLeakageObserved(margin: 0.01) }),
        Question(name: "leakage.target.fresh", images: images, make: { TargetLeakageFresh(margin: 0.02) }),
        Question(name: "leakage.joint.target", images: images, make: { JointRegression.target(margin: 0.01) }),
        Question(name: "decomposition.noise_power", images: images, make: { DecompositionNoisePower(margin: 0.02) }),
        Question(name: "decomposition.risk", images: images, make: { DecompositionRisk(margin: 0.02) }),
    ]

    private static let probabilities: [Question] = [
        Question(
            name: "decomposition.zero_mean", images: images, make: { DecompositionZeroMean(margin: 0.05) },
            usesProbability: true, finds: ["Rician"]),
        Question(name: "spectrum.coherence", images: images, make: { SpectralCoherence() }, usesProbability: true),
        Question(
            name: "leakage.dependence", images: dependenceImages, make: { LeakageDependence(draws: 199) },
            usesProbability: true),
        Question(
            name: "leakage.displaced", images: images, make: { LeakageDisplaced(draws: 199) }, usesProbability: true),
        Question(name: "residual.peaks", images: images, make: { ResidualPeaks() }, usesProbability: true),
        Question(
            name: "noise.whiteness", images: images, make: { NoiseWhiteness() }, usesProbability: true, finds: coloured),
    ]

    static func run(trials: Int) throws {
        for (index, noise) in CalibrationData.noises.enumerated() {
            let seed = UInt64(index + 1) << 32
            try ask(
                intervals + probabilities, "false alarms", noise, trials, leak: 0, seed: seed)
            try ask(intervals, "coverage", noise, trials, leak: 0.05, seed: seed + 1 << 24)
        }
        try power(trials: trials)
    }

    private static func ask(
        _ questions: [Question], _ kind: String, _ noise: (name: String, model: NoiseModel), _ trials: Int,
        leak: Double,
        seed: UInt64
    ) throws {
        let answers: [[(Answer, Int)]] = try Parallel.map(trials) { trial in
            let seed = seed + UInt64(trial)
            let data = try CalibrationData(noise.model, images: images, leak: leak, seed: seed)
            return try questions.map { question in
                do {
                    let m = try data.measure(question.make(), images: question.images, seed: seed)
                    if question.usesProbability {
                        return ((m.pValue?.value ?? 1) <= 0.05 ? .alarm : .quiet, m.unitCount)
                    }
                    guard let interval = m.interval95 else { return (.refused("no interval"), m.unitCount) }
                    let truth =
                        question.name.hasPrefix("leakage")
                        ? leak : question.name == "decomposition.risk" ? -2 * leak : 0
                    return (interval.contains(truth) ? .quiet : .alarm, m.unitCount)
                } catch let error as SampleError where error.isMissingEvidence {
                    return (.refused("\(error)"), 0)
                } catch let error as Undetermined {
                    return (.refused("\(error)"), 0)
                }
            }
        }
        for (k, question) in questions.enumerated() {
            let finds = kind == "false alarms" && question.finds.contains(noise.name)
            var row = Row(
                kind: finds ? "detections" : kind, noise: noise.name, test: question.name, trials: trials,
                images: question.images, leak: leak)
            for answer in answers {
                switch answer[k].0 {
                case .alarm: row.count += kind == "coverage" ? 0 : 1
                case .quiet: row.count += kind == "coverage" ? 1 : 0
                case .refused(let reason):
                    row.refused += 1
                    row.reason = row.reason ?? reason
                }
                row.units = max(row.units, answer[k].1)
            }
            try Main.print(row)
        }
    }

    /// White noise: leaks of half, one and one and a half times the effect that the formula of docs/THEORY.md says is detectable, at
    /// four sizes of the data.
    private static func power(trials: Int) throws {
        for images in [6, 12, 24, 48] {
            let pixels = Double(images * 2 * 32 * 32)
            // M/V of the binomial filter: Σh² σ_b²/σ_a², the signal error left aside.
            let expected = 2.8 * (0.140625 * 0.0625 / 0.04 / pixels).squareRoot()
            for factor in [0.5, 1, 1.5] {
                let leak = factor * expected
                let found: [(Bool, Double)] = try Parallel.map(trials / 2) { trial in
                    let seed = UInt64(images) << 40 + UInt64(1000 * factor) << 24 + UInt64(trial)
                    let data = try CalibrationData(
                        CalibrationData.noises[0].model, images: images, leak: leak, seed: seed)
                    let m = try data.measure(TargetLeakageObserved(margin: 0.01), seed: seed)
                    return (m.interval95?.contains(0) == false, m.minimumDetectableEffect ?? .nan)
                }
                var row = Row(
                    kind: "power", noise: "white", test: "leakage.target.observed", trials: found.count, images: images,
                    leak: leak)
                row.count = found.count { $0.0 }
                row.units = images * 2
                row.detectable = found.reduce(0) { $0 + $1.1 } / Double(found.count)
                try Main.print(row)
            }
        }
    }
}
