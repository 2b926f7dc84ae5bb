import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats
@testable import Tensors

/// What comes from outside and is wrong: one sentence on standard error that names the file, the documented exit code,
/// and every folder as it was.
@Suite(.serialized) struct BadInputTests {
    let bench: Workbench
    /// Where a test puts its bad files, and where the command's outputs would go.
    let folder: TemporaryDirectory

    init() throws {
        bench = try Workbench.shared.get()
        folder = try TemporaryDirectory()
    }

    private func path(_ name: String) -> String { folder.url.appending(path: name).path }

    private func write(_ data: Data, _ name: String) throws {
        let file = folder.url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    private func write(_ image: Tensor, _ name: String) throws {
        try write(try PNGFile.encode(Image(image), file: name), name)
    }

    /// Runs a command that must refuse.
    private func refuse(
        _ arguments: [String], status: Int32 = 65, naming name: String, _ problem: String = "",
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let before = try (listing(folder.url), listing(bench.url))
        let outcome = try Program.run(arguments, in: folder.url)
        let line = outcome.errors
        #expect(outcome.status == status, "\(line)", sourceLocation: location)
        let isOneLine = line.hasPrefix("Error: ") && line.hasSuffix("\n") && line.split(separator: "\n").count == 1
        #expect(isOneLine, "\(line)", sourceLocation: location)
        #expect(line.contains(name) && (problem.isEmpty || line.contains(problem)), "\(line)", sourceLocation: location)
        #expect(line.count < 600 && !line.contains("Optional("), "\(line)", sourceLocation: location)
        #expect(outcome.output.isEmpty, sourceLocation: location)
        #expect(
            try listing(folder.url) == before.0 && listing(bench.url) == before.1, "\(line)", sourceLocation: location)
    }

    private func train(_ configuration: String? = nil, _ more: [String] = []) -> [String] {
        ["train", "--config", configuration ?? bench.configuration, "--run-dir", path("runs/new")] + more
    }

    // MARK: - Configurations

    @Test(arguments: [
        ("\"epochs\": 4", "\"epochs\": 4, \"epoch\": 3", "epoch: is not a known key; did you mean \"epochs\"?"),
        (
            "\"batch_size\": 4", "\"batch_size\": \"four\"",
            "batch_size: is the string \"four\"; it must be a whole number"
        ),
        ("\"epochs\": 4", "\"epochs\": 0", "epochs: is 0; it must be a whole number from 1"),
        ("\"crop_size\": 32", "\"crop_size\": 33", "crop_size: is 33; 1 levels need a multiple of 2"),
        ("\"sigma_a\": 0.2", "\"sigma_a\": -1", "noise.sigma_a: is -1"),
        ("\"seed\": 11,", "", "seed: is missing"),
        ("\"no_skip\"", "\"skip\"", "cross_domain_strategy: is the string \"skip\"; it must be one of"),
        ("\"seed\": 11", "\"seed\": 11 11", "line 2"),
        ("\"image0\"", "\"image9\"", "named \"image9\" to hold out"),
    ])
    func configurations(old: String, new: String, problem: String) throws {
        let text = try String(contentsOfFile: bench.configuration, encoding: .utf8)
        try #require(text.contains(old))
        try write(Data(text.replacing(old, with: new).utf8), "bad.json")
        try refuse(train(path("bad.json")), naming: problem.contains("image9") ? "images" : "bad.json", problem)
    }

    @Test func filesThatAreNoConfiguration() throws {
        try write(Workbench.picture(0), "picture.json")
        try refuse(train(path("picture.json")), naming: "picture.json")
        try write(Data(), "empty.json")
        try refuse(train(path("empty.json")), naming: "empty.json")
        try write(Data("[1, 2]".utf8), "list.json")
        try refuse(train(path("list.json")), naming: "list.json", "is not an object")
        try refuse(train(path("none.json")), naming: "none.json", "there is no such file")
        try refuse(train(folder.url.path), naming: folder.url.path, "is a directory")
        try refuse(
            train(nil, ["--set", "learning_rate=fast"]), naming: "--set learning_rate=fast", "it must be a number")
    }

    // MARK: - Images

    @Test func imagesOfADataSet() throws {
        let whole = try PNGFile.encode(Image(Workbench.picture(0)), file: "")
        for index in 0..<9 { try write(Workbench.picture(index), "data/image\(index).png") }
        let data = ["--data", path("data")]
        try write(Data("GIF89a".utf8), "data/image7.png")
        try refuse(train(nil, data), naming: "data/image7.png", "is not a PNG file")
        for length in [0, 8, 20, 60, whole.count / 2, whole.count - 13] {
            try write(whole.prefix(length), "data/image7.png")
            try refuse(train(nil, data), naming: "data/image7.png")
        }
        try write(Workbench.picture(7, height: 31, width: 40), "data/image7.png")
        try refuse(
            train(nil, data), naming: "data/image7.png",
            "has 40×31 pixels (width × height); it must hold a crop of 32×32")
        try refuse(train(nil, ["--data", path("nowhere")]), naming: "nowhere")
    }

