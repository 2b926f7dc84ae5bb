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
    /// γ²(ν) of the error with the target's noise, and given the source's noise, with what 5 % of unrelated fields exceed; a panel for
    /// each subject.
    public static func coherence(_ subjects: [Subject], direction: Direction) -> LinePlot? {
        let lines: [(name: String, label: String, style: SeriesStyle)] = [
            (
                SeriesName.coherence(direction), "γ² with the target's noise",
                SeriesStyle(color: Palette.vermilion, marker: .triangle)
            ),
            (
                SeriesName.partialCoherence(direction), "the same, given the source's noise",
                SeriesStyle(color: Palette.blue, dash: [9, 4], marker: .circle)
            ),
            (
                SeriesName.coherenceThreshold(direction), "5 % of unrelated fields lie above",
                SeriesStyle(color: .darkGrey, dash: [2, 3], marker: .square)
            ),
        ]
        let panels = subjects.compactMap { subject -> LinePlot.Panel? in
            let curves = lines.compactMap { curve(subject, $0.name, $0.label, $0.style) }.filter { !$0.x.isEmpty }
            return curves.isEmpty ? nil : LinePlot.Panel(title: subject.name, curves: curves)
        }
        guard !panels.isEmpty else { return nil }
        return LinePlot(
            title: "Coherence of the error with the target's noise, \(direction.arrow)",
            xLabel: "spatial frequency (cycles/pixel)", yLabel: "coherence γ²", ceiling: 1, columns: columns(panels),
            panels: panels,
            note:
                "0: unrelated, 1: one determines the other. Noise that both observations share leaves the second curve low."
        )
    }

    /// The noise power spectrum of both domains, one-dimensional: P_nn(ν) in intensity²·pixel² against cycles/pixel, or in the units of
    /// length that `pixel` gives. Its integral over the frequency plane is the noise's variance (ICRU Report 54, 1996).
    public static func noisePower(_ subjects: [Subject], pixel: PixelSize?) -> LinePlot? {
        // The noise is that of the data, alike for all subjects.
        guard
            let subject = subjects.first(where: { subject in
                Direction.allCases.contains { subject.series[SeriesName.powerNoise($0)]?.value.isEmpty == false }
            })
        else { return nil }
        let side = pixel?.side ?? 1, unit = pixel?.unit ?? "pixel"
        let styles = [
            SeriesStyle(color: Palette.green, marker: .diamond),
            SeriesStyle(color: Palette.purple, dash: [9, 4], marker: .circle),
        ]
        let curves = zip(Direction.allCases, styles).compactMap { direction, style -> LinePlot.Curve? in
            guard let series = subject.series[SeriesName.powerNoise(direction)] else { return nil }
            return LinePlot.Curve(
                label: "noise of \(direction.target.rawValue)", x: series.frequency.map { $0 / side },
                y: series.value.map { $0 * side * side }, style: style)
        }
        return LinePlot(
            title: "Noise power spectrum", xLabel: "spatial frequency (cycles/\(unit))",
            yLabel: "noise power (intensity²·\(unit)²)", columns: 1, panels: [.init(curves: curves)],
            note: pixel == nil ? "In pixels: the data do not say how large one is (--pixel-size)." : "")
    }
}

extension FigureReference {
    /// `ReportFigures.coherence`.
    public static func coherence(path: String, direction: Direction) -> FigureReference {
        FigureReference(
            path: path, title: "Coherence with the target's noise, \(direction.arrow)",
            caption: """
                How far the error is a filtered copy of the target's noise, frequency by frequency. Where both curves are high the \
                noise leaks; where the first alone is, it came by way of noise that the two observations share. About one point \
                in twenty lies above the dotted line by chance.
                """)
    }

    /// `ReportFigures.noisePower`.
    public static func noisePower(path: String) -> FigureReference {
        FigureReference(
            path: path, title: "Noise power spectrum",
            caption: """
                The power of the noise at each spatial frequency, the mean over directions. White noise is flat; noise that falls with \
                frequency is correlated between pixels, by the optics, by resampling or by a filter.
                """)
    }
}
