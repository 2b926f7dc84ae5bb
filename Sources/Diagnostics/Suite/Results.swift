import Foundation

/// Everything a run of the suite found: `results.json`, schema `n2n-analyze/results/2` (docs/CLI.md). No arithmetic here.
public struct Results: Codable, Sendable {
    /// Changes when a reader of older files would misread a newer one.
    public static let schemaName = "n2n-analyze/results/2"

    /// `schemaName`, or what a file that was read says.
    public var schema = Results.schemaName
    /// Computed by whoever makes the results, from `subjects` and `controls`.
    public var verdict: Verdict
    /// What was looked at in every subject.
    public var scope: LeakScope
    /// What decides, or keeps open, the worst first.
    public var findings: [Finding]
    /// Where the numbers come from.
    public var provenance: Provenance
    /// In the order in which they were named; reports keep it.
    public var subjects: [Subject]
    /// Leaks of known size on the same images: `Controls`; `nil` where none were run.
    public var controls: [CheckResult]?
    /// Paired differences between the subjects; `nil` for fewer than two.
    public var comparison: RunComparison?
    /// What models were tested on; `nil` for results that test no model.
    public var data: DataSummary?
    /// What a demonstration was to show; `nil` for any other run.
    public var expectation: Expectation?

    /// What a demonstration is to show.
    public struct Expectation: Codable, Sendable, Equatable {
        /// For the headline: "leakage in `use_target_skip` and in no other model".
        public var text: String
        /// Whether it was found.
        public var isMet: Bool

        enum CodingKeys: String, CodingKey {
            case text
            case isMet = "is_met"
        }

        /// - Parameter leaking: names of the subjects that must fail; all others must not.
        public init(_ text: String, leaking: Set<String>, in subjects: [Subject]) {
            self.text = text
            isMet = subjects.allSatisfy { ($0.verdict == .fail) == leaking.contains($0.name) }
        }
    }

    /// Results under the present schema.
    public init(
        verdict: Verdict, scope: LeakScope, findings: [Finding], provenance: Provenance, subjects: [Subject],
        controls: [CheckResult]? = nil, comparison: RunComparison? = nil, data: DataSummary? = nil,
        expectation: Expectation? = nil
    ) {
        self.verdict = verdict
        self.scope = scope
        self.findings = findings
        self.provenance = provenance
        self.subjects = subjects
        self.controls = controls
        self.comparison = comparison
        self.data = data
        self.expectation = expectation
    }

    /// Sorted keys, two-space indentation, shortest decimal that reads back as the same Float64; ends with a newline.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}

/// What it takes to get the same numbers again. Holds no time and no machine path unless asked for.
public struct Provenance: Codable, Sendable {
    /// Of this program.
    public var version: String
    /// The program's Git commit; `nil` where it is not known.
    public var commit: String?
    /// The command line as it was typed, ready to be pasted into a shell.
    public var command: String
    /// Lower-case hexadecimal SHA-256 of the configurations of all subjects, one after the other.
    public var configSHA256: String?
    /// SHA-256 of each checkpoint file, by subject.
    public var checkpointSHA256: [String: String]
    /// `EvaluationSet.sha256`.
    public var dataSHA256: String?
    /// Of probes, swaps and bootstraps; those of training stand in the configurations.
    public var seed: UInt64
    /// Only with `--stamp`: the results do not depend on it.
    public var threads: Int?
    /// Version of each numeric library, by name.
    public var libraries: [String: String]
    /// ISO 8601; only with `--stamp`.
    public var finishedAt: String?

    enum CodingKeys: String, CodingKey {
        case version, commit, command, seed, threads, libraries
        case configSHA256 = "config_sha256"
        case checkpointSHA256 = "checkpoint_sha256"
        case dataSHA256 = "data_sha256"
        case finishedAt = "finished_at"
    }

    /// What is left out is not known, or not wanted in the file.
    public init(
        version: String, commit: String?, command: String, configSHA256: String? = nil,
        checkpointSHA256: [String: String] = [:], dataSHA256: String? = nil, seed: UInt64, threads: Int? = nil,
        libraries: [String: String] = [:], finishedAt: String? = nil
    ) {
        self.version = version
        self.commit = commit
        self.command = command
        self.configSHA256 = configSHA256
        self.checkpointSHA256 = checkpointSHA256
        self.dataSHA256 = dataSHA256
        self.seed = seed
        self.threads = threads
        self.libraries = libraries
        self.finishedAt = finishedAt
    }
}

/// One model under test: a checkpoint with a strategy, a set of saved arrays, an oracle.
public struct Subject: Codable, Sendable {
    /// Unique in the results.
    public var name: String
    /// Skip strategy as a configuration names it; `nil` for a subject that has none.
    public var strategy: String?
    /// Its own.
    public var verdict: Verdict
    /// What a pass of this subject covers.
    public var scope: LeakScope
    /// One row for each check and direction, in the order in which they ran.
    public var checks: [CheckResult]
    /// Plotted curves by name, such as `transfer.b->a`.
    public var series: [String: Series]
    /// Declared: the target is an input of the path; `nil` where nobody said.
    public var readsTarget: Bool?
    /// How it was trained; `nil` for a model of another program.
    public var training: TrainingSummary?

    package init(
        name: String, strategy: String? = nil, verdict: Verdict, scope: LeakScope, checks: [CheckResult],
        series: [String: Series], readsTarget: Bool? = nil
    ) {
        self.name = name
        self.strategy = strategy
        self.verdict = verdict
        self.scope = scope
        self.checks = checks
        self.series = series
        self.readsTarget = readsTarget
    }

    enum CodingKeys: String, CodingKey {
        case name, strategy, verdict, scope, checks, series, training
        case readsTarget = "reads_target"
    }
}
