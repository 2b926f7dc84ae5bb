import Diagnostics
import Figures
import Formats
import Tensors

/// The side of a pixel, where the data say what it is; there is no default.
public struct PixelSize: Sendable, Equatable {
    /// In `unit`.
    public let side: Double
    /// "mm", "µm".
    public let unit: String

    /// `nil` for a side that is not positive and finite, or no unit.
    public init?(side: Double, unit: String) {
        guard side > 0, side.isFinite, !unit.isEmpty else { return nil }
        self.side = side
        self.unit = unit
    }

    /// From "0.5 mm" or "0.5mm"; `nil` for anything else.
    public init?(_ text: String) {
        let digits = text.prefix { $0.isNumber || ".eE-+".contains($0) }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let side = Double(digits), unit.allSatisfy({ $0.isLetter }) else { return nil }
        self.init(side: side, unit: String(unit))
    }
}

extension ReportFigures {
    private static let frequency = "spatial frequency (cycles/pixel)"

    /// Power of the residual over the noise power, with 1 as the floor, and below it the parts that it is made of; a column for each
    /// subject.
    static func residualSpectra(_ subjects: [Subject], direction: Direction) -> FigureRecord? {
        let spectra = subjects.compactMap { subject in
            MergedRings(subject, direction).map { (name: subject.name, rings: $0.rings) }
        }
        guard !spectra.isEmpty else { return nil }
        let ratios = spectra.flatMap { $0.rings.map { $0.residual / $0.noise } }.filter { $0 > 0 && $0.isFinite }
        let crosses = spectra.flatMap { $0.rings.map { $0.cross / $0.noise } }.filter(\.isFinite)
        let errors = spectra.flatMap { $0.rings.map { $0.error / $0.noise } }.filter(\.isFinite).sorted()
        guard let lowest = ratios.min(), let highest = ratios.max(), let least = crosses.min(), let most = crosses.max()
        else { return nil }
        let ratioAxis = LinePlot.OwnAxis(
            label: "P_rr / P_nn", scale: .log10,
            range: max(1e-4, min(0.5, lowest / 1.3))...min(1e4, max(2, highest * 1.3)))
        // Signal error of the coarsest rings can be a thousand times the noise: a tenth of the rings leaves the panel.
        let top = max(1.2, most * 1.1, errors[(errors.count - 1) * 9 / 10] * 1.1)
        let partAxis = LinePlot.OwnAxis(label: "parts of P_rr / P_nn", range: min(-0.3, least * 1.1)...top)
        let columns = columns(spectra.count)
        let panels = stride(from: 0, to: spectra.count, by: columns).flatMap { start -> [LinePlot.Panel] in
            let part = spectra[start..<min(start + columns, spectra.count)]
            return part.map { name, rings in
                LinePlot.Panel(
                    title: name,
                    curves: [
                        line("residual", rings, SeriesStyle(color: .black, marker: .square)) { $0.residual / $0.noise }
                    ], references: [.init(value: 1, label: "noise floor")], ownAxis: ratioAxis)
            }
                + part.map { name, rings in
                    LinePlot.Panel(
                        title: "\(name), parts",
                        curves: [
                            line("signal error P_ee/P_nn", rings, SeriesStyle(color: Palette.blue, dash: [9, 4])) {
                                $0.error / $0.noise
                            },
                            line(
                                "cross term −2 Re P_en/P_nn", rings,
                                SeriesStyle(color: Palette.vermilion, marker: .triangle)
                            ) { $0.cross / $0.noise },
                        ], references: [.init(value: 0, label: "")], ownAxis: partAxis)
                }
        }
        let figure = LinePlot(
            title: "Power of the residual over the noise power, \(direction.arrow)", xLabel: frequency, yLabel: "",
            xRange: 0...0.5, columns: columns, panelHeight: 240, panels: panels,
            note:
                "P_rr/P_nn = 1 + P_ee/P_nn − 2 Re P_en/P_nn. Rings of fewer than 100 modes are merged; the tenth of the rings with "
                + "the largest signal error may leave the lower panels at \(NumberText.significant(top, digits: 2)).")
        return FigureRecord(
            file: "figures/spectra-\(direction.fileName).png", title: "Power of the residual, \(direction.arrow)",
            caption: """
                Above, power of the residual f − x over the power of the target's noise: without leakage it is nowhere below 1. Below, its parts: the \
                signal error adds power, and leaked noise removes power (a cross term below 0); without leakage the cross term is 0 up to chance.
                """, figure: figure)
    }

