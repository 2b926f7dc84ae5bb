import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Figures
@testable import Formats
@testable import Reports
@testable import Studies
@testable import Tensors

/// The check on models with known answers, and how often it is wrong over 200 data sets each.
@Suite struct FourierRingCheckTests {
    private func rows(
        _ model: (EvaluationSet) -> LinearOracle, _ scenes: Scenes, _ direction: Direction = .bToA,
        exchanges: Bool = true
    ) throws -> (rows: [Diagnostics.Measurement], series: [String: Series]) {
        var evaluation = scenes.evaluation
        let oracle = model(evaluation)
        if !exchanges { evaluation.redraw = nil }
        let predictor: any Predictor = exchanges ? oracle : Saved(oracle: oracle, known: evaluation.pairs.map(\.noisy))
        let other: Direction = direction == .bToA ? .aToB : .bToA
        let mine = try Observed(predictor, evaluation, direction), others = try Observed(predictor, evaluation, other)
        var check = FourierRing(margin: 0.01, seed: 1)
        for (sample, opposite) in zip(mine.samples, others.samples) {
            sample.opposite = opposite
            try check.observe(sample)
        }
        return (try check.measurements(mine.scope), check.series(mine.scope))
    }

    /// Outputs for the stored pairs alone.
    private struct Saved: Predictor {
        let oracle: LinearOracle
        let known: [DomainPair<Tensor>]
        var name: String { "saved" }
        var strategy: String? { nil }
        var readsTarget: Bool { oracle.readsTarget }

        func predict(_ x: DomainPair<Tensor>, _ direction: Direction) throws -> Tensor {
            guard known.contains(x) else { throw SampleError.notSaved("pair", array: "output for this input") }
            return oracle.predict(x, direction)
        }
    }

    private static let scenes = Scenes(imageCount: 8, height: 48, width: 40)

    @Test(arguments: Direction.allCases)
    func leakInPlaceIsFound(direction: Direction) throws {
        let (rows, series) = try rows({ LinearOracle(evaluation: $0, leak: 0.05) }, Self.scenes, direction)
        let leak = rows[0]
        #expect(leak.check == "leakage.frc.exchange" && leak.direction == direction && leak.unit == .scene)
        #expect((leak.value.number - 0.05).magnitude < 1e-5)
        #expect(rows[0].role == .leakage && rows[0].criterion == .within(0.01))
        let others = rows.dropFirst()
        #expect(
            others.allSatisfy { row in row.role == .description && row.criterion == .none && row.direction == nil })
        let names = direction == .bToA ? ["leakage.frc.difference", "leakage.frc.curve"] : []
        #expect(others.map(\.check) == names)
        #expect(series.isEmpty == (direction == .aToB))
    }

    @Test func savedOutputsExcludeOrSuspect() throws {
        let clean = try rows(
            { LinearOracle(evaluation: $0) }, Scenes(imageCount: 24, height: 96, width: 96), exchanges: false)
        #expect(clean.rows.map(\.check) == ["leakage.frc.curve"])
        let leaking = try rows({ LinearOracle(evaluation: $0, leak: 0.1) }, Self.scenes, exchanges: false)
        #expect(leaking.rows[0].reading.contains("no proof") && leaking.rows[0].value.number > 0.3)
        #expect((clean.rows[0].interval95?.upper ?? 1) < 0.05)
        #expect(!clean.rows[0].reading.contains("no proof"))
    }

    @Test func otherContrastIsSaid() throws {
        var scenes = Self.scenes
        scenes.sharesContent = false
        let rows = try rows({ LinearOracle(evaluation: $0, leak: 0.1) }, scenes).rows
        #expect(rows.last?.reading.contains("different contrasts") == true)
        #expect((rows[0].value.number - 0.1).magnitude < 1e-4)
    }

    @Test func oneDirectionIsOutOfScope() throws {
        let evaluation = Self.scenes.evaluation
        let observed = try Observed(LinearOracle(evaluation: evaluation), evaluation)
        var check = FourierRing(margin: 0.01, seed: 1)
        #expect(throws: SampleError.self) { try check.observe(observed.samples[0]) }
    }

    private enum Verdict { case fail, pass, open }

    /// `count` data sets of small images; beyond the margin with confidence, inside it, or neither.
    private func verdicts(_ pairs: Int, side: Int, leak: Float, even: Float) throws -> [Verdict] {
        try (0..<200).map { trial in
            let scenes = Scenes(imageCount: pairs, height: side, width: side, seed: UInt64(trial) + 1000)
            let leak = try rows({ LinearOracle(evaluation: $0, leak: leak, even: even) }, scenes).rows[0]
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
        let bare = Subject("bare")
        #expect(ReportFigures.ringCorrelation([bare]) == nil)
        let subject = Subject("leaking", [], series: series)
        let plot = try #require(ReportFigures.ringCorrelation([subject, bare]))
        #expect(plot.panels.count == 1 && plot.panels[0].curves.count == 5)
        #expect(plot.panels[0].references.contains { $0.value == 1.0 / 7 })
        #expect(plot.layout.frames[0].x.upper == 0.5 && plot.layout.frames[0].y.upper == 1)
        let clean = try rows({ LinearOracle(evaluation: $0) }, Self.scenes).series
        let crossing = try #require(
            ReportFigures.ringCorrelation([Subject("clean", [], series: clean)]))
        #expect(
            crossing.panels[0].references.contains { $0.orientation == .vertical && $0.label.hasPrefix("1/7 at 0.") })
        #expect(!plot.data().isEmpty)
    }
}
