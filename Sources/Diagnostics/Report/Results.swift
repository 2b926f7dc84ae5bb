import Engine
import Foundation

/// Everything a run of the suite found: `results.json`, schema `n2n-analyze/results/2` (docs/CLI.md). No arithmetic here.
public struct Results: Codable, Sendable {
    /// Changes when a reader of older files would misread a newer one.
    public static let schemaName = "n2n-analyze/results/2"

    /// All subjects in one word.
    public enum Verdict: String, Codable, Sendable {
        /// A leak of energy ε² would have been seen by what was looked at (`LeakScope`), and was not.
        case pass
        /// Leakage beyond the margin.
        case fail
        /// The data do not meet what the leakage rows rest on; no leakage was shown.
        case premise
        /// Neither.
        case inconclusive
        /// The instrument failed.
        case error

        /// The one that speaks for several, the worst first.
        var rank: Int {
            switch self {
            case .error: 0
            case .fail: 1
            case .premise: 2
            case .inconclusive: 3
            case .pass: 4
            }
        }
    }

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
    public var verdict: Results.Verdict
    /// What a pass of this subject covers.
    public var scope: LeakScope
    /// One row for each check and direction, in the order in which they ran.
    public var checks: [CheckResult]
    /// Plotted curves by name, such as `transfer.b->a`.
    public var series: [String: Series]
    /// Declared: the target is an input of the path; `nil` where nobody said.
    public var readsTarget: Bool?

    enum CodingKeys: String, CodingKey {
        case name, strategy, verdict, scope, checks, series
        case readsTarget = "reads_target"
    }
}

/// A measured curve; all three arrays have one length, but for an empty `ci95`.
public struct Series: Sendable, Equatable {
    /// Abscissa: cycles/pixel for spectra, the epoch for losses.
    public var frequency: [Double]
    /// Ordinate, in the unit that `SeriesName` gives; not finite where nothing could be measured.
    public var value: [Double]
    /// `[lower, upper]` per point; empty where no interval is given.
    public var ci95: [[Double]]

    /// - Precondition: the arrays fit each other. Numbers need not be finite.
    public init(frequency: [Double], value: [Double], ci95: [[Double]] = []) {
        precondition(frequency.count == value.count && (ci95.isEmpty || ci95.count == value.count), "Series: lengths")
        self.frequency = frequency
        self.value = value
        self.ci95 = ci95
    }
}

/// A measurement and its judgement as one row of `results.json`.
public struct CheckResult: Codable, Sendable {
    /// Check id of docs/THEORY.md.
    public var id: String
    /// What the check claims or measures, in words.
    public var title: String
    /// What the row may decide.
    public var role: Role = .description
    /// What is asked of the number.
    public var criterion: Criterion = .none
    /// `nil` for what has no direction.
    public var direction: Direction?
    /// `nil` in a row without a number, like all that follows but `status` and `because`.
    public var regime: Regime?
    /// Whether the pairs were trained on.
    public var split: Split?
    /// The measured number; `nil` also where it is not finite.
    public var estimate: Double?
    /// What `estimate` is and in which unit.
    public var quantity: String?
    /// What a derivation says that `estimate` is; rows of `verify` alone.
    public var predicted: Double?
    /// `[lower, upper]` of the 95 % interval; `nil` for an exact number, or one from too few units.
    public var ci95: [Double]?
    /// What the interval resamples.
    public var unit: ResamplingUnit?
    /// `n_units`: number of units.
    public var unitCount: Int?
    /// `n_images`: number of pairs.
    public var imageCount: Int?
    /// `mde`: smallest effect that this sample would detect with 80 % power.
    public var minimumDetectableEffect: Double?
    /// `p_value`, in 0...1: of an effect within the criterion (leakage, premise), or of the row's own null hypothesis.
    public var pValue: Double?
    /// `p_adjusted`: corrected for all rows of the subject in the same role (Holm); what is judged.
    public var adjustedPValue: Double?
    /// The judgement.
    public var status: Status
    /// The judgement's reason: one sentence with the numbers in it.
    public var because: String

    enum CodingKeys: String, CodingKey {
        case id, title, role, criterion, direction, regime, split, estimate, quantity, predicted, ci95, unit, status,
            because
        case unitCount = "n_units"
        case imageCount = "n_images"
        case minimumDetectableEffect = "mde"
        case pValue = "p_value"
        case adjustedPValue = "p_adjusted"
    }

    init(_ measurement: Measurement, _ judgement: Judgement) {
        id = measurement.check
        title = measurement.title
        role = measurement.role
        criterion = measurement.criterion
        direction = measurement.direction
        regime = measurement.regime
        split = measurement.split
        let number = measurement.value.number
        estimate = number.isFinite ? number : nil
        quantity = measurement.value.quantity
        ci95 = measurement.interval95.map { [$0.lower, $0.upper] }
        unit = measurement.unit
        unitCount = measurement.unitCount
        imageCount = measurement.imageCount
        minimumDetectableEffect = measurement.minimumDetectableEffect
        pValue = judgement.pValue?.value
        adjustedPValue = judgement.adjustedPValue?.value
        status = judgement.status
        because = judgement.because
    }

    /// A row without a number: a check that threw, or one that does not apply here.
    init(
        id: String, title: String, role: Role = .description, criterion: Criterion = .none, direction: Direction?,
        status: Status, because: String
    ) {
        self.id = id
        self.title = title
        self.role = role
        self.criterion = criterion
        self.direction = direction
        self.status = status
        self.because = because
    }
}
