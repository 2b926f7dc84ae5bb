import Foundation
import FoundationXML
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Figures
@testable import Reports
@testable import Tensors

/// What stands beside `report.md` for programs: `junit.xml`, the schema of `results.json`, figures' numbers.
@Suite struct ReportFilesTests {
    private func check(_ id: String, _ status: Status, _ because: String) -> CheckResult {
        CheckResult(id: id, title: "t", direction: .bToA, status: status, because: because)
    }

    private var results: Results {
        let measured = CheckResult(
            Measurement(
                check: "leakage.target.swap", title: "swap", role: .leakage, criterion: .within(0.01), direction: .aToB,
                regime: .r3, split: .heldout, value: .effect(Effect(0.375, "share")),
                interval95: ConfidenceInterval(lower: 0.25, upper: 0.5, confidence: 0.95), unit: .noise, unitCount: 64,
                imageCount: 4, standardError: .nan),
            Judgement(.fail, pValue: PValue(0.75), adjustedPValue: PValue(1), because: "λ < 1 & \"leaks\""))
        let series = Series(frequency: [0.1, 0.2], value: [.nan, 2], ci95: [[.nan, .nan], [1, 3]])
        let digest = String(repeating: "0f", count: 32)
        let row = RunComparison.Row(arm: "s", rank: 1, estimate: 1, outcome: .reference, because: "The reference: 1.")
        let image = Tensor([8, 9, 1], repeating: 0)
        let set = EvaluationSet(
            name: "n", pairs: [EvaluationPair(id: "p", split: .heldout, noisy: DomainPair { _ in image }, clean: nil)],
            dataRange: 1, noiseVariance: DomainPair { _ in 0.25 }, noisesAreIndependent: true)
        return Results(
            verdict: .error, scope: .linear,
            findings: [
                Finding(
                    kind: .leakage, subject: "s <1>", check: measured.id, direction: .aToB, split: .heldout,
                    regime: .r3,
                    estimate: 0.375, ci95: [0.25, 0.5], text: "It leaks", next: "Stop."),
                Finding(kind: .error, subject: nil, check: "", text: "x", next: ""),
            ],
            provenance: Provenance(
                version: "0", commit: "f00", command: "c", configSHA256: digest, checkpointSHA256: ["s": digest],
                dataSHA256: digest, seed: 1, threads: 2, libraries: ["fftw": "3"], finishedAt: "2026-11-23T08:00:00Z"),
            subjects: [
                Subject(
                    name: "s <1>", strategy: "no_skip", verdict: .premise, scope: .all,
                    checks: [
                        measured, check("a.pass", .pass, "fine"), check("a.warn", .warn, "look"),
                        check("a.open", .inconclusive, "9 more images\nneeded"),
                        check("a.none", .notApplicable, "no clean"),
                        check("a.error", .error, "bad \u{1} byte"), check("a.info", .info, "number"),
                    ], series: ["transfer.b->a": series], readsTarget: true)
            ], controls: [check("control.swap.0.01", .pass, "found")],
            comparison: RunComparison(
                reference: "s", correction: .holm,
                arms: [.init(name: "s", subjects: ["s <1>"]), .init(name: "t", subjects: ["t"])],
                quantities: [
                    .init(
                        id: "quality.psnr", title: "PSNR", direction: .bToA, better: .higher, unit: .scene,
                        unitCount: 4,
                        imageCount: 4, rows: [row, .init(arm: "t", outcome: .error, because: "Not measured.")])
                ]), data: DataSummary(set, margin: 0.01), expectation: .init("it leaks", leaking: ["s <1>"], in: []))
    }

    /// An XML parser reads it, and what each status became.
    @Test func junit() throws {
        let root = try #require(try XMLDocument(data: Data(JUnitReport(results).text.utf8)).rootElement())
        func text(_ element: XMLElement, _ name: String) -> String? { element.attribute(forName: name)?.stringValue }
        #expect(root.name == "testsuites" && text(root, "tests") == "8")
        #expect(text(root, "failures") == "1" && text(root, "errors") == "1" && text(root, "skipped") == "2")
        let suites = root.elements(forName: "testsuite")
        #expect(suites.map { text($0, "name") } == ["s <1>", "controls"])
        let cases = suites[0].elements(forName: "testcase")
        #expect(text(cases[0], "name") == "leakage.target.swap a->b" && text(cases[0], "classname") == "s <1>")
        let inside = cases.map { $0.children?.compactMap { $0 as? XMLElement }.first }
        #expect(inside.map { $0?.name } == ["failure", nil, "system-out", "skipped", "skipped", "error", nil])
        #expect(inside[0].flatMap { text($0, "message") } == "λ < 1 & \"leaks\"")
        #expect(inside[3].flatMap { text($0, "message") } == "inconclusive: 9 more images\nneeded")
        #expect(inside[5].flatMap { text($0, "message") } == "bad \u{FFFD} byte")
    }

    /// Every key that can be written, with and without its value.
    @Test(.enabled(if: Schema.canValidate, "Python (N2N_PYTHON or python3 on PATH) has no jsonschema"))
    func resultsAreWhatTheSchemaSays() throws {
        #expect(try Schema.complaints(results.json()) == "")
        let bare = Results(
            verdict: .pass, scope: .none, findings: [],
            provenance: Provenance(version: "0", commit: nil, command: "c", seed: 1), subjects: [])
        #expect(try Schema.complaints(bare.json()) == "")
    }

