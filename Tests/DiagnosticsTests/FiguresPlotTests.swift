import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Figures
@testable import Tensors

/// Small figures that several tests share.
enum PlotData {
    static let plot = LinePlot(
        title: "sample", xLabel: "epoch", yLabel: "loss", yScale: .log10,
        panels: [
            .init(
                title: "left",
                curves: [
                    .init(
                        label: "training", x: [1, 2, 3], y: [1, 0.5, 0.3], band: [[0.9, 1.1], [0, 0.6], [0.2, 0.4]],
                        style: Palette.style(strategy: "no_skip"))
                ],
                references: [.init(value: 0.4, label: "noise floor")]),
            .init(
                title: "right",
                curves: [
                    .init(
                        label: "held out", x: [1, 2, 3], y: [1, .nan, 2], style: Palette.style(strategy: "mixed_skip"))
                ]),
        ])

    static let images = ImagePanels(
        title: "images", groups: [.init(titles: ["one", "two"], quantity: "intensity")],
        rows: [
            .init(title: "row", panels: [.init(Tensor([2, 2], [0, 1, 2, 3])), .init(Tensor([2, 2], [3, 2, 1, 0]))])
        ])

    static func line(_ y: [Double], x: [Double]? = nil) -> LinePlot.Curve {
        LinePlot.Curve(
            label: "line", x: x ?? y.indices.map(Double.init), y: y,
            style: SeriesStyle(color: Palette.vermilion, marker: .square))
    }
}