    @Test func pairs() throws {
        let text = try String(contentsOfFile: bench.configuration, encoding: .utf8)
            .replacing(/"noise".*\n/, with: "").replacing(/"held_out": \[.*\]/, with: "\"held_out_fraction\": 0.5")
        try write(Data(text.utf8), "pairs.json")
        for domain in ["a", "b"] {
            for index in 0..<2 { try write(Workbench.picture(index), "pairs/\(domain)/image\(index).png") }
        }
        let arguments = train(path("pairs.json"), ["--data", path("pairs")])
        try write(Workbench.picture(1, height: 224, width: 225), "pairs/b/image1.png")
        try refuse(arguments, naming: "pairs/b/image1.png", "has 225×224 pixels")
        try FileManager.default.removeItem(atPath: path("pairs/b/image1.png"))
        try refuse(arguments, naming: "pairs/b", "has no image image1")
        try write(Workbench.picture(1), "pairs/b/image1.png")
        try refuse(
            train(nil, ["--data", path("pairs")]), naming: "pairs",
            "holds noisy pairs, but the configuration makes noise")
        try FileManager.default.removeItem(atPath: path("pairs/b"))
        try refuse(arguments, naming: "pairs", "has a/ only")
    }

    @Test func imagesToDenoise() throws {
        let whole = try PNGFile.encode(Image(Workbench.picture(0)), file: "")
        try write(Data("not a picture".utf8), "text.png")
        try write(whole.prefix(whole.count / 2), "half.png")
        for name in ["text.png", "half.png", "none.png"] {
            try refuse(["denoise", bench.noSkip, path(name), "--out", path("out"), "--quiet"], naming: name)
        }
        try refuse(
            ["denoise", bench.targetSkip, path("half.png"), "--out", path("out")], naming: "use_target_skip",
            "reads the target image")
        try write(NumPyFile.encode(NumPyArray([4, 4, 2], Array(repeating: 0, count: 32))), "complex.npy")
        try refuse(
            ["denoise", bench.noSkip, path("complex.npy"), "--out", path("out")], naming: "complex.npy",
            "has 2 channel(s), the network takes 1")
        try write(Workbench.picture(0), "x.png")
        try refuse(
            ["denoise", bench.noSkip, path("x.png"), "--out", folder.url.path], status: 64, naming: "x.png",
            "would be replaced by its denoised image")
    }

    // MARK: - Checkpoints

    @Test func checkpoints() throws {
        let good = URL(fileURLWithPath: bench.noSkip).appending(path: "checkpoints/last.safetensors")
        let whole = try Data(contentsOf: good)
        try write(whole.prefix(whole.count / 2), "truncated.safetensors")
        try write(Data([0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0]) + whole.dropFirst(8), "long.safetensors")
        try write(Workbench.picture(0), "picture.safetensors")
        var other = try SafetensorsFile.read(good)
        other.tensors["encoder.levels.0.conv1.weight"] = Tensor([16, 1, 3, 3])
        try write(other.encoded(), "other.safetensors")
        other.metadata = [:]
        try write(other.encoded(), "bare.safetensors")
        try write(Workbench.picture(0), "x.png")
        for (name, problem) in [
            ("truncated", "truncated"), ("long", "the header claims 16777215 bytes"),
            ("picture", "truncated or not in safetensors format"), ("other", "the shape is [16, 1, 3, 3]"),
            ("bare", "channels is missing"), ("none", "does not exist"),
        ] {
            let checkpoint = path("\(name).safetensors")
            for command in [
                ["inspect", checkpoint], ["leak-test", checkpoint, "--out", path("report")],
                ["compare", bench.noSkip, checkpoint, "--out", path("report")],
                ["denoise", checkpoint, path("x.png"), "--out", path("out")],
                ["forward", checkpoint, path("in.npz"), path("out.npz")],
            ] {
                try refuse(command, naming: "\(name).safetensors", problem)
            }
            try refuse(train(nil, ["--set", "checkpoint=\(checkpoint)"]), naming: "\(name).safetensors")
        }
        try refuse(["inspect", folder.url.path], naming: folder.url.path, "holds no checkpoints/last.safetensors")
    }

