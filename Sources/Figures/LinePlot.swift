/// Curves over a common abscissa, in one panel or several that share their axes.
public struct LinePlot: Figure {
    /// A named curve. A NaN (or what the axis cannot show) is a gap.
    package struct Curve: Sendable {
        package enum Drawing: Sendable { case line, points }

        package var label: String
        package var x: [Double]
        package var y: [Double]
        /// `[lower, upper]` per point, or empty.
        package var band: [[Double]] = []
        package var style: SeriesStyle
        package var drawing = Drawing.line

        package init(
            label: String, x: [Double], y: [Double], band: [[Double]] = [], style: SeriesStyle,
            drawing: Drawing = Drawing.line
        ) {
            self.label = label
            self.x = x
            self.y = y
            self.band = band
            self.style = style
            self.drawing = drawing
        }
    }

    /// A straight line across a panel, with its name written beside it.
    package struct Reference: Sendable {
        package enum Orientation: Sendable { case horizontal, vertical }

        package var orientation = Orientation.horizontal
        package var value: Double
        package var label: String

        package init(orientation: Orientation = Orientation.horizontal, value: Double, label: String) {
            self.orientation = orientation
            self.value = value
            self.label = label
        }
    }

    /// A y axis of one panel's own.
    package struct OwnAxis: Sendable, Equatable {
        package var label: String
        package var scale = Axis.Scale.linear
        package var range: ClosedRange<Double>

        package init(label: String, scale: Axis.Scale = Axis.Scale.linear, range: ClosedRange<Double>) {
            self.label = label
            self.scale = scale
            self.range = range
        }
    }

    /// One pair of axes.
    package struct Panel: Sendable {
        package var title = ""
        package var curves: [Curve]
        package var references: [Reference] = []
        /// `nil` for the axis that all panels share.
        package var ownAxis: OwnAxis?

        package init(title: String = "", curves: [Curve], references: [Reference] = [], ownAxis: OwnAxis? = nil) {
            self.title = title
            self.curves = curves
            self.references = references
            self.ownAxis = ownAxis
        }
    }

    /// Where everything stands; the same for every format.
    struct Layout {
        var legend: Rectangle
        var frames: [Frame]
        var grid: PanelGrid
        var tickWidth: Double
        var height: Int
    }

    static let bandOpacity = 0.22
    private static let margin = 16.0

    /// Pixels; 1100 unless changed.
    public var width = 1100
    package var title: String
    package var xLabel: String
    package var yLabel: String
    package var xScale = Axis.Scale.linear
    package var yScale = Axis.Scale.linear
    /// How far a logarithmic y axis reaches below its largest value, in powers of ten.
    package var decades = 6.0
    /// The y axis ends here, however large the values; what lies above leaves the frame.
    package var ceiling = Double.infinity
    /// Fixed ends of the axes; `nil` for what the data need.
    package var xRange, yRange: ClosedRange<Double>?
    package var columns = 3
    package var panelHeight = 340.0
    package var panels: [Panel]
    /// What the bands of all curves are.
    package var bandLabel = "95 % interval"
    /// Said below the axes where it helps reading; empty for none.
    package var note = ""

    package init(
        width: Int = 1100, title: String, xLabel: String, yLabel: String, xScale: Axis.Scale = Axis.Scale.linear,
        yScale: Axis.Scale = Axis.Scale.linear, decades: Double = 6.0, ceiling: Double = Double.infinity,
        xRange: ClosedRange<Double>? = nil, yRange: ClosedRange<Double>? = nil, columns: Int = 3,
        panelHeight: Double = 340.0, panels: [Panel], bandLabel: String = "95 % interval", note: String = ""
    ) {
        self.width = width
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.xScale = xScale
        self.yScale = yScale
        self.decades = decades
        self.ceiling = ceiling
        self.xRange = xRange
        self.yRange = yRange
        self.columns = columns
        self.panelHeight = panelHeight
        self.panels = panels
        self.bandLabel = bandLabel
        self.note = note
    }

    /// What title, legend, panels and labels need.
    public var height: Int { layout.height }

    private var legend: Legend {
        var legend = Legend()
        for curve in panels.flatMap(\.curves) {
            legend.add(.init(label: curve.label, style: curve.style, sample: curve.drawing == .line ? .line : .points))
        }
        if panels.contains(where: { $0.curves.contains { !$0.band.isEmpty } }) {
            legend.add(.init(label: bandLabel, style: SeriesStyle(color: .darkGrey), sample: .band))
        }
        return legend
    }

