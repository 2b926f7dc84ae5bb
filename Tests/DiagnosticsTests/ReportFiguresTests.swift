import Engine
import Foundation
import Testing

@testable import Diagnostics

@Suite struct ReportFiguresTests {
    private func subject(_ name: String, _ series: [String: Series], checks: [CheckResult] = []) -> Subject {
        Subject(name: name, strategy: name, checks: checks, series: series)
    }

    private func check(_ estimator: String, _ direction: Direction, _ value: Double) -> CheckResult {
        CheckResult(
            Measurement(
                check: "leakage.target.\(estimator)", title: "", direction: direction, regime: .r3, split: .heldout,
                value: .effect(Effect(value, "share")),
                interval95: ConfidenceInterval(lower: value - 0.1, upper: value + 0.1, confidence: 0.95), unitCount: 9,
                imageCount: 4), Judgement(.fail, because: ""))
    }

    @Test func subjectsWithoutDataGiveNoFigure() {
        let bare = [subject("no_skip", [:])]
        #expect(ReportFigures.lossCurves(bare, lossName: "") == nil)
        #expect(ReportFigures.residualSpectra(bare, direction: .bToA) == nil)
        #expect(ReportFigures.transferMagnitude(bare, direction: .bToA) == nil)
        #expect(ReportFigures.leakageDots(bare, equivalence: 0.01) == nil)
        #expect(ReportFigures.imagePanels([], title: "", direction: .bToA, dataRange: 0...1) == nil)
    }

    @Test func lossesHaveThePanelOfTheirRunAndTheFloor() throws {
        let loss = Series(frequency: [1, 2], value: [0.4, 0.2])
        let run = subject(
            "no_skip",
            [
                SeriesName.lossTrainCross: loss, SeriesName.lossHeldoutCross: loss,
                SeriesName.lossFloor: Series(frequency: [1, 2], value: [0.15, 0.16]),
            ])
        let plot = try #require(ReportFigures.lossCurves([run, subject("bare", [:])], lossName: "mean |r|"))
        #expect(plot.panels.map(\.title) == ["no_skip"] && plot.yLabel == "mean |r|")
        #expect(plot.panels[0].curves.map(\.label) == ["training, cross-domain", "held out, cross-domain"])
        #expect(plot.panels[0].references.map(\.value) == [0.16])
    }

    @Test func leakageTermIsSplitBySignAndNothingIsLost() throws {
        let cross = Series(frequency: [0.1, 0.2, 0.3, 0.4], value: [-2, 3, 0, -1])
        let plot = try #require(
            ReportFigures.residualSpectra(
                [subject("mixed_skip", [SeriesName.powerCross(.aToB): cross])], direction: .aToB))
        let curves = plot.panels[0].curves
        #expect(curves.count == 2 && curves.allSatisfy { $0.drawing == .points && $0.x == cross.frequency })
        #expect(curves[0].y.map { $0.isNaN ? -1 : $0 } == [2, -1, -1, 1])
        #expect(curves[1].y.map { $0.isNaN ? -1 : $0 } == [-1, 3, -1, -1])
        #expect(curves[0].style != curves[1].style && curves[0].label != curves[1].label)
    }

    @Test func transferKeepsEachStrategysLookAndItsInterval() throws {
        let series = Series(frequency: [0.1], value: [0.9], ci95: [[0.8, 1.0]])
        let subjects = ["no_skip", "use_target_skip", "arrays"].map {
            subject($0, [SeriesName.transfer(.bToA): series])
        }
        let plot = try #require(ReportFigures.transferMagnitude(subjects, direction: .bToA))
        let curves = plot.panels[0].curves
        #expect(curves[0].style == Palette.style(strategy: "no_skip") && curves[0].band == [[0.8, 1.0]])
        #expect(Set(curves.map { "\($0.style.color)" }).count == 3 && Set(curves.map { "\($0.style.dash)" }).count == 3)
    }

    @Test func twoRunsOfOneStrategyLookDifferent() throws {
        let series = Series(frequency: [0.1, 0.2], value: [9, 0.4])
        let twins = ["one", "two"].map {
            Subject(name: $0, strategy: "no_skip", checks: [], series: [SeriesName.transfer(.bToA): series])
        }
        let plot = try #require(ReportFigures.transferMagnitude(twins, direction: .bToA))
        #expect(plot.panels[0].curves[0].style != plot.panels[0].curves[1].style)
        // One wild ring does not press the others flat, and is in the numbers all the same.
        #expect(plot.layout.frames[0].y.upper < 2.2 && plot.numbers.contains("one,0.1,9.0,"))
    }

    @Test func dotsStandByRowAndEstimator() throws {
        var trained = check("observed", .aToB, 0.7)
        trained.split = .training
        let checks = [check("observed", .bToA, 0.5), check("jacobian", .bToA, 0.4), check("swap", .aToB, 0.3), trained]
        let plot = try #require(
            ReportFigures.leakageDots([subject("mixed_skip", [:], checks: checks)], equivalence: 0.01))
        #expect(plot.rows.map(\.label) == ["mixed_skip, b→a", "mixed_skip, a→b"])
        #expect(plot.rows[0].dots.map { $0?.value } == [0.5, nil, 0.4])
        #expect(plot.rows[1].dots.map { $0?.value } == [nil, 0.3, nil])
        #expect(plot.rows[0].dots[0]?.interval == [0.4, 0.6])
        #expect(plot.band == -0.01...0.01 && plot.bandLabel == "±0.01: too small to matter")
    }

    @Test func imagesAreCutAroundTheirMiddle() throws {
        let image = Tensor([1, 4, 6, 1], (0..<24).map(Float.init))
        let colors = Tensor([4, 6, 3], (0..<72).map { Float($0 / 3) + Float($0 % 3) })
        let row = ReportFigures.ImageRow(
            strategy: "no_skip", clean: image, noisy: image, output: image, absoluteResidual: colors,
            outputCaption: "24.7 dB")
        let figure = try #require(
            ReportFigures.imagePanels([row], title: "t", direction: .bToA, dataRange: -1...1, side: 2))
        let panels = figure.rows[0].panels
        // Rows 1 and 2, columns 2 and 3 of six.
        #expect(panels[0]?.image == Tensor([2, 2, 1], [8, 9, 14, 15]))
        #expect(panels[3]?.image == Tensor([2, 2, 1], [9, 10, 15, 16]))
        #expect(panels[2]?.caption == "24.7 dB" && figure.groups.flatMap(\.titles).count == 4)
        #expect(figure.groups[1].titles == ["cross_abs_a"])
    }
}
