import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Figures
@testable import Reports
@testable import Tensors

@Suite struct ReportFiguresTests {
    private func subject(_ name: String, _ series: [String: Series], checks: [CheckResult] = []) -> Subject {
        Subject(name: name, strategy: name, verdict: .pass, scope: .all, checks: checks, series: series)
    }

    private func check(_ id: String, _ direction: Direction, _ value: Double) -> CheckResult {
        CheckResult(
            Measurement(
                check: id, title: "", direction: direction, regime: .r3, split: .heldout,
                value: .effect(Effect(value, "share")),
                interval95: ConfidenceInterval(lower: value - 0.1, upper: value + 0.1, confidence: 0.95), unitCount: 9,
                imageCount: 4), Judgement(.fail, because: ""))
    }

    /// Rings of so many modes each; error, noise and cross term alike in all.
    private func spectra(
        _ direction: Direction, modes: [Double], error: Double = 0.5, noise: Double = 2, cross: Double = -1
    ) -> [String: Series] {
        let frequency = modes.indices.map { 0.1 * Double($0 + 1) }
        func curve(_ value: Double) -> Series { Series(frequency: frequency, value: modes.map { _ in value }) }
        return [
            SeriesName.powerError(direction): curve(error), SeriesName.powerNoise(direction): curve(noise),
            SeriesName.powerCross(direction): curve(cross),
            SeriesName.powerResidual(direction): curve(error + noise + cross),
            SeriesName.coherence(direction): curve(0.2),
            SeriesName.coherenceThreshold(direction): Series(
                frequency: frequency, value: modes.map { $0 > 1 ? 1 - pow(0.05, 1 / ($0 - 1)) : 1 }),
        ]
    }

    private func plot(_ record: FigureRecord?) throws -> LinePlot { try #require(record?.figure as? LinePlot) }

    @Test func subjectsWithoutDataGiveNoFigure() {
        #expect(
            ReportFigures.all([subject("no_skip", [:])], galleries: [[]], margin: 0.01, lossName: "", pixel: nil)
                .isEmpty)
    }