    var layout: Layout {
        let curves = panels.flatMap(\.curves)
        let lines = yScale == .log10 ? curves.filter { $0.drawing == .line } : curves
        let references = panels.flatMap(\.references)
        let x = axis(
            xLabel, xScale, xRange,
            fitting: curves.flatMap(\.x) + references.filter { $0.orientation == .vertical }.map(\.value))
        let y = axis(
            yLabel, yScale, yRange,
            // Not the bands: one wide interval would press all curves flat. They are clipped to the frame, and so are scattered
            // points far below the lines on a logarithmic axis.
            fitting: (lines.isEmpty ? curves : lines).flatMap { $0.y.map { min($0, ceiling) } }
                + references.filter { $0.orientation == .horizontal }.map(\.value))
        let top = title.isEmpty ? Self.margin : Self.margin + 30
        let names = Rectangle(
            x: Self.margin, y: top, width: Double(width) - 2 * Self.margin,
            height: legend.layout(x: Self.margin, y: top, width: Double(width) - 2 * Self.margin).height)
        let verticals = panels.map { panel in
            panel.ownAxis.map { axis($0.label, $0.scale, $0.range, fitting: []) } ?? y
        }
        let tickWidth = (verticals.isEmpty ? [y] : verticals).map { Self.tickWidth($0, height: panelHeight) }.max() ?? 0
        let labelled = panels.indices.filter {
            isLabelled($0) && !$0.isMultiple(of: max(1, min(columns, panels.count)))
        }
        let grid = PanelGrid(
            count: panels.count, columns: columns, left: Self.margin + 26 + tickWidth, right: Double(width) - 24,
            top: names.maxY + 8, panelHeight: panelHeight,
            titleHeight: panels.allSatisfy(\.title.isEmpty) ? 4 : 26, gap: labelled.isEmpty ? 22 : 44 + tickWidth)
        return Layout(
            legend: names, frames: zip(grid.areas, verticals).map { Frame(area: $0, x: x, y: $1) }, grid: grid,
            tickWidth: tickWidth, height: Int(grid.bottom + 54 + 20 * Double(notes.count)))
    }

    private static func tickWidth(_ y: Axis, height: Double) -> Double {
        let probe = Frame(
            area: Rectangle(x: 0, y: 0, width: 100, height: height), x: Axis("", lower: 0, upper: 1), y: y)
        return probe.yTicks.compactMap(\.label).map { Canvas.width(of: $0, font: .tick) }.max() ?? 0
    }

    /// Whether a panel's y axis is written: that of the panel at its left is another one.
    private func isLabelled(_ index: Int) -> Bool {
        index.isMultiple(of: max(1, min(columns, panels.count))) || panels[index].ownAxis != panels[index - 1].ownAxis
    }

    /// The note in lines that fit.
    private var notes: [String] { Font.tick.wrapped(note, to: Double(width) - 2 * Self.margin) }

    private func axis(
        _ label: String, _ scale: Axis.Scale, _ range: ClosedRange<Double>?, fitting values: [Double]
    ) -> Axis {
        range.map { Axis(label, scale, lower: $0.lowerBound, upper: $0.upperBound) }
            ?? Axis(label, scale, fitting: values, decades: decades)
    }

    /// Draws the whole figure; never fails, whatever the numbers.
    public func draw(on canvas: Canvas) {
        let layout = layout
        canvas.text(title, at: Point(x: Self.margin, y: Self.margin + 8), font: .title)
        legend.draw(on: canvas, x: layout.legend.x, y: layout.legend.y, width: layout.legend.width)
        for (index, frame) in layout.frames.enumerated() {
            let panel = panels[index]
            frame.drawX(on: canvas, labelled: layout.grid.isLowest(index))
            frame.drawY(on: canvas, titleX: isLabelled(index) ? frame.area.x - layout.tickWidth - 20 : nil)
            canvas.text(
                Font.heading.shortened(panel.title, to: frame.area.width),
                at: Point(x: frame.area.midX, y: frame.area.y - 13),
                .center, font: .heading)
            canvas.clipped(to: frame.area) {
                draw(panel.references, in: frame, on: canvas)
                for curve in panel.curves { drawBand(curve, in: frame, on: canvas) }
                for (order, curve) in panel.curves.enumerated() { draw(curve, order: order, in: frame, on: canvas) }
            }
            frame.drawBox(on: canvas)
            if panel.curves.allSatisfy({ Self.runs($0, in: frame).isEmpty }) {
                canvas.text(
                    "no data", at: Point(x: frame.area.midX, y: frame.area.midY), .center, color: .darkGrey,
                    halo: true)
            }
            drawLabels(of: panel, in: frame, on: canvas)
        }
        for (line, text) in notes.reversed().enumerated() {
            canvas.text(
                text, at: Point(x: Self.margin, y: Double(layout.height) - 16 - 20 * Double(line)), font: .tick,
                color: .darkGrey)
        }
    }

    // MARK: Curves

    /// The curve's places, cut where a point cannot be drawn.
    static func runs(_ curve: Curve, in frame: Frame) -> [[Point]] {
        zip(curve.x, curve.y).map { frame.place($0, $1) }
            .split(separator: nil).map { $0.compactMap(\.self) }
    }

