import Engine
import Foundation

/// `report.md`, `results.json` and figures of an audit.
public struct AuditReport {
    private let directory: OutputDirectory

    /// - Throws: `InputError` of kind `.cannotWrite` if the directory cannot be made.
    public init(_ path: String) throws { directory = try OutputDirectory(path) }

    /// Where the report is written.
    public var url: URL { directory.url }

    /// The results last: whoever finds `results.json` finds a whole report.
    ///
    /// - Returns: what `results.json` holds.
    /// - Throws: `InputError` of kind `.cannotWrite`.
    @discardableResult
    public func write(_ audit: Audit, of name: String, _ provenance: Provenance) throws -> Results {
        try directory.make("figures")
        var figures: [FigureReference] = []
        for (figure, reference) in AuditFigures.all(audit) {
            try figure.write(to: url.appending(path: reference.path))
            figures.append(reference)
        }
        let verdict: Results.Verdict =
            switch audit.fitness {
            case .unfit: .fail
            // Limits are for the reader to weigh; what could not be measured is named among them.
            case .limited, .fit: .pass
            }
        let results = Results(
            verdict: verdict, scope: .none, findings: [], provenance: provenance,
            subjects: [
                Subject(
                    name: name, strategy: nil, verdict: verdict, scope: .none, checks: audit.rows, series: audit.series)
            ])
        try AtomicFile.write(Data(text(audit, name, provenance, figures).utf8), to: url.appending(path: "report.md"))
        try AtomicFile.write(try results.json(), to: url.appending(path: "results.json"))
        return results
    }

    private func text(_ audit: Audit, _ name: String, _ provenance: Provenance, _ figures: [FigureReference]) -> String
    {
        let reasons = audit.reasons.map { "- **\($0.status.rawValue)**, \($0.title): \($0.because)\n" }.joined()
        let rows = audit.rows.enumerated().sorted {
            ($0.element.status.rank, $0.offset) < ($1.element.status.rank, $1.offset)
        }
        let table = MarkdownTable(
            titles: ["status", "question", "estimate", "bound", "because"],
            rows: rows.map { _, row in
                let estimate = row.estimate.map { value in
                    let interval =
                        row.ci95.map { " [\(NumberText.significant($0[0])), \(NumberText.significant($0[1]))]" } ?? ""
                    return NumberText.significant(value) + interval + (row.quantity.map { " \($0)" } ?? "")
                }
                return [
                    row.status.rawValue, "\(row.title) (`\(row.id)`)", estimate ?? NumberText.missing,
                    row.criterion.bound.map(NumberText.shortest) ?? NumberText.missing, row.because,
                ]
            })
        let pictures = figures.map { "### \($0.title)\n\n![\($0.title)](\($0.path))\n\n\($0.caption)\n" }.joined(
            separator: "\n")
        return """
            # Audit of \(name)

            Fit for Noise2Noise: **\(audit.fitness.rawValue)**. Reproduce: `\(provenance.command)`

            \(reasons.isEmpty ? "Every question below was answered without reservation.\n" : reasons)
            Noise was measured as \(audit.source).

            ## Questions

            Worst first.

            \(table.text)
            ## Figures

            \(pictures)
            """
    }
}
