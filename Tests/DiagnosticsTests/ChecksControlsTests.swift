import Engine
import Foundation
import Testing

@testable import Diagnostics

@Suite struct ChecksControlsTests {
    private static func provenance() -> Provenance { Provenance(version: "0", commit: nil, command: "test", seed: 1) }

    /// Every leak is recovered, whatever the noise: white, shared between the domains, cut off.
    @Test(arguments: [0, 0.7, 1], [false, true])
    func leaksAreRecovered(correlation: Double, isClipped: Bool) throws {
        let sensor: @Sendable (Double) -> Double = { isClipped ? max($0, -0.3) : $0 }
        let evaluation = Scenes(imageCount: 6, correlation: correlation, sensor: sensor).evaluation
        let rows = try Controls(seed: 1).run(on: evaluation)
        #expect(rows.count == 2 * (2 * Controls.injected.count + 1))
        for row in rows { #expect(row.status == .pass && row.estimate != nil, "\(row.id): \(row.because)") }
        #expect(Set(rows.map { "\($0.id) \($0.direction?.rawValue ?? "")" }).count == rows.count)
        let none = try #require(rows.first { $0.id == "control.none" })
        #expect(none.regime == .r0 && none.threshold == 0.01)
        #expect(rows.first { $0.id == "control.observed.0.2" }?.regime == .r3)
    }

    /// A leak that is there as injected is recovered 999 times in 1000; one that is 10 % larger is not.
    @Test func recovered() {
        func judge(_ value: Double, units: Int = 100) -> Status {
            Recovered(truth: 0.2).judge(
                Measurement(
                    check: "c", title: "", direction: .bToA, regime: .r3, split: .heldout,
                    value: .effect(Effect(value, "λ")),
                    interval95: units < 6 ? nil : ConfidenceInterval(lower: 0, upper: 1, confidence: 0.95),
                    unitCount: units, imageCount: 1, minimumDetectableEffect: 2.8 * 0.001)
            ).status
        }
        // t of 99 degrees of freedom at 0.9995: 3.39.
        #expect(judge(0.2033) == .pass && judge(0.2035) == .fail && judge(0.1967) == .pass && judge(0.1965) == .fail)
        #expect(judge(0.2, units: 5) == .inconclusive)
        // Six units: 6.87.
        #expect(judge(0.2068, units: 6) == .pass && judge(0.2070, units: 6) == .fail)
    }

    /// How often a control fails by chance: a run has two independent ones, each at one in a thousand, with a dozen units and with fifty.
    @Test(arguments: [(2, 96), (3, 160)])
    func falseAlarms(imageCount: Int, side: Int) throws {
        let trials = 150
        let failed = try Parallel.map(trials) { trial in
            var scenes = Scenes(imageCount: imageCount, height: side, width: side + 32)
            scenes.seed = UInt64(trial)
            let rows = try Controls(seed: UInt64(1000 + trial)).run(on: scenes.evaluation)
            return rows.contains { $0.status == .fail }
        }.count { $0 }
        #expect(failed <= binomialBand(trials, rate: 0.002).upperBound, "\(failed) of \(trials)")
    }

    @Test func aFailedControlIsAnErrorAndAnOpenOneIsNoPass() throws {
        func row(_ status: Status) -> CheckResult {
            CheckResult(id: "control.none", title: "", direction: .aToB, status: status, because: "Reason.")
        }
        func verdict(_ check: Status, _ controls: [Status]) -> Results.Verdict {
            Results.Verdict(
                [Subject(name: "s", strategy: nil, checks: [row(check)], series: [:])], controls: controls.map(row))
        }
        for check in [Status.pass, .fail, .inconclusive, .error] {
            #expect(verdict(check, [.pass, .fail]) == .error && verdict(check, [.error]) == .error)
            #expect(verdict(check, [.pass, .notApplicable]) == verdict(check, []))
        }
        #expect(verdict(.pass, [.pass]) == .pass && verdict(.pass, [.inconclusive]) == .inconclusive)
        #expect(verdict(.fail, [.inconclusive]) == .fail)
    }

    @Test func theReportSaysSoAtTheTop() throws {
        func text(_ status: Status) -> String {
            let control = CheckResult(
                id: "control.swap.0.05", title: "Injected leak 0.05, swap", direction: .aToB, status: status,
                because: "λ 0.9, not within 0.1 of the injected 0.05.")
            let results = Results(
                verdict: .error, provenance: Self.provenance(), subjects: [], controls: [control])
            return MarkdownReport(title: "T", results: results, rows: [], figures: []).text()
        }
        let failed = text(.fail), top = failed.split(separator: "\n").prefix(3).last ?? ""
        #expect(top.hasPrefix("- **Controls failed, do not trust this report:** 1 of 1"), "\(top)")
        #expect(top.contains("`control.swap.0.05` a→b: λ 0.9") && failed.contains("## Controls"))
        #expect(text(.inconclusive).contains("- **Controls undecided:** 1 of 1"))
        #expect(!text(.pass).contains("Controls undecided") && text(.pass).contains("## Controls"))
        let without = Results(verdict: .pass, provenance: Self.provenance(), subjects: [])
        #expect(!MarkdownReport(title: "T", results: without, rows: [], figures: []).text().contains("Controls"))
        #expect(!String(decoding: try without.json(), as: UTF8.self).contains("controls"))
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
        #expect(throws: Undetermined.self) { try Controls(seed: 1).run(on: training) }
        var once = Scenes().evaluation
        once.redraw = nil
        let rows = try Controls(seed: 1).run(on: once)
        #expect(rows.filter { $0.id.hasPrefix("control.swap") }.allSatisfy { $0.status == .notApplicable })
        #expect(rows.filter { $0.id.hasPrefix("control.observed") }.allSatisfy { $0.status == .pass })
    }
}
