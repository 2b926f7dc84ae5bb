import Engine

/// The figures of a report, made from what `Results` holds (curves under `SeriesName`) and a few images. Each is `nil`
/// where no subject has the data for it.
public enum ReportFigures {
    /// What one strategy made of one pair: clean target, noisy target, output of the cross-domain path, |residual|.
    public struct ImageRow: Sendable {
        /// The row's name.
        public var strategy: String
        /// `[H, W]`, `[H, W, C]` or `[1, H, W, C]` with C 1 or 3, all four alike.
        public var clean, noisy, output, absoluteResidual: Tensor
        /// Words below noisy image and output, such as "20.2 dB".
        public var noisyCaption, outputCaption: String

        /// One row of `imagePanels`.
        public init(
            strategy: String, clean: Tensor, noisy: Tensor, output: Tensor, absoluteResidual: Tensor,
            noisyCaption: String = "", outputCaption: String = ""
        ) {
            self.strategy = strategy
            self.clean = clean
            self.noisy = noisy
            self.output = output
            self.absoluteResidual = absoluteResidual
            self.noisyCaption = noisyCaption
            self.outputCaption = outputCaption
        }
    }

    /// Losses against epoch, a panel for each subject, with the noise floor drawn in.
    ///
    /// - Parameter lossName: the loss and its unit, for the axis: "cross-domain loss, mean |f − x| (data range 2)".
    public static func lossCurves(_ subjects: [Subject], lossName: String) -> LinePlot? {
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
        return LinePlot(
            title: "Training and held-out loss", xLabel: "epoch", yLabel: lossName, yScale: .log10,
            columns: columns(panels), panels: panels,
            note: "Without leakage the held-out loss cannot stay below the noise floor. "
                + "The floor is that of the cross-domain loss; the total has further terms.")
    }

    /// Clean | noisy | output | |residual|, a row for each strategy: the first three on one scale, the residuals on
    /// another.
    ///
    /// - Parameters:
    ///   - dataRange: intensities drawn as black and as white; noise beyond them is drawn like the ends.
    ///   - side: images are cut to this many pixels around their middle, so that single pixels stay visible.
    public static func imagePanels(
        _ rows: [ImageRow], title: String, direction: Direction, dataRange: ClosedRange<Double>, side: Int = 128
    ) -> ImagePanels? {
        guard !rows.isEmpty else { return nil }
        let target = direction.target.rawValue
        let largest = rows.flatMap(\.absoluteResidual.values).filter(\.isFinite).max() ?? 0
        return ImagePanels(
            title: title,
            groups: [
                .init(
                    titles: ["clean \(target)", "noisy \(target)", "output \(direction.arrow)"],
                    extent: .fixed(dataRange), quantity: "intensity"),
                .init(
                    titles: ["cross_abs_\(target)"], colorMap: .sequential,
                    extent: .fixed(0...max(Double(largest), .leastNormalMagnitude)), quantity: "|output − noisy|"),
            ],
            rows: rows.map { row in
                ImagePanels.Row(
                    title: row.strategy,
                    panels: [
                        .init(middle(of: row.clean, side: side)),
                        .init(middle(of: row.noisy, side: side), caption: row.noisyCaption),
                        .init(middle(of: row.output, side: side), caption: row.outputCaption),
                        .init(greyMean(middle(of: row.absoluteResidual, side: side))),
                    ])
            })
    }

    /// Power of the cross residual split into signal error, noise and leakage term, a panel for each subject.
    public static func residualSpectra(_ subjects: [Subject], direction: Direction) -> LinePlot? {
        let panels = subjects.compactMap { subject -> LinePlot.Panel? in
            let lines: [LinePlot.Curve?] = [
                curve(
                    subject, SeriesName.powerResidual(direction), "residual P_rr (sum)",
                    SeriesStyle(color: .black, marker: .square)),
                curve(
                    subject, SeriesName.powerError(direction), "signal error P_ee",
                    SeriesStyle(color: Palette.blue, dash: [9, 4], marker: .circle)),
                curve(
                    subject, SeriesName.powerNoise(direction), "target noise P_nn",
                    SeriesStyle(color: Palette.green, dash: [3, 3], marker: .diamond)),
            ]
            let curves = lines.compactMap(\.self) + crossTerms(subject, direction)
            return curves.isEmpty ? nil : LinePlot.Panel(title: subject.name, curves: curves)
        }
        guard !panels.isEmpty else { return nil }
        return LinePlot(
            title: "Where the power of the cross residual comes from, \(direction.arrow)",
            xLabel: "spatial frequency (cycles/pixel)", yLabel: "power spectral density (intensity²·pixel²)",
            yScale: .log10, columns: columns(panels), panels: panels,
            note: "At every frequency P_rr = P_ee + P_nn − 2 Re P_en. "
                + "Leaked noise takes power out of the residual (filled triangles); without leakage the sign is random."
        )
    }

