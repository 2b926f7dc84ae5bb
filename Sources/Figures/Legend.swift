/// Names of the series in rows above the axes, where they cover no data.
struct Legend: Sendable {
    enum Sample: Sendable { case line, points, band }

    struct Entry: Sendable {
        var label: String
        var style: SeriesStyle
        var sample: Sample
    }

    private(set) var entries: [Entry] = []
    private static let sampleWidth = 36.0
    private static let rowHeight = 22.0

    /// Adds an entry unless one of the same name is there.
    mutating func add(_ entry: Entry) {
        if !entries.contains(where: { $0.label == entry.label }) { entries.append(entry) }
    }

    /// One rectangle per entry, in rows no wider than `width`, and the height of all rows.
    func layout(x left: Double, y top: Double, width: Double) -> (places: [Rectangle], height: Double) {
        guard !entries.isEmpty else { return ([], 0) }
        var x = left
        var y = top
        let places = entries.map { entry in
            let needed = Self.sampleWidth + 6 + Canvas.width(of: entry.label, font: .body)
            if x > left && x + needed > left + width {
                x = left
                y += Self.rowHeight
            }
            defer { x += needed + 24 }
            return Rectangle(x: x, y: y, width: needed, height: Self.rowHeight)
        }
        return (places, y + Self.rowHeight - top)
    }

    func draw(on canvas: Canvas, x: Double, y: Double, width: Double) {
        for (entry, place) in zip(entries, layout(x: x, y: y, width: width).places) {
            let start = Point(x: place.x, y: place.midY)
            let end = Point(x: place.x + Self.sampleWidth, y: place.midY)
            let middle = Point(x: (start.x + end.x) / 2, y: place.midY)
            switch entry.sample {
            case .line:
                canvas.stroke([start, end], Canvas.Pen(color: entry.style.color, width: 2, dash: entry.style.dash))
                canvas.marker(entry.style, at: middle)
            case .points:
                canvas.marker(entry.style, at: middle)
            case .band:
                canvas.fill(
                    Rectangle(x: start.x, y: start.y - 6, width: Self.sampleWidth, height: 12), entry.style.color,
                    opacity: LinePlot.bandOpacity)
            }
            canvas.text(entry.label, at: Point(x: end.x + 6, y: place.midY))
        }
    }
}

extension Font {
    /// The text itself, or as much of its beginning as fits, and an ellipsis.
    func shortened(_ text: String, to width: Double) -> String {
        guard Canvas.width(of: text, font: self) > width else { return text }
        var kept = Substring(text)
        while !kept.isEmpty, Canvas.width(of: kept + "…", font: self) > width { kept = kept.dropLast() }
        return kept + "…"
    }

    /// The words of a text in lines no wider than `width`; no line for an empty text.
    func wrapped(_ text: String, to width: Double) -> [String] {
        text.split(separator: " ").reduce(into: [String]()) { lines, word in
            if let last = lines.last, Canvas.width(of: "\(last) \(word)", font: self) <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }
}
