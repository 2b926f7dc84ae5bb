import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats
@testable import Tensors

/// `denoise`, `inspect` and `forward` on a good checkpoint.
@Suite(.serialized) struct CheckpointCommandTests {
    let bench: Workbench
    let folder: TemporaryDirectory

    init() throws {
        bench = try Workbench.shared.get()
        folder = try TemporaryDirectory()
    }

    private func file(_ name: String) -> URL { folder.url.appending(path: name) }

    /// Sizes that no network level divides, down to one pixel; 8 and 16 bits.
    @Test func denoiseKeepsSizeAndDepth() throws {
        let sizes = [(37, 53, 8), (37, 53, 16), (1, 1, 8), (1, 7, 16), (160, 150, 16)]
        var arguments = ["denoise", bench.noSkip, "--out", file("out").path]
        for (height, width, depth) in sizes {
            let input = file("\(height)x\(width)-\(depth).png")
            try PNGFile.write(Image(Workbench.picture(3, height: height, width: width), bitDepth: depth), to: input)
            arguments.append(input.path)
        }
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
        for (height, width, depth) in sizes {
            let image = try PNGFile.read(file("out/\(height)x\(width)-\(depth).png"))
            #expect(image.tensor.shape == [height, width, 1] && image.bitDepth == depth)
        }
        // It denoises: closer to the clean image than the noisy one is.
        let clean = Workbench.picture(3)
        var stream = RandomStream(seed: 1, purpose: .test)
        let noisy = Tensor(clean.shape, clean.values.map { $0 + Float(0.1 * stream.gaussian()) })
        try PNGFile.write(Image(noisy, bitDepth: 16), to: file("noisy.png"))
        for domain in ["a", "b"] {
            let out = file("from \(domain)")
            #expect(
                try Program.run(["denoise", bench.noSkip, file("noisy.png").path, "--from", domain, "--out", out.path])
                    .status == 0)
            let denoised = try PNGFile.read(out.appending(path: "noisy.png")).tensor
            func power(_ u: Tensor) -> Float {
                zip(u.values, clean.values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
            #expect(power(denoised) < power(noisy))
        }
    }

    /// An array gives the network's own numbers, in its shape; the height of the strips changes rounding only.
    @Test func denoisesArraysInStrips() throws {
        let x = Workbench.picture(4, height: 75, width: 61)
        try NumPyFile.write(NumPyArray(x.reshaped([75, 61])), to: file("x.npy"))
        let checkpoint = try Checkpoint.read(
            URL(fileURLWithPath: bench.noSkip).appending(path: "checkpoints/last.safetensors"))
        let tape = Tape(recording: false)
        let pair = DomainPair(a: x, b: x).map { tape.constant($0.reshaped([1, 75, 61, 1])) }
        let expected = try checkpoint.network().crossOutput(pair, to: .a, checkpoint.wiring).value.values
        for rows in ["1", "32", "1000"] {
            let outcome = try Program.run(
                ["denoise", bench.noSkip, file("x.npy").path, "--out", file("out").path, "--tile", rows])
            #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
            let array = try NumPyFile.read(file("out/x.npy"))
            #expect(array.shape == [75, 61])
            #expect(zip(array.values, expected).allSatisfy { abs($0 - Double($1)) < 1e-5 })
        }
    }

    @Test func inspectSaysWhatFlows() throws {
        let quiet = try Program.run(["inspect", bench.noSkip])
        #expect(quiet.status == 0 && quiet.errors.isEmpty)
        #expect(quiet.output.contains("architecture  channels 1, features [8], latent 8"))
        #expect(quiet.output.contains("encoder.levels.0.conv1.weight"))
        #expect(quiet.output.contains("max |∂f/∂x_target| 0 exactly: no path"))
        let leaking = try Program.run(["inspect", bench.targetSkip])
        #expect(leaking.status == 0 && !leaking.output.contains("no path"))
        let json = try Program.run(["inspect", bench.targetSkip, "--json"])
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["strategy"] as? String == "use_target_skip" && (object?["flows"] as? [Any])?.count == 2)
    }

    /// The arrays of `forward` are the network's.
    @Test func forward() throws {
        let xa = Workbench.picture(1, height: 10, width: 12), xb = Workbench.picture(2, height: 10, width: 12)
        try NumPyFile.writeArchive(
            ["xa": NumPyArray(xa.reshaped([1, 1, 10, 12])), "xb": NumPyArray(xb.reshaped([1, 1, 10, 12]))],
            to: file("in.npz"))
        let outcome = try Program.run(["forward", bench.targetSkip, file("in.npz").path, file("out.npz").path])
        #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
        let arrays = try NumPyFile.readArchive(file("out.npz"))
        #expect(Set(arrays.keys) == ["za", "zb", "same_a", "same_b", "cross_a", "cross_b"])
        let checkpoint = try Checkpoint.read(
            URL(fileURLWithPath: bench.targetSkip).appending(path: "checkpoints/last.safetensors"))
        let tape = Tape(recording: false)
        let x = DomainPair(a: xa, b: xb).map { tape.constant($0.reshaped([1, 10, 12, 1])) }
        let outputs = try checkpoint.network()(x, checkpoint.wiring)
        for (name, value) in [
            ("same_a", outputs.same.a), ("same_b", outputs.same.b), ("cross_a", outputs.cross.a),
            ("cross_b", outputs.cross.b),
        ] {
            #expect(arrays[name]?.shape == [1, 1, 10, 12])
            #expect(arrays[name]?.values.map { Float($0) } == value.value.values)
        }
        #expect(arrays["za"]?.shape == [1, 8, 5, 6])
    }
}
