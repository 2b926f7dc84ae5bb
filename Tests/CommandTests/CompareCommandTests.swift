import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats
@testable import Tensors

/// `compare` of models by whoever made them: runs, saved outputs and programs, on the same pairs.
@Suite(.serialized) struct CompareCommandTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func file(_ name: String) -> URL { folder.url.appending(path: name) }

    private func results(_ report: String) throws -> Results {
        try JSONDecoder().decode(Results.self, from: Data(contentsOf: file("\(report)/results.json")))
    }

    /// Seven pairs, as many as a user would take; the same for both models.
    private static let pairs = (0..<7).map { k -> [String: Tensor] in
        let c = Made.scene(k, 96, 72)
        return [
            "noisy_a": c.plus(Made.noise(0.1, like: c, seed: k)), "clean_a": c, "clean_b": c,
            "noisy_b": c.plus(Made.noise(0.1, like: c, seed: 100 + k)),
        ]
    }

    /// The pairs with what a model makes of them, `leak` of the target's noise in it.
    private func outputs(_ leak: Float, smooths: Bool = true) -> [[String: Tensor]] {
        Self.pairs.map { pair in
            guard let source = pair["noisy_b"], let x = pair["noisy_a"], let c = pair["clean_a"] else { return pair }
            let f = smooths ? Made.blur(source) : source
            return pair.merging(["prediction_a": f.plus(x, times: leak).plus(c, times: -leak)]) { $1 }
        }
    }

    private func compare(_ arguments: [String], report: String = "report") throws -> Program.Outcome {
        try Program.run(["compare", "--out", file(report).path, "--quiet"] + arguments)
    }

    /// Two sets of outputs: another order of the pairs, other ids, and the clean images in one of them are no hindrance.
    @Test func outputsBesideOutputs() throws {
        let first = outputs(0), second = outputs(0.2)
        try Made.outputs(file("one/out"), first, ids: (0..<7).map { "scene\($0)" })
        try Made.outputs(
            file("two/out"), second.reversed().map { pair in pair.filter { !$0.key.hasPrefix("clean") } })
        let outcome = try compare(["--outputs", file("one/out").path, "--outputs", file("two/out").path])
        #expect(outcome.status == 1, "\(outcome.errors)")
        let found = try results("report")
        #expect(found.subjects.map(\.name) == ["one/out", "two/out"])
        #expect(found.subjects.map(\.verdict) == [.pass, .fail])
        let comparison = try #require(found.comparison)
        #expect(comparison.quantities.map(\.id) == ["leakage.target.observed", "quality.psnr", "quality.ssim"])
        let rows = comparison.quantities[0].rows
        #expect(rows.map(\.arm) == ["one/out", "two/out"] && rows[1].outcome == .higher, "\(rows)")
        #expect(abs((rows[1].estimate ?? 0) - 0.2) < 0.03)
    }

    /// The same differences as those of two runs of `leak-test`: no model is treated otherwise in company.
    @Test func numbersAreThoseOfEachAlone() throws {
        try Made.outputs(file("a"), outputs(0.1))
        try Made.outputs(file("b"), outputs(0, smooths: false))
        #expect(try compare(["--outputs", file("a").path, "--outputs", file("b").path]).status == 1)
        let both = try results("report").subjects
        for (name, subject) in zip(["a", "b"], both) {
            _ = try Program.run([
                "leak-test", "--outputs", file(name).path, "--out", file("alone \(name)").path, "--quiet",
            ])
            let alone = try results("alone \(name)").subjects[0]
            #expect(alone.verdict == subject.verdict && alone.checks.count == subject.checks.count)
            for (one, other) in zip(alone.checks, subject.checks) {
                #expect(one.id == other.id && one.estimate == other.estimate && one.because == other.because)
            }
        }
    }

    /// A program beside saved outputs, run on their pairs, and named.
    @Test(.enabled(if: Python.withNumPy != nil, "needs python3 with NumPy, or N2N_PYTHON"))
    func aProgramBesideOutputs() throws {
        try Made.outputs(file("saved"), outputs(0))
        let script = Fixtures.url("external/infer.py").path, python = Python.withNumPy ?? "python3"
        let outcome = try compare([
            "--outputs", file("saved").path, "--command", "\(python) '\(script)' {input} {output}", "--command",
            "\(python) '\(script)' {input} {output} leak=0.1", "--name", "saved", "--name", "gauss", "--name",
            "leaking",
            "--reference", "gauss",
        ])
        #expect(outcome.status == 1, "\(outcome.errors)")
        let found = try results("report")
        #expect(found.subjects.map(\.name) == ["saved", "gauss", "leaking"])
        #expect(found.subjects.map(\.verdict) == [.pass, .pass, .fail], "\(found.findings.map(\.text))")
        // The program was run, so that all was looked at; of the saved outputs there is the regression.
        #expect(found.subjects.map(\.scope) == [.linear, .all, .all] && found.scope == .linear)
        let comparison = try #require(found.comparison)
        #expect(comparison.reference == "gauss" && comparison.arms.count == 3)
        #expect(comparison.quantities[0].rows.first { $0.arm == "leaking" }?.outcome == .higher)
        // Without names the second is numbered.
        let line = "\(python) '\(script)' {input} {output}"
        #expect(
            try compare(["--outputs", file("saved").path, "--command", line, "--command", line], report: "again").status
                == 0)
        #expect(try results("again").subjects.map(\.name) == ["saved", "infer.py", "infer.py (2)"])
    }

    /// Outputs and a program beside a run, on the pairs that its training held out, as `data make` writes them.
    @Test(.enabled(if: Python.withNumPy != nil, "needs python3 with NumPy, or N2N_PYTHON"))
    func outputsBesideARun() throws {
        let bench = try Workbench.shared.get()
        #expect(try Program.run(["data", "make", bench.configuration, "--out", file("data").path]).status == 0)
        let pairs = try (0..<6).map { k -> [String: Tensor] in
            func image(_ folder: String) throws -> Tensor {
                let array = try NumPyFile.read(file("data/\(folder)/image\(k).npy"))
                return array.tensor.reshaped(array.shape.count == 2 ? array.shape + [1] : array.shape)
            }
            let (a, b) = (try image("a"), try image("b"))
            return ["noisy_a": a, "noisy_b": b, "prediction_a": Made.blur(b), "prediction_b": Made.blur(a)]
        }
        try Made.outputs(file("mine"), pairs, dataRange: 2)
        let script = Fixtures.url("external/infer.py").path, python = Python.withNumPy ?? "python3"
        let outcome = try compare([
            bench.noSkip, "--outputs", file("mine").path, "--command", "\(python) '\(script)' {input} {output}",
        ])
        let found = try results("report")
        #expect(outcome.status == 0, "\(outcome.errors) \(found.findings.map(\.text))")
        try Made.outputs(file("other"), outputs(0))
        let other = try compare([bench.noSkip, "--outputs", file("other").path])
        #expect(other.status == 65 && other.errors.contains("other/manifest.json: data_range is 1"), "\(other.errors)")
        #expect(found.subjects.map(\.name) == ["no_skip", "mine", "infer.py"])
        let comparison = try #require(found.comparison)
        #expect(comparison.quantities.count == 6 && comparison.quantities.allSatisfy { $0.rows.count == 3 })
        #expect(comparison.quantities.flatMap(\.rows).allSatisfy { $0.estimate != nil && $0.outcome != .error })
        // What the run's noise model draws serves the outputs, too.
        #expect(found.subjects[1].checks.first { $0.id == "leakage.target.fresh" }?.estimate != nil)
    }

    /// Whatever makes two models incomparable is one sentence that names the pair, the file and what would be right.
    @Test func notTheSamePairs() throws {
        let good = outputs(0)
        try Made.outputs(file("good"), good)
        func other(_ k: Int, _ key: String) -> [[String: Tensor]] {
            var pairs = good
            pairs[k][key] = pairs[k][key]?.plus(Made.noise(0.01, like: pairs[k][key] ?? Tensor([1]), seed: 1))
            return pairs
        }
        let cases: [(name: String, pairs: [[String: Tensor]], range: Double, reason: String)] = [
            ("noisy", other(2, "noisy_a"), 1, "pair s2: its noisy_a is not that of good"),
            ("source", other(3, "noisy_b"), 1, "pair s3: its noisy_b is not that of pair s3 of good"),
            ("clean", other(1, "clean_a"), 1, "pair s1: its clean_a is not that of good"),
            ("fewer", Array(good.dropLast()), 1, "has no output for pair s6 of good"),
            ("more", good + [Self.extra], 1, "pair s7: is not among the pairs of good"),
            ("range", good, 2, "data_range is 2, that of good is 1"),
        ]
        for (name, pairs, range, reason) in cases {
            try Made.outputs(file(name), pairs, dataRange: range)
            let outcome = try compare(["--outputs", file("good").path, "--outputs", file(name).path])
            #expect(outcome.status == 65 && outcome.errors.contains(reason), "\(outcome.errors)")
            #expect(outcome.errors.contains("\(name)/manifest.json") && outcome.errors.hasSuffix("\n"))
            #expect(outcome.errors.split(separator: "\n").count == 1)
            #expect(!FileManager.default.fileExists(atPath: file("report").path))
        }
        try Made.outputs(file("blind"), good.map { $0.filter { $0.key.hasSuffix("_a") } })
        let blind = try compare(["--outputs", file("blind").path, "--command", "cp {source} {output}"])
        #expect(blind.status == 65 && blind.errors.contains("pair s0: has no noisy_b"), "\(blind.errors)")
        for arguments in [
            [], ["--outputs", file("good").path, "--name", "a", "--name", "b"], ["x", "--shell"],
            ["--outputs", file("good").path, "--outputs", file("good").path],
            ["--outputs", file("good").path, "--data", "photos"],
        ] {
            #expect(try compare(arguments).status == 64, "\(arguments)")
        }
    }

    private static let extra: [String: Tensor] = {
        let c = Made.scene(50, 96, 72), x = c.plus(Made.noise(0.1, like: c, seed: 50))
        return ["noisy_a": x, "noisy_b": c.plus(Made.noise(0.1, like: c, seed: 51)), "clean_a": c, "prediction_a": c]
    }()
}
