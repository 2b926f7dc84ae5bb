import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Figures
@testable import Reports
@testable import Tensors

@Suite struct ChecksHistoryTests {
    private static func evaluation(stored: Bool = true) -> EvaluationSet {
        var evaluation = Scenes(imageCount: 8).evaluation
        for index in 4..<8 { evaluation.pairs[index].split = .training }
        evaluation.trainingNoiseIsKnown = stored
        return evaluation
    }

    /// A run that remembers a share of the training noise after each epoch.
    private static func history(_ shares: [Int: Float], _ evaluation: EvaluationSet) throws -> LeakHistory {
        try LeakHistory(shares.keys.sorted(), on: evaluation, seed: 1) { epoch in
            let share = shares[epoch] ?? 0
            return OraclePredictor(name: "epoch \(epoch)", readsTarget: false) { x, direction in
                let smooth = binomial(x[direction.source])
                guard let pair = evaluation.pairs.first(where: { $0.noisy[direction.source] == x[direction.source] }),
                    pair.split == .training, let clean = pair.clean
                else { return smooth }
                let noise = combine(pair.noisy[direction.target], clean[direction.target]) { $0 - $1 }
                return combine(smooth, noise) { $0 + share * $1 }
            }
        }
    }

    @Test func theEpochAtWhichMemoryBegins() throws {
        let shares: [Int: Float] = [2: 0, 4: 0.3, 6: 0, 8: 0.1, 10: 0.2]
        let history = try Self.history(shares, Self.evaluation())
        #expect(history.rows.count == 2)
        for row in history.rows {
            #expect(
                row.status == .info && row.estimate == 8 && row.regime == .r1 && row.split == .training,
                "\(row.because)")
        }
        for direction in Direction.allCases {
            let memorised = try #require(history.series[SeriesName.history(.memorised, direction)])
            #expect(memorised.frequency == [2, 4, 6, 8, 10] && memorised.ci95.count == 5)
            for (epoch, value) in zip(memorised.frequency, memorised.value) {
                #expect(abs(value - Double(shares[Int(epoch)] ?? 0)) < 0.02)
            }
            // Held out nothing changes; L = M + V there.
            func last(_ name: SeriesName.History) -> Double {
                history.series[SeriesName.history(name, direction)]?.value.last ?? .nan
            }
            #expect(abs(last(.heldOut)) < 0.02 && abs(last(.source) - 0.25) < 0.02)
            #expect(abs(last(.loss) - last(.risk) - last(.floor)) < 0.03 * last(.loss))
        }
        let subject = Subject("run", history.rows, series: history.series)
        let plot = try #require(ReportFigures.leakHistory([subject])?.figure as? LinePlot)
        #expect(plot.panels.count == 2 && plot.panels[0].curves.count == 3)
        #expect(plot.panels[0].references.map(\.value) == [8])
        #expect((ReportFigures.riskHistory([subject])?.figure as? LinePlot)?.panels[1].curves.count == 3)
        #expect(ReportFigures.leakHistory([Subject("run")]) == nil)
    }

    @Test func aRunWithoutMemory() throws {
        for row in try Self.history([1: 0, 2: 0], Self.evaluation()).rows {
            #expect(row.status == .info)
            #expect(row.estimate == nil && row.because.hasPrefix("No epoch of the 2 kept"), "\(row.because)")
        }
    }

    /// The first epoch of the last unbroken stretch; a wide interval breaks it.
    @Test func onset() {
        func point(_ epoch: Int, _ value: Double, _ half: Double?) -> (epoch: Int, estimate: IntervalEstimate) {
            let interval = half.map { ConfidenceInterval(lower: value - $0, upper: value + $0, confidence: 0.95) }
            return (epoch, IntervalEstimate(estimate: value, interval95: interval, unitCount: 9))
        }
        let rising = [
            point(1, 0.2, 0.01), point(2, 0.005, 0.001), point(3, 0.05, 0.06), point(4, 0.05, 0.04), point(5, 0.3, 0.1),
        ]
        #expect(LeakHistory.onset(rising, margin: 0.01) == 4)
        #expect(LeakHistory.onset(rising + [point(6, 0.3, nil)], margin: 0.01) == nil)
        #expect(LeakHistory.onset(rising + [point(6, -0.3, 0.1)], margin: 0.01) == nil)
        #expect(LeakHistory.onset([], margin: 0.01) == nil)
    }

    /// Fresh noise leaves the held-out curves; no clean image leaves none; no noise is undetermined.
    @Test func whatTheDataLack() throws {
        let fresh = try Self.history([1: 0], Self.evaluation(stored: false))
        #expect(fresh.rows.allSatisfy { $0.status == .notApplicable && $0.estimate == nil })
        #expect(fresh.series[SeriesName.history(.memorised, .bToA)] == nil)
        #expect(fresh.series[SeriesName.history(.heldOut, .bToA)] != nil)
        var bare = Self.evaluation()
        for index in bare.pairs.indices { bare.pairs[index].clean = nil }
        let none = try Self.history([1: 0], bare)
        #expect(none.rows.allSatisfy { $0.status == .notApplicable } && none.series.isEmpty)
        let silent = try LeakHistory([1], on: Scenes(sigma: DomainPair(a: 0, b: 0)).evaluation, seed: 1) { _ in
            OraclePredictor(name: "x", readsTarget: false) { $0[$1.source] }
        }
        #expect(silent.rows.allSatisfy { $0.status == .inconclusive && $0.estimate == nil } && silent.series.isEmpty)
    }
}
