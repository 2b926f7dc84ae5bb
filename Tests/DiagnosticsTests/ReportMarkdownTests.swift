import Engine
import Foundation
import TestSupport
import Testing

@testable import Diagnostics

@Suite struct ReportMarkdownTests {
    private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/report")

    private func check(
        _ id: String, _ title: String, _ regime: Regime, _ value: Double, _ half: Double?, _ judgement: Judgement
    ) -> CheckResult {
        CheckResult(
            Measurement(
                check: id, title: title, direction: .bToA, regime: regime, split: .heldout,
                value: .effect(Effect(value, "share of the target noise")),
                interval95: half.map { ConfidenceInterval(lower: value - $0, upper: value + $0, confidence: 0.95) },
                unit: .noise, unitCount: 64, imageCount: 4, minimumDetectableEffect: half.map { $0 * 1.4 },
                pValue: half.map { _ in PValue(0.25) }), judgement)
    }

    private var report: MarkdownReport {
        let honest = Subject(
            name: "no_skip", strategy: "no_skip",
            checks: [
                check(
                    "leakage.target.swap", "Leakage by swap", .r0, 0.0004, 0.0021,
                    Judgement(.pass, threshold: 0.01, because: "The 90 % interval lies inside ±0.01.")),
                CheckResult(
                    id: "leakage.target.fresh", title: "Leakage by a fresh capture", direction: .bToA,
                    status: .notApplicable, because: "There is no repeat of domain a."),
                check(
                    "structure.target_path", "Path from the target", .r0, 0, nil,
                    Judgement(.pass, because: "max |∂f/∂x_a| is exactly 0.")),
            ], series: [:])
        let leaky = Subject(
            name: "use_target_skip", strategy: "use_target_skip",
            checks: [
                check(
                    "leakage.agreement", "The three routes agree", .r3, 0.002, 0.01,
                    Judgement(.pass, because: "They do.")),
                check(
                    "leakage.target.swap", "Leakage by swap", .r3, 0.921, 0.011,
                    Judgement(.fail, threshold: 0.01, because: "The 95 % interval excludes 0 | and |λ| > 0.01.")),
            ], series: [:])
        let provenance = Provenance(
            version: "0.1.0", commit: "f71d679", command: "n2n-analyze demo --out reports/demo",
            checkpointSHA256: ["no_skip": "00ff"], seed: 7, libraries: ["cairo": "1.16.0"])
        let rows = [
            VerdictRow(
                subject: "no_skip", strategy: "no_skip", direction: .bToA, regime: .r0,
                leakage: .init(0.0004, ConfidenceInterval(lower: -0.0017, upper: 0.0025, confidence: 0.95)),
                passThrough: .init(0.31), crossTerm: .init(1.5e-5), lossOverFloor: .init(1.19), psnr: 24.71,
                ssim: 0.7012,
                gain: 4.52, status: .pass),
            VerdictRow(
                subject: "use_target_skip", strategy: "use_target_skip", direction: .bToA, regime: .r3,
                leakage: .init(0.921, ConfidenceInterval(lower: 0.91, upper: 0.932, confidence: 0.95)),
                lossOverFloor: .init(0.17, ConfidenceInterval(lower: 0.16, upper: 0.18, confidence: 0.95)), psnr: 20.3,
                gain: -0.104, status: .fail),
        ]
        return MarkdownReport(
            title: "Demo on photographs",
            results: Results(verdict: .fail, provenance: provenance, subjects: [honest, leaky]), rows: rows,
            figures: [.leakageDots(path: "figures/leakage dots.png")])
    }

    /// Set `N2N_RECORD` to write the snapshot anew, then read the difference before committing it.
    @Test func wholeReportIsAsCommitted() throws {
        let file = folder.appending(path: "report.md")
        if ProcessInfo.processInfo.environment["N2N_RECORD"] != nil {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try report.text().write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == report.text())
    }

