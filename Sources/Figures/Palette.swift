/// The look of one plotted series: colour, dash and marker differ together, so that lines stay apart in grey.
package struct SeriesStyle: Equatable, Sendable {
    package var color: Color
    /// Lengths of strokes and gaps; empty for a solid line.
    package var dash: [Double] = []
    package var marker: Marker = .circle
    /// Markers with a white inside.
    package var hollow = false

    package init(color: Color, dash: [Double] = [], marker: Marker = .circle, hollow: Bool = false) {
        self.color = color
        self.dash = dash
        self.marker = marker
        self.hollow = hollow
    }
}

/// Shapes that stay apart at 8 pixels.
package enum Marker: Equatable, Sendable, CaseIterable {
    case circle, square, triangle, diamond, invertedTriangle

    /// The corners for a marker of the given radius; empty for the circle.
    func corners(at center: Point, radius: Double) -> [Point] {
        let unit: [(Double, Double)] =
            switch self {
            case .circle: []
            case .square: [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]
            case .triangle: [(0, -1.15), (1.05, 0.75), (-1.05, 0.75)]
            case .diamond: [(0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)]
            case .invertedTriangle: [(0, 1.15), (1.05, -0.75), (-1.05, -0.75)]
            }
        return unit.map { Point(x: center.x + $0.0 * radius, y: center.y + $0.1 * radius) }
    }
}

/// Colours that colour-blind readers tell apart: Okabe and Ito, "Color Universal Design", 2008.
package enum Palette {
    package static let orange = Color(hex: 0xE69F00)
    package static let skyBlue = Color(hex: 0x56B4E9)
    package static let green = Color(hex: 0x009E73)
    package static let blue = Color(hex: 0x0072B2)
    package static let vermilion = Color(hex: 0xD55E00)
    package static let purple = Color(hex: 0xCC79A7)

    /// The fixed look of each skip strategy, by the name it has in a configuration.
    private static let strategies: [String: SeriesStyle] = [
        "no_skip": SeriesStyle(color: blue, marker: .circle),
        "zero_skip": SeriesStyle(color: skyBlue, dash: [2, 3], marker: .square),
        "use_source_skip": SeriesStyle(color: green, dash: [9, 4], marker: .diamond),
        "use_target_skip": SeriesStyle(color: vermilion, dash: [12, 3, 3, 3], marker: .triangle),
        "mixed_skip": SeriesStyle(color: purple, dash: [5, 3], marker: .invertedTriangle),
    ]

    private static let others: [SeriesStyle] = [
        SeriesStyle(color: orange, marker: .square),
        SeriesStyle(color: .black, dash: [6, 3], marker: .circle),
        SeriesStyle(color: skyBlue, dash: [2, 2], marker: .diamond),
        SeriesStyle(color: purple, dash: [10, 3, 2, 3], marker: .triangle),
    ]

    /// The look of a strategy; for any other subject, one of four by its place in the report.
    package static func style(strategy: String?, index: Int = 0) -> SeriesStyle {
        strategy.flatMap { strategies[$0] } ?? others[index % others.count]
    }
}

extension Canvas {
    /// A filled marker has a white rim, so that overlapping ones stay apart; a small one would be eaten by it.
    func marker(_ style: SeriesStyle, at center: Point, radius: Double = 4) {
        let inside = style.hollow ? Color.white : style.color
        let isRimmed = !style.hollow && radius > 3
        let rim = Pen(color: isRimmed ? .white : style.color, width: radius > 3 ? 1.5 : 1)
        let corners = style.marker.corners(at: center, radius: radius)
        if corners.isEmpty {
            disc(at: center, radius: radius, fill: inside, outline: rim)
        } else {
            fill(polygon: corners, inside)
            stroke(corners, rim, closed: true)
        }
    }
}
