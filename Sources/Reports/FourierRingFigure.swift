import Diagnostics
import Fields
import Figures
import Formats

extension ReportFigures {
    /// Fourier ring correlation of the two directions' outputs with its criteria, a panel for each subject. Axes are fixed, so that
    /// reports compare; where the curve crosses 1/7 is written on the figure.
    public static func ringCorrelation(_ subjects: [Subject]) -> LinePlot? {
        let lines: [(name: String, label: String, style: SeriesStyle)] = [
            (
                SeriesName.ringCorrelation, "f_a with f_b",
                SeriesStyle(color: Palette.vermilion, marker: .triangle)
            ),
            (
                SeriesName.ringOther, "target noise exchanged in both",
                SeriesStyle(color: Palette.blue, dash: [9, 4], marker: .circle)
            ),
            (
                SeriesName.ringCorrected, "f_a with f_b, phase-corrected",
                SeriesStyle(color: .black, dash: [4, 3], marker: .diamond, hollow: true)
            ),
            (
                SeriesName.ringRandomised, "phases randomised",
                SeriesStyle(color: Palette.green, dash: [3, 3], marker: .square)
            ),
            (
                SeriesName.ringHalfBit, "half-bit criterion",
                SeriesStyle(color: .darkGrey, dash: [2, 3], marker: .invertedTriangle)
            ),
        ]
        let panels = subjects.compactMap { subject -> LinePlot.Panel? in
            let curves = lines.compactMap { curve(subject, $0.name, $0.label, $0.style) }.filter { !$0.x.isEmpty }
            guard let same = subject.series[SeriesName.ringCorrelation], !same.value.isEmpty else { return nil }
            var references = [LinePlot.Reference(value: FourierRingCriteria.oneSeventh, label: "1/7")]
            let criterion = [Double](repeating: FourierRingCriteria.oneSeventh, count: same.value.count)
            let crossing = FourierRingCriteria.crossing(
                frequency: same.frequency, curve: same.value, criterion: criterion)
            if case .at(let frequency) = crossing {
                references.append(
                    .init(
                        orientation: .vertical, value: frequency,
                        label: "1/7 at \(NumberText.fixed(frequency, decimals: 3))"))
            }
            return LinePlot.Panel(title: subject.name, curves: curves, references: references)
        }
        guard !panels.isEmpty else { return nil }
        return LinePlot(
            title: "Fourier ring correlation of the two directions' outputs",
            xLabel: "spatial frequency (cycles/pixel)", yLabel: "Fourier ring correlation", xRange: 0...0.5,
            // Chance reaches a little below 0.
            yRange: -0.1...1, columns: columns(panels), panels: panels,
            note:
                "High is not good. A gap between the first two curves is leaked noise; no gap excludes no leak (see the caption)."
        )
    }
}

extension FigureReference {
    /// `ReportFigures.ringCorrelation`.
    public static func ringCorrelation(path: String) -> FigureReference {
        FigureReference(
            path: path, title: "Fourier ring correlation of the two directions' outputs",
            caption: """
                How alike the outputs of b→a and a→b are at each spatial frequency. This is not a resolution: content, \
                invented edges and leaked noise all raise the curve. Leaked noise alone makes the gap between the curve of \
                the outputs and the curve after the target's noise was exchanged in both directions. It takes one output that holds noise \
                of its target and another that holds the same noise from its source: a model that copies all of its target and \
                nothing of its source has no gap.
                """)
    }
}
