import Diagnostics
import Formats
import Foundation
import Reports

/// `report.md`, `results.json` and figures of a verification.
public struct VerificationReport {
    private let directory: ReportDirectory

    /// - Throws: `InputError` of kind `.cannotWrite` if the directory cannot be made.
    public init(_ path: String) throws { directory = try ReportDirectory(path) }

    /// Where the report is written.
    public var url: URL { directory.url }

    /// Writes the whole report.
    ///
    /// - Returns: what `results.json` holds.
    /// - Throws: `InputError` of kind `.cannotWrite`.
    public func write(
        _ verification: Verification, _ provenance: Provenance, _ options: ReportDirectory.Options = .init()
    ) throws -> Results {
        let figures = verification.findings.compactMap { experiment, outcome in
            outcome.figure.map {
                FigureRecord(file: path(experiment), title: experiment.title, caption: outcome.caption, figure: $0)
            }
        }
        let results = Results(
            verdict: verification.holds ? .pass : .fail, scope: .none, findings: [], provenance: provenance,
            subjects: [verification.subject])
        try directory.write(results, text: text(verification, provenance), figures: figures, options)
        return results
    }

    private func path(_ experiment: any Experiment) -> String { "figures/\(experiment.id).png" }

    private func text(_ verification: Verification, _ provenance: Provenance) -> String {
        let bound = verification.bound
        let rows = verification.findings.flatMap { $0.outcome.predictions }
        let failed = rows.filter { !$0.holds(bound) }
        let worst = rows.filter { $0.measured.standardError > 0 }.map { abs($0.score) }.max() ?? 0
        let sections = verification.findings.map { experiment, outcome in
            let table = MarkdownTable(
                titles: ["", "quantity", "predicted", "measured", "± standard error", "apart"],
                rows: outcome.predictions.map { row in
                    [
                        row.holds(bound) ? "holds" : "**fails**", row.quantity,
                        NumberText.significant(row.predicted, digits: 5),
                        NumberText.significant(row.measured.mean, digits: 5),
                        row.measured.standardError == 0
                            ? "exact" : NumberText.significant(row.measured.standardError, digits: 2),
                        row.measured.standardError == 0
                            ? NumberText.missing : NumberText.significant(row.score, digits: 2),
                    ]
                })
            let figure =
                outcome.figure == nil ? "" : "![\(experiment.title)](\(path(experiment)))\n\n\(outcome.caption)\n\n"
            return "## \(experiment.title)\n\n\(experiment.derivation)\n\n\(figure)\(table.text)"
        }
        return """
            # The derivation of Noise2Noise and of its leakage tests, verified

            **\(verification.holds ? "Holds" : "Does not hold")**: \(rows.count - failed.count) of \(rows.count) predictions, the farthest \
            \(NumberText.significant(worst, digits: 2)) standard errors from its measurement. Reproduce: `\(provenance.command)`
            \(failed.isEmpty ? "" : "\nNot held: " + failed.map(\.quantity).joined(separator: "; ") + ".\n")
            Each number below is derived in closed form and measured by simulation, the estimators being those that test models. A prediction fails \
            when it is more than \(NumberText.significant(bound, digits: 3)) standard errors away; with \(rows.count) of them a program without fault \
            fails in one run of \(Int(1 / Verification.falseAlarmRate)). Exact rows are algebra and hold to rounding.

            \(sections.joined(separator: "\n"))
            """
    }
}
