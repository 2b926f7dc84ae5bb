import Diagnostics
import Figures
import Formats
import Foundation
import Reports

/// The ledger of claims: what was argued about skips, weights and losses, each with an experiment, numbers and a verdict.
///
/// The verdicts follow from rules that stand in the source beside the claims; the intervals are over the seeds of training.
public struct Ledger {
    /// Of initialisation, noise, order and crops: every trained arm has one run for each.
    static let seeds: [UInt64?] = [1, 2, 3]

    static let claims: [Claim] = (ClaimsOnSkips.all + ClaimsOnWeights.all + ClaimsOnLosses.all).sorted {
        (Int($0.id.dropFirst()) ?? 0) < (Int($1.id.dropFirst()) ?? 0)
    }

    /// Ids of all claims, C1 to C14.
    public static var ids: [String] { claims.map(\.id) }

    /// What the caller learns while it runs.
    public struct Progress: Sendable {
        /// The claim at work.
        public var claim: String
        /// The run that is being trained.
        public var run: String
        /// Steps done.
        public var step: Int
        /// Steps in all.
        public var stepCount: Int
    }

    /// It was asked to stop; what is done is saved, and the same command goes on from there.
    public struct Interrupted: Error {}

    private let claims: [Claim]
    private let runs: URL
    private let directory: OutputDirectory
    private let configurations: URL

    /// - Parameters:
    ///   - only: ids of the claims to measure; empty for all.
    ///   - out: directory of the report.
    ///   - runs: directory of the training runs, which rows share.
    ///   - configurations: the project's `configs`.
    /// - Throws: `InputError` for an unknown id, or a directory that cannot be made.
    public init(only: [String], out: String, runs: String, configurations: String = "configs") throws {
        if let unknown = only.first(where: { !Self.ids.contains($0) }) {
            throw InputError(
                file: "--only", problem: "there is no claim \"\(unknown)\"",
                remedy: "the claims are \(Self.ids.joined(separator: ", "))")
        }
        claims = Self.claims.filter { only.isEmpty || only.contains($0.id) }
        self.runs = URL(fileURLWithPath: runs)
        directory = try OutputDirectory(out)
        self.configurations = URL(fileURLWithPath: configurations)
    }

    /// Where the report is written.
    public var url: URL { directory.url }

    /// Measures claim after claim and writes the report after each, so that an interrupted ledger shows what it has.
    ///
    /// Rows of other claims that the directory holds already are kept.
    /// - Parameters:
    ///   - command: reproduces the row of an id.
    ///   - formats: of figures, apart from PNG.
    /// - Returns: id and verdict of every claim measured.
    /// - Throws: `Interrupted`; `InputError`, `TrainingError` and what the measurements throw.
    public func perform(
        _ provenance: Provenance, row command: (String) -> String, formats: [FigureFormat] = [],
        shouldStop: @escaping () -> Bool = { false }, progress: @escaping (Progress) -> Void = { _ in }
    ) throws -> [(id: String, verdict: ClaimVerdict)] {
        var claimAtWork = ""
        let cache = ClaimRuns(runs, configurations: configurations, shouldStop: shouldStop) { run, step, count in
            progress(Progress(claim: claimAtWork, run: run, step: step, stepCount: count))
        }
        var file = try LedgerFile.read(in: url, provenance)
        do {
            return try claims.map { claim in
                claimAtWork = claim.id
                let table = try EvidenceTable(
                    runs: Dictionary(
                        uniqueKeysWithValues: claim.arms.map { arm in
                            (arm, try claim.seeds.map { try cache.evidence(arm, seed: $0) })
                        }))
                let row = try LedgerRow(claim, table, command: command(claim.id))
                try directory.make("figures")
                if let figure = claim.figure?(table) {
                    try figure.plot.write(to: url.appending(path: row.figurePath), as: [.png] + formats)
                }
                file.put(row)
                try file.write(in: url)
                return (claim.id, row.verdict)
            }
        } catch is ClaimRuns.Interrupted {
            throw Interrupted()
        }
    }
}

/// A claim with what was found.
struct LedgerRow: Codable, Equatable {
    /// A network's leakage in each regime.
    struct Regimes: Codable, Equatable {
        var skips: String
        var cells: [ClaimFinding]
    }

