import Formats

/// Estimates with their intervals, a row for each thing measured, the estimators of one row below each other.
public struct DotPlot: Figure {
    /// One estimate. Without an interval it is a dot alone.
    package struct Dot: Sendable, Equatable {
        package var value: Double
        /// `[lower, upper]`, or empty.
        package var interval: [Double] = []

        package init(value: Double, interval: [Double] = []) {
            self.value = value
            self.interval = interval
        }
    }

    /// One row: a name and, for each of the plot's series in turn, its estimate where there is one.
    package struct Row: Sendable {
        package var label: String
        package var dots: [Dot?]

        package init(label: String, dots: [Dot?]) {
            self.label = label
            self.dots = dots
        }
    }

    struct Layout {
        var legend: Rectangle
        var frames: [Frame]
        var grid: PanelGrid
        var height: Int
        var rowHeight: Double
    }

    private static let margin = 16.0
    private static let dotSpacing = 17.0
    /// Share of the figure's width that the rows' names may take.
    private static let widestLabel = 0.35
    private static let panelTitleHeight = 26.0

    /// Pixels; 1100 unless changed.
    public var width = 1100
    package var title: String
    package var xLabel: String
    package var series: [(label: String, style: SeriesStyle)]
    package var rows: [Row]
    /// Shaded, for "too small to matter"; named in the legend.
    package var band: ClosedRange<Double>?
    package var bandLabel = ""
    /// A second panel shows only this range, where the numbers need more; what is outside becomes an arrow with its number.
    package var zoom: ClosedRange<Double>?
    package var note = ""

    package init(
        width: Int = 1100, title: String, xLabel: String, series: [(label: String, style: SeriesStyle)], rows: [Row],
        band: ClosedRange<Double>? = nil, bandLabel: String = "", zoom: ClosedRange<Double>? = nil, note: String = ""
    ) {
        self.width = width
        self.title = title
        self.xLabel = xLabel
        self.series = series
        self.rows = rows
        self.band = band
        self.bandLabel = bandLabel
        self.zoom = zoom
        self.note = note
    }

    /// What title, legend, panels and labels need.
    public var height: Int { layout.height }

    private var legend: Legend {
        var legend = Legend()
        for (label, style) in series { legend.add(.init(label: label, style: style, sample: .points)) }
        if band != nil {
            legend.add(.init(label: bandLabel, style: SeriesStyle(color: Palette.skyBlue), sample: .band))
        }
        return legend
    }

    var layout: Layout {
        let numbers = rows.flatMap { $0.dots.compactMap(\.self).flatMap { [$0.value] + $0.interval } }
        let limits = band.map { [$0.lowerBound, $0.upperBound] } ?? []
        var axes = [Axis(xLabel, fitting: numbers + [0] + limits)]
        if let zoom, axes[0].upper - axes[0].lower > zoom.upperBound - zoom.lowerBound {
            axes.append(Axis(xLabel, lower: zoom.lowerBound, upper: zoom.upperBound))
        }
        let top = title.isEmpty ? Self.margin : Self.margin + 30
        let names = Rectangle(
            x: Self.margin, y: top, width: Double(width) - 2 * Self.margin,
            height: legend.layout(x: Self.margin, y: top, width: Double(width) - 2 * Self.margin).height)
        let labelWidth = min(
            rows.map { Canvas.width(of: $0.label, font: .body) }.max() ?? 0, Self.widestLabel * Double(width))
        let rowHeight = max(Double(series.count) * Self.dotSpacing + 14, 40)
        let grid = PanelGrid(
            count: axes.count, columns: 2, left: Self.margin + labelWidth + 10, right: Double(width) - 24,
            top: names.maxY + 8, panelHeight: max(rowHeight * Double(rows.count), 40),
            titleHeight: axes.count == 1 ? 4 : Self.panelTitleHeight, gap: 44)
        // The y axis only counts rows; its numbers are never drawn.
        let order = Axis("", lower: 0, upper: 1)
        return Layout(
            legend: names, frames: zip(grid.areas, axes).map { Frame(area: $0, x: $1, y: order) }, grid: grid,
            height: Int(grid.bottom + 54 + (note.isEmpty ? 0 : 24)), rowHeight: rowHeight)
    }