    /// |T(ν)| of all subjects in one panel, with intervals.
    public static func transferMagnitude(_ subjects: [Subject], direction: Direction) -> LinePlot? {
        let curves = subjects.enumerated().compactMap { index, subject in
            // A strategy's own look goes to its first run.
            let isFirst = !subjects[..<index].contains { $0.strategy == subject.strategy }
            return curve(
                subject, SeriesName.transfer(direction), subject.name,
                Palette.style(strategy: isFirst ? subject.strategy : nil, index: index))
        }
        guard !curves.isEmpty else { return nil }
        let floor = LinePlot.Reference(value: 0, label: "")
        let all = LinePlot.Reference(value: 1, label: "all of the target's noise")
        return LinePlot(
            title: "Share of the target's noise in the output, by frequency, \(direction.arrow)",
            xLabel: "spatial frequency (cycles/pixel)", yLabel: "transfer magnitude |T(ν)| (share of amplitude)",
            // The lowest frequencies hold few modes, and what chance makes of them would press all else flat.
            ceiling: 2, columns: 1, panels: [.init(curves: curves, references: [floor, all])])
    }

    /// λ_target by its three estimators for each subject and direction, with the band ±`equivalence` of what is too
    /// small to matter.
    public static func leakageDots(_ subjects: [Subject], equivalence: Double) -> DotPlot? {
        // Where there is no clean image, the route that needs none.
        let isKnown = subjects.contains {
            $0.checks.contains { $0.id == "leakage.target.observed" && $0.estimate != nil }
        }
        let first = isKnown ? "observed" : "fresh"
        let estimators: [(id: String, label: String, style: SeriesStyle)] = [
            ("leakage.target.\(first)", first, SeriesStyle(color: Palette.blue, marker: .circle)),
            ("leakage.target.swap", "swap", SeriesStyle(color: Palette.vermilion, marker: .square)),
            ("leakage.target.jacobian", "jacobian", SeriesStyle(color: .black, marker: .diamond)),
        ]
        let rows = subjects.flatMap { subject in
            Direction.allCases.compactMap { direction -> DotPlot.Row? in
                let dots = estimators.map { estimator in
                    subject.checks.first { $0.id == estimator.id && $0.direction == direction && $0.split != .training }
                        .flatMap { check in
                            check.estimate.map { DotPlot.Dot(value: $0, interval: check.ci95 ?? []) }
                        }
                }
                guard dots.contains(where: { $0 != nil }) else { return nil }
                return DotPlot.Row(label: "\(subject.name), \(direction.arrow)", dots: dots)
            }
        }
        guard !rows.isEmpty else { return nil }
        let bound = NumberText.shortest(equivalence)
        return DotPlot(
            title: "Leakage coefficient by three independent routes", xLabel: "λ_target (share of the target's noise)",
            series: estimators.map { ($0.label, $0.style) }, rows: rows, band: -equivalence...equivalence,
            bandLabel: "±\(bound): too small to matter", zoom: -4 * equivalence...4 * equivalence,
            note: "Bars: 95 % intervals; a dot alone is exact or too narrow to see.")
    }

    // MARK: -

    /// Four panels make a square.
    static func columns(_ panels: [LinePlot.Panel]) -> Int { panels.count == 4 ? 2 : 3 }

    static func curve(_ subject: Subject, _ name: String, _ label: String, _ style: SeriesStyle)
        -> LinePlot.Curve?
    {
        subject.series[name].map {
            LinePlot.Curve(label: label, x: $0.frequency, y: $0.value, band: $0.ci95, style: style)
        }
    }

    /// A logarithmic axis has no room for a sign: the magnitude, marked by which sign it has.
    private static func crossTerms(_ subject: Subject, _ direction: Direction) -> [LinePlot.Curve] {
        guard let series = subject.series[SeriesName.powerCross(direction)] else { return [] }
        let signs: [(sign: Double, label: String, style: SeriesStyle)] = [
            (
                -1, "leakage 2|Re P_en|, takes power",
                SeriesStyle(color: Palette.vermilion, marker: .invertedTriangle)
            ),
            (
                1, "leakage, adds power",
                SeriesStyle(color: Palette.vermilion, marker: .triangle, hollow: true)
            ),
        ]
        return signs.compactMap { sign, label, style in
            let magnitudes = series.value.map { $0 * sign > 0 ? abs($0) : .nan }
            guard magnitudes.contains(where: { !$0.isNaN }) else { return nil }
            return LinePlot.Curve(label: label, x: series.frequency, y: magnitudes, style: style, drawing: .points)
        }
    }

    /// Rows and columns around the middle, at most `side` of each, as `[H, W, C]`.
    private static func middle(of image: Tensor, side: Int) -> Tensor {
        let panel = ImagePanels.Panel(image).image
        let (rows, columns, channels) = (panel.shape[0], panel.shape[1], panel.shape[2])
        let (height, width) = (min(rows, side), min(columns, side))
        let (top, left) = ((rows - height) / 2, (columns - width) / 2)
        return panel.withUnsafeBuffer { pixels in
            let kept = (top..<top + height).flatMap { row in
                let start = (row * columns + left) * channels
                return pixels[start..<start + width * channels]
            }
            return Tensor([height, width, channels], kept)
        }
    }

    /// The mean over channels, which the colour map of a residual needs: `[H, W, 1]`.
    private static func greyMean(_ image: Tensor) -> Tensor {
        let channels = image.shape[2]
        guard channels > 1 else { return image }
        let values = image.values
        let means = stride(from: 0, to: values.count, by: channels).map { first in
            values[first..<first + channels].reduce(0, +) / Float(channels)
        }
        return Tensor([image.shape[0], image.shape[1], 1], means)
    }
}

extension Direction {
    /// "b→a", for readers.
    var arrow: String { self == .bToA ? "b→a" : "a→b" }
}
