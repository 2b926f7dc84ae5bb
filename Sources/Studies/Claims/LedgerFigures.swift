import Figures

/// A figure of one claim, with what it shows in one or two sentences.
struct LedgerFigure {
    var plot: LinePlot
    var caption: String
}

/// The figures of the ledger: means over seeds, bands from the smallest to the largest.
enum LedgerFigures {
    private static let styles = [
        SeriesStyle(color: Palette.blue, marker: .circle),
        SeriesStyle(color: Palette.vermilion, dash: [9, 4], marker: .triangle),
        SeriesStyle(color: Palette.green, dash: [2, 3], marker: .square),
        SeriesStyle(color: Palette.purple, dash: [12, 3, 3, 3], marker: .diamond),
    ]
    private static let bandLabel = "smallest to largest seed"
    private static let bandNote = "Lines are means over seeds."

    private static func curve(
        _ label: String, _ x: [Double], _ points: [(mean: Double, range: [Double])], _ style: SeriesStyle
    ) -> LinePlot.Curve {
        .init(label: label, x: x, y: points.map(\.mean), band: points.map(\.range), style: style)
    }

    /// C1: R² of the noise by level.
    static let probe: @Sendable (EvidenceTable) -> LedgerFigure = { table in
        let levels = [0.0, 1, 2]
        func points(_ arm: Arm) -> [(mean: Double, range: [Double])] {
            levels.indices.map { level in table.mean(arm) { $0.probe[level] } }
        }
        return LedgerFigure(
            plot: LinePlot(
                title: "How much of its input's noise a level of features holds",
                xLabel: "level: 0 finest skip, 1 coarser skip, 2 latent", yLabel: "R² of the noise, left-out images",
                columns: 1,
                panels: [
                    .init(
                        curves: [
                            curve("trained with source skips", levels, points(.source), styles[0]),
                            curve("trained without cross-domain skips", levels, points(.none), styles[1]),
                        ],
                        references: [.init(value: 0, label: "nothing")])
                ], bandLabel: bandLabel, note: bandNote),
            caption: "What a linear probe reads of the noise from each level; 1 is all of it.")
    }

    /// C5: noise in the latent over the weight of the reconstruction.
    static let latentNoise: @Sendable (EvidenceTable) -> LedgerFigure = { table in
        let weights = [0, 0.05, 0.2, 1], with: [Arm] = [.recon0, .recon005, .none, .recon1]
        let without: [Arm] = [.recon0, .separate02, .separate1]
        func panel(_ title: String, _ value: @escaping (RunEvidence) -> Double) -> LinePlot.Panel {
            .init(
                title: title,
                curves: [
                    curve("skips in the same-domain path", weights, with.map { table.mean($0, value) }, styles[0]),
                    curve("no skips at all", [0, 0.2, 1], without.map { table.mean($0, value) }, styles[1]),
                ])
        }
        return LedgerFigure(
            plot: LinePlot(
                title: "Noise that the latent keeps, and noise that passes",
                xLabel: "weight of the reconstruction loss",
                yLabel: "share", columns: 2,
                panels: [
                    panel("R² of the noise from the latent") { $0.probe[2] }, panel("λ_source") { $0.heldOut.source },
                ],
                bandLabel: bandLabel, note: bandNote),
            caption:
                "Left, what a probe reads from the latent; right, how much of the input's noise is in the cross-domain output."
        )
    }

    /// C6: PSNR over the ratio of reconstruction to cross loss.
    static let weightGrid: @Sendable (EvidenceTable) -> LedgerFigure = { table in
        let arms: [Arm] = [.recon0, .recon005, .none, .recon1, .cross02], places = [0.0, 1, 2, 3, 4]
        return LedgerFigure(
            plot: LinePlot(
                title: "Denoising over the grid of weights",
                xLabel: "reconstruction : cross, 0 none, 1 0.05, 2 0.2, 3 1, 4 5",
                yLabel: "PSNR against the clean image (dB)", columns: 1,
                panels: [
                    .init(curves: [
                        curve(
                            "held-out photographs", places, arms.map { table.mean($0) { $0.heldOut.psnr } }, styles[0])
                    ])
                ], bandLabel: bandLabel, note: bandNote),
            caption: "Each point is one ratio of the two weights; only the ratio matters to the optimizer.")
    }

