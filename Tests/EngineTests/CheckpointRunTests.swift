import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

/// Checkpoints that are not what they should be: one sentence that names the file, and nothing changed.
@Suite struct CheckpointRunTests {
    /// A checkpoint of a tiny run in memory, with moments.
    private static func checkpoint(_ strategy: SkipStrategy = .targetSkip) throws -> (
        C2CNetwork, Optimizer, SafetensorsFile
    ) {
        try withTemporaryDirectory { folder in
            let configuration = try TinyRun(in: folder).configuration(strategy)
            let network = C2CNetwork(configuration.architecture(channels: 1), seed: 1)
            let optimizer = Optimizer(configuration.optimizer, network.parameters)
            let file = folder.appending(path: "c.safetensors")
            try Checkpoint(network, optimizer, TrainingState(), configuration).write(to: file)
            return (network, optimizer, try SafetensorsFile.read(file))
        }
    }

    /// What reading the file and putting it into a network and its optimizer throws; both must be as before.
    private static func refusal(_ contents: SafetensorsFile, _ network: C2CNetwork, _ optimizer: Optimizer) throws
        -> InputError
    {
        try withTemporaryDirectory { folder in
            let file = folder.appending(path: "bad.safetensors")
            try contents.write(to: file)
            return try refusal(file, network, optimizer)
        }
    }