    /// γ²(ν) of the error with the target's noise, and given the source's noise, with what 5 % of unrelated fields exceed; a panel for
    /// each subject and direction. Rings of few modes, where every threshold is near 1, are left out.
    static func coherence(_ subjects: [Subject]) -> FigureRecord? {
        var lowest = 1.0
        let panels = Direction.allCases.flatMap { direction in
            subjects.compactMap { subject -> LinePlot.Panel? in
                guard let limit = subject.series[SeriesName.coherenceThreshold(direction)] else { return nil }
                let kept = Set(zip(limit.frequency, limit.value).filter { $0.1 < 0.5 }.map(\.0))
                lowest = limit.value.reduce(lowest, min)
                let lines: [(name: String, label: String, style: SeriesStyle)] = [
                    (
                        SeriesName.coherence(direction), "γ² with the target's noise",
                        SeriesStyle(color: Palette.vermilion, marker: .triangle)
                    ),
                    (
                        SeriesName.partialCoherence(direction), "γ², given the source's noise",
                        SeriesStyle(color: Palette.blue, dash: [9, 4], marker: .circle)
                    ),
                    (
                        SeriesName.coherenceThreshold(direction), "exceeded by 5 % of unrelated fields",
                        SeriesStyle(color: .darkGrey, dash: [2, 3], marker: .square)
                    ),
                ]
                let curves = lines.compactMap { line -> LinePlot.Curve? in
                    guard let series = subject.series[line.name] else { return nil }
                    let points = zip(series.frequency, series.value).filter { kept.contains($0.0) }
                    guard !points.isEmpty else { return nil }
                    return LinePlot.Curve(label: line.label, x: points.map(\.0), y: points.map(\.1), style: line.style)
                }
                return curves.isEmpty
                    ? nil : LinePlot.Panel(title: "\(subject.name), \(direction.arrow)", curves: curves)
            }
        }
        guard !panels.isEmpty else { return nil }
        let figure = LinePlot(
            title: "Coherence of the error with the target's noise", xLabel: frequency, yLabel: "coherence γ²",
            yScale: .log10, xRange: 0...0.5, yRange: max(1e-6, lowest / 30)...1, columns: columns(subjects.count),
            panelHeight: 240, panels: panels,
            note: "0: unrelated, 1: one determines the other. Points below the axis are not drawn.")
        return FigureRecord(
            file: "figures/coherence.png", title: "Coherence with the target's noise",
            caption: """
                How far the error is a filtered copy of the target's noise, frequency by frequency. Where both curves are high, noise leaks; where \
                only the first is, it came by noise that the two observations share. One point in twenty is above the dotted line by chance.
                """, figure: figure)
    }

    /// The noise power spectrum of both domains with its interval, one-dimensional: P_nn(ν) in intensity²·pixel² against cycles/pixel, or
    /// in the units of length that `pixel` gives. Its integral over the frequency plane is the noise's variance (ICRU Report 54, 1996).
    static func noisePower(_ subjects: [Subject], pixel: PixelSize?) -> FigureRecord? {
        // The noise is that of the data, alike for all subjects.
        let spectra = Direction.allCases.compactMap { direction in
            subjects.lazy.compactMap { MergedRings($0, direction) }.first.map {
                (direction: direction, rings: $0.rings)
            }
        }
        guard !spectra.isEmpty else { return nil }
        let side = pixel?.side ?? 1, unit = pixel?.unit ?? "pixel"
        let styles = [
            SeriesStyle(color: Palette.green, marker: .diamond),
            SeriesStyle(color: Palette.purple, dash: [9, 4], marker: .circle),
        ]
        let curves = zip(spectra, styles).map { spectrum, style in
            LinePlot.Curve(
                label: "noise of \(spectrum.direction.target.rawValue)", x: spectrum.rings.map { $0.frequency / side },
                y: spectrum.rings.map { $0.noise * side * side },
                // A power from K modes has the relative standard error 1/√K.
                band: spectrum.rings.map { ring in
                    [-1.0, 1].map { ring.noise * side * side * (1 + $0 * 1.96 / ring.modes.squareRoot()) }
                }, style: style)
        }
        let largest = curves.flatMap(\.y).filter(\.isFinite).max() ?? 0
        let figure = LinePlot(
            title: "Noise power spectrum", xLabel: "spatial frequency (cycles/\(unit))",
            yLabel: "noise power (intensity²·\(unit)²)", xRange: 0...0.5 / side,
            yRange: 0...(largest > 0 ? 1.2 * largest : 1), columns: 1, panelHeight: 260,
            panels: [.init(curves: curves)],
            note: pixel == nil ? "In pixels: the data do not say how large one is (--pixel-size)." : "")
        return FigureRecord(
            file: "figures/noise-power.png", title: "Noise power spectrum",
            caption: """
                Power of the noise at each spatial frequency, the mean over directions. White noise is flat; noise that falls with frequency is \
                correlated between pixels, by the optics, by resampling or by a filter.
                """, figure: figure)
    }

    private static func line(
        _ label: String, _ rings: [MergedRings.Ring], _ style: SeriesStyle, _ value: (MergedRings.Ring) -> Double
    ) -> LinePlot.Curve {
        LinePlot.Curve(label: label, x: rings.map(\.frequency), y: rings.map(value), style: style)
    }
}