    private func drawBand(_ curve: Curve, in frame: Frame, on canvas: Canvas) {
        let edges = zip(curve.x, curve.band).map { x, ends -> (lower: Point, upper: Point)? in
            // What reaches down to zero on a logarithmic axis ends at its lower end.
            guard let upper = frame.place(x, ends[1]),
                let lower = frame.place(x, frame.y.scale == .log10 ? max(ends[0], frame.y.lower) : ends[0])
            else { return nil }
            return (lower, upper)
        }
        for run in edges.split(whereSeparator: { $0 == nil }) {
            let run = run.compactMap(\.self)
            canvas.fill(
                polygon: run.map(\.upper) + run.reversed().map(\.lower), curve.style.color, opacity: Self.bandOpacity)
        }
    }

    private func draw(_ curve: Curve, order: Int, in frame: Frame, on canvas: Canvas) {
        let runs = Self.runs(curve, in: frame)
        let pen = Canvas.Pen(color: curve.style.color, width: 2, dash: curve.style.dash)
        if curve.drawing == .line { for run in runs where run.count > 1 { canvas.stroke(run, pen) } }
        let total = runs.reduce(0) { $0 + $1.count }
        // Long lines carry eight markers, at other places for every curve.
        let spacing = total <= 24 || curve.drawing == .points ? 1 : total / 8
        let radius = curve.drawing == .points && total > 24 ? 2.5 : 4.0
        for (index, point) in runs.joined().enumerated() where index % spacing == (order * 3) % spacing {
            canvas.marker(curve.style, at: point, radius: radius)
        }
        for run in runs where run.count == 1 { canvas.marker(curve.style, at: run[0], radius: radius) }
    }

    // MARK: References

    private func draw(_ references: [Reference], in frame: Frame, on canvas: Canvas) {
        for reference in references {
            canvas.stroke(Self.ends(of: reference, in: frame), Canvas.Pen(color: .black, width: 1.5, dash: [2, 3]))
        }
    }

    private static func ends(of reference: Reference, in frame: Frame) -> [Point] {
        let area = frame.area
        switch reference.orientation {
        case .horizontal:
            guard let y = frame.y.fraction(reference.value).map({ area.maxY - $0 * area.height }) else { return [] }
            return [Point(x: area.x, y: y), Point(x: area.maxX, y: y)]
        case .vertical:
            guard let x = frame.x.fraction(reference.value).map({ area.x + $0 * area.width }) else { return [] }
            return [Point(x: x, y: area.y), Point(x: x, y: area.maxY)]
        }
    }

    private func drawLabels(of panel: Panel, in frame: Frame, on canvas: Canvas) {
        let obstacles = panel.curves.flatMap { Self.runs($0, in: frame).flatMap(Self.densified) }
        var taken: [Rectangle] = []
        for reference in panel.references where !reference.label.isEmpty {
            let place = Self.labelPlace(of: reference, in: frame, avoiding: obstacles, and: taken)
            guard let place else { continue }
            taken.append(place)
            canvas.text(
                reference.label, at: Point(x: place.x, y: place.midY), font: .tick, halo: true)
        }
    }

    /// The place along the line, on either side of it, where the label covers fewest points of curves and no other
    /// label.
    static func labelPlace(
        of reference: Reference, in frame: Frame, avoiding points: [Point], and taken: [Rectangle]
    ) -> Rectangle? {
        let ends = ends(of: reference, in: frame)
        guard ends.count == 2 else { return nil }
        let width = Canvas.width(of: reference.label, font: .tick)
        let height = Font.tick.lineHeight
        let candidates = [0.98, 0.02, 0.5, 0.75, 0.25].flatMap { along in
            [-1.0, 1.0].map { side in
                switch reference.orientation {
                case .horizontal:
                    Rectangle(
                        x: ends[0].x + along * (ends[1].x - ends[0].x - width),
                        y: side < 0 ? ends[0].y - height - 2 : ends[0].y + 2, width: width, height: height)
                case .vertical:
                    Rectangle(
                        x: side < 0 ? ends[0].x - width - 5 : ends[0].x + 5,
                        y: ends[0].y + (1 - along) * (ends[1].y - ends[0].y - height), width: width, height: height)
                }
            }
        }
        func cost(_ place: Rectangle) -> Int {
            points.count(where: place.outset(by: 2).contains) + taken.count(where: place.intersects) * 10_000
                + (frame.area.contains(place) ? 0 : 100_000)
        }
        // `min` keeps the first of equals, so that the order of candidates is the order of preference.
        return candidates.min { cost($0) < cost($1) }
    }

    /// Points at most 4 pixels apart along a polyline.
    private static func densified(_ run: [Point]) -> [Point] {
        zip(run, run.dropFirst()).flatMap { start, end in
            let steps = max(1, Int(max(abs(end.x - start.x), abs(end.y - start.y)) / 4))
            return (0...steps).map { step in
                let t = Double(step) / Double(steps)
                return Point(x: start.x + t * (end.x - start.x), y: start.y + t * (end.y - start.y))
            }
        } + run
    }
}
