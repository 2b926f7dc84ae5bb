import Engine
import Formats
import Foundation

/// Runs of the ledger, each trained once and kept: a directory for each configuration, named by arm, seed and digest.
///
/// An interrupted ledger goes on where it was: finished runs keep their evidence, and the one under way resumes bit by bit.
final class ClaimRuns {
    /// A run was interrupted; it is saved.
    struct Interrupted: Error {}

    /// What a person may want to know while it takes minutes.
    typealias Report = (_ run: String, _ step: Int, _ of: Int) -> Void

    private let directory: URL
    private let configurations: URL
    private let shouldStop: () -> Bool
    private let report: Report
    private var known: [String: RunEvidence] = [:]

    /// - Parameter configurations: the directory that holds `claims/photos.json`.
    init(_ directory: URL, configurations: URL, shouldStop: @escaping () -> Bool, report: @escaping Report) {
        self.directory = directory
        self.configurations = configurations
        self.shouldStop = shouldStop
        self.report = report
    }

    /// What is measured of an arm, after its training where that has not been done.
    ///
    /// - Parameter seed: `nil` for the configuration's own.
    /// - Throws: `Interrupted`; `InputError`, `TrainingError`, `Undetermined`, `SampleError`.
    func evidence(_ arm: Arm, seed: UInt64?) throws -> RunEvidence {
        let configuration = try configuration(arm, seed), name = try name(arm, configuration)
        if let evidence = known[name] { return evidence }
        let run = directory.appending(path: name), file = run.appending(path: "evidence.json")
        if let stored = try? JSONDecoder().decode(Stored.self, from: Data(contentsOf: file)),
            stored.version == RunEvidence.version
        {
            known[name] = stored.evidence
            return stored.evidence
        }
        let checkpoint = try trained(arm, seed, configuration, in: run)
        let evidence = try RunEvidence(
            checkpoint, configuration, history: try RunDirectory.metrics(in: run.appending(path: "metrics.jsonl")))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try AtomicFile.write(
            try encoder.encode(Stored(version: RunEvidence.version, evidence: evidence)), to: file)
        known[name] = evidence
        return evidence
    }

    private struct Stored: Codable {
        var version: Int
        var evidence: RunEvidence
    }

    func configuration(_ arm: Arm, _ seed: UInt64?) throws -> RunConfiguration {
        var overrides = arm.overrides + (seed.map { ["seed=\($0)"] } ?? [])
        if let start = arm.start.first {
            // Runs beside each other are found by their directory's name.
            overrides.append("checkpoint=\"\(try name(start, configuration(start, seed)))\"")
        }
        return try RunConfiguration(
            contentsOf: configurations.appending(path: "\(arm.file).json"), overrides: overrides)
    }

    private func name(_ arm: Arm, _ configuration: RunConfiguration) throws -> String {
        let digest = SHA256.hex(of: try configuration.encoded(compact: true)).prefix(8)
        return "\(arm.name)-seed\(configuration.seed)-\(digest)"
    }

    private func trained(_ arm: Arm, _ seed: UInt64?, _ configuration: RunConfiguration, in run: URL) throws
        -> Checkpoint
    {
        if let start = arm.start.first { _ = try evidence(start, seed: seed) }
        let dataset = try PairedDataset.load(configuration.data, seed: configuration.seed)
        let trainer = try Trainer(configuration, dataset: dataset, run: RunDirectory(run), resume: true)
        let finished = try trainer.train(shouldStop: shouldStop) { event in
            if case .step(_, let step, let total, _) = event { report(run.lastPathComponent, step, total) }
        }
        guard finished else { throw Interrupted() }
        return try Checkpoint.read(run.appending(path: "checkpoints/last.safetensors"))
    }
}

/// What was measured of every run that a claim needs, by arm, one entry for each seed.
struct EvidenceTable {
    var runs: [Arm: [RunEvidence]]

    /// - Precondition: the claim has the arm.
    subscript(_ arm: Arm) -> [RunEvidence] {
        guard let found = runs[arm] else { preconditionFailure("EvidenceTable: the claim has no arm \(arm.name)") }
        return found
    }

    /// Mean over the seeds, with their smallest and largest.
    func mean(_ arm: Arm, _ value: (RunEvidence) -> Double) -> (mean: Double, range: [Double]) {
        let values = self[arm].map(value)
        return (
            values.reduce(0, +) / Double(values.count),
            [values.min() ?? .nan, values.max() ?? .nan]
        )
    }
}
