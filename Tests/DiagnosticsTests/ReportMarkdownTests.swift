import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Figures
@testable import Reports

@Suite struct ReportMarkdownTests {
    private let folder = Fixtures.root.appending(path: "Tests/Fixtures/report")

    /// Set `N2N_RECORD` to write the snapshot anew, then read the difference before committing it.
    private func expect(_ text: String, isAs name: String) throws {
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["N2N_RECORD"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    private var demo: Results {
        let control = CheckResult(
            id: "control.swap.0.05", title: "Injected leak 0.05, swap", direction: .bToA, status: .pass,
            because: "Found.")
        var results = ReportCase.results(
            [
                (
                    "no_skip", false,
                    ReportCase.both { [ReportCase.closed($0), ReportCase.observed(0.0004, 0.001, $0)] }
                ),
                (
                    "use_target_skip", true,
                    ReportCase.both { direction in
                        ReportCase.open(direction, direction == .bToA ? 0.92 : 0.93, 0.005) + [
                            ReportCase.none("leakage.target.fresh", .notApplicable, "there is no repeat", direction),
                            ReportCase.row(
                                "residual.peaks", 2.8, nil, role: .quality, .pBelow(0.01), direction,
                                quantity: "prominence|height"),
                        ]
                    }
                ),
            ], controls: [control])
        results.expectation = .init(
            "leakage with `use_target_skip` and only there", leaking: ["use_target_skip"], in: results.subjects)
        return results
    }

    private var figures: [FigureRecord] {
        let plot = LinePlot(title: "", xLabel: "", yLabel: "", panels: [])
        return [
            FigureRecord(file: "figures/leakage dots.png", title: "Leakage", caption: "What leaks.", figure: plot),
            FigureRecord(file: "figures/b.png", title: "b→a", caption: "Spectra.", figure: plot),
            FigureRecord(file: "figures/a.png", title: "a→b", caption: "Spectra.", figure: plot),
            FigureRecord(
                file: "figures/images.png", title: "Images", caption: "Pictures.",
                figure: ImagePanels(title: "", groups: [], rows: [])),
        ]
    }

    @Test func wholeReportIsAsCommitted() throws {
        try expect(ReportCase.report(demo, figures: figures).text(), isAs: "report.md")
    }

    /// What a reader sees first, for every kind of answer.
    @Test func headsAreAsCommitted() throws {
        typealias C = ReportCase
        let cases: [(String, Results)] = [
            (
                "Fail, R3",
                C.results([("copies", true, C.both { C.open($0, $0 == .bToA ? 0.9 : 0.2, 0.01) })])
            ),
            (
                "Fail, R1 in memory alone",
                C.results([
                    (
                        "overfitted", false,
                        C.both {
                            [
                                C.closed($0), C.observed(-0.004, 0.002, $0),
                                C.row(
                                    "leakage.memorised", 0.44, 0.01, evidence: .memory, $0, regime: .r1,
                                    split: .training,
                                    quantity: "λ_target (training - held out)"),
                            ]
                        }
                    )
                ])
            ),
            (
                "Premise alone",
                C.results(
                    [
                        (
                            "recorded", false,
                            C.both {
                                [
                                    C.observed(0.2, 0.01, $0),
                                    C.row(
                                        "premise.independence", 0.3, 0.01, role: .premise, .within(0.02),
                                        evidence: .independence, $0, quantity: "ρ(n_a, n_b)"),
                                ]
                            }
                        )
                    ], noiseIsAdded: false)
            ),
            (
                "Open in the other direction alone",
                C.results([
                    (
                        "half", false,
                        C.both { [C.observed(0.001, $0 == .bToA ? 0.001 : 0.02, $0)] }
                    )
                ])
            ),
            (
                "All rows refused",
                C.results(
                    [
                        (
                            "outputs", false,
                            Direction.allCases.map {
                                C.none("leakage.target.observed", .notApplicable, "pair 0 has no clean reference", $0)
                            }
                        )
                    ], noiseIsAdded: false)
            ),
            (
                "Too few units",
                C.results([
                    (
                        "few", false,
                        Direction.allCases.map {
                            C.row(
                                "leakage.target.observed", 0.01, 0.01, evidence: .inPlace, $0,
                                quantity: "λ_target (observed)", units: 4)
                        }
                    )
                ])
            ),
            ("Pass, all", C.results([("no_skip", false, C.both { [C.closed($0), C.observed(0.0004, 0.001, $0)] })])),
            (
                "Pass, linear",
                C.results(
                    [("outputs", false, C.both { [C.observed($0 == .bToA ? 0.0004 : -0.002, 0.001, $0)] })],
                    noiseIsAdded: false)
            ),
            (
                "Contradicted declaration",
                C.results([("leaky", false, C.both { [C.observed(0.5, 0.01, $0)] })], noiseIsAdded: false)
            ),
        ]
        let heads = cases.map { name, results in
            let text = ReportCase.report(results).text()
            return "# \(name)\n\n" + text[..<(text.range(of: "\n## Data")?.lowerBound ?? text.endIndex)]
        }
        try expect(heads.joined(separator: "\n"), isAs: "heads.md")
    }

    @Test func theHeadIsShort() {
        let text = ReportCase.report(demo).text()
        let lines = text[..<(text.range(of: "\n## Data")?.lowerBound ?? text.endIndex)].split(separator: "\n")
        #expect(lines.count <= 10)
        #expect(lines[2].hasPrefix("**As expected: leakage with `use_target_skip` and only there.** Verdict: **fail**"))
        #expect(lines[3].hasPrefix("- **Leakage** in `use_target_skip`"))
    }

    @Test func whatWasNotExpectedIsSaid() {
        var results = demo
        results.expectation = .init("leakage nowhere", leaking: [], in: results.subjects)
        #expect(
            LeadText.headline(results) == "Not as expected: leakage found in 1 of 2 models. Expected: leakage nowhere.")
    }

    @Test func aFailedControlIsSaidFirst() {
        var results = demo
        let bad = CheckResult(id: "control.swap.0", title: "c", direction: .bToA, status: .fail, because: "Lost.")
        results.findings = Finding.merged([results.findings], controls: [bad])
        results.controls = [bad]
        results.verdict = .error
        results.expectation = nil
        let lines = LeadText.bullets(results).split(separator: "\n")
        #expect(
            lines[0].hasPrefix("- **Error.**")
                && lines.contains { $0.contains("0 of 1 passed. Do not trust this report.") })
        #expect(LeadText.headline(results).hasPrefix("No answer"))
    }

