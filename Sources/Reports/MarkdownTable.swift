/// A table in Markdown.
package struct MarkdownTable {
    var titles: [String]
    var rows: [[String]]

    package init(titles: [String], rows: [[String]]) {
        self.titles = titles
        self.rows = rows
    }

    /// Header, rule and rows, each ended by a newline. What would break a cell is escaped.
    package var text: String {
        let rule = titles.map { _ in "---" }
        let lines = [titles.map(Self.escaped), rule] + rows.map { $0.map(Self.escaped) }
        return lines.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
    }

    /// A bar would end the cell, a line break the row, a `<` could begin HTML.
    static func escaped(_ cell: String) -> String {
        cell.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing(/\R/, with: " ")
    }
}