    /// Every file once, the figure of leakage first.
    @Test func theListHoldsEachFileOnce() {
        let series = Direction.allCases.map { spectra($0, modes: [200, 200]) }
        let all = ReportFigures.all(
            [
                subject(
                    "no_skip", series[0].merging(series[1]) { first, _ in first },
                    checks: [check("leakage.target.swap", .bToA, 0.2)])
            ], galleries: [[]], margin: 0.01, lossName: "", pixel: nil)
        #expect(
            all.map(\.file)
                == [
                    "leakage", "transfer", "spectra-b-to-a", "spectra-a-to-b", "coherence", "noise-power",
                ].map { "figures/\($0).png" })
        #expect(all[2].caption == all[3].caption && all.allSatisfy { !$0.caption.isEmpty && !$0.title.isEmpty })
    }

    @Test func lossesHaveThePanelOfTheirRunAndTheFloor() throws {
        let loss = Series(frequency: [1, 2], value: [0.4, 0.2])
        let run = subject(
            "no_skip",
            [
                SeriesName.lossTrainCross: loss, SeriesName.lossHeldoutCross: loss,
                SeriesName.lossFloor: Series(frequency: [1, 2], value: [0.15, 0.16]),
            ])
        let plot = try plot(ReportFigures.losses([run, subject("bare", [:])], lossName: "mean |r|"))
        #expect(plot.panels.map(\.title) == ["no_skip"] && plot.yLabel == "mean |r|")
        #expect(plot.panels[0].curves.map(\.label) == ["training, cross-domain", "held out, cross-domain"])
        #expect(plot.panels[0].references.map(\.value) == [0.16])
    }

    @Test func ringsOfFewModesAreMerged() throws {
        let rings = try #require(
            MergedRings(subject("s", spectra(.bToA, modes: [4, 40, 80, 200, 30])), .bToA)
        ).rings
        // 4 + 40 + 80 are enough, 200 alone is, 30 at the end are too few to be shown.
        #expect(rings.count == 2 && abs(rings[0].modes - 124) < 1e-6 && abs(rings[1].modes - 200) < 1e-6)
        #expect(abs(rings[0].frequency - (4 * 0.1 + 40 * 0.2 + 80 * 0.3) / 124) < 1e-9)
        // Re T = 1/2·1/2; its variance (1 - γ²) P_ee / (2 K P_nn).
        #expect(abs(rings[0].transfer - 0.25) < 1e-12)
        #expect(abs(rings[0].standardError - (0.8 * 0.5 / 2 / 2 / 124).squareRoot()) < 1e-9)
    }

    @Test func transferIsShownWholeAndNearZero() throws {
        let subjects = ["no_skip", "use_target_skip", "arrays"].map {
            subject($0, spectra(.bToA, modes: [200, 300], cross: $0 == "no_skip" ? 0 : -3.6))
        }
        let plot = try plot(ReportFigures.transfer(subjects, margin: 0.01))
        #expect(plot.panels.map(\.title) == ["b→a", "b→a, near 0"] && plot.columns == 2)
        let curves = plot.panels[0].curves
        #expect(
            curves[0].style == Palette.style(strategy: "no_skip") && curves[0].band[0][0] < 0
                && curves[0].band[0][1] > 0)
        #expect(Set(curves.map { "\($0.style.color)" }).count == 3 && Set(curves.map { "\($0.style.dash)" }).count == 3)
        let ranges = plot.layout.frames.map { $0.y.lower...$0.y.upper }
        #expect(ranges[0].contains(0.9) && ranges[1].upperBound < 0.5 && ranges[1].lowerBound == -ranges[1].upperBound)
    }

    /// The floor is 1, the parts add up to the ratio, and the cross term stays on its axis.
    @Test func residualsAreRatiosToTheNoise() throws {
        let plot = try plot(
            ReportFigures.residualSpectra(
                [subject("leaks", spectra(.aToB, modes: [200, 300], cross: -2.4))], direction: .aToB))
        let (ratio, parts) = (plot.panels[0], plot.panels[1])
        #expect(ratio.references.map(\.value) == [1] && abs(ratio.curves[0].y[0] - 0.05) < 1e-12)
        #expect(abs(1 + parts.curves[0].y[0] + parts.curves[1].y[0] - ratio.curves[0].y[0]) < 1e-12)
        #expect(try #require(parts.ownAxis).range.contains(-1.2))
        #expect(plot.layout.frames[0].y.scale == .log10 && plot.layout.frames[0].y != plot.layout.frames[1].y)
    }

    @Test func coherenceShowsItsThreshold() throws {
        let plot = try plot(ReportFigures.coherence([subject("s", spectra(.bToA, modes: [1.5, 400, 4000]))]))
        let threshold = try #require(plot.panels[0].curves.last)
        #expect(threshold.x.count == 2, "the ring of few modes is left out")
        for y in threshold.y { #expect(plot.layout.frames[0].y.fraction(y).map { (0.1...1).contains($0) } == true) }
    }

    @Test func noisePowerHasABandAndStartsAtZero() throws {
        let plot = try plot(
            ReportFigures.noisePower([subject("s", spectra(.bToA, modes: [400]))], pixel: PixelSize("0.5 mm")))
        let curve = plot.panels[0].curves[0]
        #expect(curve.y == [0.5] && curve.x.map { ($0 * 1e6).rounded() / 1e6 } == [0.2])
        #expect(abs(curve.band[0][1] / 0.5 - 1 - 1.96 / 20) < 1e-6)
        #expect(plot.layout.frames[0].y.lower == 0 && plot.layout.frames[0].x.upper == 1)
    }

    @Test func dotsStandByRowAndRoute() throws {
        var trained = check("leakage.memorised", .aToB, 0.7)
        trained.split = .training
        let checks = [
            check("leakage.target.observed", .bToA, 0.5), check("leakage.target.jacobian", .bToA, 0.4),
            check("leakage.target.swap", .aToB, 0.3), trained,
        ]
        let record = ReportFigures.leakage([subject("mixed_skip", [:], checks: checks)], margin: 0.01)
        let plot = try #require(record?.figure as? DotPlot)
        #expect(plot.rows.map(\.label) == ["mixed_skip, b→a", "mixed_skip, a→b"])
        #expect(plot.rows[0].dots.map { $0?.value } == [0.5, nil, 0.4, nil])
        #expect(plot.rows[1].dots.map { $0?.value } == [nil, 0.3, nil, 0.7])
        #expect(plot.rows[0].dots[0]?.interval == [0.4, 0.6] && plot.series[3].label.contains("R1"))
        #expect(plot.band == -0.01...0.01 && plot.layout.frames.count == 2)
    }

    /// A panel is called magnified where it is.
    @Test func smallNumbersNeedNoSecondPanel() throws {
        var checks = [check("leakage.target.observed", .bToA, 0.001)]
        checks[0].ci95 = [-0.002, 0.004]
        let record = ReportFigures.leakage([subject("no_skip", [:], checks: checks)], margin: 0.01)
        #expect(try #require(record?.figure as? DotPlot).layout.frames.count == 1)
    }

    @Test func imagesAreShownOnceWithErrorAndResidual() throws {
        func picture(_ value: Float) -> Tensor { Tensor([40, 60, 1], (0..<2400).map { Float($0 % 60) * value }) }
        let record = ReportFigures.images(
            id: "one", clean: picture(1), noisy: picture(2), outputs: [("p", picture(3)), ("q", picture(4))],
            dataRange: 60, intensities: 0...60, side: 20)
        let panels = try #require(record.figure as? ImagePanels)
        #expect(panels.rows.map(\.title) == ["clean", "noisy", "p", "q"])
        #expect(
            panels.groups.flatMap(\.titles) == ["image", "detail", "error: output − clean", "residual: output − noisy"])
        #expect(panels.rows[0].panels.map { $0 != nil } == [true, true, false, false])
        #expect(panels.rows[1].panels.map { $0 != nil } == [true, true, true, false])
        // Columns 20 to 39 of 60.
        #expect(panels.rows[2].panels[0]?.image.values.prefix(2) == [60, 63])
        #expect(panels.rows[2].panels[2]?.image.values.prefix(2) == [40, 42])
        #expect(panels.rows[3].panels[3]?.image.values.prefix(2) == [40, 42])
        #expect(panels.rows[3].panels[1]?.image.shape == [10, 10, 1] && panels.numbersAreOfPixels)
    }

    @Test func theEndsOfAScaleMayBeClipped() {
        let image = Tensor([10, 10], (0..<100).map { Float($0) })
        let figure = ImagePanels(
            title: "", groups: [.init(titles: [""], extent: .clipped(0.05), quantity: "")],
            rows: [.init(title: "", panels: [.init(image)])])
        #expect(figure.range(of: figure.groups[0], columns: 0..<1, row: 0) == 4...95)
        var diverging = figure.groups[0]
        diverging.colorMap = .diverging
        #expect(figure.range(of: diverging, columns: 0..<1, row: 0) == -95...95)
    }
}
