import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats
@testable import Tensors

@Suite(.serialized) struct LeakTestCommandTests {
    let bench: Workbench
    let folder: TemporaryDirectory

    init() throws {
        bench = try Workbench.shared.get()
        folder = try TemporaryDirectory()
    }

    private func file(_ name: String) -> URL { folder.url.appending(path: name) }

    private func results(_ report: String) throws -> Results {
        try JSONDecoder().decode(Results.self, from: Data(contentsOf: file("\(report)/results.json")))
    }

    /// What a report holds: text, numbers, and every figure that the text shows, each a whole PNG.
    private func expectWhole(_ report: String) throws {
        let text = try String(contentsOf: file("\(report)/report.md"), encoding: .utf8)
        let figures = text.matches(of: /\]\((figures\/[^)]*)\)/).map { String($0.1) }
        #expect(figures.count > 8)
        for numbers in figures where numbers.hasSuffix(".csv") {
            #expect(figures.contains(numbers.replacing(".csv", with: ".png")))
            #expect(try Data(contentsOf: file("\(report)/\(numbers)")).split(separator: 10).count > 1, "\(numbers)")
        }
        for figure in figures where figure.hasSuffix(".png") {
            #expect(try PNGFile.read(file("\(report)/\(figure)")).tensor.shape[0] > 100, "\(figure)")
        }
        let present = try FileManager.default.contentsOfDirectory(atPath: file("\(report)/figures").path)
        #expect(Set(figures) == Set(present.map { "figures/\($0)" }))
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: file(report).path)) == [
                "report.md", "results.json", "junit.xml", "figures",
            ])
    }

    /// A network that sees the target fails, one that does not passes, one with too few images is undecided.
    @Test func exitCodesAreVerdicts() throws {
        let leaking = try Program.run(["leak-test", bench.targetSkip, "--out", file("fail").path])
        #expect(leaking.status == 1 && leaking.output.contains("fail"), "\(leaking.errors)")
        #expect(try results("fail").verdict == .fail)
        let path = try #require(try results("fail").subjects[0].checks.first { $0.id == "structure.target_path" })
        #expect(path.status == .info && (path.estimate ?? 0) > 0 && path.regime == .r3)
        let decisive = try #require(try results("fail").findings.first)
        #expect(decisive.kind == .leakage && decisive.regime == .r3, "\(decisive.text)")

        let quiet = try Program.run(["leak-test", bench.noSkip, "--out", file("pass").path])
        let passed = try results("pass")
        #expect(quiet.status == 0 && passed.verdict == .pass && passed.scope == .all, "\(passed.findings.map(\.text))")
        #expect(passed.subjects[0].checks.first { $0.id == "structure.target_path" }?.estimate == 0)

        try FileManager.default.createDirectory(at: file("few"), withIntermediateDirectories: true)
        try PNGFile.write(Image(Workbench.picture(9, height: 40, width: 40)), to: file("few/one.png"))
        let data = ["--data", file("few").path, "--out", file("open").path]
        let few = try Program.run(["leak-test", bench.targetSkip] + data)
        #expect(few.status == 3 && few.errors.contains("verdict inconclusive"), "\(few.errors)")
        #expect(try results("open").verdict == .inconclusive && results("open").scope == .none)
        // Where no path leads from the target to the output, one image is enough.
        let exact = try Program.run(["leak-test", bench.noSkip] + data)
        #expect(exact.status == 0, "\(exact.errors)")
        for report in ["fail", "pass"] { try expectWhole(report) }
    }

    /// Standard output holds the results and nothing else, and they are those of the file.
    @Test func json() throws {
        let outcome = try Program.run(["leak-test", bench.targetSkip, "--json", "--out", file("report").path])
        #expect(outcome.status == 1)
        #expect(try Data(outcome.output.utf8) == Data(contentsOf: file("report/results.json")))
        let results = try JSONDecoder().decode(Results.self, from: Data(outcome.output.utf8))
        #expect(results.schema == "n2n-analyze/results/2" && results.subjects.map(\.strategy) == ["use_target_skip"])
    }

    /// Neither the number of threads nor the time of day is in the numbers; the command is written down as it was given.
    @Test func theSameBytesForEveryThreadCount() throws {
        for threads in ["1", "2"] {
            let outcome = try Program.run([
                "leak-test", bench.targetSkip, "--threads", threads, "--out", file(threads).path,
            ])
            #expect(outcome.status == 1)
        }
        let texts = try ["1", "2"].map {
            try String(contentsOf: file("\($0)/results.json"), encoding: .utf8).replacing(/"command" : .*\n/, with: "")
        }
        #expect(texts[0] == texts[1])
        for figure in try FileManager.default.contentsOfDirectory(atPath: file("1/figures").path) {
            #expect(try Data(contentsOf: file("1/figures/\(figure)")) == Data(contentsOf: file("2/figures/\(figure)")))
        }
    }

    /// Leaks of known size were recovered on the way, and stand in the results beside the models.
    @Test func controlsInEveryRun() throws {
        let outcome = try Program.run(["leak-test", bench.noSkip, "--out", file("report").path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let controls = try #require(try results("report").controls)
        #expect(controls.count == 18 && controls.allSatisfy { $0.status == .pass }, "\(controls.map(\.because))")
        let text = try String(contentsOf: file("report/report.md"), encoding: .utf8)
        #expect(text.contains("**Controls.** All 18 passed"))
    }

    /// Which skip leaks is asked of a network that reads its target, and of no other.
    @Test func skipsOfTheTarget() throws {
        #expect(try Program.run(["compare", bench.noSkip, bench.targetSkip, "--out", file("both").path]).status == 1)
        let subjects = try results("both").subjects
        func rows(_ subject: Subject) -> [CheckResult] { subject.checks.filter { $0.id.hasPrefix("attribution.") } }
        #expect(rows(subjects[0]).allSatisfy { $0.status == .notApplicable })
        // One level: all of it under every stand-in, with the sum and the total, in two directions.
        #expect(rows(subjects[1]).count == 2 * (3 + 2))
        let swap = try #require(subjects[1].checks.first { $0.id == "leakage.target.swap" }?.estimate)
        let level = try #require(rows(subjects[1]).first { $0.id == "attribution.skips.zeros.level0" }?.estimate)
        #expect(abs(swap - level) < 1e-12)
        let text = try String(contentsOf: file("both/report.md"), encoding: .utf8)
        #expect(text.contains("figures/skips.png"))
    }

    /// A run that kept its epochs is followed through them; one that did not is refused before anything is tested.
    @Test func history() throws {
        let run = file("kept").path
        let trained = try Program.run([
            "train", "--config", bench.configuration, "--run-dir", run, "--set", "logging.checkpoint_interval=2",
            "--quiet",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        let outcome = try Program.run(["leak-test", run, "--history", "--out", file("report").path])
        #expect([0, 3].contains(outcome.status), "\(outcome.errors)")
        let subject = try results("report").subjects[0]
        #expect(subject.checks.filter { $0.id == "history.memorisation" }.count == 2)
        for name in ["lambda.training", "lambda.heldout", "lambda.source", "memorised", "loss", "risk", "floor"] {
            #expect(subject.series["history.\(name).b->a"]?.frequency == [2, 4], "\(name)")
        }
        try expectWhole("report")
        let text = try String(contentsOf: file("report/report.md"), encoding: .utf8)
        #expect(text.contains("figures/history.png") && text.contains("figures/history-risk.png"))

        try Data("no checkpoint".utf8).write(to: file("kept/checkpoints/epoch-0003.safetensors"))
        let damaged = try Program.run(["leak-test", run, "--history", "--out", file("damaged").path])
        #expect(damaged.status == 65 && damaged.errors.contains("epoch-0003.safetensors"), "\(damaged.errors)")

        let without = try Program.run(["leak-test", bench.noSkip, "--history", "--out", file("none").path])
        #expect(without.status == 65 && without.errors.contains("holds no checkpoints/epoch-NNNN.safetensors"))
        #expect(!FileManager.default.fileExists(atPath: file("none").path))
    }

    /// Complex images have two channels, of which the report draws the magnitude.
    @Test func complexImages() throws {
        let configuration = """
            {
                "seed": 3,
                "data": { "source": "phantom", "subjects": 3, "slices": 1, "size": 64, "representation": "complex",
                          "held_out_fraction": 0.34, "normalisation": "median_magnitude" },
                "noise": { "type": "gaussian", "sigma_a": 0.1, "sigma_b": 0.1, "realisation": "stored" },
                "features": [4], "latent_channels": 4, "cross_domain_strategy": "mixed_skip",
                "batch_size": 2, "crop_size": 32, "epochs": 1, "logging": { "image_interval": 0, "tensorboard": false },
            }
            """
        try Data(configuration.utf8).write(to: file("complex.json"))
        let trained = try Program.run([
            "train", "--config", file("complex.json").path, "--run-dir", file("run").path, "--quiet",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        // One held-out image of four tiles: too few for an interval.
        let outcome = try Program.run(["leak-test", file("run").path, "--out", file("report").path])
        #expect(outcome.status == 3, "\(outcome.errors)")
        try expectWhole("report")
    }

    /// Two models side by side on the same pairs; the same weights under a strategy that they were not trained with.
    @Test func compareAndStrategy() throws {
        let compared = try Program.run(["compare", bench.noSkip, bench.targetSkip, "--out", file("both").path])
        #expect(compared.status == 1)
        #expect(try results("both").subjects.map(\.name) == ["no_skip", "use_target_skip"])
        try expectWhole("both")
        let other = try Program.run([
            "leak-test", bench.noSkip, "--strategy", "use_target_skip", "--out", file("other").path,
        ])
        #expect(other.status == 1)
        #expect(try results("other").subjects.map(\.strategy) == ["no_skip", "use_target_skip"])
    }

    /// One configuration, but a guard that raised the content weight of one run: the report says so before it compares, and each
    /// model's losses stand in the results.
    @Test func compareNamesWeightsThatMoved() throws {
        let moved = try Program.run([
            "train", "--config", bench.configuration, "--run-dir", file("moved").path, "--quiet", "--set",
            "anti_collapse={\"response\": \"act\", \"variance_threshold\": 10, \"patience\": 1, \"adjustment_factor\": 2}",
        ])
        #expect(moved.status == 0, "\(moved.errors)")
        _ = try Program.run(["compare", bench.noSkip, file("moved").path, "--out", file("both").path])
        let found = try results("both")
        let trainings = found.subjects.map(\.training)
        #expect(trainings[0]?.configuredWeights == nil && trainings[0]?.lossWeights.content == 0.1)
        #expect(trainings[1]?.configuredWeights?.content == 0.1 && trainings[1]?.lossWeights.content == 0.8)
        #expect(trainings.allSatisfy { ($0?.latentLife ?? -1) >= 0 && $0?.contentLoss == .absolute })
        let report = try String(contentsOf: file("both/report.md"), encoding: .utf8)
        #expect(
            report.contains(
                "## Comparison\n\nThese models were not trained with the same losses: `no_skip` with content 0.1"))
        #expect(report.contains("- **Training.** Weights of the losses `no_skip`: content 0.1 (absolute)"))
        #expect(
            report.contains(
                "content 0.8 (absolute), recon 0.025, cross 1, edge 0, moved by the collapse guard from content 0.1"))
        let inspected = try Program.run(["inspect", file("moved").path])
        #expect(inspected.output.contains("latent        share that differs between images"), "\(inspected.output)")
        #expect(inspected.output.contains("b->a  with another image's latent"), "\(inspected.output)")
    }

    /// A model that gives numbers that are not finite ends its own rows alone; figures also in the formats asked for.
    @Test func compareSurvivesABrokenModel() throws {
        let good = URL(fileURLWithPath: bench.noSkip).appending(path: "checkpoints/last.safetensors")
        var broken = try SafetensorsFile.read(good)
        broken.tensors["decoder_a.head.bias"] = Tensor([1], [.nan])
        try broken.write(to: file("broken.safetensors"))
        let outcome = try Program.run([
            "compare", file("broken.safetensors").path, bench.noSkip, bench.targetSkip, "--reference", "no_skip",
            "--format", "svg", "--out", file("three").path,
        ])
        #expect(outcome.status == 70, "\(outcome.errors)")
        let results = try results("three")
        #expect(results.verdict == .error && results.subjects.map(\.name) == ["broken", "no_skip", "use_target_skip"])
        #expect(results.subjects[0].checks.map(\.status) == [.error])
        #expect(results.subjects[1].checks.allSatisfy { $0.status != .error && $0.status != .fail })
        let comparison = try #require(results.comparison)
        let leakage = try #require(
            comparison.quantities.first { $0.id == "leakage.target.observed" && $0.direction == .bToA })
        #expect(leakage.rows.map(\.arm) == ["no_skip", "use_target_skip", "broken"])
        #expect(leakage.rows.map(\.outcome) == [.reference, .higher, .error])
        let names = try FileManager.default.contentsOfDirectory(atPath: file("three/figures").path)
        #expect(names.contains("maps.png") && names.contains("maps.svg") && !names.contains("maps.csv"))
        let report = try String(contentsOf: file("three/report.md"), encoding: .utf8)
        #expect(report.contains("## Comparison") && report.contains("| broken | – | no usable output |"))
        let unknown = try Program.run([
            "compare", bench.noSkip, bench.targetSkip, "--reference", "nobody", "--out", file("none").path,
        ])
        #expect(
            unknown.status == 64 && unknown.errors.contains("the arms are no_skip, use_target_skip"),
            "\(unknown.errors)")
    }

    /// Runs that differ in the seed alone are one arm, tested on one noise, each with the training noise it saw.
    @Test func compareTakesSeedsTogether() throws {
        for seed in ["1", "2"] {
            let trained = try Program.run([
                "train", "--config", bench.configuration, "--run-dir", file("seed\(seed)/plain").path, "--seed", seed,
                "--quiet",
            ])
            #expect(trained.status == 0, "\(trained.errors)")
        }
        let outcome = try Program.run([
            "compare", bench.targetSkip, file("seed1/plain").path, file("seed2/plain").path, "--out",
            file("seeds").path,
        ])
        #expect(outcome.status == 1, "\(outcome.errors)")
        let results = try results("seeds")
        let comparison = try #require(results.comparison)
        #expect(comparison.arms.map(\.name) == ["runs/use_target_skip", "plain"])
        #expect(comparison.arms.map(\.subjects) == [["runs/use_target_skip"], ["seed1/plain", "seed2/plain"]])
        let rows = comparison.quantities.flatMap(\.rows)
        #expect(rows.filter { $0.arm == "plain" }.allSatisfy { ($0.seedDeviation ?? 0) > 0 })
        #expect(rows.filter { $0.arm != "plain" }.allSatisfy { $0.seedDeviation == nil })
        for subject in results.subjects.dropFirst() {
            let memorised = subject.checks.filter { $0.id == "leakage.memorised" }
            #expect(memorised.count == 2 && memorised.allSatisfy { $0.estimate != nil && $0.regime == .r1 })
        }
        let twice = try Program.run(["compare", bench.noSkip, bench.noSkip, "--out", file("none").path])
        #expect(twice.status == 64 && twice.errors.contains("is given twice"), "\(twice.errors)")
    }
}