    /// C7: PSNR in each band over the channels of the latent.
    static let latentSize: @Sendable (EvidenceTable) -> LedgerFigure = { table in
        let sizes = [16, 64, 512], names = ["below 0.125", "0.125 to 0.25", "from 0.25 on"]
        return LedgerFigure(
            plot: LinePlot(
                title: "Detail without skips against the width of the latent", xLabel: "latent channels",
                yLabel: "PSNR of the band (dB)", xScale: .log10, columns: 3,
                panels: names.indices.map { band in
                    .init(
                        title: "\(names[band]) cycles/pixel",
                        curves: [
                            curve(
                                "no skips", sizes.map(Double.init),
                                sizes.map { size in table.mean(.latent(size)) { $0.bands[band] } }, styles[0])
                        ],
                        references: [
                            .init(
                                value: table.mean(.source) { $0.bands[band] }.mean,
                                label: "source skips, 64")
                        ])
                }, bandLabel: bandLabel, note: bandNote),
            caption: "Error power in three bands of frequency; the horizontal line is a network with source skips.")
    }

    /// C10: loss and leakage by epoch.
    static let history: @Sendable (EvidenceTable) -> LedgerFigure = { table in
        func panel(_ title: String, _ arm: Arm) -> LinePlot.Panel {
            let count = table[arm].map(\.crossLosses.count).min() ?? 0, epochs = (0..<count).map { Double($0 + 1) }
            func points(_ key: String, over first: Bool) -> [(mean: Double, range: [Double])] {
                (0..<count).map { epoch in
                    table.mean(arm) { run in
                        let values = run.history[key] ?? []
                        return values[epoch] / (first ? values[0] : 1)
                    }
                }
            }
            return .init(
                title: title,
                curves: [
                    curve(
                        "held-out cross loss, over that of epoch 1", epochs, points("val/cross", over: true), styles[0]),
                    curve("λ_target", epochs, points("val/lambda_target", over: false), styles[1]),
                ])
        }
        return LedgerFigure(
            plot: LinePlot(
                title: "Training with the target's skips", xLabel: "epoch", yLabel: "ratio, or share", columns: 2,
                panels: [panel("photographs", .target), panel("phantom", .kneeTarget)], bandLabel: bandLabel,
                note: bandNote),
            caption: "The loss falls because the noise leaks: the two curves are mirror images.")
    }

    /// C11: structure in the picture against leakage.
    static let structure: @Sendable (EvidenceTable) -> LedgerFigure = { table in
        func points(_ label: String, _ style: SeriesStyle, _ arm: Arm, _ value: (RunEvidence) -> (Double, Double))
            -> LinePlot.Curve
        {
            let values = table[arm].map(value)
            return .init(
                label: label, x: values.map(\.0), y: values.map(\.1), style: style, drawing: .points)
        }
        let measured: (RunEvidence) -> (Double, Double) = { ($0.structure, $0.heldOut.target) }
        return LedgerFigure(
            plot: LinePlot(
                title: "Structure in |f − x_a| says nothing of leakage",
                xLabel: "structure: correlation of |f − x_a| with the clean image's gradient", yLabel: "λ_target",
                columns: 1,
                panels: [
                    .init(
                        curves: [
                            points("no skips (R0)", styles[0], .none, measured),
                            points("source skips (R0)", styles[2], .source, measured),
                            points("target skips (R3)", styles[1], .target, measured),
                            points("c_a + n_a/2", SeriesStyle(color: .black, marker: .invertedTriangle), .none) {
                                ($0.halfLeakStructure, $0.halfLeak)
                            },
                        ], references: [.init(value: 0, label: "no leakage")])
                ]),
            caption:
                "One point for each seed. If structure meant leakage, the points would rise from the lower left to the upper right."
        )
    }
}