    @Test func firstTenLinesAnswer() {
        let head = report.text().split(separator: "\n", omittingEmptySubsequences: false).prefix(10).joined(
            separator: "\n")
        #expect(head.contains("**Leakage in** `use_target_skip` b→a (λ_target = 0.921 [0.910, 0.932]; three"))
        #expect(
            head.contains("**Leakage found in 1 of 2 models.**")
                && head.contains("target image is an input of the path (R3)"))
        #expect(head.contains("**No leakage in** `no_skip` b→a (λ_target = 0.0004 [-0.0017, 0.0025])"))
        #expect(head.contains("Reproduce: `n2n-analyze demo --out reports/demo`"))
    }

    @Test func checksComeWorstFirst() throws {
        let text = report.text()
        let fail = try #require(text.range(of: "| fail | Leakage by swap"))
        let agreement = try #require(text.range(of: "| pass | The three routes agree"))
        #expect(fail.lowerBound < agreement.lowerBound)
        let pass = try #require(text.range(of: "| pass | Leakage by swap"))
        let none = try #require(text.range(of: "| not-applicable | Leakage by a fresh capture"))
        #expect(pass.lowerBound < none.lowerBound)
    }

    @Test func everyTableIsRectangular() {
        var columns: Int?
        for line in report.text().split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                columns = nil
                continue
            }
            let bars = line.replacing("\\|", with: "").count { $0 == "|" }
            #expect(bars == columns ?? bars, "\(line)")
            columns = bars
        }
    }

    @Test func cellsAreEscaped() {
        #expect(MarkdownTable.escaped("|T(ν)| < 1\nnext") == "\\|T(ν)\\| &lt; 1 next")
        #expect(MarkdownTable(titles: ["a", "b"], rows: [["1", "2"]]).text == "| a | b |\n| --- | --- |\n| 1 | 2 |\n")
    }

    @Test(arguments: Status.allCases) func everyOutcomeHasItsSentence(status: Status) {
        let sentences = Regime.allCases.map { regime in
            VerdictText.meaning(
                VerdictRow(subject: "s", strategy: nil, direction: .aToB, regime: regime, status: status))
        }
        #expect(sentences.allSatisfy { $0.count > 30 && !$0.hasSuffix(".") })
        if status == .fail { #expect(Set(sentences).count == Regime.allCases.count) }
    }

    @Test func aLossBelowTheFloorIsSaidOnlyWhenItsIntervalIsBelow() {
        var row = VerdictRow(subject: "s", strategy: nil, direction: .bToA, regime: .r3, status: .fail)
        row.lossOverFloor = .init(0.97, ConfidenceInterval(lower: 0.93, upper: 1.01, confidence: 0.95))
        #expect(!VerdictText.meaning(row).contains("noise floor"))
        row.lossOverFloor = .init(0.17, ConfidenceInterval(lower: 0.16, upper: 0.18, confidence: 0.95))
        #expect(VerdictText.meaning(row).contains("0.170 [0.160, 0.180] of the noise floor"))
    }

    /// Where it leaks: the skip with the largest share, and frequencies that chance does not pick.
    @Test func placesAreNamed() {
        var results = report.results
        results.subjects[1].checks += [(0, 0.9), (1, 0.02)].map { level, share in
            check("attribution.skips.noise.level\(level)", "φ", .r3, share, 0.01, Judgement(.pass, because: "."))
        }
        results.subjects[1].series[SeriesName.transfer(.bToA)] = Series(
            frequency: [0.01, 0.1, 0.2, 0.3, 0.4], value: [1.4, 0.9, 0.97, 0.5, .nan],
            ci95: [[0.2, 2], [0.8, 1], [0.95, 0.99], [0.45, 0.55], [.nan, .nan]])
        let text = LeadText.answer(report.rows, results)
        #expect(text.contains("of that φ = 0.900 through the skip of level 0"))
        #expect(text.contains("from |T| = 0.50 at 0.30 cycles/pixel to |T| = 0.97 at 0.20 cycles/pixel"))
        #expect(!text.contains("would have been found"))
        results.subjects[0].checks.append(
            check("leakage.target.observed", "λ", .r0, 0, 0.01, Judgement(.pass, because: ".")))
        #expect(LeadText.answer(report.rows, results).contains("A leak of 1.4 % of the noise would have been found"))
    }

    /// A failed premise is no leakage, and is not called so.
    @Test func failuresOfOtherKindsAreNotLeakage() {
        var results = report.results
        results.subjects[1].checks = [
            check(
                "decomposition.zero_mean", "Zero mean", .r0, 0.3, 0.1, Judgement(.fail, because: "The mean is 0.3."))
        ]
        let text = LeadText.answer(report.rows, results)
        #expect(text.contains("No leakage shown, but another check fails") && !text.contains("**Leakage in"))
        #expect(text.contains("`decomposition.zero_mean`: The mean is 0.3"))
        #expect(
            LeadText.headline(report.rows, results) == "No leakage found, but what the tests rest on does not hold.")
    }

    /// Which checks warn, each once whatever its directions.
    @Test func warningsAreNamed() {
        var results = report.results
        results.subjects[0].checks += ["residual.peaks", "noise.whiteness", "residual.peaks"].map {
            check($0, "x", .r0, 0.3, 0.1, Judgement(.warn, because: "."))
        }
        var row = report.rows[0]
        row.status = .warn
        #expect(LeadText.answer([row], results).contains("; see `residual.peaks`, `noise.whiteness`)"))
    }

    @Test func controlsSayHowSure() {
        let good = check("control.swap.0", "c", .r0, 0, 0.1, Judgement(.pass, because: "Found."))
        let bad = check("control.swap.0.05", "c", .r3, 0, 0.1, Judgement(.fail, because: "Lost."))
        #expect(LeadText.controls([good, good]).text.hasPrefix("- **How sure:** all 2 controls passed"))
        #expect(LeadText.controls([good, bad]).isBad && LeadText.controls([good, bad]).text.contains("do not trust"))
        var broken = report
        broken.results.controls = [good, bad]
        let lines = broken.text().split(separator: "\n")
        #expect(lines[2].hasPrefix("- **Controls failed"))
    }

    /// One list: that of THEORY.md is in it, every entry is used, and marks are unique.
    @Test func citations() throws {
        #expect(Glossary.references == Citation.all && Set(Citation.all.map(\.mark)).count == Citation.all.count)
        #expect(Citation.bootstrap.mark == "Efron 1987" && Citation.noise2Self.mark == "Batson and Royer 2019")
        #expect(Citation.similarity.mark == "Wang et al. 2004")
        let theory = try String(contentsOf: Fixtures.root.appending(path: "docs/THEORY.md"), encoding: .utf8)
        for citation in Citation.all where theory.contains("- \(citation.authors.joined(separator: ", ")). *") {
            #expect(theory.contains("*\(citation.title).*"), "\(citation.mark)")
        }
        let text = report.text()
        for citation in Citation.all { #expect(text.contains("- \(citation.text)\n")) }
    }

    @Test func nothingMeasuredIsSaid() {
        var empty = report
        empty.rows = []
        empty.figures = []
        empty.results.subjects = []
        let text = empty.text()
        #expect(text.contains("**Nothing was measured.**") && !text.contains("## Figures"))
    }
}

