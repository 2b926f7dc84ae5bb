/// `report.md`: the answer first, then the verdict table, figures, every check with its reason, definitions,
/// provenance. It writes down what was measured and computes nothing.
public struct MarkdownReport: Sendable {
    /// The first heading.
    public var title: String
    /// Everything that was measured.
    public var results: Results
    /// The verdict table, in the order it is shown.
    public var rows: [VerdictRow]
    /// Shown in this order.
    public var figures: [FigureReference]

    /// A report about `results`; `rows` names its subjects.
    public init(title: String, results: Results, rows: [VerdictRow], figures: [FigureReference]) {
        self.title = title
        self.results = results
        self.rows = rows
        self.figures = figures
    }

    /// The whole file, ended by a newline. The answer stands in its first ten lines.
    public func text() -> String {
        [head, verdictTable, comparison, figureSection, checkSection, controlSection, glossary, provenance]
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    // MARK: Sections

    private var head: String {
        """
        # \(title)

        **\(LeadText.headline(results))** Verdict: **\(results.verdict.rawValue)**. Reproduce: \(Self.code(results.provenance.command))

        \(LeadText.bullets(results))
        \(LeadText.scope(results.scope))

        """
    }

    private var verdictTable: String {
        "## Verdict\n\n" + MarkdownTable(titles: VerdictRow.titles, rows: rows.map(\.cells)).text
    }

    private var comparison: String {
        guard let comparison = results.comparison else { return "" }
        return ComparisonText.section(comparison)
    }

    private var figureSection: String {
        guard !figures.isEmpty else { return "" }
        let blocks = figures.map { figure in
            "### \(figure.title)\n\n![\(figure.title)](\(Self.encoded(figure.path)))\n\n\(figure.caption) "
                + "[Numbers](\(Self.encoded(figure.numbers)))\n"
        }
        return "## Figures\n\n" + blocks.joined(separator: "\n")
    }

    private var checkSection: String {
        let tables = results.subjects.map { subject in
            let table = subject.checks.isEmpty ? "No checks ran.\n" : Self.table(of: subject.checks)
            return "### \(MarkdownTable.escaped(subject.name))\n\n" + table
        }
        return "## Checks\n\nWorst first.\n\n" + tables.joined(separator: "\n")
    }

    private var controlSection: String {
        guard let controls = results.controls, !controls.isEmpty else { return "" }
        return
            "## Controls\n\nLeaks of known size on the same images: they say whether this report can be believed, and nothing "
            + "about the models.\n\n" + Self.table(of: controls)
    }

    private static func table(of checks: [CheckResult]) -> String {
        let sorted = checks.enumerated().sorted {
            ($0.element.status.rank, $0.offset) < ($1.element.status.rank, $1.offset)
        }
        return MarkdownTable(
            titles: ["status", "check", "where", "estimate", "bound", "detects", "p", "units", "because"],
            rows: sorted.map { cells(of: $0.element) }
        ).text
    }

    private var glossary: String {
        "## Words and columns\n\n"
            + MarkdownTable(titles: ["", "meaning", "after"], rows: Glossary.rows).text
            + "\n" + Glossary.references.map { "- \($0.text)\n" }.joined()
    }

    private var provenance: String {
        let source = results.provenance
        let single: [(String, String?)] = [
            ("command", source.command), ("version", source.version), ("commit", source.commit),
            ("seed", String(source.seed)), ("threads", source.threads.map(String.init)),
            ("configuration SHA-256", source.configSHA256), ("data SHA-256", source.dataSHA256),
            ("finished", source.finishedAt),
        ]
        let several =
            source.checkpointSHA256.sorted { $0.key < $1.key }.map { ("checkpoint \($0.key) SHA-256", $0.value) }
            + source.libraries.sorted { $0.key < $1.key }.map { ("library \($0.key)", $0.value) }
        let rows =
            single.compactMap { name, value in value.map { [name, Self.code($0)] } }
            + several.map { [$0.0, Self.code($0.1)] }
        return "## Provenance\n\n" + MarkdownTable(titles: ["", "value"], rows: rows).text
    }

    // MARK: Cells

    private static func cells(of check: CheckResult) -> [String] {
        let place = [
            check.direction?.arrow, check.regime?.rawValue,
            check.split.map { $0 == .heldout ? "held out" : "training" },
        ]
        return [
            check.status.rawValue, "\(check.title) (`\(check.id)`)", place.compactMap(\.self).joined(separator: ", "),
            estimate(check), check.criterion.bound.map(NumberText.shortest) ?? NumberText.missing,
            check.minimumDetectableEffect.map { NumberText.significant($0, digits: 2) } ?? NumberText.missing,
            probability(check), units(check), check.because,
        ]
    }

    /// As found, and in brackets as corrected.
    private static func probability(_ check: CheckResult) -> String {
        guard let p = check.pValue else { return NumberText.missing }
        let corrected = check.adjustedPValue.map { " (\(NumberText.significant($0, digits: 2)))" }
        return NumberText.significant(p, digits: 2) + (corrected ?? "")
    }

    private static func estimate(_ check: CheckResult) -> String {
        guard let value = check.estimate else { return NumberText.missing }
        let interval = check.ci95.flatMap { $0.count == 2 ? NumberText.interval(value, $0[0], $0[1]) : nil }
        return [interval ?? NumberText.significant(value), check.quantity].compactMap(\.self).joined(separator: " ")
    }

    private static func units(_ check: CheckResult) -> String {
        let units = check.unitCount.map { count in check.unit.map { "\(count) \($0.rawValue)" } ?? "\(count)" }
        let images = check.imageCount.map { "\($0) \($0 == 1 ? "image" : "images")" }
        let parts = [units, images].compactMap(\.self)
        return parts.isEmpty ? NumberText.missing : parts.joined(separator: ", ")
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
