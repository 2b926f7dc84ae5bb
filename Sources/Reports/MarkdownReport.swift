import Diagnostics
import Figures

/// `report.md`: the answer first, then data, verdicts, the figure of leakage and what fails, warns or is open; everything else folded; last
/// where the numbers come from. It writes down what was measured and computes nothing.
public struct MarkdownReport: Sendable {
    /// The first heading.
    public var title: String
    /// Everything that was measured.
    public var results: Results
    /// The verdict table, in the order it is shown.
    public var rows: [VerdictRow]
    /// Shown in this order, the first one open.
    public var figures: [FigureRecord]
    /// The way from the report to docs/THEORY.md; `nil` where there is none.
    public var theory: String?
    /// Whether numbers of pixels were written.
    public var showsPixels = false

    /// The whole file, ended by a newline. The answer is in its first ten lines.
    public func text() -> String {
        [head, data, verdictTable, firstFigure, attention, comparison, others, moreFigures, controls, provenance]
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    // MARK: Sections

    private var head: String {
        let names = results.subjects.map { "`\(MarkdownTable.escaped($0.name))`" }
        let models = names.isEmpty || names.count > 4 ? "\(names.count) models" : Self.listed(names)
        return """
            # \(title)

            Does noise of the target reach the output of \(models)?
            **\(LeadText.headline(results))** Verdict: **\(results.verdict.rawValue)**.

            \(LeadText.bullets(results))
            """
    }

    private var data: String { results.data?.section(results.subjects) ?? "" }

    private var verdictTable: String {
        guard !rows.isEmpty else { return "" }
        return "## Verdict\n\n" + MarkdownTable(titles: VerdictRow.titles, rows: rows.map(\.cells)).text
            + "\nIn the direction with the larger λ_target; of memorised noise (R1) on training pairs, otherwise on held-out pairs. Terms: \(theoryLink).\n"
    }

    private var firstFigure: String { figures.first.map { block([$0]) } ?? "" }

    private var attention: String {
        let table = CheckTable(results.subjects, results.findings)
        guard let text = table.attention else { return "" }
        return "## What fails, warns or is open\n\n\(text)"
    }

    private var comparison: String { results.comparison.map(ComparisonText.section) ?? "" }

    private var others: String {
        let tables = CheckTable(results.subjects, results.findings).folded
        let count = Set(results.subjects.flatMap(\.checks).map(\.id)).count
        guard !tables.isEmpty else { return "" }
        return
            "## Everything else\n\n"
            + Self.folded(
                "All \(count) checks, by model and direction",
                "Estimates with 95 % intervals. What is open beside a verdict reopens nothing: stronger evidence decides. `results.json` has units, p-values and the smallest detectable effect of each. Ids are defined in "
                    + "\(theoryLink).\n\n" + tables.joined(separator: "\n"))
    }

    private var moreFigures: String {
        let rest = figures.dropFirst()
        guard !rest.isEmpty else { return "" }
        var groups: [[FigureRecord]] = []
        for figure in rest {
            if groups.last?.first?.caption == figure.caption {
                groups[groups.count - 1].append(figure)
            } else {
                groups.append([figure])
            }
        }
        return Self.folded("\(rest.count) further figures", groups.map(block).joined(separator: "\n"))
    }

    private var controls: String {
        guard let controls = results.controls, !controls.isEmpty else { return "" }
        let subject = Subject(name: "", strategy: nil, verdict: .pass, scope: .none, checks: controls, series: [:])
        return Self.folded(
            "Controls: leaks of known size on the same images",
            "They say whether this report can be believed, and nothing about the models.\n\n"
                + CheckTable([subject], []).folded.joined(separator: "\n"))
    }

    private var provenance: String {
        let source = results.provenance
        let single: [(String, String?)] = [
            ("command", source.command), ("version", source.version), ("commit", source.commit),
            ("seed", String(source.seed)), ("threads", source.threads.map(String.init)),
            ("configuration SHA-256", source.configSHA256), ("data SHA-256", source.dataSHA256),
            ("finished", source.finishedAt),
        ]
        let checkpoints = source.checkpointSHA256.sorted { $0.key < $1.key }.map {
            ("\($0.key) SHA-256", Self.code($0.value))
        }
        let libraries = source.libraries.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
            separator: ", ")
        let rows =
            single.compactMap { name, value in value.map { [name, Self.code($0)] } } + checkpoints.map { [$0.0, $0.1] }
            + (libraries.isEmpty ? [] : [["libraries", libraries]])
        return "## Provenance\n\n" + MarkdownTable(titles: ["", "value"], rows: rows).text
    }

    // MARK: Parts

    /// Figures that share a caption.
    private func block(_ figures: [FigureRecord]) -> String {
        // A break of the line, and the caption below.
        let pictures = figures.map { "![\($0.title)](\(Self.encoded($0.file)))\\\n" }.joined()
        let numbered = figures.filter { showsPixels || !$0.figure.numbersAreOfPixels }
        let links =
            numbered.count == 1
            ? " [Numbers](\(Self.encoded(numbered[0].numbers)))"
            : numbered.map { " [\($0.title)](\(Self.encoded($0.numbers)))" }.joined(separator: ",")
        return "\(pictures)\(figures[0].caption)\(links)\n"
    }

    private var theoryLink: String { theory.map { "[docs/THEORY.md](\($0))" } ?? "docs/THEORY.md" }

    /// A blank line on both sides, or Markdown inside is not read.
    private static func folded(_ summary: String, _ text: String) -> String {
        "<details><summary>\(summary)</summary>\n\n\(text)\n</details>\n"
    }

    /// "a, b and c".
    private static func listed(_ names: [String]) -> String {
        names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
    }

    /// Inline code, fenced wide enough for text that holds a backtick.
    private static func code(_ text: String) -> String {
        text.contains("`") ? "`` \(text) ``" : "`\(text)`"
    }

    /// A path as a link target: blanks and brackets would end it.
    private static func encoded(_ path: String) -> String {
        path.replacing("%", with: "%25").replacing(" ", with: "%20").replacing("(", with: "%28")
            .replacing(")", with: "%29")
    }
}