    var id: String
    var claim: String
    var experiment: String
    var rule: String
    var verdict: ClaimVerdict
    var findings: [ClaimFinding]
    var regimes: [Regimes]
    var reading: String
    var limits: String
    var caption: String?
    var command: String

    /// Relative to the report.
    var figurePath: String { "figures/\(id).png" }

    /// - Throws: what a part's number throws.
    init(_ claim: Claim, _ table: EvidenceTable, command: String) throws {
        id = claim.id
        self.claim = claim.text
        experiment = claim.experiment
        rule = claim.rule.rawValue
        findings = try claim.parts.map { part in
            let runs = part.arms.map { table[$0] }
            let seeds = try claim.seeds.indices.map { seed in try part.value(runs.map { $0[seed] }) }
            return ClaimFinding(part.quantity, part.bound, seeds: seeds, isPremise: part.isPremise)
        }
        verdict = claim.rule.verdict(findings)
        regimes = claim.regimes.map { skips, arm in
            Regimes(
                skips: skips,
                cells: Self.columns.map { title, value in ClaimFinding(title, nil, seeds: table[arm].map(value)) })
        }
        reading = claim.reading
        limits = claim.limits
        caption = claim.figure?(table).caption
        self.command = command
    }

    private static let columns: [(String, @Sendable (RunEvidence) -> Double)] = [
        ("λ_target held out", { $0.heldOut.target }),
        ("λ_target by exchange", { $0.swapped }),
        ("λ_target on training pairs", { $0.training.target }),
        ("λ_target, noises correlated, ρ = 0.5", { $0.shared.target }),
        ("λ_source", { $0.heldOut.source }),
        ("L/V", { $0.heldOut.loss / $0.heldOut.noise }),
        ("structure in |r|", { $0.structure }),
    ]
}

/// `ledger.json`: all rows, in the order of the claims.
struct LedgerFile: Codable {
    static let schema = "n2n-analyze/ledger/1"

    var schema: String
    var provenance: Provenance
    var rows: [LedgerRow]

    /// The file of a directory, with this provenance from now on; without rows where there is none.
    ///
    /// - Throws: `InputError` for a file that is no ledger.
    static func read(in directory: URL, _ provenance: Provenance) throws -> LedgerFile {
        let url = directory.appending(path: "ledger.json")
        guard FileManager.default.fileExists(atPath: url.path) else {
            return LedgerFile(schema: schema, provenance: provenance, rows: [])
        }
        guard var file = try? JSONDecoder().decode(LedgerFile.self, from: Data(contentsOf: url)), file.schema == schema
        else {
            throw InputError(
                file: url.relativePath, problem: "is no ledger of this version",
                remedy: "choose another --out, or remove the file")
        }
        file.provenance = provenance
        return file
    }

    /// Adds a row or replaces that of the same claim.
    mutating func put(_ row: LedgerRow) {
        rows.removeAll { $0.id == row.id }
        rows.append(row)
        let order = Ledger.ids
        rows.sort { order.firstIndex(of: $0.id) ?? 0 < order.firstIndex(of: $1.id) ?? 0 }
    }

    /// The report first: whoever finds `ledger.json` finds a whole report.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`.
    func write(in directory: URL) throws {
        try AtomicFile.write(Data(LedgerReport(rows: rows).text.utf8), to: directory.appending(path: "report.md"))
        try AtomicFile.write(Data(JUnitReport(asResults).text.utf8), to: directory.appending(path: "junit.xml"))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: directory.appending(path: "ledger.json"))
    }

    /// A test for each claim. Any decision passes: a refuted claim is a result, too.
    private var asResults: Results {
        let checks = rows.map { row in
            CheckResult(
                id: "claim.\(row.id)", title: row.claim, direction: nil,
                status: row.verdict == .undecided ? .inconclusive : .pass,
                because: "\(row.verdict.rawValue): \(row.reading)")
        }
        let verdict: Verdict = checks.allSatisfy { $0.status == .pass } ? .pass : .inconclusive
        return Results(
            verdict: verdict, scope: .none, findings: [], provenance: provenance,
            subjects: [
                Subject(name: "claims", strategy: nil, verdict: verdict, scope: .none, checks: checks, series: [:])
            ])
    }
}
