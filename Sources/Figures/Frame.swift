/// A rectangle of a canvas with its two axes: maps data to places and draws ticks, labels and the box.
struct Frame: Sendable {
    var area: Rectangle
    var x: Axis
    var y: Axis

    private static let tickLength = 5.0
    /// Of a tick's label beyond the panel.
    private static let overhang = 8.0

    var xTicks: [Axis.Tick] { x.ticks(count: Int(area.width / 58)) }
    var yTicks: [Axis.Tick] { y.ticks(count: Int(area.height / 40)) }

    /// Where a data point stands; `nil` if one coordinate cannot be drawn. It may lie outside the area.
    func place(_ xValue: Double, _ yValue: Double) -> Point? {
        guard let across = x.fraction(xValue), let up = y.fraction(yValue) else { return nil }
        // Far outside is as good as infinitely far, and Cairo's 24-bit coordinates stay in range.
        return Point(
            x: area.x + min(max(across, -5), 6) * area.width, y: area.maxY - min(max(up, -5), 6) * area.height)
    }

    func drawX(on canvas: Canvas, labelled: Bool) {
        for tick in xTicks {
            guard let fraction = x.fraction(tick.value) else { continue }
            let position = crisp(area.x + fraction * area.width)
            if tick.label != nil {
                canvas.stroke([Point(x: position, y: area.y), Point(x: position, y: area.maxY)], grid)
            }
            let length = tick.label == nil ? Self.tickLength * 0.6 : Self.tickLength
            canvas.stroke([Point(x: position, y: area.maxY), Point(x: position, y: area.maxY + length)], box)
            if labelled, let label = tick.label {
                // Not far beyond the panel's ends, where the next panel's labels begin.
                let reach = Canvas.width(of: label, font: .tick) / 2 - Self.overhang
                let middle = min(max(position, area.x + reach), area.maxX - reach)
                canvas.text(label, at: Point(x: middle, y: area.maxY + 16), .center, font: .tick)
            }
        }
        if labelled { canvas.text(x.label, at: Point(x: area.midX, y: area.maxY + 38), .center) }
    }

    /// - Parameter titleX: where the axis title is centred; `nil` leaves title and tick labels away.
    func drawY(on canvas: Canvas, titleX: Double?) {
        for tick in yTicks {
            guard let fraction = y.fraction(tick.value) else { continue }
            let position = crisp(area.maxY - fraction * area.height)
            if tick.label != nil {
                canvas.stroke([Point(x: area.x, y: position), Point(x: area.maxX, y: position)], grid)
            }
            let length = tick.label == nil ? Self.tickLength * 0.6 : Self.tickLength
            canvas.stroke([Point(x: area.x - length, y: position), Point(x: area.x, y: position)], box)
            if titleX != nil, let label = tick.label {
                canvas.text(label, at: Point(x: area.x - 8, y: position), .trailing, font: .tick)
            }
        }
        if let titleX {
            let title = Font.body.shortened(y.label, to: area.height + 40)
            canvas.text(title, at: Point(x: titleX, y: area.midY), .center, upward: true)
        }
    }

    func drawBox(on canvas: Canvas) {
        canvas.stroke(
            Rectangle(x: crisp(area.x), y: crisp(area.y), width: area.width.rounded(), height: area.height.rounded()),
            box)
    }

    private var box: Canvas.Pen { Canvas.Pen(color: .darkGrey) }
    private var grid: Canvas.Pen { Canvas.Pen(color: .paleGrey) }
    /// A one-pixel line is sharp when its middle is the middle of a pixel.
    private func crisp(_ position: Double) -> Double { position.rounded(.down) + 0.5 }
}

/// Equal panels in rows and columns, filled row by row.
struct PanelGrid: Sendable, Equatable {
    let areas: [Rectangle]
    let columns: Int
    /// Lower edge of the last row.
    let bottom: Double

    /// - Parameters:
    ///   - bounds: left and right limit of the panels, upper limit of the first one's title.
    ///   - titleHeight: room above every panel.
    init(
        count: Int, columns: Int, left: Double, right: Double, top: Double, panelHeight: Double, titleHeight: Double,
        gap: Double = 22
    ) {
        let used = max(1, min(columns, count))
        let width = ((right - left - gap * Double(used - 1)) / Double(used)).rounded(.down)
        areas = (0..<count).map { index in
            Rectangle(
                x: left + Double(index % used) * (width + gap),
                y: top + titleHeight + Double(index / used) * (panelHeight + titleHeight + gap),
                width: width, height: panelHeight)
        }
        self.columns = used
        bottom = areas.last?.maxY ?? top
    }

    func isLeftmost(_ index: Int) -> Bool { index % columns == 0 }
    /// Whether no panel stands below.
    func isLowest(_ index: Int) -> Bool { index + columns >= areas.count }
}
