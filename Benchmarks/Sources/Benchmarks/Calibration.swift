import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// How often each test sees something where there is nothing, how often 95 % intervals hold the truth, and which leaks are found with
/// how many pixels. One JSON object a line; `calibrate.py` makes the tables and figures.
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
        /// Whether the rate is to be at most the nominal one.
        var bound: Bool?
        /// The printed minimum detectable effect, its mean over data sets.
        var detectable: Double?
    }

    private enum Answer { case alarm, quiet, refused(String) }

    /// What one row says of one data set.
    private struct Reply {
        let answer: Answer
        var units = 0
        var pValue: PValue?

        init(refused reason: some Error) { answer = .refused("\(reason)") }

        init(_ m: Diagnostics.Measurement, _ alarm: Question.Alarm) {
            units = m.unitCount
            switch alarm {
            case .probability:
                pValue = m.pValue
                answer = (m.pValue?.value ?? 1) <= 0.05 ? .alarm : .quiet
            case .interval(let truth):
                answer = m.interval95.map { $0.contains(truth) ? .quiet : .alarm } ?? .refused("no interval")
            }
        }
    }

    /// The parts that can be run apart: each noise, and the power under white noise.
    static let parts = CalibrationData.noises.map(\.name) + ["power"]

    /// - Parameter again: rows to measure on data sets that the first measurement has not seen; all of them where empty.
    /// - Precondition: `part` is one of `parts`.
    static func run(part: String, trials: Int, again: Set<String> = []) throws {
        guard let index = CalibrationData.noises.firstIndex(where: { $0.name == part }) else {
            return try power(trials: trials)
        }
        let seed = UInt64(index + 1) << 32 + (again.isEmpty ? 0 : 1 << 40)
        func chosen(_ questions: [Question]) -> [Question] {
            again.isEmpty ? questions : questions.filter { !again.isDisjoint(with: $0.rows) }
        }
        let noise = CalibrationData.noises[index]
        try ask(chosen(withoutLeak), "false alarms", noise, trials, seed: seed)
        try ask(chosen(withLeak), "coverage", noise, max(1, trials / 2), seed: seed + 1 << 24)
    }

    private static func ask(
        _ questions: [Question], _ kind: String, _ noise: (name: String, model: NoiseModel), _ trials: Int, seed: UInt64
    ) throws {
        let questions = questions.filter { $0.noises?.contains(noise.name) ?? true }
        let training = questions.contains { $0.make() is Memorisation } ? trainingImages : 0
        let asked = questions.flatMap { question in question.rows.map { (question, $0) } }
        let replies: [[Reply]] = try Parallel.map(trials) { trial in
            let data = CalibrationData(noise.model, images: images, training: training, seed: seed + UInt64(trial))
            var samples: [CalibrationData.Model: [Diagnostics.Sample]] = [:]
            return try questions.flatMap { question in
                let chosen = try samples[question.model] ?? data.samples(question.model)
                samples[question.model] = chosen
                do {
                    let measured = try data.measure(question.make(), chosen.prefix(question.images))
                    return question.rows.map { row in
                        measured.first { $0.check == row }.map { Reply($0, question.alarm) }
                            ?? Reply(refused: Undetermined(description: "no such row"))
                    }
                } catch let error as SampleError where error.isMissingEvidence {
                    return question.rows.map { _ in Reply(refused: error) }
                } catch let error as Undetermined {
                    return question.rows.map { _ in Reply(refused: error) }
                }
            }
        }
        for (k, (question, test)) in asked.enumerated() {
            let finds = kind == "false alarms" && question.finds.contains(noise.name)
            var row = Row(
                kind: finds ? "detections" : kind, noise: noise.name, test: test, trials: trials,
                images: question.images
            )
            if case .leaking(let leak) = question.model { row.leak = leak }
            row.bound = question.isBound ? true : nil
            for reply in replies.map({ $0[k] }) {
                switch reply.answer {
                case .alarm: row.count += kind == "coverage" ? 0 : 1
                case .quiet: row.count += kind == "coverage" ? 1 : 0
                case .refused(let reason):
                    row.refused += 1
                    row.reason = row.reason ?? reason
                }
                row.units = max(row.units, reply.units)
            }
            try Main.print(row)
        }
        let family = asked.indices.filter { asked[$0].0.isTest(of: noise.name) }
        guard family.count > 1 else { return }
        for (name, correction) in [("any", Multiplicity?.none), ("any, corrected", .holm)] {
            var row = Row(kind: "family", noise: noise.name, test: name, trials: trials, images: images)
            row.units = family.count
            row.count = replies.count { replies in
                let pValues = family.compactMap { replies[$0].pValue }
                return (correction?.adjusted(pValues) ?? pValues).contains { $0.value < 0.05 }
            }
            try Main.print(row)
        }
    }

    /// White noise: leaks of a quarter to one and a half times the effect that the formula of docs/THEORY.md says is detectable, at four
    /// sizes of the data; a fifth of the data sets for each.
    private static func power(trials: Int) throws {
        for images in [6, 12, 24, 48] {
            let pixels = Double(images * 2 * 32 * 32)
            // M/V of the binomial filter: Σh² σ_b²/σ_a², the signal error left aside.
            let expected = 2.8 * (0.140625 * 0.0625 / 0.04 / pixels).squareRoot()
            for factor in [0.25, 0.5, 0.75, 1, 1.25, 1.5] {
                let leak = factor * expected
                // Nothing where the noise of a data set looks biased by chance.
                let found: [(isFound: Bool, detectable: Double)?] = try Parallel.map(max(1, trials / 5)) { trial in
                    let seed = UInt64(images) << 40 + UInt64(1000 * factor) << 24 + UInt64(trial)
                    let data = CalibrationData(CalibrationData.noises[0].model, images: images, seed: seed)
                    do {
                        let m = try data.measure(TargetLeakageObserved(margin: 0.01), data.samples(.leaking(leak)))[0]
                        return (m.interval95?.contains(0) == false, m.minimumDetectableEffect ?? .nan)
                    } catch let error as SampleError where error.isMissingEvidence { return nil }
                }
                var row = Row(
                    kind: "power", noise: "white", test: "leakage.target.observed", trials: found.count, images: images,
                    leak: leak)
                let judged = found.compactMap(\.self)
                row.refused = found.count - judged.count
                row.count = judged.count(where: \.isFound)
                row.units = images * 2
                row.detectable = judged.reduce(0) { $0 + $1.detectable } / Double(judged.count)
                try Main.print(row)
            }
        }
    }
}
