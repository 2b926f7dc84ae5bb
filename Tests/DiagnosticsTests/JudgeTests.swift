import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields

/// Each line of the judgement, with the sentence it writes.
@Suite struct JudgeTests {
    private static func judge(_ measurements: Diagnostics.Measurement...) -> [CheckResult] {
        let outcomes = measurements.map { Judge.Outcome.measured($0) }
        return Judge(outcomes).judged(outcomes).map(\.row)
    }

    /// SE 0.001 with 24 units: t of 23 degrees of freedom at 0.95 and 0.975 is 1.7139 and 2.0687.
    @Test func leakageRows() {
        let pass = Self.judge(.made(0.001, 0.002))[0]
        #expect(pass.status == .pass && pass.pValue == 1 && pass.adjustedPValue == 1)
        #expect(pass.because == "λ 0.00100, 95 % interval [-0.00314, 0.00514], inside ±0.0100.", "\(pass.because)")
        let fail = Self.judge(.made(-0.2, 0.01))[0]
        #expect(fail.status == .fail && fail.because.contains("outside ±0.0100, p = "), "\(fail.because)")
        #expect(fail.criterion == .within(0.01) && fail.role == .leakage)
        // Certainly not 0, and certainly too small to matter.
        #expect(Self.judge(.made(0.004, 0.001))[0].status == .pass)
        // Beyond the margin with p = 0.015: not at the level.
        let open = Self.judge(.made(0.036, 0.01))[0]
        #expect(open.status == .inconclusive && (open.pValue ?? 0) > 0.01 && (open.pValue ?? 1) < 0.03)
        // (1.6449 · 0.02/0.008)² · 24 = 405.9 units of 24 in 4 images.
        let wide = Self.judge(.made(0.002, 0.02))[0]
        #expect(wide.status == .inconclusive)
        #expect(
            wide.because.hasSuffix("undecided (criterion ±0.0100): about 68 images (now 4) would decide."),
            "\(wide.because)")
        let few = Self.judge(.made(0.5, 0.01, units: 5))[0]
        #expect(few.status == .inconclusive && few.pValue == nil)
        #expect(
            few.because == "λ 0.500 from 5 units, fewer than the 6 that an interval needs: 5 images (now 4).",
            "\(few.because)")
        let energy = Self.judge(.made(0.004, 0.0005, .below(1e-4)), .made(-3, 0.0005, .below(1e-4)))
        #expect(
            energy.map(\.status) == [.fail, .pass] && energy[0].because.contains("above 0.000100"),
            "\(energy[0].because)")
        let floor = Self.judge(
            .made(0.9, 0.01, .notBelow(0.98)), .made(1.2, 0.01, .notBelow(0.98)), .made(0.98, 0.1, .notBelow(0.98)))
        #expect(floor.map(\.status) == [.fail, .pass, .inconclusive] && floor[0].because.contains("below 0.980"))
    }

    /// What is known of a path is no test.
    @Test func exactRows() {
        let rows = Self.judge(
            .exact(0, .exactlyZero, evidence: .path), .exact(1e-30, .exactlyZero, evidence: .path, direction: .aToB))
        #expect(rows.map(\.status) == [.pass, .info] && rows.allSatisfy { $0.pValue == nil })
        #expect(rows[0].because == "λ 0, exactly." && rows[1].because == "λ 1.00e-30.")
    }

    /// One error rate over all leakage rows of both directions: Holm by hand.
    @Test func rowsOfOneRoleAreOneFamily() throws {
        // Ten rows, p = 0.0009, 0.0015 and 1 eight times: 0.009 fails, 9 · 0.0015 does not.
        let tests = [0.0009, 0.0015] + [Double](repeating: 1, count: 8)
        let rows = tests.enumerated().map { index, p in
            Diagnostics.Measurement.made(0.05, 0.01, direction: index % 2 == 0 ? .bToA : .aToB, p: p)
        }
        let outcomes = rows.map { Judge.Outcome.measured($0) }
        let judged = Judge(outcomes).judged(outcomes).map(\.row)
        #expect(judged.map(\.status) == [.fail] + [Status](repeating: .inconclusive, count: 9))
        #expect(zip(judged, [0.009, 0.0135, 1]).allSatisfy { abs(($0.adjustedPValue ?? 9) - $1) < 1e-12 })
        #expect(judged[0].pValue == 0.0009)
        #expect(Self.judge(rows[1])[0].status == .fail)
        // Beside an exchange the others share one half of the rate, the exchange has the other.
        let exchange = Diagnostics.Measurement.made(0.004, 0.001, .below(1e-4), evidence: .exchange, p: 0.0049)
        let both = [.measured(exchange)] + outcomes
        let halves = Judge(both).judged(both).map(\.row)
        #expect(halves.map(\.status) == [.fail] + [Status](repeating: .inconclusive, count: 10))
        #expect(zip(halves, [0.0098, 0.018, 0.027]).allSatisfy { abs(($0.adjustedPValue ?? 9) - $1) < 1e-12 })
        // Premises, descriptions and quality are no part of that family, nor are rows that were not measured.
        let others = [Role.premise, .description, .quality].flatMap { role in
            (0..<20).map { _ in Judge.Outcome.measured(.made(0, 0.01, role: role, p: 1)) }
        }
        let none = Judge.Outcome.notMeasured(
            CheckResult(
                id: "y", title: "Y", role: .leakage, direction: .bToA, status: .inconclusive, because: "Not measured."))
        let mixed = [.measured(rows[1]), none] + others
        let alone = Judge(mixed).judged(mixed)
        #expect(alone[0].row.status == .fail && alone[0].row.adjustedPValue == 0.0015)
        #expect(alone[1].measurement == nil && alone[1].row.status == .inconclusive)
    }

    /// A false fail of any of 40 rows on their margin, 24 units each, in at most 1 % of 1000 models.
    @Test func oneErrorRate() throws {
        let failed = try alarms(1000) { trial in
            let outcomes = (0..<40).map { row -> Judge.Outcome in
                let found = IntervalEstimator(
                    unitSums: leakRows(units: 12, coefficient: 0.01, image: trial * 40 + row), seed: 1
                ).ratio(0, over: 1)
                return .measured(
                    .made(
                        found?.estimate ?? 0, found?.standardError ?? 1, units: 12, direction: row < 20 ? .bToA : .aToB)
                )
            }
            return Judge(outcomes).judged(outcomes).contains { $0.row.status == .fail }
        }
        #expect(failed <= binomialBand(1000, rate: 0.01).upperBound, "\(failed)")
    }

    @Test func qualityAndDescriptions() {
        let rows = Self.judge(
            .made(0.3, 0.01, .within(0.1), role: .quality), .made(0.105, 0.01, .within(0.1), role: .quality),
            .made(0.9, 0.01, .below(1), role: .quality), .made(0.999, 0.01, .below(1), role: .quality),
            .made(0.01, 0.001, .notBelow(0.05), role: .quality), .made(0.5, 0.001, .notBelow(0.05), role: .quality),
            .made(7, 1, .pBelow(0.01), role: .quality, p: 0.001), .made(7, 1, .pBelow(0.01), role: .quality, p: 0.2))
        #expect(
            rows.map(\.status) == [.warn, .pass, .pass, .warn, .warn, .pass, .warn, .pass], "\(rows.map(\.because))")
        let told = Self.judge(
            .made(0.3, 0.01, .none, role: .description, p: 1e-9), .made(0.3, nil, .none, role: .description))
        #expect(told.allSatisfy { $0.status == .info } && told[0].pValue == 1e-9 && told[0].adjustedPValue == nil)
        // Arithmetic that does not hold is a fault of the program.
        let sums = Self.judge(.exact(2e-15, .below(1e-12)), .exact(1e-12, .below(1e-12)), .exact(.nan, .below(1e-12)))
        #expect(sums.map(\.status) == [.info, .error, .error])
        #expect(sums[0].because == "λ 2.00e-15, below 1.00e-12.")
    }

    @Test func readingsEndTheSentence() {
        var m = Diagnostics.Measurement.made(0.001, 0.001)
        m.reading = "a reason"
        #expect(Self.judge(m)[0].because.hasSuffix("inside ±0.0100; a reason."))
    }

    /// What a check throws becomes its row, and the other checks go on.
    @Test func whatChecksThrow() throws {
        struct Broken: Check {
            let id = "broken"
            let title = "Broken"
            var role = Role.leakage
            let whileObserving: (any Error)?
            let whileMeasuring: any Error
            func observe(_ sample: Diagnostics.Sample) throws { if let whileObserving { throw whileObserving } }
            func measurements(_ scope: Scope) throws -> [Diagnostics.Measurement] { throw whileMeasuring }
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
                Broken(
                    role: .description, whileObserving: nil, whileMeasuring: Undetermined(description: "nothing varies")
                ),
                OutputQuality.psnr,
            ]
        }
        let found = try suite.run(LinearOracle(evaluation: evaluation), on: evaluation)
        let checks = found.subject.checks,
            half: [Status] = [.error, .error, .notApplicable, .inconclusive, .notApplicable, .info]
        #expect(checks.map(\.status) == half + half && found.subject.verdict == .error)
        #expect(found.findings.first?.kind == .error)
        #expect(
            checks[0].because == "Not measured: a surprise." && checks[0].direction == .bToA
                && checks[0].role == .leakage)
        #expect(
            checks[2].because == "Not measured: the noise of pair p cannot be drawn anew and no repeat was recorded.")
        #expect(checks[3].because == "Not measured: nothing varies.")
    }
}

