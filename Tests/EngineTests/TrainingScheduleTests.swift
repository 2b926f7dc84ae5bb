import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats

@Suite struct TrainingScheduleTests {
    func expectClose(_ ours: [Double], _ theirs: [Double]) {
        #expect(ours.count == theirs.count && !ours.isEmpty)
        for (index, pair) in zip(ours, theirs).enumerated() {
            #expect(abs(pair.0 - pair.1) < 1e-12, "position \(index): \(pair.0), expected \(pair.1)")
        }
    }

    @Test(
        arguments: [
            ("step", ScheduleConfiguration(type: .step, stepSize: 4, gamma: 0.3)),
            ("cosine", ScheduleConfiguration(type: .cosine, minimumShare: 0.1)),
            ("onecycle", ScheduleConfiguration(type: .onecycle)),
            (
                "onecycle_short",
                ScheduleConfiguration(type: .onecycle, risingShare: 0.5, startDivisor: 10, endDivisor: 100)
            ),
        ])
    func asPyTorch(name: String, schedule: ScheduleConfiguration) throws {
        let theirs = try #require(try OptimizerGolden.read().schedules[name])
        let rates = theirs.indices.map { schedule.learningRate(0.003, step: $0, total: theirs.count) }
        expectClose(rates, theirs)
        // Counted by epoch, every step of an epoch has the epoch's rate.
        var byEpoch = schedule
        byEpoch.unit = .epoch
        let steps = (0..<5 * theirs.count).map {
            byEpoch.learningRate(0.003, step: $0, total: 5 * theirs.count, stepsPerEpoch: 5)
        }
        expectClose(steps, theirs.flatMap { [Double](repeating: $0, count: 5) })
    }

    @Test func plateauAsPyTorch() throws {
        let golden = try OptimizerGolden.read()
        let theirs = try #require(golden.schedules["plateau"])
        let schedule = ScheduleConfiguration(
            type: .plateau, factor: 0.2, patience: 2, minimumRate: 5e-5, threshold: 0.01)
        var state = PlateauState()
        var rates: [Double] = []
        for (epoch, loss) in golden.losses.enumerated() {
            rates.append(schedule.learningRate(0.003, step: epoch, total: theirs.count, plateau: state))
            _ = state.advance(loss ?? .nan, schedule)
            // A run that is resumed after any epoch goes on the same.
            state = try JSONDecoder().decode(PlateauState.self, from: JSONEncoder().encode(state))
        }
        expectClose(rates, theirs)
        #expect(Set(rates).count == 4)
    }

    /// Patience 1: the second epoch in a row that is not better reduces.
    @Test func plateauByHand() {
        let schedule = ScheduleConfiguration(type: .plateau, factor: 0.5, patience: 1, threshold: 0)
        var state = PlateauState()
        let reduced = [3.0, 2, 2, 2, 1, 4, 1].map { state.advance($0, schedule) }
        #expect(reduced == [false, false, false, true, false, false, true])
        #expect(state.scale == 0.25 && state.best == 1 && state.badEpochs == 0)
        #expect(schedule.learningRate(8, step: 0, total: 1, plateau: state) == 2)
    }

    @Test func aFloorAboveTheRateDoesNotRaiseIt() {
        let schedule = ScheduleConfiguration(type: .plateau, minimumRate: 1)
        #expect(schedule.learningRate(0.5, step: 0, total: 1) == 0.5)
    }

    @Test(arguments: ScheduleConfiguration.Kind.allCases, ScheduleConfiguration.Unit.allCases)
    func warmUpRisesLinearlyFromZero(kind: ScheduleConfiguration.Kind, unit: ScheduleConfiguration.Unit) {
        let plain = ScheduleConfiguration(type: kind, unit: unit)
        let warmed = ScheduleConfiguration(type: kind, warmupSteps: 4, unit: unit)
        for step in 0..<40 {
            let share = step < 4 ? 0.25 * Double(step) : 1
            let rate = warmed.learningRate(2, step: step, total: 40, stepsPerEpoch: 10)
            #expect(rate == share * plain.learningRate(2, step: step, total: 40, stepsPerEpoch: 10))
            if kind == .constant { #expect(rate == 2 * share) }
        }
    }

    /// The shortest runs, and steps beyond the end: a finite rate in 0...peak.
    @Test(arguments: ScheduleConfiguration.Kind.allCases)
    func degenerateLengths(kind: ScheduleConfiguration.Kind) {
        for unit in ScheduleConfiguration.Unit.allCases {
            let schedule = ScheduleConfiguration(type: kind, warmupSteps: 1, unit: unit)
            for total in 0...4 {
                for step in 0...6 {
                    let rate = schedule.learningRate(1, step: step, total: total, stepsPerEpoch: 3)
                    #expect((0...1).contains(rate), "step \(step) of \(total)")
                }
            }
        }
    }

    @Test func configurations() throws {
        func read(_ text: String) throws -> ScheduleConfiguration {
            let reader = try ConfigurationReader(parsing: Data(text.utf8), file: "f.json")
            let configuration = try ScheduleConfiguration(reading: reader.section("scheduler"), outer: reader)
            try reader.finish()
            return configuration
        }
        #expect(try read("{}") == ScheduleConfiguration())
        var written = ScheduleConfiguration(
            type: .plateau, risingShare: 0.4, startDivisor: 2, endDivisor: 3, minimumShare: 0.5, stepSize: 6,
            gamma: 0.7,
            factor: 0.8, patience: 9, minimumRate: 0.01, threshold: 0.11, warmupSteps: 12)
        let section = String(decoding: try JSONEncoder().encode(written), as: UTF8.self)
        #expect(try read(#"{ "scheduler": \#(section) }"#) == written)
        written.unit = .epoch
        #expect(try read(#"{ "scheduler_step": "epoch", "scheduler": \#(section) }"#) == written)
        for wrong in ["step_size", "patience", "warmup_steps", "gamma"] {
            let error = #expect(throws: InputError.self) { try read(#"{ "scheduler": { "\#(wrong)": -1 } }"#) }
            #expect(error?.place == "scheduler.\(wrong)")
        }
    }
}
