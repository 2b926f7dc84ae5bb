import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Formats
@testable import Reports
@testable import Tensors

/// Whether a latent lives and what outputs owe to it, on networks with a known answer.
@Suite struct LatentUseTests {
    private func predictor(_ strategy: SkipStrategy, isDead: Bool) -> NetworkPredictor {
        let network = C2CNetwork(Architecture(channels: 1, features: [16, 8], latentChannels: 16), seed: 3)
        // The last normalisation of the encoder gives its bias alone: a constant.
        for parameter in network.parameters where isDead && parameter.name == "encoder.bottleneck.norm2.weight" {
            parameter.value = Tensor(parameter.value.shape)
        }
        for parameter in network.parameters where isDead && parameter.name == "encoder.bottleneck.norm2.bias" {
            parameter.value = Tensor(parameter.value.shape, repeating: 0.5)
        }
        return NetworkPredictor(name: strategy.rawValue, network: network, wiring: .init(strategy))
    }

    private let evaluation = Scenes(imageCount: 3, height: 49, width: 38).evaluation

    /// A planted null: outputs of a dead latent owe it nothing, exactly.
    @Test(arguments: [SkipStrategy.noSkip, .sourceSkip, .targetSkip]) func aDeadLatent(strategy: SkipStrategy) throws {
        let use = try #require(LatentUse(predictor(strategy, isDead: true), on: evaluation))
        #expect(use.life == 0 && use.losses.map(\.direction) == Direction.allCases)
        #expect(use.losses.allSatisfy { $0.otherImage == 0 && $0.mean == 0 })
        #expect(use.text.contains("dead, the output comes from the skips"))
    }

    /// A planted effect: without skips the output with another image's latent is that image's output.
    @Test func aLivingLatent() throws {
        let predictor = predictor(.noSkip, isDead: false)
        let use = try #require(LatentUse(predictor, on: evaluation))
        #expect(use.life > LatentLife.smallest && use.life == LatentUse.life(of: predictor, on: evaluation))
        #expect(!use.text.contains("dead"))
        func error(_ output: Tensor, _ clean: Tensor) -> Double {
            10 * log10(Elementwise.sum(output, clean) { ($0 - $1) * ($0 - $1) })
        }
        let outputs = evaluation.pairs.map { predictor.predict($0.noisy, .bToA) }
        let expected = evaluation.pairs.indices.reduce(0.0) { sum, index in
            guard let clean = evaluation.pairs[index].clean?.a else { return .nan }
            return sum + error(outputs[(index + 1) % 3], clean) - error(outputs[index], clean)
        }
        let loss = try #require(use.losses.first { $0.direction == .bToA })
        #expect(abs(loss.otherImage - expected / 3) < 1e-3, "\(loss.otherImage), \(expected / 3)")
    }

    /// Images of different sizes are cut to one; one pair shows no difference; without clean images there is no PSNR.
    @Test func whatThePairsAllow() throws {
        let network = predictor(.sourceSkip, isDead: false)
        var mixed = evaluation
        mixed.pairs[1] = Scenes(imageCount: 2, height: 60, width: 64).evaluation.pairs[1]
        #expect(try #require(LatentUse(network, on: mixed)).losses.count == 2)
        for index in mixed.pairs.indices { mixed.pairs[index].clean = nil }
        #expect(try #require(LatentUse(network, on: mixed)).losses.isEmpty)
        mixed.pairs = [mixed.pairs[0]]
        #expect(LatentUse(network, on: mixed) == nil && LatentUse.life(of: network, on: mixed) == nil)
    }

    private func training(_ content: Float, configured: Float? = nil) -> TrainingSummary {
        func weights(_ content: Float) -> LossWeights { LossWeights(content: content, recon: 0.2, cross: 1, edge: 0) }
        return TrainingSummary(
            contentLoss: .absolute, lossWeights: weights(content), configuredWeights: configured.map(weights))
    }

    @Test func whoWasTrainedAlike() {
        let groups = TrainingSummary.groups([
            ("one", training(1)), ("two", training(10, configured: 1)), ("three", training(1)),
        ])
        #expect(groups.map(\.names) == [["one", "three"], ["two"]])
        #expect(groups[0].losses == "content 1 (absolute), recon 0.2, cross 1, edge 0")
        #expect(
            groups[1].losses
                == "content 10 (absolute), recon 0.2, cross 1, edge 0, moved by the collapse guard from content 1, recon 0.2, "
                + "cross 1, edge 0")
    }

    /// A comparison of models that were trained with other losses says so before anything else; one of models trained alike does not,
    /// nor do models of other programs count.
    @Test(arguments: [(Float(10), true), (1, false)]) func aComparisonSaysWhoWasNot(content: Float, differs: Bool)
        throws
    {
        let models = zip(["one", "two", "saved"], [training(1), training(content), nil]).map { name, training in
            var model = ModelUnderTest(
                LinearOracle(name: name, evaluation: evaluation), source: "test", sha256: "")
            model.training = training
            return model
        }
        let comparison = Comparison(evaluation, seed: 3)
        let findings = try models.map { try comparison.test($0, isAlone: false) }
        let found = try #require(try comparison.compare(models, findings))
        let text = ComparisonText.section(found)
        guard differs else {
            #expect(found.caveat == nil && text.hasPrefix("## Comparison\n\nDifferences from"))
            return
        }
        #expect(
            text.hasPrefix(
                "## Comparison\n\nThese models were not trained with the same losses: `one` with content 1 (absolute), recon 0.2, "
                    + "cross 1, edge 0; `two` with content 10 (absolute)"))
    }
}