    @Test func everyTableIsRectangular() {
        var columns: Int?
        for line in ReportCase.report(demo, figures: figures).text().split(
            separator: "\n", omittingEmptySubsequences: false)
        {
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

    @Test func inapplicableRowsAreFoldedByReason() {
        let rows = ["a.b", "c.d", "a.b"].map {
            CheckResult(
                id: $0, title: "t", direction: nil, status: .notApplicable, because: "Not measured: no clean image.")
        }
        let subject = Subject(name: "s", strategy: nil, verdict: .pass, scope: .all, checks: rows, series: [:])
        #expect(CheckTable([subject], []).folded == ["- Not applicable, no clean image: `a.b`, `c.d`.\n"])
    }

    @Test func aComparisonOfTooFewImagesWasNotTested() {
        func row(_ arm: String, _ outcome: RunComparison.Outcome, _ difference: Double?, p: Double? = nil)
            -> RunComparison.Row
        {
            .init(
                arm: arm, rank: 1, estimate: 25, difference: difference,
                differenceInterval: p == nil ? nil : [-1, 2], adjustedPValue: p, outcome: outcome, because: ".")
        }
        let comparison = RunComparison(
            reference: "one", correction: .holm, arms: ["one", "two", "three"].map { .init(name: $0, subjects: [$0]) },
            quantities: [
                .init(
                    id: "quality.psnr", title: "PSNR (dB)", direction: .bToA, better: .higher, unit: .scene,
                    unitCount: 4,
                    imageCount: 4,
                    rows: [
                        row("one", .reference, nil), row("two", .undecided, 2.28),
                        row("three", .undecided, 0.5, p: 0.4),
                    ])
            ])
        let text = ComparisonText.section(comparison)
        #expect(text.contains("| 2.28, not tested: 4 images, 6 needed |"))
        #expect(text.contains("no significant difference (p = 0.40) |"))
        #expect(text.contains("| PSNR (dB); higher is better | one | 25.0 | the reference |"))
    }

    @Test func nothingMeasuredIsSaid() {
        var empty = ReportCase.report(demo)
        empty.rows = []
        empty.results.subjects = []
        let text = empty.text()
        #expect(!text.contains("## Verdict") && !text.contains("## Everything else"))
    }
}

@Suite struct ReportSummaryTests {
    private let rows = [
        VerdictRow(
            subject: "no_skip", strategy: "no_skip", direction: .bToA, regime: .r0, leakage: .init(0), psnr: 24.7,
            gain: 4.5, verdict: .pass, scope: .all),
        VerdictRow(
            subject: "use_target_skip", strategy: nil, direction: .aToB, regime: .r3, verdict: .inconclusive,
            scope: .linear),
    ]

    @Test func columnsAlign() {
        #expect(
            Summary.text(rows, color: false) == """
                model                 verdict       scope   λ_target  gain (dB)  λ_source  regime  X / V  loss / floor  PSNR (dB)  SSIM
                no_skip, b→a          pass          all     0         +4.50      –         R0      –      –             24.70      –
                use_target_skip, a→b  inconclusive  linear  –         –          –         R3      –      –             –          –

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
