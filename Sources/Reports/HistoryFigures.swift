import Diagnostics
import Figures

extension ReportFigures {
    /// λ_target on training and on held-out pairs and λ_source against epoch, a panel for each subject and direction, with the epoch at
    /// which memorisation begins; `nil` where no subject has a history.
    static func leakHistory(_ subjects: [Subject]) -> FigureRecord? {
        let looks: [(SeriesName.History, String, SeriesStyle)] = [
            (.training, "λ_target, training pairs", SeriesStyle(color: Palette.vermilion, marker: .triangle)),
            (.heldOut, "λ_target, held-out pairs", SeriesStyle(color: Palette.blue, marker: .circle)),
            (.source, "λ_source", SeriesStyle(color: Palette.green, dash: [9, 4], marker: .diamond)),
        ]
        return historyPlot(
            subjects, looks, title: "Leakage during training", yLabel: "share of the noise in the output",
            note: "Memorisation begins where the curve of training pairs leaves that of held-out pairs for good."
        ).map {
            FigureRecord(
                file: "figures/history.png", title: "Leakage during training",
                caption: """
                    Share of the target's noise in the output on pairs that were trained on and on pairs that were not, checkpoint after checkpoint. Where the \
                    first rises above the second for good, the weights remember noise.
                    """, figure: $0)
        }
    }

    /// Squared loss, risk and noise power on held-out pairs against epoch, likewise.
    static func riskHistory(_ subjects: [Subject]) -> FigureRecord? {
        let looks: [(SeriesName.History, String, SeriesStyle)] = [
            (.loss, "loss L", SeriesStyle(color: .black, marker: .square)),
            (
                .risk, "risk M, against the clean image",
                SeriesStyle(color: Palette.blue, dash: [9, 4], marker: .circle)
            ),
            (.floor, "noise floor V", SeriesStyle(color: Palette.green, dash: [3, 3], marker: .diamond)),
        ]
        return historyPlot(
            subjects, looks, title: "Loss and risk during training", yLabel: "mean square (intensity²)",
            note:
                "Without leakage L = M + V: where the loss falls and the risk rises, the output holds the target's noise."
        ).map {
            FigureRecord(
                file: "figures/history-risk.png", title: "Loss and risk during training",
                caption: """
                    Mean square against the noisy target (loss) and against the clean one (risk), on held-out pairs. Without leakage the loss is the risk plus \
                    the noise power, and both fall together.
                    """, figure: $0)
        }
    }

    private static func historyPlot(
        _ subjects: [Subject], _ looks: [(SeriesName.History, String, SeriesStyle)], title: String, yLabel: String,
        note: String
    ) -> LinePlot? {
        let panels = subjects.flatMap { subject in
            Direction.allCases.compactMap { direction -> LinePlot.Panel? in
                let curves = looks.compactMap { name, label, style in
                    subject.series[SeriesName.history(name, direction)].map {
                        LinePlot.Curve(label: label, x: $0.frequency, y: $0.value, band: $0.ci95, style: style)
                    }
                }
                guard !curves.isEmpty else { return nil }
                let onset = subject.checks.first { $0.id == "history.memorisation" && $0.direction == direction }?
                    .estimate
                let references = onset.map {
                    [LinePlot.Reference(orientation: .vertical, value: $0, label: "memorisation begins")]
                }
                return LinePlot.Panel(
                    title: "\(subject.name), \(direction.arrow)", curves: curves, references: references ?? [])
            }
        }
        guard !panels.isEmpty else { return nil }
        return LinePlot(title: title, xLabel: "epoch", yLabel: yLabel, columns: 2, panels: panels, note: note)
    }
}
