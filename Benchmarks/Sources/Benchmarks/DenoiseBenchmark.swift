import Foundation

@testable import Engine
@testable import Formats
@testable import Tensors

/// `denoise` of one large image beside the network's forward pass on the whole image at once.
enum DenoiseBenchmark {
    private static let side = 2048
    private static let runs = 3

    private struct Line: Encodable {
        let `case`: String
        let side = DenoiseBenchmark.side
        let threads = Parallel.threadCount
        /// Ascending.
        let seconds: [Double]
        let peakMiB: Int
        /// Largest |strips - whole| over pixels.
        let difference: Double

        enum CodingKeys: String, CodingKey {
            case `case`, side, threads, seconds, difference
            case peakMiB = "peak_mib"
        }
    }

    /// Writes the weights, for PyTorch, and noise as the image: CASE.pt and image.npy.
    static func writeData(_ kind: StepBenchmark.Case, to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let network = network(kind)
        let weights = TwinLayout.export(network.parameters, network.parameters.map(\.value))
        try AtomicFile.write(
            TorchFile.encode(weights, file: kind.rawValue), to: folder.appending(path: "\(kind.rawValue).pt"))
        try NumPyFile.write(NumPyArray(image()), to: folder.appending(path: "image.npy"))
    }

    /// Times f_b of the image as x_a, without skips, and writes it: CASE.npy.
    static func run(_ kind: StepBenchmark.Case, in folder: URL) throws {
        let (network, image) = (network(kind), image())
        let wiring = C2CNetwork.Wiring(.noSkip)
        var output = network.denoise(image, to: .b, wiring)
        let seconds = (0..<runs).map { _ in
            Timing.once { output = network.denoise(image, to: .b, wiring) }
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let tape = Tape(recording: false)
        let x = tape.constant(image.reshaped([1] + image.shape))
        let whole = network.crossOutput(DomainPair(a: x, b: x), to: .b, wiring).value
        let difference = zip(output.values, whole.values).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
        try NumPyFile.write(NumPyArray(output), to: folder.appending(path: "\(kind.rawValue).npy"))
        try Main.print(
            Line(
                case: kind.rawValue, seconds: seconds.sorted(), peakMiB: usage.ru_maxrss / 1024, difference: difference)
        )
    }

    private static func network(_ kind: StepBenchmark.Case) -> C2CNetwork { C2CNetwork(kind.architecture, seed: 0) }

    private static func image() -> Tensor {
        var stream = RandomStream(seed: 0, purpose: .noise)
        return Tensor([side, side, 1], (0..<side * side).map { _ in Float(stream.gaussian()) })
    }
}