@Suite struct ReportSummaryTests {
    private let rows = [
        VerdictRow(
            subject: "no_skip", strategy: "no_skip", direction: .bToA, regime: .r0, leakage: .init(0), psnr: 24.7,
            gain: 4.5, status: .pass),
        VerdictRow(subject: "use_target_skip", strategy: nil, direction: .aToB, regime: .r3, status: .inconclusive),
    ]

    @Test func columnsAlign() {
        #expect(
            Summary.text(rows, color: false) == """
                subject               status        λ_target  regime  λ_source  X / V  loss / floor  PSNR (dB)  gain (dB)  SSIM
                no_skip, b→a          pass          0         R0      –         –      –             24.70      +4.50      –
                use_target_skip, a→b  inconclusive  –         R3      –         –      –             –          –          –

                """)
    }

    @Test func colourOnlyWhereWanted() {
        #expect(Summary.text(rows, color: true).contains("\u{1B}[32mno_skip"))
        #expect(Summary.usesColor(environment: ["TERM": "xterm"], isTerminal: true))
        #expect(Summary.usesColor(environment: ["NO_COLOR": ""], isTerminal: true))
        #expect(!Summary.usesColor(environment: ["NO_COLOR": "1"], isTerminal: true))
        #expect(!Summary.usesColor(environment: [:], isTerminal: false))
        #expect(!Summary.usesColor(environment: ["TERM": "dumb"], isTerminal: true))
    }
}