    /// Draws the whole figure; never fails, whatever the numbers.
    public func draw(on canvas: Canvas) {
        let layout = layout
        canvas.text(title, at: Point(x: Self.margin, y: Self.margin + 8), font: .title)
        legend.draw(on: canvas, x: layout.legend.x, y: layout.legend.y, width: layout.legend.width)
        for (index, frame) in layout.frames.enumerated() {
            drawBackground(frame, rowHeight: layout.rowHeight, on: canvas)
            frame.drawX(on: canvas, labelled: true)
            drawZero(in: frame, on: canvas)
            if layout.frames.count > 1 {
                canvas.text(
                    index == 0 ? "all" : Self.magnified(layout.frames),
                    at: Point(x: frame.area.midX, y: frame.area.y - 13), .center, font: .heading)
            }
            for (row, entry) in rows.enumerated() {
                let top = frame.area.y + Double(row) * layout.rowHeight
                if index == 0 {
                    canvas.text(
                        Font.body.shortened(entry.label, to: Self.widestLabel * Double(width)),
                        at: Point(x: frame.area.x - 10, y: top + layout.rowHeight / 2), .trailing)
                }
                for (order, dot) in entry.dots.enumerated() {
                    let y = top + 7 + (Double(order) + 0.5) * Self.dotSpacing
                    draw(dot, style: series[order].style, y: y, in: frame, on: canvas)
                }
            }
            frame.drawBox(on: canvas)
        }
        canvas.text(note, at: Point(x: Self.margin, y: Double(layout.height) - 18), font: .tick, color: .darkGrey)
    }

    /// "−0.04 to 0.04, magnified 14 times".
    private static func magnified(_ frames: [Frame]) -> String {
        let spans = frames.map { ($0.x.upper - $0.x.lower) / $0.area.width }
        let ends = [frames[1].x.lower, frames[1].x.upper].map { NumberText.typographic(NumberText.shortest($0)) }
        return "\(ends[0]) to \(ends[1]), magnified \(NumberText.significant(spans[0] / spans[1], digits: 2)) times"
    }

    private func drawBackground(_ frame: Frame, rowHeight: Double, on canvas: Canvas) {
        for row in stride(from: 0, to: rows.count, by: 2) {
            let top = frame.area.y + Double(row) * rowHeight
            canvas.fill(Rectangle(x: frame.area.x, y: top, width: frame.area.width, height: rowHeight), .faintGrey)
        }
        guard let band, let lower = frame.place(band.lowerBound, 0), let upper = frame.place(band.upperBound, 0)
        else { return }
        canvas.clipped(to: frame.area) {
            canvas.fill(
                Rectangle(x: lower.x, y: frame.area.y, width: upper.x - lower.x, height: frame.area.height),
                Palette.skyBlue, opacity: LinePlot.bandOpacity)
        }
    }

    private func drawZero(in frame: Frame, on canvas: Canvas) {
        guard let bottom = frame.place(0, 0), let top = frame.place(0, 1) else { return }
        canvas.clipped(to: frame.area) { canvas.stroke([bottom, top], Canvas.Pen(color: .black, width: 1.5)) }
    }

    private func draw(_ dot: Dot?, style: SeriesStyle, y: Double, in frame: Frame, on canvas: Canvas) {
        let area = frame.area
        guard let dot else { return }
        guard let fraction = frame.x.fraction(dot.value) else {
            let zero = min(max(frame.place(0, 0)?.x ?? area.x, area.x), area.maxX)
            canvas.text("not measured", at: Point(x: zero + 8, y: y), font: .tick, color: .darkGrey)
            return
        }
        let pen = Canvas.Pen(color: style.color, width: 2)
        if dot.interval.count == 2, let lower = frame.place(dot.interval[0], 0),
            let upper = frame.place(dot.interval[1], 0)
        {
            canvas.clipped(to: area) {
                canvas.stroke([Point(x: lower.x, y: y), Point(x: upper.x, y: y)], pen)
                for end in [lower.x, upper.x] {
                    canvas.stroke([Point(x: end, y: y - 4), Point(x: end, y: y + 4)], pen)
                }
            }
        }
        if (0...1).contains(fraction) {
            canvas.marker(style, at: Point(x: area.x + fraction * area.width, y: y), radius: 5)
        } else {
            drawArrow(dot, rightward: fraction > 1, style: style, y: y, in: area, on: canvas)
        }
    }

    /// The value lies beyond the panel's edge.
    private func drawArrow(
        _ dot: Dot, rightward: Bool, style: SeriesStyle, y: Double, in area: Rectangle, on canvas: Canvas
    ) {
        let tip = Point(x: rightward ? area.maxX - 3 : area.x + 3, y: y)
        let back = rightward ? tip.x - 10 : tip.x + 10
        canvas.fill(polygon: [tip, Point(x: back, y: y - 5), Point(x: back, y: y + 5)], style.color)
        canvas.text(
            NumberText.typographic(NumberText.significant(dot.value, digits: 2)),
            at: Point(x: rightward ? back - 5 : back + 5, y: y), rightward ? .trailing : .leading, font: .tick,
            halo: true)
    }
}
