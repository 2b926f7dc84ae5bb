import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine

/// `data make` and `data info`.
@Suite(.serialized) struct DataCommandTests {
    let bench: Workbench
    let folder: TemporaryDirectory

    init() throws {
        bench = try Workbench.shared.get()
        folder = try TemporaryDirectory()
    }

    private func configuration(_ overrides: [String] = []) throws -> RunConfiguration {
        try RunConfiguration(contentsOf: URL(fileURLWithPath: bench.configuration), overrides: overrides)
    }

    /// What was written is what the configuration trains on, number by number, and reads back as recorded pairs.
    @Test func makeWritesWhatTrainingSees() throws {
        let out = folder.url.appending(path: "data")
        let outcome = try Program.run([
            "data", "make", bench.configuration, "--out", out.path, "--set", "data.repeats=1",
        ])
        #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
        let made = try configuration(["data.repeats=1"])
        let expected = try PairedDataset.load(made.data, seed: made.seed)
        var recorded = made.data
        recorded.source = out.path
        recorded.noise = nil
        let read = try PairedDataset.load(recorded, seed: made.seed)
        #expect(read.training.count == 3 && read.heldOut.count == 6)
        for (have, want) in zip(read.training + read.heldOut, expected.training + expected.heldOut) {
            #expect(have.id == want.id && have.noisy == want.noisy && have.clean == want.clean)
            #expect(have.repeats == want.repeats && have.repeats.count == 1)
        }
    }

    /// σ 0.2 in both domains on nine images of 224²: its floor is 2·0.2·√(2/π).
    @Test func infoMeasures() throws {
        let outcome = try Program.run(["data", "info", bench.configuration, "--json"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(object["training"] as? Int == 3 && object["heldOutSubjects"] as? Int == 6)
        #expect(object["heights"] as? [Int] == [224, 224] && object["channels"] as? Int == 1)
        #expect(object["hasClean"] as? Bool == true && object["repeats"] as? Int == 0)
        #expect(abs((object["noiseB"] as? Double ?? 0) - 0.2) < 0.002)
        #expect(abs((object["noiseFloorL1"] as? Double ?? 0) - 0.4 * (2 / Double.pi).squareRoot()) < 0.003)
        let text = try Program.run(["data", "info", bench.configuration]).output
        #expect(text.contains("held out        6 pairs of 6 subjects\nsize            224 × 224 pixels, 1 channel(s)"))
    }

    /// Nothing is written for a configuration that cannot be loaded.
    @Test func badInput() throws {
        let out = folder.url.appending(path: "none")
        let outcome = try Program.run([
            "data", "make", bench.configuration, "--out", out.path, "--set", "data.source=nowhere",
        ])
        #expect(outcome.status == 65 && outcome.errors.contains("nowhere"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: out.path))
    }
}