    @Test(.enabled(if: Schema.canValidate, "Python (N2N_PYTHON or python3 on PATH) has no jsonschema"))
    func theSchemaRefuses() throws {
        let text = String(decoding: try results.json(), as: UTF8.self)
        for (right, wrong, place) in [
            ("\"status\" : \"warn\"", "\"status\" : \"maybe\"", "subjects/0/checks/2/status"),
            ("results/2", "results/1", "schema"), ("\"p_value\" : 0.75", "\"p_value\" : 1.75", "p_value"),
            ("\"id\" : \"a.pass\"", "\"name\" : \"a.pass\"", "subjects/0/checks/1"),
            ("\"seed\" : 1", "\"seed\" : \"1\"", "provenance/seed"),
            ("\"kind\" : \"within\"", "\"kind\" : \"around\"", "criterion/kind"),
            ("\"scope\" : \"linear\"", "\"scope\" : \"some\"", "scope"),
        ] {
            #expect(text.contains(right))
            #expect(try Schema.complaints(Data(text.replacing(right, with: wrong).utf8)).contains(place), "\(wrong)")
        }
    }

    @Test func numbersOfLines() {
        let style = SeriesStyle(color: .black)
        let plot = LinePlot(
            title: "", xLabel: "", yLabel: "",
            panels: [
                .init(
                    title: "a, b",
                    curves: [
                        .init(label: "\"c\"", x: [0.1, 2], y: [.nan, 3], band: [[1, 2], [2.5, 3.5]], style: style),
                        .init(label: "d", x: [1], y: [-1e-9], style: style),
                    ], references: [.init(value: 0.3, label: "floor"), .init(value: 0, label: "")])
            ])
        #expect(
            plot.numbers == """
                panel,curve,x,y,lower,upper
                "a, b","\"\"c\"\"",0.1,,1.0,2.0
                "a, b","\"\"c\"\"",2.0,3.0,2.5,3.5
                "a, b",d,1.0,-1e-09,,
                "a, b",floor,,0.3,,

                """)
    }

    @Test func numbersOfDotsAndImages() {
        let dots = DotPlot(
            title: "", xLabel: "", series: [("x", SeriesStyle(color: .black)), ("y", SeriesStyle(color: .black))],
            rows: [
                .init(label: "r", dots: [.init(value: 1, interval: [0, 2]), nil]),
                .init(label: "s", dots: [nil, .init(value: 3)]),
            ])
        #expect(dots.numbers == "row,series,value,lower,upper\nr,x,1.0,0.0,2.0\ns,y,3.0,,\n")
        let clean = Tensor([1, 2, 1], [0.12345, 1])
        let panels = ImagePanels(
            title: "", groups: [.init(titles: ["clean", "output"], quantity: "")],
            rows: [
                .init(title: "p", panels: [.init(clean), .init(Tensor([1, 1, 1], [-.infinity]))]),
                .init(title: "q", panels: [.init(clean), .init(Tensor([1, 2, 3], [1, 2, 3, 4, 5, 6]))]),
            ])
        #expect(
            panels.numbers == """
                y,x,p: clean,p: output,q: output red,q: output green,q: output blue
                0,0,0.123,,1,2,3
                0,1,1,,4,5,6

                """)
    }

    /// Each format beside the other under one name.
    @Test func formats() throws {
        let folder = try TemporaryDirectory()
        let plot = LinePlot(title: "t", xLabel: "x", yLabel: "y", panels: [.init(curves: [])])
        try plot.write(to: folder.url.appending(path: "plot.png"), as: [.png, .svg, .pdf])
        let starts = ["png": "\u{89}PNG", "svg": "<?xml", "pdf": "%PDF", "csv": "panel"]
        for (ending, start) in starts {
            let data = try Data(contentsOf: folder.url.appending(path: "plot.\(ending)"))
            #expect(
                data.dropFirst(ending == "png" ? 1 : 0).starts(with: Data(start.utf8).suffix(ending == "png" ? 3 : 5)))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 4)
    }

    /// A line for each pixel only where that is asked for; the results last.
    @Test func oneWriterForAllReports() throws {
        let folder = try TemporaryDirectory()
        let record = FigureRecord(
            file: "figures/one.png", title: "t", caption: "c",
            figure: ImagePanels(
                title: "", groups: [.init(titles: ["x"], quantity: "")],
                rows: [.init(title: "", panels: [.init(Tensor([2, 2], repeating: 1))])]))
        for (options, files) in [
            (ReportDirectory.Options(), ["one.png"]),
            (.init(formats: [.svg], pixels: true), ["one.csv", "one.png", "one.svg"]),
        ] {
            try ReportDirectory(folder.url.path).write(results, text: "text\n", figures: [record], options)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
            #expect(names == ["figures", "junit.xml", "report.md", "results.json"])
            let figures = folder.url.appending(path: "figures").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: figures).sorted() == files)
        }
    }
}

/// scripts/validate-results.py with the Python of `N2N_PYTHON`, or else `python3` on the path.
private enum Schema {
    static let canValidate = (try? run(["-c", "import jsonschema"]))?.status == 0

    /// What the schema finds wrong with a `results.json`; nothing if it is valid.
    static func complaints(_ results: Data) throws -> String {
        let folder = try TemporaryDirectory()
        let file = folder.url.appending(path: "results.json")
        try results.write(to: file)
        let outcome = try run([Fixtures.root.appending(path: "scripts/validate-results.py").path, file.path])
        #expect((outcome.status == 0) == outcome.output.isEmpty)
        return outcome.output
    }

    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [ProcessInfo.processInfo.environment["N2N_PYTHON"] ?? "python3"] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
