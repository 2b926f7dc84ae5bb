import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats

/// Files that `torch.save` wrote (Tests/Fixtures/torch/make_torch.py) against the weights that went into them.
@Suite struct CheckpointTorchFileTests {
    struct Expected: Decodable { let tolerance: [String: Double] }

    static func twin() throws -> Checkpoint { try Checkpoint.read(Fixtures.url("twin/case4.weights.safetensors")) }

    static func file(_ name: String) -> URL { Fixtures.url("torch/\(name)") }

    static var renaming: NameMapping {
        get throws {
            let rules = #"{ "net.enc.": "encoder.", "net.out_a.": "decoder_a.", "net.out_b.": "decoder_b.", "#
            let heads = ["a", "b"].flatMap { d in
                ["weight", "bias"].map { #""net.out_\#(d).last.\#($0)": "decoder_\#(d).head.\#($0)""# }
            }
            return try NameMapping(parsing: Data((rules + heads.joined(separator: ",") + "}").utf8), file: "names.json")
        }
    }

    /// What went in comes out, to the last bit unless a narrower type rounded it on the way.
    @Test func everyWayOfSaving() throws {
        let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: Self.file("expected.json")))
        let twin = try Self.twin()
        #expect(expected.tolerance.count == 14)
        for (name, tolerance) in expected.tolerance {
            let isRenamed = name == "renamed.pt"
            let checkpoint = try Checkpoint.read(Self.file(name), mapping: isRenamed ? Self.renaming : nil)
            #expect(checkpoint.architecture == twin.architecture, "\(name)")
            #expect(Set(checkpoint.weights.keys) == Set(twin.weights.keys), "\(name)")
            for (key, weight) in twin.weights {
                let read = try #require(checkpoint.weights[key])
                #expect(read.shape == weight.shape, "\(name) \(key)")
                let isRight = zip(read.values, weight.values).allSatisfy {
                    Double(abs($0 - $1)) <= tolerance * Double(abs($1)) + (tolerance > 0 ? 1e-7 : 0)
                }
                #expect(isRight, "\(name) \(key)")
            }
            _ = try checkpoint.network()
        }
    }

    /// The twin's outputs, from both zip layouts.
    @Test(arguments: ["state_dict.pt", "zip_of_1_4.pt", "nested.pt"])
    func outputsOfTheTwin(name: String) throws {
        let golden = try TwinParityTests.Golden(4)
        let checkpoint = try Checkpoint.read(Self.file(name))
        let tape = Tape(recording: false)
        let outputs = try checkpoint.network()(golden.x.map(tape.constant), golden.checkpoint.wiring)
        for (key, value) in [
            ("za", outputs.encodings.a.latent), ("same_a", outputs.same.a), ("same_b", outputs.same.b),
            ("cross_a", outputs.cross.a), ("cross_b", outputs.cross.b),
        ] { #expect(golden.error(value.value, key) < 1e-5, "\(key)") }
    }

    /// Each has a sentence that names what is wrong.
    @Test(arguments: [
        ("hostile_system.pt", "asks for posix.system, which no state dictionary needs; nothing was run"),
        ("hostile_eval.pt", "asks for __builtin__.eval"), ("hostile_stack_global.pt", "asks for posix.system"),
        ("hostile_build.pt", "sets the state of something unknown"),
        ("hostile_huge_tensor.pt", "cannot hold"), ("hostile_huge_storage.pt", "has 8 bytes"),
        ("hostile_beyond_storage.pt", "cannot hold"), ("hostile_negative.pt", "cannot hold"),
        ("hostile_storage_path.pt", "names the storage \"../../data.pkl\""),
        ("hostile_text_beyond_end.pt", "ends too early"), ("hostile_cycle.pt", "contains itself"),
        ("hostile_deep.pt", "nested deeper"), ("hostile_laughs.pt", "nested deeper"),
        ("hostile_memo.pt", "recalls 7, which was never kept"), ("hostile_empty.pt", "empty stack"),
        ("hostile_member_path.pt", "leaves the archive"),
        ("legacy.pt", "before version 1.6"), ("two_networks.pt", "several networks, under student, teacher"),
        ("other_network.pt", "holds no tensors named encoder.…"), ("expanded.pt", "more elements than"),
        ("renamed.pt", "it begins with net."),
    ])
    func refused(name: String, reason: String) throws {
        do {
            let checkpoint = try Checkpoint.read(Self.file(name))
            Issue.record("\(name) was read: \(checkpoint.architecture)")
        } catch let error as InputError {
            #expect(error.description.contains(reason), "\(error)")
            #expect(error.file.hasSuffix(name))
        }
    }

    /// A tensor that is missing is named when the network is made, and listed with what was found.
    @Test func whatDoesNotFit() throws {
        #expect(throws: InputError.self) { try Checkpoint.read(Self.file("incomplete.pt")).network() }
        let found = try StateDictionary.read(Self.file("incomplete.pt"))
        #expect(found.missing.map(\.name) == ["decoder_b.head.bias"] && found.missing[0].shape == [1])
        #expect(found.surplus.isEmpty && found.problem == nil && found.entries.allSatisfy { $0.role == $0.name })
        let parallel = try StateDictionary.read(Self.file("parallel.pt"))
        let unused = parallel.entries.filter { $0.role == nil }.map(\.name)
        #expect(parallel.missing.isEmpty && unused.allSatisfy { $0.hasPrefix("optimizer.") })
        #expect(parallel.entries.first { $0.name == "model.module.encoder.bottleneck.conv1.bias" }?.role != nil)
        let other = try StateDictionary.read(Self.file("other_network.pt"))
        #expect(other.entries.map(\.type).contains("int64") && other.architecture == nil)
    }

    /// A configuration says the strategy; one of another network is refused.
    @Test func configuration() throws {
        let text = """
            { "seed": 1, "data": { "source": "photos", "data_range": 2, "held_out": ["a"] }, "features": [8],
              "latent_channels": 8, "cross_domain_strategy": "use_target_skip", "batch_size": 1, "crop_size": 8, "epochs": 1 }
            """
        let right = try RunConfiguration(parsing: text, file: "x.json")
        #expect(try Checkpoint.read(Self.file("half.pt"), configuration: right).wiring.strategy == .targetSkip)
        let wrong = try RunConfiguration(parsing: text.replacing("[8]", with: "[16]"), file: "x.json")
        #expect(throws: InputError.self) { try Checkpoint.read(Self.file("half.pt"), configuration: wrong) }
    }

    @Test(arguments: [
        ("[]", "is not an object"), (#"{ "a": 1 }"#, "maps a name to 1"), (#"{ "a.": "b" }"#, "ends in a point"),
        (#"{ "nobody": "encoder.x" }"#, "no tensor has this name"),
    ])
    func mappings(text: String, reason: String) throws {
        do {
            let mapping = try NameMapping(parsing: Data(text.utf8), file: "names.json")
            _ = try Checkpoint.read(Self.file("renamed.pt"), mapping: mapping)
            Issue.record("was read")
        } catch let error as InputError {
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    /// What `export` writes is read back with the same bits; what PyTorch makes of it is a test of the program.
    @Test func exportedAndReadAgain() throws {
        let twin = try Self.twin()
        let folder = try TemporaryDirectory()
        for format in Checkpoint.Format.allCases {
            let file = folder.url.appending(path: "x.pt")
            try twin.export(as: format, to: file)
            let again = try Checkpoint.read(file)
            #expect(again.weights == twin.weights && again.architecture == twin.architecture)
            let bytes = try Data(contentsOf: file)
            try twin.export(as: format, to: file)
            #expect(try Data(contentsOf: file) == bytes)
        }
    }
}
