import Formats
import Tensors

/// Images in rows and columns, enlarged by a whole factor without smoothing, each group of columns on one scale of
/// brightness with its colour bar.
public struct ImagePanels: Figure {
    /// One image and the words below it.
    package struct Panel: Sendable {
        /// `[H, W, C]` with one channel (drawn by the group's colour map) or three (red, green, blue).
        var image: Tensor
        var caption = ""

        /// - Parameter image: `[H, W]`, `[H, W, C]` or `[1, H, W, C]`, C 1 or 3, no side 0.
        package init(_ image: Tensor, caption: String = "") {
            let shape = image.shape.count == 4 && image.shape[0] == 1 ? Array(image.shape.dropFirst()) : image.shape
            let full = shape.count == 2 ? shape + [1] : shape
            precondition(
                full.count == 3 && (full[2] == 1 || full[2] == 3) && image.count > 0,
                "ImagePanels: expected one image [H, W, 1 or 3], got \(image.shape)")
            self.image = image.reshaped(full)
            self.caption = caption
        }

        var rows: Int { image.shape[0] }
        var columns: Int { image.shape[1] }
    }

    /// Neighbouring columns whose images share a scale and a bar at their right.
    package struct Group: Sendable {
        package enum Extent: Sendable {
            /// From the smallest to the largest pixel of the whole figure: rows can be compared.
            case figure
            /// From the smallest to the largest pixel of each row.
            case row
            /// Of the whole figure, without so large a share of the pixels at each end, which take the end's colour.
            case clipped(Double)
            /// The same given limits everywhere.
            case fixed(ClosedRange<Double>)
        }

        package var titles: [String]
        package var colorMap = ColorMap.grey
        package var extent = Extent.figure
        /// What the bar measures: "intensity".
        package var quantity: String

        package init(
            titles: [String], colorMap: ColorMap = ColorMap.grey, extent: Extent = Extent.figure, quantity: String
        ) {
            self.titles = titles
            self.colorMap = colorMap
            self.extent = extent
            self.quantity = quantity
        }
    }

    /// A row of images, as many as all groups have columns; `nil` leaves a cell empty.
    package struct Row: Sendable {
        package var title: String
        package var panels: [Panel?]

        package init(title: String, panels: [Panel?]) {
            self.title = title
            self.panels = panels
        }
    }

    struct Layout {
        /// Row by row, a rectangle for every cell.
        var cells: [[Rectangle]]
        /// Row by row, one bar for every group.
        var bars: [[Rectangle]]
        var factor: Int
        var width: Int
        var height: Int
    }

    private static let margin = 16.0
    private static let gap = 8.0
    private static let barRoom = 86.0

    /// The figure becomes no wider than this as long as images fit at factor 1.
    package var widthLimit = 1400
    package var title: String
    package var groups: [Group]
    package var rows: [Row]

    package init(widthLimit: Int = 1400, title: String, groups: [Group], rows: [Row]) {
        self.widthLimit = widthLimit
        self.title = title
        self.groups = groups
        self.rows = rows
    }

    /// What the images at their factor and the bars need.
    public var width: Int { layout.width }
    /// What title, legend, panels and labels need.
    public var height: Int { layout.height }

    var layout: Layout {
        let panels = rows.flatMap { $0.panels.compactMap(\.self) }
        let columns = panels.map(\.columns).max() ?? 64
        let lines = panels.map(\.rows).max() ?? 64
        let count = groups.reduce(0) { $0 + $1.titles.count }
        let left = Self.margin + 26
        let room = Double(widthLimit) - left - Double(groups.count) * Self.barRoom - Double(count) * Self.gap
        let factor = min(max(Int(room / Double(max(count, 1) * columns)), 1), 8)
        let cellWidth = Double(max(columns * factor, 150))
        let cellHeight = Double(lines * factor)
        let captionHeight = panels.allSatisfy(\.caption.isEmpty) ? 0 : 22.0
        let top = Self.margin + (title.isEmpty ? 0 : 30) + 26
        var layout = Layout(cells: [], bars: [], factor: factor, width: 0, height: 0)
        var right = left
        for row in rows.indices {
            let y = top + Double(row) * (cellHeight + captionHeight + 12)
            var x = left
            var cells: [Rectangle] = []
            var bars: [Rectangle] = []
            for group in groups {
                for _ in group.titles {
                    cells.append(Rectangle(x: x, y: y, width: cellWidth, height: cellHeight))
                    x += cellWidth + Self.gap
                }
                bars.append(Rectangle(x: x, y: y, width: 14, height: cellHeight))
                x += Self.barRoom
            }
            layout.cells.append(cells)
            layout.bars.append(bars)
            right = max(right, x)
        }
        let titleWidth = Canvas.width(of: title, font: .title) + 2 * Self.margin
        layout.width = max(Int(right), Int(titleWidth), 300)
        layout.height = Int(top + Double(rows.count) * (cellHeight + captionHeight + 12) + Self.margin)
        return layout
    }

    /// Draws the whole figure; never fails, whatever the numbers.
    public func draw(on canvas: Canvas) {
        let layout = layout
        canvas.text(title, at: Point(x: Self.margin, y: Self.margin + 8), font: .title)
        for (row, content) in rows.enumerated() {
            let height = layout.cells[row].first?.height ?? 0
            let name = Font.heading.shortened(content.title, to: height)
            canvas.text(
                name, at: Point(x: Self.margin + 8, y: (layout.cells[row].first?.midY ?? 0)), .center, font: .heading,
                upward: true)
            var column = 0
            for (index, group) in groups.enumerated() {
                let members = column..<(column + group.titles.count)
                let range = range(of: group, columns: members, row: row)
                for (title, column) in zip(group.titles, members) {
                    let cell = layout.cells[row][column]
                    if row == 0 {
                        canvas.text(title, at: Point(x: cell.midX, y: cell.y - 14), .center, font: .heading)
                    }
                    guard let panel = content.panels[column] else { continue }
                    draw(panel, group.colorMap, range, in: cell, on: canvas)
                }
                if content.panels[members].contains(where: { $0 != nil }) {
                    drawBar(layout.bars[row][index], group, range, on: canvas)
                }
                column = members.upperBound
            }
        }
    }

