import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats

/// Python with what a test needs, from N2N_PYTHON or PATH.
enum Python {
    static func executable(with modules: String) -> String? {
        let python = ProcessInfo.processInfo.environment["N2N_PYTHON"] ?? "python3"
        return (try? run(python, ["-c", "import \(modules)"]))?.status == 0 ? python : nil
    }

    static let withNumPy = executable(with: "numpy")
    static let withTorch = executable(with: "numpy, torch, safetensors")
    static let withScikitImage = executable(with: "numpy, skimage")

    @discardableResult
    static func run(_ python: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}

/// Saved outputs, programs and PyTorch files through the program.
@Suite(.serialized) struct OwnModelCommandTests {
    let bench: Workbench
    let folder: TemporaryDirectory

    init() throws {
        bench = try Workbench.shared.get()
        folder = try TemporaryDirectory()
    }

    private func file(_ name: String) -> URL { folder.url.appending(path: name) }

    private func rows(_ report: String) throws -> [CheckResult] {
        try JSONDecoder().decode(Results.self, from: Data(contentsOf: file("\(report)/results.json"))).subjects[0]
            .checks
    }

    // MARK: - Noise without a configuration

    /// A program that copies its source, on clean images and noise of the command line; by type and as the object of a configuration.
    @Test(arguments: [
        (["gaussian", "--sigma", "0.1"], 0.1),
        ([#"{ "type": "speckle", "looks_a": 40, "looks_b": 30 }"#], nil),
    ]) func noiseOfTheCommandLine(noise: [String], sigma: Double?) throws {
        let clean = file("clean")
        try FileManager.default.createDirectory(at: clean, withIntermediateDirectories: true)
        for k in 0..<6 { try NumPyFile.write(NumPyArray(Made.scene(k, 64, 48)), to: clean.appending(path: "\(k).npy")) }
        let outcome = try Program.run(
            ["leak-test", "--command", "cp {source} {output}", "--data", clean.path, "--data-range", "1", "--noise"]
                + noise
                + ["--out", file("report").path, "--json"])
        let results = try JSONDecoder().decode(Results.self, from: Data(outcome.output.utf8))
        #expect(outcome.status == 0 && results.verdict == .pass && results.scope == .all, "\(outcome.errors)")
        let data = try #require(results.data)
        #expect(data.noiseIsAdded && data.heldOut == 6 && data.clean == ["a", "b"])
        if let sigma { #expect(data.sigma?["a"] == sigma && data.sigma?["b"] == sigma) }
        #expect(results.findings.contains { $0.text.contains("the output is its input") })
    }

    @Test(arguments: [
        (["--noise", "gausian", "--sigma", "0.1"], 65, "gausian"),
        (["--noise", "gaussian"], 65, "sigma_a: is missing"),
        (["--noise", #"{ "type": "gaussian", "sigma_a": 0.1, "sigma_b": 0.1, "sigma": 1 }"#], 65, "sigma"),
        (["--sigma", "0.1"], 64, "--sigma is that of --noise"),
        (["--noise", "gaussian", "--sigma", "0"], 64, "--sigma is 0.0; expected more than 0"),
        (["--noise", "gaussian", "--sigma", "nan"], 64, "--sigma is nan"),
    ]) func noiseThatCannotBeRead(options: [String], status: Int32, words: String) throws {
        let outcome = try Program.run(
            ["leak-test", "--command", "cp {source} {output}", "--data", folder.url.path, "--data-range", "1"] + options
                + ["--out", file("report").path])
        #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.errors)")
    }

    // MARK: - Saved outputs

    /// The documented snippet writes what is read; the planted leak is found, with and without clean images.
    @Test(.enabled(if: Python.withNumPy != nil, "needs python3 with NumPy, or N2N_PYTHON"))
    func outputsOfAPythonScript() throws {
        let python = try #require(Python.withNumPy)
        let cases =
            [(0.0, "white", "clean"), (0.1, "blurred", "clean")]
            + [0.0, 0.02, 0.1, 0.5].flatMap { leak in ["white", "blurred"].map { (leak, $0, "blind") } }
        for (leak, kind, known) in cases {
            let status: Int32 = leak == 0 ? 0 : 1
            let name = "\(leak)\(kind)\(known)"
            let made = try Python.run(
                python, [Fixtures.url("outputs/planted.py").path, file(name).path, "\(leak)", kind, known])
            #expect(made.status == 0, "\(made.output)")
            let outcome = try Program.run([
                "leak-test", "--outputs", file(name).path, "--out", file("report \(name)").path,
            ])
            let found = try rows("report \(name)")
            #expect(
                outcome.status == status,
                "\(name): \(outcome.errors) \(found.filter { $0.status != .pass }.map(\.because))")
            let swap = try #require(found.first { $0.id == "leakage.target.swap" }?.estimate)
            #expect(abs(swap - leak) < 1e-6)
            // Of ten intervals at 95 % one may well miss; 1.7 times as wide they hold 99.9 %.
            let fresh = try #require(found.first { $0.id == "leakage.target.fresh" }?.ci95)
            let half = 1.7 * (fresh[1] - fresh[0]) / 2
            #expect(abs(leak - (fresh[0] + fresh[1]) / 2) <= half, "\(name): \(fresh)")
            let report = try String(contentsOf: file("report \(name)/report.md"), encoding: .utf8)
            #expect(report.contains("Not measured for want of"))
        }
    }

    /// The page shows the file that the test runs.
    @Test func thePageQuotesTheSnippet() throws {
        let page = try String(contentsOf: Fixtures.root.appending(path: "docs/your-own-model.md"), encoding: .utf8)
        #expect(page.contains(try String(contentsOf: Fixtures.url("outputs/save_outputs.py"), encoding: .utf8)))
    }

    // MARK: - Programs

    private func command(_ arguments: String, script: String = "infer.py", input: String = "{input}") -> [String] {
        let python = Python.withNumPy ?? "python3"
        return [
            "leak-test", "--command",
            "\(python) '\(Fixtures.url("external/\(script)").path)' \(input) {output} \(arguments)", "--config",
            bench.configuration,
        ]
    }

    private func leftovers() throws -> Set<String> {
        Set(
            try FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path)
                .filter { $0.hasPrefix("n2n-program-") })
    }

    @Test(.enabled(if: Python.withNumPy != nil, "needs python3 with NumPy, or N2N_PYTHON"))
    func aProgramsLeakIsFound() throws {
        for (arguments, leak, status) in [("", 0.0, Int32(0)), ("leak=0.1", 0.1, 1)] {
            let outcome = try Program.run(command(arguments) + ["--out", file("report\(leak)").path])
            let found = try rows("report\(leak)")
            #expect(outcome.status == status, "\(outcome.errors) \(found.filter { $0.status != .pass }.map(\.because))")
            let swap = try #require(found.first { $0.id == "leakage.target.swap" })
            #expect(abs((swap.estimate ?? .nan) - leak) < 1e-5, "\(swap.because)")
            // The target is given to it, and reaches its output or not.
            #expect(swap.regime == (leak == 0 ? .r0 : .r3))
        }
        let blind = try Program.run(command("", input: "{input}") + ["--shell", "--out", file("shell").path])
        #expect(blind.status == 0, "\(blind.errors)")
    }

    @Test(.enabled(if: Python.withScikitImage != nil, "needs python3 with scikit-image, or N2N_PYTHON"))
    func nonLocalMeansDoesNotLeak() throws {
        let outcome = try Program.run(
            command("", script: "nlm.py", input: "{source}") + ["--out", file("report").path])
        let found = try rows("report")
        #expect(outcome.status == 0, "\(outcome.errors) \(found.filter { $0.status != .pass }.map(\.because))")
        #expect(found.first { $0.id == "leakage.target.swap" }?.estimate == 0)
        #expect(found.first { $0.id == "leakage.target.observed" }?.regime == .r0)
    }

    /// Whatever a program does wrong ends in one sentence; no file and no process stays.
    @Test(
        .enabled(if: Python.withNumPy != nil, "needs python3 with NumPy, or N2N_PYTHON"),
        arguments: [
            ("crash", "ended with status 1", 65), ("hang child", "did not end within 3 s", 65),
            ("shape", "of shape", 65),
            ("nan", "not finite", 65), ("silent", "wrote no {output}", 65),
            ("random", "another output for the same image", 65),
        ] as [(String, String, Int32)])
    func aBrokenProgram(arguments: String, reason: String, status: Int32) throws {
        let before = try leftovers()
        let outcome = try Program.run(command(arguments) + ["--timeout", "3", "--out", file("report").path])
        #expect(outcome.status == status && outcome.errors.contains(reason), "\(outcome.errors)")
        #expect(arguments != "crash" || outcome.errors.contains("RuntimeError: the weights are missing"))
        #expect(!FileManager.default.fileExists(atPath: file("report").path))
        #expect(try leftovers().subtracting(before).isEmpty)
        #expect(try Python.run("pgrep", ["-fx", "sleep 4321"]).output.isEmpty)
    }

    @Test func aCommandThatCannotBe() throws {
        for line in ["no-such-program-here {input} {output}", "python3 x.py {input}", "python3 'x {input} {output}"] {
            let outcome = try Program.run(
                ["leak-test", "--command", line, "--config", bench.configuration, "--out", file("report").path])
            #expect(outcome.status == 64, "\(outcome.errors)")
        }
        for arguments in [
            ["x", "--outputs", "y"], [], ["--command", "x {input} {output}", "--outputs", "y"], ["x", "--shell"],
        ] {
            #expect(try Program.run(["leak-test", "--out", file("report").path] + arguments).status == 64)
        }
    }

    /// Ctrl-C ends the program too.
    @Test(.enabled(if: Python.withNumPy != nil, "needs python3 with NumPy, or N2N_PYTHON"))
    func interrupted() throws {
        let before = try leftovers()
        let outcome = try Program.run(command("hang child") + ["--out", file("report").path]) { process in
            Thread.sleep(forTimeInterval: 4)
            process.interrupt()
        }
        #expect(outcome.status == 130, "\(outcome.errors)")
        #expect(try Python.run("pgrep", ["-fx", "sleep 4321"]).output.isEmpty)
        let mine = try leftovers().subtracting(before)
        #expect(mine.isEmpty, "\(mine)")
    }

    // MARK: - PyTorch files

    /// A .pt is taken wherever a checkpoint is.
    @Test func torchFiles() throws {
        let weights = file("weights.pt").path
        let run = bench.targetSkip
        #expect(try Program.run(["export", run, "--to", "pt-compatible", "--out", weights]).status == 0)
        let configuration = file("run.json")
        try Data(contentsOf: URL(fileURLWithPath: run).appending(path: "config.json")).write(to: configuration)
        let x = NumPyArray(Workbench.picture(1, height: 16, width: 16).reshaped([1, 1, 16, 16]))
        try NumPyFile.writeArchive(["xa": x, "xb": x], to: file("in.npz"))
        for (checkpoint, extra, out) in [(run, [], "1.npz"), (weights, ["--config", configuration.path], "2.npz")] {
            let outcome = try Program.run(["forward", checkpoint, file("in.npz").path, file(out).path] + extra)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try NumPyFile.readArchive(file("1.npz")) == NumPyFile.readArchive(file("2.npz")))
        let tested = try Program.run([
            "leak-test", weights, "--config", configuration.path, "--out", file("report").path,
        ])
        #expect(tested.status == 1, "\(tested.errors)")
        let compared = try Program.run([
            "compare", run, weights, "--config", configuration.path, "--out", file("both").path,
        ])
        #expect(compared.status == 1, "\(compared.errors)")
        try NumPyFile.write(
            NumPyArray(Workbench.picture(2, height: 40, width: 30).reshaped([40, 30])), to: file("x.npy"))
        #expect(try Program.run(["denoise", weights, file("x.npy").path, "--out", file("denoised").path]).status == 0)
        let unknown = try Program.run(["leak-test", weights, "--out", file("none").path])
        #expect(unknown.status == 65 && unknown.errors.contains("does not say what data"))
    }

    @Test func inspectShowsWhatDoesNotFit() throws {
        let good = try Program.run(["inspect", Fixtures.url("torch/lightning.pt").path])
        #expect(good.status == 0 && good.output.contains("→ encoder.bottleneck.conv1.weight"), "\(good.errors)")
        let bad = try Program.run(["inspect", Fixtures.url("torch/incomplete.pt").path])
        #expect(bad.status == 65 && bad.output.contains("missing   decoder_b.head.bias  1"), "\(bad.output)")
        let other = try Program.run(["inspect", Fixtures.url("torch/other_network.pt").path])
        #expect(other.status == 65 && other.output.contains("0.weight") && other.errors.contains("--mapping"))
    }

    /// What `export` writes is loaded by the twin in PyTorch, whose outputs are those of `forward` within 1e-5.
    @Test(.enabled(if: Python.withTorch != nil, "needs python3 with torch and safetensors, or N2N_PYTHON"))
    func theTwinLoadsWhatIsExported() throws {
        let x = NumPyArray(Workbench.picture(1, height: 16, width: 24).reshaped([1, 1, 16, 24]))
        let y = NumPyArray(Workbench.picture(2, height: 16, width: 24).reshaped([1, 1, 16, 24]))
        try NumPyFile.writeArchive(["xa": x, "xb": y], to: file("in.npz"))
        #expect(try Program.run(["forward", bench.targetSkip, file("in.npz").path, file("ours.npz").path]).status == 0)
        for format in ["pt-compatible", "safetensors"] {
            let weights = file("weights.\(format)").path
            #expect(try Program.run(["export", bench.targetSkip, "--to", format, "--out", weights]).status == 0)
            let script = """
                import sys, numpy as np, torch
                sys.path.insert(0, sys.argv[1])
                from torch_twin import C2C
                from safetensors.torch import load_file
                state = torch.load(sys.argv[2], weights_only=True) if "pt-" in sys.argv[2] else load_file(sys.argv[2])
                net = C2C(1, [8], 8)
                net.load_state_dict(state)
                x, ours = np.load(sys.argv[3]), np.load(sys.argv[4])
                with torch.no_grad():
                    out = net(torch.from_numpy(x["xa"]), torch.from_numpy(x["xb"]), "use_target_skip")
                print(max(float(np.abs(out[k].numpy() - ours[k]).max()) for k in ours.files))
                """
            let outcome = try Python.run(
                #require(Python.withTorch),
                ["-c", script, Fixtures.url("twin").path, weights, file("in.npz").path, file("ours.npz").path])
            let difference = Double(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines))
            print("export \(format): outputs differ by \(outcome.output)")
            #expect(outcome.status == 0 && (difference ?? 1) < 1e-5, "\(outcome.output)")
        }
    }
}
