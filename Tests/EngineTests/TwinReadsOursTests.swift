import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

/// A checkpoint of ours, read and run by the PyTorch twin (Tests/Fixtures/twin/make_ours.py): its outputs are ours.
@Suite struct TwinReadsOursTests {
    @Test func theSameOutputs() throws {
        let checkpoint = try Checkpoint.read(Fixtures.url("twin/ours.safetensors"))
        #expect(
            checkpoint.wiring.strategy == .targetSkip && checkpoint.state.epoch == 1 && checkpoint.configuration != nil)
        let golden = try SafetensorsFile.read(Fixtures.url("twin/ours.golden.safetensors")).tensors
        let tape = Tape(recording: false)
        let x = DomainPair(a: "xa", b: "xb").map {
            tape.constant(TwinParityTests.Golden.channelsLast(golden[$0]))
        }
        let outputs = try checkpoint.network()(x, checkpoint.wiring)
        for (name, value) in [
            ("za", outputs.encodings.a.latent), ("zb", outputs.encodings.b.latent), ("same_a", outputs.same.a),
            ("same_b", outputs.same.b), ("cross_a", outputs.cross.a), ("cross_b", outputs.cross.b),
        ] {
            let theirs = TwinParityTests.Golden.channelsLast(golden[name])
            #expect(value.shape == theirs.shape)
            let largest = theirs.values.reduce(0) { max($0, abs($1)) }
            #expect(largest > 0.01, "\(name)")
            let error = zip(value.value.values, theirs.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
            #expect(error < 1e-5 * largest, "\(name): \(error / largest)")
        }
    }
}
