import Foundation
import TestSupport
import Testing

@testable import Engine

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
