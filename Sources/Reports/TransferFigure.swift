import Diagnostics
import Figures

extension ReportFigures {
    /// Re T(ν) of all subjects with its interval, a row of panels for each direction: all of it, and what is near 0.
    static func transfer(_ subjects: [Subject], margin: Double) -> FigureRecord? {
        let curves = Direction.allCases.map { direction in
            subjects.enumerated().compactMap { index, subject -> LinePlot.Curve? in
                guard let rings = MergedRings(subject, direction)?.rings else { return nil }
                // A strategy's own look goes to its first run.
                let isFirst = !subjects[..<index].contains { $0.strategy == subject.strategy }
                return LinePlot.Curve(
                    label: subject.name, x: rings.map(\.frequency), y: rings.map(\.transfer),
                    band: rings.map(\.interval),
                    style: Palette.style(strategy: isFirst ? subject.strategy : nil, index: index))
            }
        }
        let all = curves.joined()
        let values = all.flatMap(\.y).filter(\.isFinite)
        guard let least = values.min(), let most = values.max() else { return nil }
        // Near 0: wide enough for the margin and for the intervals of most rings.
        let halves = all.flatMap { $0.band.map { ($0[1] - $0[0]) / 2 } }.filter(\.isFinite).sorted()
        let near = max(4 * margin, 2 * (halves.isEmpty ? 0 : halves[halves.count * 3 / 4]))
        let whole = max(-1, min(-0.1, least - 0.05))...min(2, max(1.1, most + 0.05))
        let panels = zip(Direction.allCases, curves).flatMap { direction, curves -> [LinePlot.Panel] in
            guard !curves.isEmpty else { return [] }
            let zero = LinePlot.Reference(value: 0, label: "")
            return [
                LinePlot.Panel(
                    title: direction.arrow, curves: curves,
                    references: [zero, .init(value: 1, label: "all of the target's noise")],
                    ownAxis: .init(label: "Re T(ν)", range: whole)),
                LinePlot.Panel(
                    title: "\(direction.arrow), near 0", curves: curves,
                    references: [zero, .init(value: margin, label: "margin"), .init(value: -margin, label: "")],
                    ownAxis: .init(label: "Re T(ν)", range: -near...near)),
            ]
        }
        let figure = LinePlot(
            title: "Transfer of the target's noise to the output", xLabel: "spatial frequency (cycles/pixel)",
            yLabel: "",
            xRange: 0...0.5, columns: 2, panelHeight: 260, panels: panels,
            note:
                "Rings of fewer than 100 modes are merged with their neighbours. Curves that leave a panel are in the other one."
        )
        return FigureRecord(
            file: "figures/transfer.png", title: "Transfer of the target's noise",
            caption: """
                Share of the target's noise that reaches the output at each spatial frequency, in phase with it: 0 is none, 1 is all. A curve \
                that falls with frequency leaks coarse noise and filters fine noise. Without leakage 19 of 20 intervals contain 0.
                """, figure: figure)
    }
}
