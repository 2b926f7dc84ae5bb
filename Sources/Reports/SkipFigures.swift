import Diagnostics
import Fields
import Figures

extension ReportFigures {
    /// Shapley values of the skips of each subject, direction and level, with a dot for each stand-in; `nil` where no subject reads
    /// skips of its target.
    static func skips(_ subjects: [Subject]) -> FigureRecord? {
        let looks: [(patch: SkipPatch, label: String, style: SeriesStyle)] = [
            (.noise, "others: another noise realisation", SeriesStyle(color: Palette.blue, marker: .circle)),
            (.zeros, "others: zeros", SeriesStyle(color: Palette.vermilion, marker: .square)),
            (.means, "others: means over space", SeriesStyle(color: .black, marker: .diamond)),
        ]
        let rows = subjects.flatMap { subject in
            Direction.allCases.flatMap { direction -> [DotPlot.Row] in
                let curves = looks.map { subject.series[SeriesName.skipShapley($0.patch, direction)] }
                let levels = curves.compactMap { $0?.value.count }.max() ?? 0
                return (0..<levels).map { level in
                    let dots = curves.map { curve -> DotPlot.Dot? in
                        guard let curve, curve.value.indices.contains(level) else { return nil }
                        return DotPlot.Dot(
                            value: curve.value[level], interval: curve.ci95.isEmpty ? [] : curve.ci95[level])
                    }
                    return DotPlot.Row(label: "\(subject.name), \(direction.arrow), level \(level)", dots: dots)
                }
            }
        }
        guard !rows.isEmpty else { return nil }
        let figure = DotPlot(
            title: "Which skip carries the target's noise", xLabel: "Shapley value φ (share of the target's noise)",
            series: looks.map { ($0.label, $0.style) }, rows: rows,
            note: "Level 0 is the finest. The values of the levels add up to λ_target by the exchange of noise.")
        return FigureRecord(
            file: "figures/skips.png", title: "Which skip carries the target's noise",
            caption: """
                Shapley value of the skip of each level, with its 95 % interval: how much of the target's noise arrives through it, averaged over all \
                combinations of the other skips being on or off. They add up to λ_target. A skip that is off gets features of another noise \
                realisation, zeros, or their means over space; where the three disagree, the levels interact, and zeros and means ask the network for \
                what it was not trained on.
                """, figure: figure)
    }
}
