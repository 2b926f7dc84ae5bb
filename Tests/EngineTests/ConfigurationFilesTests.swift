import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats

/// The files in configs/: all load, and each small variant is its experiment with narrower layers and smaller crops.
@Suite struct ConfigurationFilesTests {
    static let names = [
        "pure_noise2noise", "extreme_denoising", "progressive_training", "progressive_training_stage2",
        "no_skip_everywhere",
        "cross_baseline", "cross_no_skip", "cross_target_skip", "cross_zero_skip", "cross_mixed_skip",
        "ablation_all_losses", "ablation_no_content", "ablation_no_recon", "ablation_no_cross", "ablation_only_cross",
        "ablation_content_recon", "ablation_strong_edge",
    ]

    static func read(_ name: String) throws -> RunConfiguration {
        try RunConfiguration(contentsOf: Fixtures.root.appending(path: "configs/\(name).json"))
    }

    @Test(arguments: names)
    func theSmallVariantDiffersInWidthsAndCropsOnly(name: String) throws {
        let full = try Self.read(name), small = try Self.read("small/\(name)")
        #expect(small.features.map { $0 * 4 } == full.features)
        #expect(small.latentChannels * 4 == full.latentChannels)
        // Whole slices are whole slices in both.
        #expect(small.cropSize < full.cropSize || small.cropSize == small.data.phantom.size)
        var widened = small
        widened.features = full.features
        widened.latentChannels = full.latentChannels
        widened.cropSize = full.cropSize
        #expect(widened == full)
    }

    @Test func nothingElseIsThere() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Fixtures.root.appending(path: "configs").path
        ).filter { $0.hasSuffix(".json") }
        #expect(Set(files) == Set(Self.names.map { "\($0).json" }))
    }

    @Test(arguments: names)
    func encodingReadsBackAsTheSame(name: String) throws {
        let configuration = try Self.read(name)
        let text = String(decoding: try configuration.encoded(), as: UTF8.self)
        #expect(try RunConfiguration(parsing: text, file: name) == configuration)
    }

    /// Each file says which content loss it trains on; the arms of the demonstration differ in their skips alone.
    @Test func contentLosses() throws {
        let configs = Fixtures.root.appending(path: "configs")
        let files = try #require(FileManager.default.enumerator(at: configs, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }
        #expect(files.count > 2 * Self.names.count)
        for file in files {
            #expect(try String(contentsOf: file, encoding: .utf8).contains("\"content_loss\""), "\(file.path)")
        }
        let arms = try [SkipStrategy.noSkip, .sourceSkip, .targetSkip, .mixedSkip].map { strategy in
            var configuration = try Self.read("demo/\(strategy.rawValue)")
            #expect(configuration.wiring.strategy == strategy)
            configuration.wiring.strategy = .noSkip
            return configuration
        }
        #expect(arms.allSatisfy { $0 == arms[0] })
        #expect(arms[0].contentLoss == .relative && arms[0].antiCollapse.response == .warn)
    }

    @Test func aRelativeContentLossTakesTwoImages() throws {
        let file = Fixtures.root.appending(path: "configs/demo/no_skip.json")
        let error = #expect(throws: InputError.self) {
            try RunConfiguration(contentsOf: file, overrides: ["batch_size=1"])
        }
        #expect(error?.description.contains("batch_size: is 1 and content_loss relative") == true)
        #expect(throws: InputError.self) {
            try RunConfiguration(contentsOf: file, overrides: ["content_loss.type=whitened"])
        }
        let plain = try RunConfiguration(contentsOf: file, overrides: ["content_loss={}"])
        #expect(plain.contentLoss == .absolute)
    }

    /// Loss weights and strategy as the experiments define them: content, recon, cross, edge.
    @Test(arguments: [
        ("extreme_denoising", [0.5, 0.05, 1, 0], SkipStrategy.noSkip),
        ("progressive_training", [1, 1, 0.1, 0], .noSkip),
        ("progressive_training_stage2", [0.5, 0.1, 1, 0.05], .noSkip),
        ("cross_target_skip", [1, 0.5, 1, 0], .targetSkip),
        ("ablation_only_cross", [0, 0, 1, 0], .noSkip),
        ("ablation_content_recon", [1, 1, 0, 0], .noSkip),
        ("ablation_strong_edge", [1, 0.5, 1, 0.2], .noSkip),
    ])
    func weights(name: String, expected: [Float], strategy: SkipStrategy) throws {
        let configuration = try Self.read(name)
        let weights = configuration.lossWeights
        #expect([weights.content, weights.recon, weights.cross, weights.edge] == expected)
        #expect(configuration.wiring.strategy == strategy)
    }
}
