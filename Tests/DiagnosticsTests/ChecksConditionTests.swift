import Engine
import Testing

@testable import Diagnostics

/// Each branch of each condition, with the sentence it writes.
@Suite struct ChecksConditionTests {
    private static func effect(
        _ value: Double, _ low95: Double? = nil, _ high95: Double? = nil, ninety: ClosedRange<Double>? = nil,
        units: Int = 24, mde: Double? = nil, p: Double? = nil
    ) -> Diagnostics.Measurement {
        var m = Diagnostics.Measurement(
            check: "x", title: "X", direction: .bToA, regime: .r0, split: .heldout, value: .effect(Effect(value, "λ")),
            unit: .noise, unitCount: units, imageCount: 3, minimumDetectableEffect: mde, pValue: p.map(PValue.init))
        if let low95, let high95 { m.interval95 = ConfidenceInterval(lower: low95, upper: high95, confidence: 0.95) }
        m.interval90 = ninety.map { ConfidenceInterval(lower: $0.lowerBound, upper: $0.upperBound, confidence: 0.90) }
        return m
    }

    @Test func practicallyZero() {
        let condition = PracticallyZero(margin: 0.01)
        #expect(
            condition.judge(Self.effect(0.001, -0.004, 0.006, ninety: -0.003...0.005))
                == Judgement(
                    .pass, threshold: 0.01,
                    because: "λ 0.00100: the 90 % interval [-0.00300, 0.00500] lies inside ±0.0100."))
        #expect(
            condition.judge(Self.effect(0.2, 0.18, 0.22, ninety: 0.185...0.215))
                == Judgement(
                    .fail, threshold: 0.01,
                    because: "λ 0.200: the 95 % interval [0.180, 0.220] excludes 0 and the size is above 0.0100."))
        // Significantly negative is leakage too.
        #expect(condition.judge(Self.effect(-0.2, -0.22, -0.18, ninety: -0.215...(-0.185))).status == .fail)
        // Significant but too small to matter, and shown to be so.
        #expect(condition.judge(Self.effect(0.004, 0.001, 0.007, ninety: 0.002...0.006)).status == .pass)
        let open = condition.judge(Self.effect(0.002, -0.03, 0.034, ninety: -0.025...0.029, mde: 0.045))
        #expect(open.status == .inconclusive)
        // (1.6449 · 0.045/2.8 / 0.008)² · 24 = 262.06, rounded up.
        #expect(
            open.because
                == "λ 0.00200, 90 % interval [-0.0250, 0.0290] against ±0.0100: about 263 units (now 24), 33 images (now 3), would decide."
        )
        let unknown = condition.judge(Self.effect(0.002, -0.03, 0.034, ninety: -0.025...0.029))
        #expect(unknown.because.hasSuffix(": more units are needed."))
        #expect(
            condition.judge(Self.effect(0.5, units: 4))
                == Judgement(
                    .inconclusive, threshold: 0.01,
                    because:
                        "λ 0.500 from 4 units, fewer than the 6 that an interval needs: 5 images of this size (now 3) hold as many."
                ))
    }

    @Test func exactlyZeroAndBelow() {
        let exact = ExactlyZero(otherwise: "there is a path")
        #expect(exact.judge(Self.effect(0)) == Judgement(.pass, threshold: 0, because: "λ 0, exactly."))
        #expect(
            exact.judge(Self.effect(1e-30)) == Judgement(.fail, threshold: 0, because: "λ 1.00e-30: there is a path."))
        let below = Below(bound: 1e-12)
        #expect(
            below.judge(Self.effect(2e-15))
                == Judgement(.pass, threshold: 1e-12, because: "λ 2.00e-15, below 1.00e-12."))
        #expect(
            below.judge(Self.effect(1e-12))
                == Judgement(.fail, threshold: 1e-12, because: "λ 1.00e-12, not below 1.00e-12."))
        #expect(below.judge(Self.effect(.nan)).status == .fail)
        #expect(exact.judge(Self.effect(.nan)).status == .fail)
    }

    @Test func notBelow() {
        let condition = NotBelow(bound: 1, otherwise: "that cannot be")
        #expect(
            condition.judge(Self.effect(0.8, 0.7, 0.9))
                == Judgement(
                    .fail, threshold: 1, because: "λ 0.800, 95 % interval [0.700, 0.900], below 1.00: that cannot be."))
        #expect(
            condition.judge(Self.effect(1.2, 1.1, 1.3))
                == Judgement(.pass, threshold: 1, because: "λ 1.20, 95 % interval [1.10, 1.30], not below 1.00."))
        #expect(
            condition.judge(Self.effect(1, 0.9, 1.1))
                == Judgement(.inconclusive, threshold: 1, because: "λ 1.00, 95 % interval [0.900, 1.10] contains 1.00.")
        )
        #expect(condition.judge(Self.effect(0.1, units: 3)).status == .inconclusive)
    }

    @Test func informativeAndUnlikely() {
        let informative = Informative(meaning: "the higher the better")
        #expect(
            informative.judge(Self.effect(24.7, 24.1, 25.3)).because
                == "λ 24.7, 95 % interval [24.1, 25.3]: the higher the better.")
        #expect(informative.judge(Self.effect(24.7)) == Judgement(.pass, because: "λ 24.7: the higher the better."))
        let unlikely = Unlikely()
        #expect(unlikely.judge(Self.effect(0.1)).status == .inconclusive)
        #expect(
            unlikely.judge(Self.effect(0.1, units: 32, p: 0.3))
                == Judgement(
                    .pass, threshold: 0.001, because: "λ 0.100, p = 0.300 over 32 rings: within what chance makes."))
        #expect(unlikely.judge(Self.effect(0.1, p: 0.05)).status == .pass)
        #expect(unlikely.judge(Self.effect(0.1, p: 0.049)).status == .warn)
        #expect(unlikely.judge(Self.effect(0.1, p: 0.001)).status == .warn)
        #expect(unlikely.judge(Self.effect(0.1, p: 0.0009)).status == .fail)
    }

    /// Holm by hand: 0.0009 · 4 and 0.02 · 3 = 0.06, which the last two may not fall below; what has no p-value, or is judged by its
    /// interval, is no test.
    @Test func testsAreCorrectedForEachOther() {
        let assumption = Assumption(consequence: "it matters")
        let rows = Suite.judge([
            .measured(Self.effect(0.1, units: 32, p: 0.02), Unlikely()),
            .measured(Self.effect(0.2, units: 8, p: 0.04), assumption),
            .notMeasured(CheckResult(id: "y", title: "Y", direction: nil, status: .error, because: "Not measured.")),
            .measured(Self.effect(0, -1, 1, ninety: -0.5...0.5, p: 0.001), PracticallyZero(margin: 1)),
            .measured(Self.effect(0.3, p: 0.0009), Unlikely()), .measured(Self.effect(0.4, p: 0.7), Unlikely()),
            .measured(Self.effect(0.5), Unlikely()),
        ])
        #expect(rows.map(\.status) == [.pass, .pass, .error, .pass, .fail, .pass, .inconclusive])
        let expected = [0.06, 0.08, nil, nil, 0.0036, 0.7, nil]
        for (row, p) in zip(rows, expected) {
            #expect((row.adjustedPValue == nil) == (p == nil))
            if let p, let found = row.adjustedPValue { #expect((found - p).magnitude < 1e-12) }
        }
        #expect(
            rows[0].because
                == "λ 0.100, p = 0.0200 over 32 rings, 0.0600 corrected for all tests of the model: within what chance makes."
        )
        #expect(
            rows[1].because
                == "λ 0.200, p = 0.0400 over 8 tiles, 0.0800 corrected for all tests of the model: nothing speaks against it."
        )
        let alone = Suite.judge([.measured(Self.effect(0.2, units: 8, p: 0.04), assumption)])
        #expect(alone[0].status == .warn && alone[0].adjustedPValue == 0.04)
    }

    @Test(arguments: [
        ([Status.pass, .pass], Results.Verdict.pass), ([.pass, .notApplicable, .warn], .pass),
        ([.pass, .inconclusive], .inconclusive), ([.inconclusive, .fail], .fail), ([.fail, .error], .error),
        ([.pass, .error], .error),
    ])
    func verdict(statuses: [Status], expected: Results.Verdict) {
        let rows = statuses.map { CheckResult(id: "x", title: "X", direction: nil, status: $0, because: "") }
        #expect(Results.Verdict([Subject(name: "one", strategy: nil, checks: rows, series: [:])]) == expected)
        // One row per subject: the worst of all subjects.
        let subjects = rows.map { Subject(name: "one", strategy: nil, checks: [$0], series: [:]) }
        #expect(Results.Verdict(subjects) == expected)
    }

    /// What a check throws becomes its row, and the other checks go on.
    @Test func whatChecksThrow() throws {
        struct Broken: Check {
            let id = "broken"
            let title = "Broken"
            let condition: any Condition = Informative(meaning: "nothing")
            let whileObserving: (any Error)?
            let whileMeasuring: any Error
            func observe(_ sample: Diagnostics.Sample) throws { if let whileObserving { throw whileObserving } }
            func measure(_ scope: Scope) throws -> Diagnostics.Measurement { throw whileMeasuring }
        }
        struct Surprise: Error, CustomStringConvertible { let description = "a surprise" }
        let evaluation = Scenes(imageCount: 1, height: 32, width: 32).evaluation
        var suite = Suite(seed: 1)
        suite.makeChecks = {
            [
                Broken(whileObserving: Surprise(), whileMeasuring: Undetermined(description: "unused")),
                Broken(whileObserving: nil, whileMeasuring: Surprise()),
                Broken(whileObserving: SampleError.cannotRedraw("p"), whileMeasuring: Surprise()),
                Broken(whileObserving: nil, whileMeasuring: Undetermined(description: "nothing varies")),
                SourcePassThrough(),
            ]
        }
        let checks = try suite.run(LinearOracle(evaluation: evaluation), on: evaluation).subject.checks
        #expect(
            checks.map(\.status) == [.error, .error, .notApplicable, .inconclusive, .pass] + [
                .error, .error, .notApplicable, .inconclusive, .pass,
            ])
        #expect(checks[0].because == "Not measured: a surprise." && checks[0].direction == .bToA)
        #expect(
            checks[2].because == "Not measured: the noise of pair p cannot be drawn anew and no repeat was recorded.")
        #expect(checks[3].because == "Not measured: nothing varies.")
    }
}
