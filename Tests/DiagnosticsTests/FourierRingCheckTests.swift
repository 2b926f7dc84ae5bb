import Engine
import Foundation
import Testing

@testable import Diagnostics

/// The check on models with known answers, and how often it is wrong over 200 data sets each.
@Suite struct FourierRingCheckTests {
    private func rows(
        _ model: (EvaluationSet) -> LinearOracle, _ scenes: Scenes, _ direction: Direction = .bToA,
        exchanges: Bool = true
    ) throws -> (rows: [FourierRing.Row], series: [String: Series]) {
        var evaluation = scenes.evaluation
        let oracle = model(evaluation)
        if !exchanges { evaluation.redraw = nil }
        let observed = try Observed(oracle, evaluation, direction)
        let other: Direction = direction == .bToA ? .aToB : .bToA
        var check = FourierRing(margin: 0.01, seed: 1) {
            try Diagnostics.Sample($0.predictor, $0.evaluation, index: $0.index, other, seed: $0.seed)
        }
        for sample in observed.samples { try check.observe(sample) }
        return (try check.rows(observed.scope), check.series(observed.scope))
    }

    private static let scenes = Scenes(imageCount: 8, height: 48, width: 40)

    @Test(arguments: Direction.allCases)
    func leakInPlaceIsFound(direction: Direction) throws {
        let (rows, series) = try rows({ LinearOracle(evaluation: $0, leak: 0.05) }, Self.scenes, direction)
        let leak = rows[0].measurement
        #expect(leak.check == "leakage.frc.exchange" && leak.direction == direction && leak.unit == .scene)
        #expect((leak.value.number - 0.05).magnitude < 1e-5)
        #expect(rows[0].role == .leakage && rows[0].criterion == .within(0.01))
        let others = rows.dropFirst()
        #expect(
            others.allSatisfy { $0.role == .description && $0.criterion == .none && $0.measurement.direction == nil })
        #expect(
            others.map(\.measurement.check)
                == (direction == .bToA ? ["leakage.frc.difference", "leakage.frc.curve"] : []))
        #expect(series.isEmpty == (direction == .aToB))
    }

    @Test func savedOutputsExcludeOrSuspect() throws {
        let clean = try rows(
            { LinearOracle(evaluation: $0) }, Scenes(imageCount: 24, height: 96, width: 96), exchanges: false)
        #expect(clean.rows.map(\.measurement.check) == ["leakage.frc.curve"])
        let leaking = try rows({ LinearOracle(evaluation: $0, leak: 0.1) }, Self.scenes, exchanges: false)
        #expect(leaking.rows[0].reading.contains("no proof") && leaking.rows[0].measurement.value.number > 0.3)
        #expect((clean.rows[0].measurement.interval95?.upper ?? 1) < 0.05)
        #expect(!clean.rows[0].reading.contains("no proof"))
    }

    @Test func otherContrastIsSaid() throws {
        var scenes = Self.scenes
        scenes.sharesContent = false
        let rows = try rows({ LinearOracle(evaluation: $0, leak: 0.1) }, scenes).rows
        #expect(rows.last?.reading.contains("different contrasts") == true)
        #expect((rows[0].measurement.value.number - 0.1).magnitude < 1e-4)
    }

    @Test func oneDirectionIsOutOfScope() throws {
        let evaluation = Self.scenes.evaluation
        let observed = try Observed(LinearOracle(evaluation: evaluation), evaluation)
        var check = FourierRing(margin: 0.01, seed: 1) { _ in nil }
        #expect(throws: SampleError.self) { try check.observe(observed.samples[0]) }
    }

    private enum Verdict { case fail, pass, open }

    /// `count` data sets of small images; beyond the margin with confidence, inside it, or neither.
    private func verdicts(_ pairs: Int, side: Int, leak: Float, even: Float) throws -> [Verdict] {
        try (0..<200).map { trial in
            let scenes = Scenes(imageCount: pairs, height: side, width: side, seed: UInt64(trial) + 1000)
            let leak = try rows({ LinearOracle(evaluation: $0, leak: leak, even: even) }, scenes).rows[0].measurement
            guard let wide = leak.interval95, let narrow = leak.interval90 else { return .open }
            if wide.lower > 0.01 || wide.upper < -0.01 { return .fail }
            return narrow.lower > -0.01 && narrow.upper < 0.01 ? .pass : .open
        }
    }

    @Test func cleanModelsPass() throws {
        #expect(try verdicts(6, side: 24, leak: 0, even: 0).allSatisfy { $0 == .pass })
    }

    /// A model that reads its target and leaks nothing linear: the exchange moves it, at random about 0.
    @Test func readingTheTargetDoesNotFail() throws {
        let verdicts = try verdicts(8, side: 32, leak: 0, even: 0.3)
        #expect(verdicts.count { $0 == .fail } <= 2)
        #expect(verdicts.contains(.open))
    }

    @Test func tinyLeaksDoNotFail() throws {
        #expect(try verdicts(8, side: 32, leak: 0.004, even: 0.1).count { $0 == .fail } <= 2)
    }

    @Test(arguments: [(0.02 as Float, 180), (0.1, 200)])
    func plantedLeaksFail(leak: Float, atLeast: Int) throws {
        #expect(try verdicts(8, side: 32, leak: leak, even: 0.1).count { $0 == .fail } >= atLeast)
    }

    @Test func smallSamplesStayOpen() throws {
        #expect(try verdicts(3, side: 32, leak: 0.02, even: 0.1).allSatisfy { $0 == .open })
    }

    @Test func figureHasItsCurvesOnFixedAxes() throws {
        let series = try rows({ LinearOracle(evaluation: $0, leak: 0.05) }, Self.scenes).series
        let bare = Subject(name: "bare", strategy: "bare", checks: [], series: [:])
        #expect(ReportFigures.ringCorrelation([bare]) == nil)
        let subject = Subject(name: "leaking", strategy: "leaking", checks: [], series: series)
        let plot = try #require(ReportFigures.ringCorrelation([subject, bare]))
        #expect(plot.panels.count == 1 && plot.panels[0].curves.count == 5)
        #expect(plot.panels[0].references.contains { $0.value == 1.0 / 7 })
        #expect(plot.layout.frames[0].x.upper == 0.5 && plot.layout.frames[0].y.upper == 1)
        let clean = try rows({ LinearOracle(evaluation: $0) }, Self.scenes).series
        let crossing = try #require(
            ReportFigures.ringCorrelation([Subject(name: "clean", strategy: nil, checks: [], series: clean)]))
        #expect(
            crossing.panels[0].references.contains { $0.orientation == .vertical && $0.label.hasPrefix("1/7 at 0.") })
        #expect(!plot.data().isEmpty)
    }
}
