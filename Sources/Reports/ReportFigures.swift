import Diagnostics
import Figures
import Tensors

/// The figures of a report, made from what `Results` holds (curves under `SeriesName`) and a few images.
public enum ReportFigures {
    /// What a report shows: its one list of figures, in their order. Figures without data are not in it.
    ///
    /// - Parameters:
    ///   - galleries: the pictures of each subject, in the subjects' order; the same pairs for each.
    ///   - margin: ε, drawn into the figures of leakage.
    ///   - lossName: what the loss curves show, with its unit.
    ///   - pixel: the side of a pixel, where the data say it.
    static func all(
        _ subjects: [Subject], galleries: [[GalleryImage]], margin: Double, lossName: String, pixel: PixelSize?
    ) -> [FigureRecord] {
        let names = subjects.map(\.name)
        let pictures = (galleries.first { !$0.isEmpty } ?? []).indices.map { images(names, galleries, index: $0) }
        let single: [FigureRecord?] = [
            leakage(subjects, margin: margin), losses(subjects, lossName: lossName), leakHistory(subjects),
            riskHistory(subjects), skips(subjects),
        ]
        let spectra: [FigureRecord?] = [
            residualMaps(galleries, names: names), transfer(subjects, margin: margin),
            ringCorrelation(subjects).map { FigureRecord($0, .ringCorrelation(path: "figures/frc.png")) },
            residualSpectra(subjects, direction: .bToA), residualSpectra(subjects, direction: .aToB),
            coherence(subjects), noisePower(subjects, pixel: pixel),
        ]
        return (single + pictures + spectra).compactMap(\.self)
    }

    /// A row of panels, one for each subject: at most four beside each other.
    static func columns(_ count: Int) -> Int { min(max(count, 1), 4) }

    /// Four panels make a square.
    static func columns(_ panels: [LinePlot.Panel]) -> Int { panels.count == 4 ? 2 : 3 }

    static func curve(_ subject: Subject, _ name: String, _ label: String, _ style: SeriesStyle) -> LinePlot.Curve? {
        subject.series[name].map {
            LinePlot.Curve(label: label, x: $0.frequency, y: $0.value, band: $0.ci95, style: style)
        }
    }
}

extension Direction {
    /// "b→a", for readers.
    var arrow: String { self == .bToA ? "b→a" : "a→b" }
    /// "b-to-a", for names of files.
    var fileName: String { "\(source.rawValue)-to-\(target.rawValue)" }
}