@Suite struct FiguresLinePlotTests {
    @Test func panelsShareAxesAndStandClearOfEachOtherAndTheLegend() {
        for count in 1...7 {
            var plot = PlotData.plot
            plot.panels = (0..<count).map { LinePlot.Panel(title: "panel \($0)", curves: [PlotData.line([1, 2, 3])]) }
            for index in 0..<9 {
                var curve = PlotData.line([2, 3])
                curve.label = "a rather long name of a series, number \(index)"
                plot.panels[0].curves.append(curve)
            }
            let layout = plot.layout
            let page = Rectangle(x: 0, y: 0, width: Double(plot.width), height: Double(plot.height))
            #expect(page.contains(layout.legend))
            for (index, frame) in layout.frames.enumerated() {
                #expect(page.contains(frame.area) && frame.area.width > 200)
                #expect(!frame.area.intersects(layout.legend))
                #expect(frame.x == layout.frames[0].x && frame.y == layout.frames[0].y)
                for other in layout.frames.dropFirst(index + 1) { #expect(!frame.area.intersects(other.area)) }
            }
        }
    }

    @Test func legendEntriesWrapWithoutOverlap() {
        var legend = Legend()
        for index in 0..<12 {
            legend.add(.init(label: "series number \(index)", style: Palette.style(strategy: nil), sample: .line))
        }
        legend.add(.init(label: "series number 3", style: Palette.style(strategy: nil), sample: .line))
        #expect(legend.entries.count == 12)
        let (places, height) = legend.layout(x: 10, y: 20, width: 500)
        let bounds = Rectangle(x: 10, y: 20, width: 500, height: height)
        for (index, place) in places.enumerated() {
            #expect(bounds.contains(place))
            for other in places.dropFirst(index + 1) { #expect(!place.intersects(other)) }
        }
        #expect(Legend().layout(x: 0, y: 0, width: 100).height == 0)
    }

    @Test func pointsMapToTheFrame() {
        let frame = Frame(
            area: Rectangle(x: 100, y: 50, width: 200, height: 100), x: Axis("", lower: 0, upper: 10),
            y: Axis("", .log10, lower: 0.01, upper: 1))
        #expect(frame.place(0, 0.01) == Point(x: 100, y: 150))
        #expect(frame.place(10, 1) == Point(x: 300, y: 50))
        #expect(frame.place(5, 0) == nil && frame.place(.nan, 1) == nil)
        #expect(frame.place(1e50, 1)?.x == 1300)
    }

    @Test func whatCannotBeDrawnCutsTheLine() {
        let frame = Frame(
            area: Rectangle(x: 0, y: 0, width: 60, height: 10), x: Axis("", lower: 0, upper: 6),
            y: Axis("", lower: 0, upper: 10))
        let runs = LinePlot.runs(PlotData.line([.nan, 1, 2, .infinity, 3, .nan, .nan]), in: frame)
        #expect(runs == [[Point(x: 10, y: 9), Point(x: 20, y: 8)], [Point(x: 40, y: 7)]])
    }

    @Test func gapsStayWhiteInThePicture() throws {
        var plot = LinePlot(
            title: "", xLabel: "", yLabel: "", panels: [.init(curves: [PlotData.line([1, 1, .nan, 1, 1])])])
        plot.width = 500
        let frame = plot.layout.frames[0]
        let picture = try DecodedPNG(plot.data())
        let on = try #require(frame.place(0.5, 1))
        let gap = try #require(frame.place(2, 1))
        #expect(picture[Int(on.x), Int(on.y)] == 0xD55E00)
        #expect(
            picture[Int(gap.x) - 20, Int(gap.y) + 3] == 0xFFFFFF && picture[Int(gap.x) + 20, Int(gap.y) + 3] == 0xFFFFFF
        )
        for x in Int(gap.x) - 20...Int(gap.x) + 20 { #expect(picture[x, Int(gap.y)] != 0xD55E00) }
    }

    @Test func referenceLabelsAvoidCurvesAndEachOther() throws {
        let frame = Frame(
            area: Rectangle(x: 0, y: 0, width: 400, height: 300), x: Axis("", lower: 0, upper: 1),
            y: Axis("", lower: 0, upper: 1))
        let reference = LinePlot.Reference(value: 0.5, label: "noise floor")
        let free = try #require(LinePlot.labelPlace(of: reference, in: frame, avoiding: [], and: []))
        #expect(free.maxY < 150 && free.maxX > 380 && frame.area.contains(free))
        let crowd = (0..<100).map { Point(x: 300 + Double($0), y: 140) }
        let moved = try #require(LinePlot.labelPlace(of: reference, in: frame, avoiding: crowd, and: []))
        #expect(!crowd.contains { moved.contains($0) } && frame.area.contains(moved))
        let second = try #require(LinePlot.labelPlace(of: reference, in: frame, avoiding: crowd, and: [moved]))
        #expect(!second.intersects(moved))
    }

    @Test(
        "Empty, single, constant, NaN and extreme data draw without a crash",
        arguments: [
            [], [1], [5, 5, 5], [.nan, .nan], [0, 0], [-1, -2], [1e300, 1], [.leastNonzeroMagnitude, 1e99, -1e99],
            [.infinity],
        ])
    func degenerateData(y: [Double]) throws {
        for scale in [Axis.Scale.linear, .log10] {
            var curve = PlotData.line(y)
            curve.band = y.map { [$0 - 1, $0 + 1] }
            let plot = LinePlot(
                title: "", xLabel: "x", yLabel: "y", xScale: scale, yScale: scale,
                panels: [
                    .init(
                        curves: [curve],
                        references: [
                            .init(value: y.first ?? 0, label: "r"), .init(orientation: .vertical, value: 0, label: "v"),
                        ])
                ])
            let picture = try DecodedPNG(plot.data())
            #expect(picture.width == plot.width && picture.height == plot.height)
        }
        let none = LinePlot(title: "no panels", xLabel: "x", yLabel: "y", panels: [])
        #expect(try DecodedPNG(none.data()).height == none.height)
    }
}

@Suite struct FiguresDotPlotTests {
    /// A name may take so much of the width and no more; the dots keep the rest.
    @Test func longNamesLeaveRoom() {
        let row = DotPlot.Row(label: String(repeating: "very long ", count: 40), dots: [.init(value: 1)])
        let plot = DotPlot(
            title: "", xLabel: "", series: [("s", SeriesStyle(color: .black))], rows: [row])
        let frame = plot.layout.frames[0]
        #expect(frame.area.width > 0.6 * 1100 && frame.area.x < 0.4 * 1100)
    }

    private var plot: DotPlot {
        DotPlot(
            title: "dots", xLabel: "λ",
            series: [("one", SeriesStyle(color: Palette.blue)), ("two", SeriesStyle(color: .black, marker: .square))],
            rows: [
                .init(label: "first", dots: [.init(value: 0.5, interval: [0.4, 0.6]), nil]),
                .init(label: "second", dots: [.init(value: .nan), .init(value: 0)]),
            ], band: -0.01...0.01, bandLabel: "±0.01", zoom: -0.04...0.04)
    }

    @Test func dotsStandAtTheirValues() throws {
        let picture = try DecodedPNG(plot.data())
        let layout = plot.layout
        let frame = layout.frames[0]
        let dot = try #require(frame.place(0.5, 0))
        let y = Int(frame.area.y + 7 + 8.5)
        #expect(picture[Int(dot.x), y] == 0x0072B2)
        let bar = try #require(frame.place(0.42, 0))
        #expect(picture[Int(bar.x), y] == 0x0072B2)
        let beyond = try #require(frame.place(0.62, 0))
        #expect(picture[Int(beyond.x) + 6, y] != 0x0072B2)
        // In the magnified panel the value lies beyond the right edge: an arrow there.
        #expect(picture[Int(layout.frames[1].area.maxX) - 8, y] == 0x0072B2)
    }

    @Test func panelsAndLegendStandClear() {
        let layout = plot.layout
        #expect(layout.frames.count == 2)
        #expect(!layout.frames[0].area.intersects(layout.frames[1].area))
        #expect(layout.frames.allSatisfy { !$0.area.intersects(layout.legend) })
        #expect(layout.frames[0].area.x > 16 + Canvas.width(of: "second", font: .body))
    }

    @Test func nothingToShowIsNoCrash() throws {
        let empty = DotPlot(title: "", xLabel: "", series: [], rows: [])
        #expect(try DecodedPNG(empty.data()).height == empty.height)
        var bare = plot
        bare.rows = [.init(label: "", dots: [.init(value: .infinity, interval: [.nan, 1]), .init(value: -7)])]
        #expect(try DecodedPNG(bare.data()).width == 1100)
    }
}

@Suite struct FiguresImagePanelsTests {
    private let ramp = Tensor([2, 3, 1], [0, 1, 2, 3, 4, 5])

    private func figure(_ rows: [ImagePanels.Row], extent: ImagePanels.Group.Extent = .figure) -> ImagePanels {
        ImagePanels(
            title: "t", groups: [.init(titles: ["one", "two"], extent: extent, quantity: "intensity")], rows: rows)
    }

    @Test func pixelsBecomeSquaresOfTheRightGrey() throws {
        let panels = figure([.init(title: "r", panels: [.init(ramp), nil])])
        let layout = panels.layout
        #expect(layout.factor == 8)
        let cell = layout.cells[0][0]
        let left = Int((cell.midX - 12).rounded(.down))
        let picture = try DecodedPNG(panels.data())
        for row in 0..<2 {
            for column in 0..<3 {
                let grey = UInt32((Double(row * 3 + column) / 5 * 255).rounded())
                for (dx, dy) in [(0, 0), (7, 7)] {
                    let pixel = picture[left + column * 8 + dx, Int(cell.y) + row * 8 + dy]
                    #expect(pixel == grey << 16 | grey << 8 | grey)
                }
            }
        }
    }

    @Test func scalesSpanFigureRowOrGivenLimits() {
        let rows = [
            ImagePanels.Row(title: "a", panels: [.init(ramp), .init(Tensor([1, 1], [9]))]),
            ImagePanels.Row(title: "b", panels: [.init(Tensor([1, 2], [-2, .nan])), nil]),
        ]
        func range(_ extent: ImagePanels.Group.Extent, _ row: Int, _ map: ColorMap = .grey) -> ClosedRange<Double> {
            let group = ImagePanels.Group(titles: ["", ""], colorMap: map, extent: extent, quantity: "")
            return figure(rows).range(of: group, columns: 0..<2, row: row)
        }
        #expect(range(.figure, 0) == -2...9 && range(.figure, 1) == -2...9)
        #expect(range(.row, 0) == 0...9)
        #expect(range(.row, 1) == -2.5 ... -1.5)
        #expect(range(.fixed(0...1), 1) == 0...1)
        #expect(range(.figure, 0, .diverging) == -9...9)
        #expect(range(.row, 1, .diverging) == -2...2)
    }

    @Test func cellsAndBarsNeverOverlap() {
        let large = Tensor([300, 400, 3], repeating: 0.5)
        let panels = figure(
            (0..<3).map { .init(title: "row \($0)", panels: [.init(large, caption: "c"), .init(ramp)]) })
        let layout = panels.layout
        let all = layout.cells.flatMap(\.self) + layout.bars.flatMap(\.self)
        let page = Rectangle(x: 0, y: 0, width: Double(layout.width), height: Double(layout.height))
        #expect(layout.factor == 1 && layout.width <= 1400)
        for (index, place) in all.enumerated() {
            #expect(page.contains(place))
            for other in all.dropFirst(index + 1) { #expect(!place.intersects(other)) }
        }
    }

    @Test func degenerateImagesDraw() throws {
        let odd: [Tensor] = [
            Tensor([1, 1], [.nan]), Tensor([1, 5, 4, 3], repeating: .infinity), Tensor([3, 3], repeating: 7),
            Tensor([1, 40], repeating: -.infinity),
        ]
        for image in odd {
            let panels = figure([.init(title: "a long title for a low row", panels: [.init(image, caption: "x"), nil])])
            #expect(try DecodedPNG(panels.data()).height == panels.height)
        }
        #expect(try DecodedPNG(figure([]).data()).width == figure([]).width)
    }

    @Test func longTextIsShortened() {
        #expect(Font.body.shortened("short", to: 200) == "short")
        let cut = Font.body.shortened("far too long for its place", to: 80)
        #expect(cut.hasSuffix("…") && Canvas.width(of: cut, font: .body) <= 80)
    }
}