    // MARK: -

    /// The brightness limits of one group in one row; 0...1 where no finite pixel says otherwise, widened around a
    /// constant.
    func range(of group: Group, columns: Range<Int>, row: Int) -> ClosedRange<Double> {
        let members: [Row]
        switch group.extent {
        case .fixed(let range): return range
        case .row: members = [rows[row]]
        case .figure, .clipped: members = rows
        }
        if case .clipped(let share) = group.extent {
            return Self.limits(members.flatMap { $0.panels[columns] }, without: share, group.colorMap)
        }
        var lower = Float.infinity
        var upper = -Float.infinity
        for panel in members.flatMap({ $0.panels[columns] }).compactMap(\.self) {
            panel.image.withUnsafeBuffer {
                for pixel in $0 where pixel.isFinite {
                    lower = min(lower, pixel)
                    upper = max(upper, pixel)
                }
            }
        }
        guard lower <= upper else { return 0...1 }
        if group.colorMap == .diverging { (lower, upper) = (-max(-lower, upper, 0), max(-lower, upper, 0)) }
        guard lower < upper else { return Double(lower) - 0.5...Double(upper) + 0.5 }
        return Double(lower)...Double(upper)
    }

    /// Quantiles of all pixels; symmetrical for a diverging map.
    private static func limits(_ panels: [Panel?], without share: Double, _ map: ColorMap) -> ClosedRange<Double> {
        var pixels = panels.flatMap { $0?.image.values ?? [] }.filter(\.isFinite).map(Double.init)
        if map == .diverging { pixels = pixels.map(\.magnitude) }
        pixels.sort()
        guard let largest = pixels.last, largest > pixels[0] || map == .diverging else { return 0...1 }
        let count = Double(pixels.count - 1)
        let upper = pixels[Int((count * (1 - share)).rounded(.up))]
        if map == .diverging { return upper > 0 ? -upper...upper : -1...1 }
        let lower = pixels[Int((count * share).rounded(.down))]
        return lower < upper ? lower...upper : pixels[0]...largest
    }

    private func draw(
        _ panel: Panel, _ map: ColorMap, _ range: ClosedRange<Double>, in cell: Rectangle, on canvas: Canvas
    ) {
        // Small panels beside large ones, such as lags beside pixels, are enlarged further, by a whole factor of their own.
        let factor = max(1, Int(min(cell.width / Double(panel.columns), cell.height / Double(panel.rows))))
        let span = range.upperBound - range.lowerBound
        func fraction(_ pixel: Float) -> Double { (Double(pixel) - range.lowerBound) / span }
        let colors = panel.image.withUnsafeBuffer { pixels in
            if panel.image.shape[2] == 1 { return pixels.map { map.color(fraction($0)) } }
            return stride(from: 0, to: pixels.count, by: 3).map { first in
                let channels = (0..<3).map { min(max(fraction(pixels[first + $0]), 0), 1) }
                guard channels.allSatisfy({ !$0.isNaN }) else { return map.color(.nan) }
                return Color(red: channels[0], green: channels[1], blue: channels[2])
            }
        }
        let size = (width: Double(panel.columns * factor), height: Double(panel.rows * factor))
        // Whole pixels, so that every image pixel is a sharp square.
        let place = Rectangle(
            x: (cell.midX - size.width / 2).rounded(.down), y: cell.y, width: size.width, height: size.height)
        canvas.image(colors, columns: panel.columns, in: place)
        canvas.stroke(place.outset(by: 0.5), Canvas.Pen(color: .paleGrey))
        canvas.text(
            Font.body.shortened(panel.caption, to: cell.width),
            at: Point(x: cell.midX, y: cell.maxY + 13), .center)
    }

    private func drawBar(_ bar: Rectangle, _ group: Group, _ range: ClosedRange<Double>, on canvas: Canvas) {
        let steps = Int(bar.height)
        let colors = (0..<max(steps, 2)).map { group.colorMap.color(1 - Double($0) / Double(max(steps, 2) - 1)) }
        canvas.image(colors, columns: 1, in: bar)
        let outline = Rectangle(x: bar.x - 0.5, y: bar.y + 0.5, width: bar.width + 1, height: bar.height - 1)
        canvas.stroke(outline, Canvas.Pen(color: .darkGrey))
        let middle = (range.lowerBound + range.upperBound) / 2
        let span = range.upperBound - range.lowerBound
        let ends = [(range.upperBound, bar.y + 6), (range.lowerBound, bar.maxY - 6)]
        let places = ends + (bar.height < 60 ? [] : [(middle, bar.midY)])
        for (value, y) in places {
            // Rounded to the span, so that a middle of 1e-17 reads 0.
            let shown = abs(value) < 1e-6 * span ? 0 : value
            let text = NumberText.typographic(NumberText.significant(shown, digits: 2))
            canvas.text(text, at: Point(x: bar.maxX + 5, y: y), font: .tick)
        }
        let quantity = Font.tick.shortened(group.quantity, to: bar.height)
        canvas.text(
            quantity, at: Point(x: bar.maxX + 54, y: bar.midY), .center, font: .tick, color: .darkGrey, upward: true)
    }
}
