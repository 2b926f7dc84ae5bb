import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Formats
@testable import Tensors

/// Ring spectra of 256 images of 256², |T| and γ² of every ring with BCa intervals from 2,000 resamples of images.
///
/// Timed from Float32 images in memory to the numbers.
enum SpectraBenchmark {
    private static let (images, side, replicates, seed) = (256, 256, 2000, UInt64(1337))
    private static let rounds = 5

    private struct Line: Encodable {
        let threads = Parallel.threadCount
        let rings: Int
        var seconds: [Double] = []
        var spectraSeconds: [Double] = []
        var numbers: [String: [Double]] = [:]

        enum CodingKeys: String, CodingKey {
            case threads, rings, seconds, numbers
            case spectraSeconds = "spectra_seconds"
        }
    }

    /// An error that holds 0.2 of the noise, blurred, and power of its own; and which images each resample draws.
    static func writeData(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let pairs = try Parallel.map(images) { image in
            var stream = RandomStream(seed: seed, purpose: .test, image: image)
            let noise = (0..<side * side).map { _ in stream.gaussian() }
            let gain = 0.5 + stream.uniform()
            let error = noise.indices.map { index in
                0.1 * (noise[index] + noise[index ^ 1]) + 0.3 * gain * stream.gaussian()
            }
            return (error, noise)
        }
        let stacks = ["e": pairs.flatMap(\.0), "n": pairs.flatMap(\.1)]
        for (name, values) in stacks {
            try NumPyFile.write(
                NumPyArray([images, side, side], values), to: folder.appending(path: "\(name).npy"))
        }
        let counts = (0..<replicates).flatMap {
            ClusterBootstrap.counts(units: images, seed: seed, replicate: $0).map(Double.init)
        }
        try NumPyFile.write(NumPyArray([replicates, images], counts), to: folder.appending(path: "resamples.npy"))
    }

    static func run(on folder: URL, rings: Int) throws {
        let (errors, noises) = (try stack(folder, "e"), try stack(folder, "n"))
        var line = Line(rings: rings)
        for round in 0...rounds {
            var spectraSeconds = 0.0
            let seconds = try Timing.once {
                var accumulator = SpectralAccumulator(
                    fields: ["e", "n"], ringWidth: 0.5 / Double(rings), window: .hann)
                spectraSeconds = try Timing.once {
                    try accumulator.add(units: images) { image in
                        [Plane.channels(of: errors[image]) + Plane.channels(of: noises[image])]
                    }
                }
                line.numbers = numbers(accumulator)
            }
            guard round > 0 else { continue }
            line.seconds.append(seconds)
            line.spectraSeconds.append(spectraSeconds)
        }
        try Main.print(line)
    }

    private static func stack(_ folder: URL, _ name: String) throws -> [Tensor] {
        let values = try NumPyFile.read(folder.appending(path: "\(name).npy")).values
        let pixels = side * side
        return (0..<images).map { image in
            Tensor([side, side, 1], values[image * pixels..<(image + 1) * pixels].map { Float($0) })
        }
    }

    private static func numbers(_ accumulator: SpectralAccumulator) -> [String: [Double]] {
        let spectra = accumulator.spectra
        let rings = spectra.rings
        @Sendable func curves(_ spectra: RingSpectra) -> [Double] {
            rings.map { spectra.transfer(from: "n", to: "e", $0)?.amplitude ?? .nan }
                + rings.map { spectra.coherence("e", "n", $0) ?? .nan }
        }
        let estimates = curves(spectra)
        let bootstrap = ClusterBootstrap(unitSums: accumulator.rows, seed: seed, replicates: replicates)
        let intervals = bootstrap.distributions { curves(accumulator.spectra(of: $0)) }.map {
            $0?.interval(confidence: 0.95)
        }
        let (lower, upper) = (intervals.map { $0?.lower ?? .nan }, intervals.map { $0?.upper ?? .nan })
        return [
            "power_e": rings.compactMap { spectra.power("e", $0) },
            "power_n": rings.compactMap { spectra.power("n", $0) },
            "transfer": Array(estimates[..<rings.count]), "coherence": Array(estimates[rings.count...]),
            "transfer_lower": Array(lower[..<rings.count]), "coherence_lower": Array(lower[rings.count...]),
            "transfer_upper": Array(upper[..<rings.count]), "coherence_upper": Array(upper[rings.count...]),
        ]
    }
}