extension Diagnostics.Measurement {
    /// λ with its t intervals; none from fewer than six units.
    static func made(
        _ value: Double, _ error: Double?, _ criterion: Criterion = .within(0.01), units: Int = 24,
        role: Role = .leakage,
        evidence: Evidence = .inPlace, direction: Direction = .bToA, regime: Regime = .r0, split: Split = .heldout,
        p: Double? = nil, check: String = "x"
    ) -> Self {
        func interval(_ confidence: Double) -> ConfidenceInterval? {
            guard let error, units >= IntervalEstimator.fewestForInterval else { return nil }
            return SmallSample.interval(estimate: value, standardError: error, unitCount: units, confidence: confidence)
        }
        return Self(
            check: check, title: "X", role: role, criterion: criterion, evidence: evidence, direction: direction,
            regime: regime, split: split, value: .effect(Effect(value, "λ")), interval95: interval(0.95),
            interval90: interval(0.9), unit: .noise, unitCount: units, imageCount: 4, standardError: error,
            pValue: p.map(PValue.init))
    }

    /// A number without an interval.
    static func exact(
        _ value: Double, _ criterion: Criterion, evidence: Evidence = .other, direction: Direction = .bToA
    ) -> Self {
        Self(
            check: "exact", title: "Exact", role: evidence == .other ? .description : .leakage, criterion: criterion,
            evidence: evidence, direction: direction, regime: .r0, split: .heldout, value: .effect(Effect(value, "λ")),
            unitCount: 4, imageCount: 4)
    }
}
