import Diagnostics
import Fields
import Figures
import Formats
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
        let verdict: Verdict =
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
        let further = audit.reasons.dropFirst().map { "- **\($0.status.rawValue)**, \($0.title): \($0.because)\n" }
        let tested = audit.rows.filter { $0.role == .premise && $0.pValue != nil }.count
        let rows = audit.rows.enumerated().sorted {
            ($0.element.status.rank, $0.offset) < ($1.element.status.rank, $1.offset)
        }.map(\.element)
        let asked = table(rows.filter { ![.info, .notApplicable].contains($0.status) })
        let pictures = figures.map { "### \($0.title)\n\n![\($0.title)](\($0.path))\n\n\($0.caption)\n" }.joined(
            separator: "\n")
        return """
            # Audit of \(name)

            **\(audit.fitness.rawValue)**\(audit.reasons.first.map { ": \($0.title). \($0.because)" } ?? ": every premise that could be tested holds.")

            \(further.isEmpty ? "" : further.joined() + "\n")Noise was measured as \(audit.source). \(tested) premises were tested; the chance that any of them fails on fit \
            pairs is at most \(NumberText.shortest(100 * AuditRow.falseAlarmRate)) %.

            ## Questions

            Worst first. A premise can make data unfit; a quality is a limit.

            \(asked)
            \(folded("Descriptions", rows.filter { $0.status == .info }))\(folded("Not applicable", rows.filter { $0.status == .notApplicable }))## Figures

            \(pictures)
            Reproduce: `\(provenance.command)`

            """
    }

    private func folded(_ title: String, _ rows: [CheckResult]) -> String {
        guard !rows.isEmpty else { return "" }
        let lines = rows.map { "- \($0.title) (`\($0.id)`): \($0.because)\n" }.joined()
        return "<details><summary>\(title): \(rows.count)</summary>\n\n\(lines)\n</details>\n\n"
    }

    private func table(_ rows: [CheckResult]) -> String {
        MarkdownTable(
            titles: ["status", "role", "question", "estimate", "asked", "because"],
            rows: rows.map { row in
                let estimate = row.estimate.map { value in
                    (row.ci95.map { NumberText.interval(value, $0[0], $0[1]) } ?? NumberText.significant(value))
                        + (row.quantity.map { " \($0)" } ?? "")
                }
                return [
                    row.status.rawValue, row.role.rawValue, "\(row.title) (`\(row.id)`)",
                    estimate ?? NumberText.missing,
                    asked(row.criterion), row.because,
                ]
            }
        ).text
    }

    private func asked(_ criterion: Criterion) -> String {
        switch criterion {
        case .within(let bound): "within ±\(NumberText.shortest(bound))"
        case .below(let bound): "below \(NumberText.shortest(bound))"
        case .notBelow(let bound): "not below \(NumberText.shortest(bound))"
        case .exactlyZero: "0"
        case .pBelow(let bound): "p not below \(NumberText.shortest(bound))"
        case .none: NumberText.missing
        }
    }
}
