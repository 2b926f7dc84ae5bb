import ArgumentParser
import Diagnostics
import Engine
import Formats
import Foundation
import Tensors

struct ForwardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Run a checkpoint on arrays: the door for scripts and parity checks.",
        discussion: """
            IN.npz holds xa and xb, [N, C, H, W], sides divisible by 2 to the number of levels; OUT.npz gets za, zb, same_a, \
            same_b, cross_a, cross_b as float32 in the same layout.
            """)

    @Argument(help: "A checkpoint file, or a run directory, whose last checkpoint is taken.")
    var checkpoint: String

    @Argument(help: ArgumentHelp("Input arrays.", valueName: "in.npz"))
    var input: String

    @Argument(help: ArgumentHelp("Output arrays.", valueName: "out.npz"))
    var output: String

    @OptionGroup var weights: WeightsOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let model = try weights.load(checkpoint)
        let network = model.predictor.network
        let arrays = try NumPyFile.readArchive(URL(fileURLWithPath: input))
        let images = try DomainPair { domain in try image("x\(domain.rawValue)", arrays, network.architecture) }
        guard images.a.shape == images.b.shape else {
            throw InputError(
                file: input, place: "xb", problem: "xa and xb have different shapes",
                remedy: "registered pairs are expected")
        }
        let tape = Tape(recording: false)
        let outputs = network(images.map(tape.constant), model.predictor.wiring)
        let named = [
            "za": outputs.encodings.a.latent, "zb": outputs.encodings.b.latent, "same_a": outputs.same.a,
            "same_b": outputs.same.b, "cross_a": outputs.cross.a, "cross_b": outputs.cross.b,
        ]
        try NumPyFile.writeArchive(
            named.mapValues { NumPyArray(Self.permuted($0.value, [0, 3, 1, 2])) }, as: .float32,
            to: URL(fileURLWithPath: output))
    }

    private func image(_ name: String, _ arrays: [String: NumPyArray], _ architecture: Architecture) throws -> Tensor {
        func error(_ problem: String) -> InputError {
            InputError(
                file: input, place: name, problem: problem,
                remedy:
                    "[N, \(architecture.channels), H, W] with H and W divisible by \(architecture.sizeMultiple) is expected"
            )
        }
        guard let array = arrays[name] else { throw error("the array is missing") }
        let shape = array.shape
        guard shape.count == 4, shape[0] > 0, shape[1] == architecture.channels,
            shape[2] > 0, shape[3] > 0, shape[2] % architecture.sizeMultiple == 0,
            shape[3] % architecture.sizeMultiple == 0
        else { throw error("the shape is \(shape)") }
        return Self.permuted(array.tensor, [0, 2, 3, 1])
    }

    /// Axes in another order: axis k of the result is axis `order[k]` of the input.
    private static func permuted(_ x: Tensor, _ order: [Int]) -> Tensor {
        var strides = [Int](repeating: 1, count: 4)
        for axis in (0..<3).reversed() { strides[axis] = strides[axis + 1] * x.shape[axis + 1] }
        let shape = order.map { x.shape[$0] }, step = order.map { strides[$0] }
        return Tensor(shape) { out in
            x.withUnsafeBuffer { values in
                for i in out.indices {
                    let (a, b) = (i / (shape[1] * shape[2] * shape[3]), i / (shape[2] * shape[3]) % shape[1])
                    let (c, d) = (i / shape[3] % shape[2], i % shape[3])
                    out[i] = values[a * step[0] + b * step[1] + c * step[2] + d * step[3]]
                }
            }
        }
    }
}
