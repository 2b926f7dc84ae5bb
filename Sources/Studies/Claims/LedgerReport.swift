import Formats
import Reports

/// The ledger as Markdown: the table of verdicts first, then one section for each claim.
struct LedgerReport {
    var rows: [LedgerRow]

    var text: String {
        let counts = [ClaimVerdict.holds, .holdsWithLimits, .doesNotHold, .undecided].compactMap { verdict in
            let count = rows.count { $0.verdict == verdict }
            return count == 0 ? nil : "\(count) \(verdict.rawValue)"
        }
        return """
            # The ledger of claims

            **\(rows.count) claims: \(counts.joined(separator: ", ")).** Reproduce: `n2n-analyze verify --claims`; a single row: the command in it. Training runs are kept in \
            `runs/claims` and shared between rows; without that directory they are trained anew, to the same bytes on the same kind of machine.

            Each row was argued for in prose. Its rule was written down before its numbers: what the claim says of each number, and how the parts make the verdict. Intervals are \
            95 %, Student's t over the seeds of training (initialisation, noise, order and crops), differences paired by seed; they are about these images, \
            and no correction is made for the number of parts. A part is supported where its whole interval is on the claim's side of the bound, contradicted where none of it \
            is, and open between.

            \(summary.text)
            \(rows.map(section).joined(separator: "\n"))
            """
    }

    private var summary: MarkdownTable {
        MarkdownTable(
            titles: ["", "claim as argued", "verdict", "numbers", "reproduce"],
            rows: rows.map { row in
                let judged = row.findings.filter { $0.status != .shown }
                return [
                    row.id, row.claim, row.verdict.rawValue,
                    judged.prefix(Self.numbersInSummary).map { "\($0.quantity): \($0.text)" }.joined(separator: "; "),
                    "`\(row.command)`",
                ]
            })
    }

    private static let numbersInSummary = 3

    private func section(_ row: LedgerRow) -> String {
        var parts = [
            "## \(row.id): \(row.claim)",
            "**\(row.verdict.rawValue.prefix(1).uppercased())\(row.verdict.rawValue.dropFirst()).** \(row.reading)",
            "**Experiment.** \(row.experiment)", "**Rule.** \(row.rule)",
            MarkdownTable(
                titles: ["quantity", "claim says", "measured", "seeds", ""],
                rows: row.findings.map { finding in
                    [
                        finding.quantity, finding.bound ?? NumberText.missing, finding.text, "\(finding.seeds.count)",
                        finding.isPremise ? "premise, \(finding.status.rawValue)" : finding.status.rawValue,
                    ]
                }
            ).text.trimmed,
        ]
        if !row.regimes.isEmpty { parts.append(regimes(row.regimes)) }
        if let caption = row.caption { parts.append("![\(row.claim)](\(row.figurePath))\n\n\(caption)") }
        parts.append("**What would change it.** \(row.limits)")
        parts.append("Reproduce: `\(row.command)`")
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func regimes(_ rows: [LedgerRow.Regimes]) -> String {
        let table = MarkdownTable(
            titles: ["skips of the cross-domain path"] + (rows.first?.cells.map(\.quantity) ?? []),
            rows: rows.map { [$0.skips] + $0.cells.map(\.text) })
        return """
            By regime (docs/THEORY.md, section 3): held-out pairs with independent noises are R0, training pairs with their stored noise R1, correlated noises R2; a path that reads \
            the target's skips is R3 in every column.

            \(table.text.trimmed)
            """
    }
}

extension String {
    fileprivate var trimmed: String { hasSuffix("\n") ? String(dropLast()) : self }
}
