import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Figures

/// The pictures of `Benchmarks/CALIBRATION.md`, from `results/calibration.json`.
enum CalibrationFigures {
    /// What they show of a row.
    private struct Row: Decodable {
        let kind: String
        let noise: String
        let test: String
        let trials: Int
        let count: Int
        let refused: Int
        let units: Int
        let leak: Double?
        let detectable: Double?
        /// Measured on other data sets, because the first measurement lay outside its band.
        let again: Bool?

        var judged: Int { trials - refused }
    }

    private static let styles: [SeriesStyle] = [
        SeriesStyle(color: Palette.blue, marker: .circle), SeriesStyle(color: Palette.vermilion, marker: .square),
        SeriesStyle(color: Palette.orange, marker: .triangle), SeriesStyle(color: Palette.green, marker: .diamond),
        SeriesStyle(color: .black, marker: .invertedTriangle),
        SeriesStyle(color: Palette.purple, marker: .circle, hollow: true),
        SeriesStyle(color: Palette.skyBlue, marker: .square, hollow: true),
    ]

    static func write(_ results: URL, to directory: URL) throws {
        let rows = try JSONDecoder().decode([Row].self, from: try Data(contentsOf: results))
        try dots(
            rows.filter { $0.kind == "false alarms" }, "False alarms where nothing is to be found",
            "share of data sets with p ≤ 0.05, or a 95 % interval without the truth"
        ) { $0.count }?.write(to: directory.appending(path: "alarms.png"))
        try dots(
            rows.filter { $0.kind == "coverage" }, "95 % intervals that miss the truth, at a leak of 0.05",
            "share of intervals without the truth"
        ) { $0.judged - $0.count }?.write(to: directory.appending(path: "coverage.png"))
        try power(rows.filter { $0.kind == "power" })?.write(to: directory.appending(path: "power.png"))
    }

    /// A row for each test, a dot for each noise, and the 99 % band of a rate of 5 %.
    private static func dots(_ rows: [Row], _ title: String, _ axis: String, _ count: (Row) -> Int) -> DotPlot? {
        func distinct(_ name: (Row) -> String) -> [String] {
            rows.map(name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
        guard let trials = rows.filter({ $0.again != true }).map(\.trials).max() else { return nil }
        // Of a row that was measured again the dot is the second measurement, which comes last.
        let noises = distinct(\.noise)
        let band = BinomialDistribution(trials: trials, probability: 0.05).band(confidence: 0.99)
        return DotPlot(
            title: title, xLabel: axis, series: zip(noises, styles).map { ($0, $1) },
            rows: distinct(\.test).map { test in
                DotPlot.Row(
                    label: test,
                    dots: noises.map { noise in
                        rows.last { $0.test == test && $0.noise == noise && 2 * $0.refused <= $0.trials }
                            .map { .init(value: Double(count($0)) / Double($0.judged)) }
                    })
            }, band: Double(band.lowerBound) / Double(trials)...Double(band.upperBound) / Double(trials),
            bandLabel: "99 % of binomial counts at a rate of 5 %",
            note: "Not measured: the check refuses that noise and says why, or the truth is not known.")
    }

    private static func power(_ rows: [Row]) -> LinePlot? {
        let sizes = Set(rows.map(\.units)).sorted()
        guard !sizes.isEmpty else { return nil }
        let curves = zip(sizes, styles).map { units, style in
            let own = rows.filter { $0.units == units }
            return LinePlot.Curve(
                label: "\(units * 1024) pixels", x: own.map { ($0.leak ?? .nan) / ($0.detectable ?? .nan) },
                y: own.map { Double($0.count) / Double($0.judged) }, style: style)
        }
        return LinePlot(
            title: "Which leaks are found", xLabel: "λ over the printed minimum detectable effect",
            yLabel: "share of data sets that show it", columns: 1,
            panels: [
                .init(
                    curves: curves,
                    references: [
                        .init(value: 0.8, label: "80 %"),
                        .init(orientation: .vertical, value: 1, label: "the printed effect"),
                    ])
            ])
    }
}