    private static func refusal(_ file: URL, _ network: C2CNetwork, _ optimizer: Optimizer) throws -> InputError {
        let before = (network.parameters.map(\.value), optimizer.means, optimizer.squares, optimizer.step)
        let error = try #require(throws: InputError.self) {
            let checkpoint = try Checkpoint.read(file)
            // As a command would, and as a resumed run would.
            _ = try checkpoint.network()
            try checkpoint.restore(network, optimizer)
        }
        #expect(network.parameters.map(\.value) == before.0)
        #expect(optimizer.means == before.1 && optimizer.squares == before.2 && optimizer.step == before.3)
        #expect(error.kind == .data && error.file.hasPrefix(file.path), "\(error)")
        #expect(!"\(error)".contains("\n") && "\(error)".count < 500)
        return error
    }

    @Test func theWholeFile() throws {
        let (network, optimizer, contents) = try Self.checkpoint()
        try withTemporaryDirectory { folder in
            let file = folder.appending(path: "c.safetensors")
            let whole = contents.encoded()
            // Cut anywhere: in the length, in the header, at its end, in the tensors, by one byte.
            for length in [0, 1, 7, 8, 100, 4000, whole.count / 2, whole.count - 1] {
                try AtomicFile.write(whole.prefix(length), to: file)
                _ = try Self.refusal(file, network, optimizer)
            }
            // A header longer than the file, and one of 2⁶³ bytes.
            for claim in [UInt64(whole.count), UInt64(1) << 63, .max] {
                var longer = Data()
                withUnsafeBytes(of: claim.littleEndian) { longer.append(contentsOf: $0) }
                try AtomicFile.write(longer + whole.dropFirst(8), to: file)
                let error = try Self.refusal(file, network, optimizer)
                #expect("\(error)".contains("the header claims \(claim) bytes"), "\(error)")
            }
            try AtomicFile.write(whole + Data([0]), to: file)
            _ = try Self.refusal(file, network, optimizer)
            try AtomicFile.write(try Data(contentsOf: fixture("png/grey8.png")), to: file)
            _ = try Self.refusal(file, network, optimizer)
            let missing = try #require(throws: InputError.self) {
                try Checkpoint.read(folder.appending(path: "none.safetensors"))
            }
            #expect("\(missing)".hasSuffix("none.safetensors: there is no such file"))
        }
    }

    /// Damage anywhere is refused or harmless, never a crash.
    @Test func randomDamage() throws {
        let (network, optimizer, contents) = try Self.checkpoint()
        let whole = [UInt8](contents.encoded())
        let header = whole.prefix(8 + Int(whole[0]) + Int(whole[1]) << 8)
        for draw in 0..<400 {
            var stream = RandomStream(seed: 4, purpose: .test, draw: draw)
            // Mostly in the header, where meaning is.
            let bytes =
                draw % 4 == 0
                ? mutated(whole, with: &stream) : mutated(Array(header), with: &stream) + whole[header.count...]
            do {
                let checkpoint = try Checkpoint(
                    SafetensorsFile(decoding: Data(bytes), file: "damaged"), file: "damaged")
                _ = try checkpoint.network()
                try checkpoint.restore(network, optimizer)
            } catch let error as InputError {
                #expect(error.file.hasPrefix("damaged"))
            }
        }
    }

    @Test func tensors() throws {
        let (network, optimizer, contents) = try Self.checkpoint()
        let name = "decoder_b.levels.0.conv1.weight"
        for prefix in ["", "optimizer.mean.", "optimizer.square."] {
            var missing = contents
            missing.tensors[prefix + name] = nil
            #expect(
                try "\(Self.refusal(missing, network, optimizer))".contains("\(prefix)\(name): the tensor is missing"))
            var other = contents
            other.tensors[prefix + name] = Tensor([8, 8, 3, 3])
            #expect(
                try "\(Self.refusal(other, network, optimizer))".contains(
                    "\(prefix)\(name): the shape is [8, 8, 3, 3]; the architecture"))
        }
        var extra = contents
        extra.tensors["decoder_c.head.weight"] = Tensor([1])
        #expect(
            try "\(Self.refusal(extra, network, optimizer))".contains(
                "decoder_c.head.weight: the architecture channels 1, features [8], latent 8 has no such tensor"))
        extra = contents
        extra.tensors["optimizer.mean.decoder_c.head.weight"] = Tensor([1])
        #expect(try "\(Self.refusal(extra, network, optimizer))".contains("optimizer.mean.decoder_c.head.weight"))
    }

    @Test(arguments: [
        ("channels", "1000000000", "make no network"), ("channels", "0", "make no network"),
        ("channels", "-1", "make no network"), ("channels", "one", "channels: one is not valid"),
        ("channels", "2", "the shape is [8, 1, 3, 3]"), ("features", "[1000000000]", "make no network"),
        ("features", "[]", "make no network"),
        ("features", "[8192, 8192, 8192, 8192, 8192, 8192, 8192, 8192]", "parameters, the file"),
        ("features", "[8, 8]", "is missing"), ("features", "8", "features: 8 is not valid"),
        ("latent_channels", "8192", "parameters, the file"), ("latent_channels", "9", "the shape is"),
        ("latent_channels", "99999999999999999999", "is not valid"),
        ("strategy", "use_all_skips", "use_all_skips is unknown"),
        ("training_state", "{}", "is not valid"), ("optimizer_step", "many", "many is not valid"),
        ("optimizer_step", "-3", "is -3"), ("optimizer_step", "9223372036854775807", "is 9223372036854775807"),
        ("config", "{ \"seed\": 1 }", "__metadata__: config: "), ("config", "not JSON", "config"),
    ])
    func metadata(key: String, value: String, problem: String) throws {
        let (network, optimizer, contents) = try Self.checkpoint()
        var changed = contents
        changed.metadata[key] = value
        let error = try Self.refusal(changed, network, optimizer)
        #expect("\(error)".contains(problem), "\(error)")
        // Nothing of the architecture can be guessed.
        if key == "channels" || key == "features" || key == "latent_channels" {
            changed.metadata[key] = nil
            #expect(try "\(Self.refusal(changed, network, optimizer))".contains("\(key) is missing"))
        }
    }

    @Test(arguments: ["epoch", "stepInEpoch", "step"], [-1, Int.max])
    func impossibleCounts(key: String, value: Int) throws {
        let (network, optimizer, contents) = try Self.checkpoint()
        var changed = contents
        let state = try #require(contents.metadata["training_state"])
        changed.metadata["training_state"] = state.replacing("\"\(key)\":0", with: "\"\(key)\":\(value)")
        #expect(changed.metadata != contents.metadata)
        #expect(try "\(Self.refusal(changed, network, optimizer))".contains("impossible counts"))
    }

    /// The number of weights by formula is the number of weights.
    @Test(arguments: [
        Architecture(channels: 1, features: [8], latentChannels: 8),
        Architecture(channels: 3, features: [12, 6, 5], latentChannels: 7),
        Architecture(channels: 2, features: [24, 16], latentChannels: 40, merge: .add),
    ])
    func parameterCount(architecture: Architecture) {
        #expect(C2CNetwork(architecture, seed: 0).parameters.reduce(0) { $0 + $1.count } == architecture.parameterCount)
    }

    /// Written, read and written again: the same bytes, whatever the strategy; the twin's names and layouts throughout.
    @Test(arguments: SkipStrategy.allCases)
    func roundTrip(strategy: SkipStrategy) throws {
        let (_, _, contents) = try Self.checkpoint(strategy)
        let checkpoint = try Checkpoint(contents, file: "memory")
        #expect(checkpoint.wiring.strategy == strategy)
        let network = try checkpoint.network()
        let configuration = try #require(checkpoint.configuration)
        let optimizer = Optimizer(configuration.optimizer, network.parameters)
        try checkpoint.restore(network, optimizer)
        try withTemporaryDirectory { folder in
            let file = folder.appending(path: "again.safetensors")
            try Checkpoint(network, optimizer, checkpoint.state, configuration).write(to: file)
            #expect(try Data(contentsOf: file) == contents.encoded())
        }
    }
}
