import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct TrainingCollapseGuardTests {
    let configuration = AntiCollapseConfiguration(
        varianceThreshold: 0.01, patience: 2, adjustmentFactor: 2, maximumContent: 3, minimumRecon: 0.1)
    let start = LossWeights(content: 1, recon: 0.3, cross: 1, edge: 0.05)

    /// Content 1 → 2 → 3 (bound, not 4), recon 0.3 → 0.15 → 0.1 (bound, not 0.075), then both stay.
    @Test func adjustsWithinItsBoundsByHand() {
        var collapse = CollapseGuard(start)
        let said = (0..<6).map { _ in
            collapse.observe(latentVariance: 0.5, crossVariance: 0.001, configuration)
        }
        #expect(
            said == [
                nil,
                "collapse: cross variance 0.001 below 0.01 for 2 epochs; content weight 1 → 2, recon weight 0.3 → 0.15",
                nil,
                "collapse: cross variance 0.001 below 0.01 for 2 epochs; content weight 2 → 3, recon weight 0.15 → 0.1",
                nil,
                "collapse: cross variance 0.001 below 0.01 for 2 epochs; "
                    + "content weight stays at 3, recon weight stays at 0.1",
            ])
        #expect(collapse.weights == LossWeights(content: 3, recon: 0.1, cross: 1, edge: 0.05))
    }

    @Test func healthyEpochsStartTheCountAgain() {
        var collapse = CollapseGuard(start)
        for latent in [0.001, 0.5, 0.001, 0.01, 0.009, 0.02] {
            #expect(collapse.observe(latentVariance: latent, crossVariance: 1, configuration) == nil)
        }
        #expect(collapse.weights == start && collapse.lowEpochs == 0)
    }

    /// The two variances need not be low in the same epoch.
    @Test func eitherVarianceCounts() {
        var collapse = CollapseGuard(start)
        #expect(collapse.observe(latentVariance: 0, crossVariance: 1, configuration) == nil)
        let said = collapse.observe(latentVariance: 1, crossVariance: 0, configuration)
        #expect(said?.hasPrefix("collapse: cross variance 0 below") == true)
    }

    /// Content weight 100 and no recon are beyond both bounds: nothing is undone, and what the user can do is said.
    @Test func aPlantedCollapseIsReportedWithoutGoingBack() {
        let planted = LossWeights(content: 100, recon: 0, cross: 1, edge: 0)
        var collapse = CollapseGuard(planted)
        _ = collapse.observe(latentVariance: 1e-5, crossVariance: 1e-6, configuration)
        let said = collapse.observe(latentVariance: 1e-5, crossVariance: 1e-6, configuration)
        #expect(
            said
                == "collapse: latent variance 1e-05 and cross variance 1e-06 below 0.01 for 2 epochs; content weight stays "
                + "at 100, recon weight stays at 0; a constant latent satisfies the content loss, so if it does not recover, "
                + "start with less content weight")
        #expect(collapse.weights == planted)
    }

    @Test func whatIsNotKnownIsNotLow() {
        var collapse = CollapseGuard(start)
        for _ in 0..<5 { #expect(collapse.observe(latentVariance: nil, crossVariance: nil, configuration) == nil) }
        for _ in 0..<5 { #expect(collapse.observe(latentVariance: .nan, crossVariance: .nan, configuration) == nil) }
    }

    @Test func resumesWhereItWas() throws {
        var whole = CollapseGuard(start), resumed = whole
        for epoch in 0..<7 {
            let variance = epoch == 3 ? 1 : 0.001
            let first = whole.observe(latentVariance: variance, crossVariance: 1, configuration)
            #expect(first == resumed.observe(latentVariance: variance, crossVariance: 1, configuration))
            resumed = try JSONDecoder().decode(CollapseGuard.self, from: JSONEncoder().encode(resumed))
        }
        #expect(whole == resumed && whole.weights.content == 3)
    }

    /// Two images at two places: 1 and 3 at the first (variance 1), 5 and 5 at the second: 1/2.
    @Test func varianceOverImages() {
        #expect(CollapseGuard.variance(of: Tensor([2, 2, 1, 1], [1, 5, 3, 5])) == 0.5)
        #expect(CollapseGuard.variance(of: Tensor([2, 1, 1, 3], [1, 2, 3, 1, 2, 3])) == 0)
        #expect(CollapseGuard.variance(of: Tensor([1, 2, 2, 1], [1, 2, 3, 4])) == nil)
        #expect(CollapseGuard.variance(of: Tensor([0, 2, 2, 1])) == nil)
        // (1/8)², beside a mean whose square has no room for it in Float32.
        #expect(CollapseGuard.variance(of: Tensor([2, 1, 1, 1], [10_000, 10_000.25])) == 0.015625)
    }

    /// 150 steps on images of random waves, inverse in the second domain: with all the weight on content the latent comes to
    /// ignore the image, which only the variance over images shows; with little weight on it, it does not.
    @Test func aCollapsedLatentIsTold() throws {
        func train(_ weights: LossWeights) throws -> (images: Double, elements: Double, said: String?) {
            let network = C2CNetwork(Architecture(channels: 1, features: [16, 8], latentChannels: 16), seed: 1)
            let optimizer = Optimizer(.init(), network.parameters)
            let objective = Objective(weights: weights, distance: .l1)
            var latent = Tensor([0]), cross = latent
            for step in 0..<150 {
                var stream = RandomStream(seed: UInt64(step), purpose: .test)
                let phases = (0..<8).map { _ in Float(stream.uniform() * 6) }
                let image = Tensor(
                    [4, 16, 16, 1],
                    (0..<1024).map { index in
                        let (row, column) = (Float(index / 16 % 16), Float(index % 16))
                        return sin(row * 0.3 + phases[index / 256]) * cos(column * 0.2 + phases[4 + index / 256])
                    })
                let tape = Tape()
                let x = DomainPair(a: tape.constant(image), b: tape.constant(Elementwise.map(image) { $0 * -0.5 }))
                let outputs = network(x, .init(.noSkip))
                (latent, cross) = (outputs.encodings.a.latent.value, outputs.cross.a.value)
                let gradients = tape.gradients(of: objective(outputs, x).total)
                _ = optimizer.update(gradients, learningRate: 2e-3, clipNorm: 1)
            }
            let mean = latent.values.reduce(0.0) { $0 + Double($1) } / Double(latent.count)
            let elements = Elementwise.sumOfSquares(latent) / Double(latent.count) - mean * mean
            var collapse = CollapseGuard(weights)
            let said = collapse.observe(
                latentVariance: CollapseGuard.variance(of: latent), crossVariance: CollapseGuard.variance(of: cross),
                AntiCollapseConfiguration(patience: 1))
            return (try #require(CollapseGuard.variance(of: latent)), elements, said)
        }
        let collapsed = try train(LossWeights(content: 100, recon: 0, cross: 1, edge: 0))
        let healthy = try train(LossWeights(content: 0.05, recon: 0.2, cross: 1, edge: 0))
        #expect(collapsed.images < 1e-4 && collapsed.elements > 0.1, "\(collapsed)")
        #expect(collapsed.said != nil)
        #expect(healthy.images > 1e-3 && healthy.said == nil, "\(healthy)")
    }

    @Test func configurations() throws {
        func read(_ text: String) throws -> AntiCollapseConfiguration {
            let reader = try ConfigurationReader(parsing: Data(text.utf8), file: "f.json")
            let configuration = try AntiCollapseConfiguration(reading: reader)
            try reader.finish()
            return configuration
        }
        #expect(try read("{}") == AntiCollapseConfiguration())
        #expect(
            try read(String(decoding: JSONEncoder().encode(configuration), as: UTF8.self)) == configuration)
        #expect(throws: InputError.self) { try read(#"{ "adjustment_factor": 0.5 }"#) }
    }
}
