import Engine
import Foundation

/// Everything a run of the suite found: `results.json`, schema `n2n-analyze/results/1` (docs/CLI.md). No arithmetic here.
public struct Results: Codable, Sendable {
    public static let schemaName = "n2n-analyze/results/1"

    public enum Verdict: String, Codable, Sendable { case pass, fail, inconclusive, error }

    public var schema = Results.schemaName
    public var verdict: Verdict
    public var provenance: Provenance
    public var subjects: [Subject]

    public init(verdict: Verdict, provenance: Provenance, subjects: [Subject]) {
        self.verdict = verdict
        self.provenance = provenance
        self.subjects = subjects
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
    public var version: String
    public var commit: String?
    public var command: String
    public var configSHA256: String?
    public var checkpointSHA256: [String: String]
    public var dataSHA256: String?
    public var seed: UInt64
    public var threads: Int?
    public var libraries: [String: String]
    /// Only with `--stamp`.
    public var finishedAt: String?

    enum CodingKeys: String, CodingKey {
        case version, commit, command, seed, threads, libraries
        case configSHA256 = "config_sha256"
        case checkpointSHA256 = "checkpoint_sha256"
        case dataSHA256 = "data_sha256"
        case finishedAt = "finished_at"
    }

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
    public var name: String
    public var strategy: String?
    public var checks: [CheckResult]
    /// Plotted curves by name, such as `transfer.b->a`.
    public var series: [String: Series]

    public init(name: String, strategy: String?, checks: [CheckResult], series: [String: Series]) {
        self.name = name
        self.strategy = strategy
        self.checks = checks
        self.series = series
    }
}

/// A measured curve. `ci95` is empty where no interval is given.
public struct Series: Codable, Sendable, Equatable {
    /// Abscissa, cycles/pixel for spectra.
    public var frequency: [Double]
    public var value: [Double]
    /// `[lower, upper]` per point.
    public var ci95: [[Double]]

    public init(frequency: [Double], value: [Double], ci95: [[Double]] = []) {
        precondition(frequency.count == value.count && (ci95.isEmpty || ci95.count == value.count), "Series: lengths")
        self.frequency = frequency
        self.value = value
        self.ci95 = ci95
    }
}

/// A measurement and its judgement as one row of `results.json`.
public struct CheckResult: Codable, Sendable {
    public var id: String
    public var title: String
    public var direction: Direction?
    public var regime: Regime?
    public var split: Split?
    public var estimate: Double?
    public var quantity: String?
    public var ci95: [Double]?
    public var unit: ResamplingUnit?
    public var unitCount: Int?
    public var imageCount: Int?
    public var threshold: Double?
    public var minimumDetectableEffect: Double?
    public var pValue: Double?
    public var status: Status
    public var because: String

    enum CodingKeys: String, CodingKey {
        case id, title, direction, regime, split, estimate, quantity, ci95, unit, threshold, status, because
        case unitCount = "n_units"
        case imageCount = "n_images"
        case minimumDetectableEffect = "mde"
        case pValue = "p_value"
    }

    public init(_ measurement: Measurement, _ judgement: Judgement) {
        id = measurement.check
        title = measurement.title
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
        threshold = judgement.threshold
        minimumDetectableEffect = measurement.minimumDetectableEffect
        pValue = measurement.pValue?.value
        status = judgement.status
        because = judgement.because
    }

    /// A row without a number: a check that threw, or one that does not apply here.
    public init(id: String, title: String, direction: Direction?, status: Status, because: String) {
        self.id = id
        self.title = title
        self.direction = direction
        self.status = status
        self.because = because
    }
}
