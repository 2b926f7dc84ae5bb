import Foundation
import Tensors

/// Comma-separated values (RFC 4180): a header and rows, each ended by a newline.
struct CSVTable {
    private(set) var text: String

    init(_ titles: [String]) { text = CSVTable.line(titles) }

    mutating func add(_ cells: [String]) { text += CSVTable.line(cells) }

    /// The shortest decimal that reads back as the same number; nothing for what is not finite.
    static func cell(_ number: Double?) -> String { number.map { $0.isFinite ? "\($0)" : "" } ?? "" }

    private static func line(_ cells: [String]) -> String { cells.map(quoted).joined(separator: ",") + "\n" }

    /// In quotes where a comma, a quote or a line break would be misread.
    private static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}

extension LinePlot {
    /// Every point of every curve, and the straight lines across the panels: `panel,curve,x,y,lower,upper`.
    public var numbers: String {
        var table = CSVTable(["panel", "curve", "x", "y", "lower", "upper"])
        for panel in panels {
            for curve in panel.curves {
                for (index, (x, y)) in zip(curve.x, curve.y).enumerated() {
                    let band = curve.band.isEmpty ? [nil, nil] : curve.band[index].map(Optional.some)
                    table.add([panel.title, curve.label] + [x, y, band[0], band[1]].map(CSVTable.cell))
                }
            }
            for reference in panel.references where !reference.label.isEmpty {
                let isVertical = reference.orientation == .vertical
                table.add(
                    [panel.title, reference.label]
                        + [isVertical ? reference.value : nil, isVertical ? nil : reference.value, nil, nil]
                        .map(CSVTable.cell))
            }
        }
        return table.text
    }
}

extension DotPlot {
    /// Every dot: `row,series,value,lower,upper`.
    public var numbers: String {
        var table = CSVTable(["row", "series", "value", "lower", "upper"])
        for row in rows {
            for (dot, series) in zip(row.dots, series) {
                guard let dot else { continue }
                let ends = dot.interval.count == 2 ? dot.interval.map(Optional.some) : [nil, nil]
                table.add([row.label, series.label] + ([dot.value] + ends).map(CSVTable.cell))
            }
        }
        return table.text
    }
}

extension ImagePanels {
    /// A line for each.
    public var numbersAreOfPixels: Bool { true }

    /// Every pixel to three digits, a column for each panel and channel: `y,x,no_skip: output b→a,…`. A panel that repeats the
    /// one above it, such as the same clean image in every row, is written once.
    public var numbers: String {
        let titles = groups.flatMap(\.titles)
        var columns: [(title: String, image: Tensor, channel: Int)] = []
        for column in titles.indices {
            var above: Tensor?
            for row in rows {
                guard let image = row.panels[column]?.image, image != above else { continue }
                above = image
                let name = "\(row.title): \(titles[column])"
                for channel in 0..<image.shape[2] {
                    let suffix = image.shape[2] == 1 ? "" : " \(["red", "green", "blue"][channel])"
                    columns.append((name + suffix, image, channel))
                }
            }
        }
        var table = CSVTable(["y", "x"] + columns.map(\.title))
        let height = columns.map { $0.image.shape[0] }.max() ?? 0
        let width = columns.map { $0.image.shape[1] }.max() ?? 0
        let pixels = columns.map { ($0.image.values, $0.image.shape, $0.channel) }
        for y in 0..<height {
            for x in 0..<width {
                let cells = pixels.map { values, shape, channel -> String in
                    guard y < shape[0], x < shape[1] else { return "" }
                    let value = values[(y * shape[1] + x) * shape[2] + channel]
                    return value.isFinite ? String(format: "%.3g", value) : ""
                }
                table.add(["\(y)", "\(x)"] + cells)
            }
        }
        return table.text
    }
}
