import Diagnostics
import Figures

extension ReportFigures {
    /// Losses against epoch, a panel for each subject, with the noise floor drawn in.
    ///
    /// - Parameter lossName: the loss and its unit, for the axis: "cross-domain loss, mean |f − x| (data range 2)".
    static func losses(_ subjects: [Subject], lossName: String) -> FigureRecord? {
        let styles: [(name: String, label: String, style: SeriesStyle)] = [
            (
                SeriesName.lossTrainTotal, "training, total",
                SeriesStyle(color: .darkGrey, dash: [2, 3], marker: .square)
            ),
            (SeriesName.lossTrainCross, "training, cross-domain", SeriesStyle(color: Palette.blue, marker: .circle)),
            (
                SeriesName.lossHeldoutCross, "held out, cross-domain",
                SeriesStyle(color: Palette.vermilion, dash: [8, 4], marker: .triangle)
            ),
        ]
        let panels = subjects.compactMap { subject -> LinePlot.Panel? in
            let curves = styles.compactMap { curve(subject, $0.name, $0.label, $0.style) }
            guard !curves.isEmpty else { return nil }
            let floor = subject.series[SeriesName.lossFloor]?.value.last
            let references = floor.map { [LinePlot.Reference(value: $0, label: "noise floor")] } ?? []
            return LinePlot.Panel(title: subject.name, curves: curves, references: references)
        }
        guard !panels.isEmpty else { return nil }
        let figure = LinePlot(
            title: "Training and held-out loss", xLabel: "epoch", yLabel: lossName, yScale: .log10,
            columns: columns(panels), panels: panels,
            note: "The floor is that of the cross-domain loss; the total has further terms.")
        return FigureRecord(
            file: "figures/loss.png", title: "Training and held-out loss",
            caption: """
                The dotted line is the noise floor: the loss of a perfect denoiser against noisy targets. A held-out cross-domain loss below \
                it proves leakage. A training loss below it with the held-out loss above it shows memorised noise.
                """, figure: figure)
    }
}
