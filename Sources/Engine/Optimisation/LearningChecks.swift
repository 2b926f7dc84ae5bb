import Foundation

/// Whether a run's metrics look like learning. Says nothing about leakage: a leaking run passes all of these.
public struct LearningChecks: Codable, Sendable {
    /// One question about a run and its answer.
    public struct Check: Codable, Sendable, Equatable {
        /// The question.
        public let name: String
        /// Whether the answer is the wanted one.
        public let pass: Bool
        /// One sentence with the numbers.
        public let because: String
    }

    /// In the order of the summary.
    public let checks: [Check]
    /// Whether all pass.
    public var pass: Bool { checks.allSatisfy(\.pass) }

    /// - Parameters:
    ///   - records: the epochs of a run, in order.
    ///   - bounds: below its thresholds a latent or an output is constant; as for the collapse guard.
    ///   - expectations: those of the configuration, if it has any.
    ///   - failure: why training stopped, if it stopped by itself.
    public init(
        _ records: [EpochRecord], bounds: AntiCollapseConfiguration = AntiCollapseConfiguration(),
        expectations: LearningExpectations? = nil, failure: String? = nil
    ) {
        var checks = [
            Check(
                name: "finite", pass: failure == nil,
                because: failure ?? "every loss of \(records.count) epochs is finite")
        ]
        if let first = records.first, let last = records.last, records.count > 1 {
            checks.append(Self.falling("cross loss falls", "loss/cross", records))
            let from = first.values["loss/content"], to = last.values["loss/content"]
            checks.append(
                Check(
                    name: "content loss converges", pass: from.flatMap { from in to.map { $0 <= from } } ?? false,
                    because:
                        "from \(Self.text(from)) in epoch \(first.epoch) to \(Self.text(to)) in epoch \(last.epoch)"))
            for (name, key, quantity, bound) in [
                ("latent lives", "latent/life", "share that differs between images", bounds.lifeThreshold),
                ("output does not collapse", "variance/cross", "variance", bounds.varianceThreshold),
            ] {
                let value = last.values[key]
                checks.append(
                    Check(
                        name: name, pass: value.map { $0 > bound } ?? false,
                        because: value.map { "\(quantity) \(Self.text($0)), must be above \(Self.text(bound))" }
                            ?? "not known: an epoch is one image"))
            }
        } else if failure == nil {
            checks.append(
                Check(
                    name: "epochs", pass: false, because: "\(records.count) epochs say nothing; at least 2 are needed"))
        }
        self.checks = checks + (expectations?.checks(records) ?? [])
    }

    /// The least-squares slope of the loss against the epoch is negative, and the best of the last half is below the first epoch.
    private static func falling(_ name: String, _ key: String, _ records: [EpochRecord]) -> Check {
        let points = records.compactMap { record in record.values[key].map { (Double(record.epoch), $0) } }
        guard let first = points.first?.1 else { return Check(name: name, pass: false, because: "no epoch has \(key)") }
        let count = Double(points.count)
        let meanX = points.reduce(0) { $0 + $1.0 } / count, meanY = points.reduce(0) { $0 + $1.1 } / count
        let covariance = points.reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
        let variance = points.reduce(0) { $0 + ($1.0 - meanX) * ($1.0 - meanX) }
        let slope = variance > 0 ? covariance / variance : 0
        let best = points.suffix(points.count / 2).map(\.1).min() ?? .infinity
        return Check(
            name: name, pass: slope < 0 && best < first,
            because: "\(text(slope)) per epoch, from \(text(first)) to \(text(best)) at best in the last half")
    }

    private static func text(_ value: Double?) -> String { value.map { String(format: "%.4g", $0) } ?? "not measured" }

    /// What failed and what a person can do, in one sentence; `nil` where all pass.
    public var advice: String? {
        let failed = checks.filter { !$0.pass }.map(\.name)
        guard !failed.isEmpty else { return nil }
        let remedy = Self.remedies.first { failed.contains($0.check) }?.remedy ?? "the lines above have the numbers"
        return "this run does not look like learning (\(failed.joined(separator: ", "))): \(remedy)"
    }

    /// What causes the others first.
    private static let remedies: [(check: String, remedy: String)] = [
        ("finite", "a smaller learning rate may help"),
        (
            "latent lives",
            "the latent is the same for every image, and outputs can know the image through skips alone; "
                + "content_loss relative, less content weight, a smaller learning rate or images that differ may help"
        ),
        (
            "output does not collapse",
            "the outputs are the same for every image; a smaller learning rate or images that differ may help"
        ),
        ("cross loss falls", "a smaller learning rate or more epochs may help"),
    ]

    /// One line a check.
    public var text: String {
        checks.map { "\($0.pass ? "pass" : "FAIL")  \($0.name): \($0.because)\n" }.joined()
    }
}