    /// Weights that are not numbers.
    @Test func whatCannotBeTested() throws {
        let good = URL(fileURLWithPath: bench.noSkip).appending(path: "checkpoints/last.safetensors")
        var broken = try SafetensorsFile.read(good)
        broken.tensors["decoder_a.head.bias"] = Tensor([1], [.nan])
        try write(broken.encoded(), "broken.safetensors")
        try refuse(
            ["leak-test", path("broken.safetensors"), "--out", path("report")], naming: "broken",
            "made values that are not finite for pair image0")
        try write(Workbench.picture(0), "x.png")
        try refuse(
            ["denoise", path("broken.safetensors"), path("x.png"), "--out", path("out")], naming: "broken",
            "made values that are not finite for")
        try refuse(["leak-test", bench.noSkip, "--data", path("nowhere"), "--out", path("report")], naming: "nowhere")
    }

    @Test func aDamagedRun() throws {
        try FileManager.default.copyItem(atPath: bench.noSkip, toPath: path("run"))
        let last = try Data(contentsOf: folder.url.appending(path: "run/checkpoints/last.safetensors"))
        try write(last.prefix(1000), "run/checkpoints/last.safetensors")
        let arguments = ["train", "--config", bench.configuration, "--run-dir", path("run"), "--resume"]
        try refuse(arguments, naming: "last.safetensors")
        try write(last, "run/checkpoints/last.safetensors")
        try refuse(arguments + ["--set", "latent_channels=16"], naming: "run", "begun with")
    }

    // MARK: - Arrays

    @Test func arrays() throws {
        try write(Data("PK".utf8), "in.npz")
        try refuse(["forward", bench.noSkip, path("in.npz"), path("out.npz")], naming: "in.npz")
        func zeros(_ shape: Int...) -> NumPyArray { NumPyArray(Tensor(shape)) }
        for (arrays, problem) in [
            (["xa": zeros(1, 1, 8, 8)], "xb: the array is missing"),
            (["xa": zeros(1, 1, 8, 8), "xb": zeros(1, 1, 8, 7)], "the shape is [1, 1, 8, 7]"),
            (["xa": zeros(1, 1, 8, 8), "xb": zeros(1, 1, 8, 6)], "different shapes"),
        ] {
            try NumPyFile.writeArchive(arrays, to: folder.url.appending(path: "in.npz"))
            try refuse(["forward", bench.noSkip, path("in.npz"), path("out.npz")], naming: "in.npz", problem)
        }
    }

    // MARK: - Outputs

    @Test func aFileInTheWay() throws {
        try write(Data("mine".utf8), "file")
        try write(Workbench.picture(0), "x.png")
        let image = NumPyArray(Tensor([1, 1, 8, 8]))
        try NumPyFile.writeArchive(["xa": image, "xb": image], to: folder.url.appending(path: "in.npz"))
        for out in [path("file"), path("file/under")] {
            for command in [
                ["train", "--config", bench.configuration, "--run-dir", out],
                ["leak-test", bench.noSkip, "--out", out],
                ["compare", bench.noSkip, bench.targetSkip, "--out", out],
                ["denoise", bench.noSkip, path("x.png"), "--out", out],
            ] {
                try refuse(command, status: 73, naming: out, "the directory cannot be made (")
            }
        }
        try refuse(
            ["forward", bench.noSkip, path("in.npz"), path("nowhere/out.npz")], status: 73, naming: "nowhere/out.npz",
            "its directory must exist")
        #expect(try String(contentsOfFile: path("file"), encoding: .utf8) == "mine")
    }

    // MARK: - Flags

    @Test(arguments: [
        ["nonsense"], ["train"], ["train", "--config"], ["leak-test"], ["leak-test", "x"], ["denoise", "x"],
        ["inspect", "x", "--threads", "0"], ["inspect", "x", "--quiet", "--verbose"],
        ["inspect", "x", "--thread", "1"],
        ["leak-test", "x", "--out", "y", "--strategy", "some"], ["train", "--config", "x", "--epochs", "many"],
        ["bench", "step", "--case", "huge"], ["demo", "--minutes=-1"],
        ["denoise", "x", "y.png", "--out", "z", "--tile", "0"],
    ])
    func usage(arguments: [String]) throws {
        let before = try listing(folder.url)
        let outcome = try Program.run(arguments, in: folder.url)
        #expect(outcome.status == 64 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains("Usage: "), "\(outcome.errors)")
        #expect(try listing(folder.url) == before)
    }

    @Test func flagsThatContradictTheirFiles() throws {
        try write(Workbench.picture(0), "one/x.png")
        try write(Workbench.picture(1), "two/x.png")
        try refuse(
            ["denoise", bench.noSkip, path("one/x.png"), path("two/x.png"), "--out", path("out")], status: 64,
            naming: "x.png", "is the name of several images")
        try refuse(train(nil, ["--set", "epochs"]), status: 64, naming: "--set epochs", "is not an assignment")
    }
}
