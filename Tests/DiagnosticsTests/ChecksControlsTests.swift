import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct ChecksControlsTests {
    /// Every leak is recovered, whatever the noise: white, shared between the domains, cut off.
    @Test(arguments: [0, 0.7, 1], [false, true])
    func leaksAreRecovered(correlation: Double, isClipped: Bool) throws {
        let sensor: @Sendable (Double) -> Double = { isClipped ? max($0, -0.3) : $0 }
        let evaluation = Scenes(imageCount: 5, correlation: correlation, sensor: sensor).evaluation
        let rows = try Controls(seed: 1).run(on: evaluation)
        #expect(rows.count == 2 * (2 * Controls.injected.count + 1))
        for row in rows { #expect(row.status == .pass && row.estimate != nil, "\(row.id): \(row.because)") }
        #expect(Set(rows.map { "\($0.id) \($0.direction?.rawValue ?? "")" }).count == rows.count)
        let none = try #require(rows.first { $0.id == "control.none" })
        #expect(none.regime == .r0 && none.criterion == .within(0.01) && none.role == .description)
        #expect(rows.first { $0.id == "control.observed.0.2" }?.regime == .r3)
    }

    /// A leak that is there as injected is recovered but once in 100,000; one that is 10 % larger is not.
    @Test func recovered() {
        func judge(_ value: Double, units: Int = 100) -> Status {
            Controls.recovered(
                Measurement(
                    check: "c", title: "", direction: .bToA, regime: .r3, split: .heldout,
                    value: .effect(Effect(value, "λ")),
                    interval95: units < 6 ? nil : ConfidenceInterval(lower: 0, upper: 1, confidence: 0.95),
                    unitCount: units, imageCount: 1, standardError: 0.001), truth: 0.2
            ).status
        }
        // t of 99 degrees of freedom at 0.999995: 4.657.
        #expect(judge(0.2046) == .pass && judge(0.2048) == .fail && judge(0.1954) == .pass && judge(0.1952) == .fail)
        #expect(judge(0.2, units: 5) == .inconclusive)
        // Six units: 17.90.
        #expect(judge(0.2178, units: 6) == .pass && judge(0.2180, units: 6) == .fail)
    }

    /// How often a control fails by chance: a run has two independent ones, with a dozen units and with fifty.
    @Test(arguments: [(2, 96), (3, 128)])
    func falseAlarms(imageCount: Int, side: Int) throws {
        let trials = 150
        let failed = try Parallel.map(trials) { trial in
            var scenes = Scenes(imageCount: imageCount, height: side, width: side + 32)
            scenes.seed = UInt64(trial)
            let rows = try Controls(seed: UInt64(1000 + trial)).run(on: scenes.evaluation)
            return rows.contains { $0.status == .fail }
        }.count { $0 }
        #expect(failed <= binomialBand(trials, rate: 2 * Controls.falseAlarmRate).upperBound, "\(failed) of \(trials)")
    }

    /// A control that fails makes an error of any verdict; one that stays open changes nothing, since it has too few units as every
    /// other row has.
    @Test func aFailedControlIsAnError() throws {
        func row(_ status: Status) -> CheckResult {
            CheckResult(id: "control.none", title: "", direction: .aToB, status: status, because: "Reason.")
        }
        for own in [Verdict.pass, .fail, .premise, .inconclusive, .error] {
            var subject = Subject("s")
            subject.verdict = own
            func verdict(_ controls: [Status]) -> Verdict {
                Verdict([subject], controls: controls.map(row))
            }
            #expect(verdict([.pass, .fail]) == .error && verdict([.error]) == .error)
            #expect(verdict([]) == own && verdict([.pass, .notApplicable, .inconclusive]) == own)
        }
        #expect(Verdict([], controls: []) == .inconclusive)
    }

    /// The worst subject speaks for all; failed controls stand before all findings.
    @Test func severalSubjects() throws {
        let ranked: [Verdict] = [.error, .fail, .premise, .inconclusive, .pass]
        for (index, worst) in ranked.enumerated() {
            let subjects = ranked[index...].reversed().map { verdict in
                var subject = Subject("\(verdict)")
                subject.verdict = verdict
                return subject
            }
            #expect(Verdict(subjects, controls: []) == worst)
        }
        let kinds: [Finding.Kind] = [.decided, .leakage, .open, .premise, .leakage]
        let findings = kinds.enumerated().map { Finding(kind: $1, subject: "\($0)", check: "x", text: "", next: "") }
        let control = CheckResult(
            id: "control.swap.0.05", title: "Injected leak 0.05, swap", direction: .aToB, status: .fail,
            because: "λ 0.9, not within 0.1 of the injected 0.05.")
        var fine = control
        fine.status = .inconclusive
        let merged = Finding.merged([Array(findings[..<2]), Array(findings[2...])], controls: [fine, control])
        #expect(merged.map(\.kind) == [.error, .leakage, .leakage, .premise, .open, .decided])
        #expect(merged.map(\.subject) == [nil, "1", "4", "3", "2", "0"])
        #expect(merged[0].check == control.id && merged[0].text.contains(control.because))
    }

    /// No clean reference, no noise, too few tiles: a reason, never a number from nothing.
    @Test func degenerate() throws {
        var bare = Scenes().evaluation
        for index in bare.pairs.indices { bare.pairs[index].clean = nil }
        for row in try Controls(seed: 1).run(on: bare) {
            #expect(row.status == .notApplicable && row.because == "Not measured: pair scene0 has no clean reference.")
        }
        for row in try Controls(seed: 1).run(on: Scenes(sigma: DomainPair(a: 0, b: 0)).evaluation) {
            #expect(row.status == .inconclusive && row.estimate == nil, "\(row.because)")
        }
        for row in try Controls(seed: 1).run(on: Scenes(imageCount: 1, height: 64, width: 64).evaluation)
        where row.id.hasPrefix("control.observed") {
            #expect(row.status == .inconclusive && row.ci95 == nil, "\(row.because)")
        }
        var training = Scenes().evaluation
        for index in training.pairs.indices { training.pairs[index].split = .training }
        #expect(try Controls(seed: 1).run(on: training).allSatisfy { $0.split == .training && $0.status == .pass })
        training.pairs = []
        #expect(throws: Undetermined.self) { try Controls(seed: 1).run(on: training) }
        var once = Scenes().evaluation
        once.redraw = nil
        // One capture of each target: noise of its power is added to it.
        let rows = try Controls(seed: 1).run(on: once)
        #expect(rows.count == 18 && rows.allSatisfy { $0.status == .pass }, "\(rows.map(\.because))")
    }
}
