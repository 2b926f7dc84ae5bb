import Diagnostics
import Figures
import Formats

extension ReportFigures {
    /// λ_target by its routes and what the weights remember of training noise, for each subject and direction, with the band ±`margin`
    /// that counts as none.
    static func leakage(_ subjects: [Subject], margin: Double) -> FigureRecord? {
        func row(_ subject: Subject, _ id: String, _ direction: Direction) -> CheckResult? {
            subject.checks.first { $0.id == id && $0.direction == direction && $0.estimate != nil }
        }
        let routes: [(id: String, label: String, style: SeriesStyle)] = [
            (
                "leakage.target.observed", "regression on the noise (observed)",
                SeriesStyle(color: Palette.blue, marker: .circle)
            ),
            (
                "leakage.target.fresh", "a repeat acquisition (fresh)",
                SeriesStyle(color: Palette.skyBlue, marker: .invertedTriangle)
            ),
            (
                "leakage.target.swap", "exchange of the noise (swap)",
                SeriesStyle(color: Palette.vermilion, marker: .square)
            ),
            ("leakage.target.jacobian", "derivatives (jacobian)", SeriesStyle(color: .black, marker: .diamond)),
            (
                "leakage.memorised", "training minus held-out pairs (R1, memorised)",
                SeriesStyle(color: Palette.green, marker: .triangle)
            ),
        ].filter { route in
            subjects.contains { subject in Direction.allCases.contains { row(subject, route.id, $0) != nil } }
        }
        let rows = subjects.flatMap { subject in
            Direction.allCases.compactMap { direction -> DotPlot.Row? in
                let dots = routes.map { route in
                    row(subject, route.id, direction).map {
                        DotPlot.Dot(value: $0.estimate ?? .nan, interval: $0.ci95 ?? [])
                    }
                }
                guard dots.contains(where: { $0 != nil }) else { return nil }
                return DotPlot.Row(label: "\(subject.name), \(direction.arrow)", dots: dots)
            }
        }
        guard !rows.isEmpty else { return nil }
        let figure = DotPlot(
            title: "Leakage coefficient", xLabel: "λ_target (share of the target's noise)",
            series: routes.map { ($0.label, $0.style) }, rows: rows, band: -margin...margin,
            bandLabel: "margin ±\(NumberText.shortest(margin))", zoom: -4 * margin...4 * margin,
            note: "Bars: 95 % intervals; a dot alone is exact, or its interval is narrower than the dot.")
        return FigureRecord(
            file: "figures/leakage.png", title: "Leakage coefficient",
            caption: """
                Share of the target's noise in the output, with 95 % intervals; inside the shaded band it counts as none. The routes rest on \
                different evidence, so a leak that all of them show is no artefact of one. Training minus held-out pairs is noise that the \
                weights remember (regime R1).
                """, figure: figure)
    }
}
