import Diagnostics
import Foundation

/// The verdict table for a terminal: aligned columns, coloured by status where that is wanted.
public enum Summary {
    /// Whether to colour: only on a terminal, and not when `NO_COLOR` is set to anything (https://no-color.org) or the
    /// terminal is dumb.
    public static func usesColor(environment: [String: String], isTerminal: Bool) -> Bool {
        isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// A header line, one line a row, each ended by a newline. Numbers keep a common left edge.
    public static func text(_ rows: [VerdictRow], color: Bool) -> String {
        let table = [VerdictRow.titles] + rows.map(\.cells)
        let widths = VerdictRow.titles.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        let styles: [String?] = ["1"] + rows.map { code(of: $0.verdict) }
        return zip(table, styles).map { cells, style in
            let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = padded.joined(separator: "  ").replacing(/\ +$/, with: "")
            guard color, let style else { return line + "\n" }
            return "\u{1B}[\(style)m\(line)\u{1B}[0m\n"
        }.joined()
    }

    /// ANSI colour: green, yellow or red.
    private static func code(of verdict: Verdict) -> String {
        switch verdict {
        case .pass: "32"
        case .premise, .inconclusive: "33"
        case .fail, .error: "31"
        }
    }
}
