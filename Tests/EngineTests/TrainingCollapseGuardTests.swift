import Foundation
import Testing

@testable import Engine

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

    @Test func notANumberIsNotLow() {
        var collapse = CollapseGuard(start)
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

    /// Channels 1, 2 and 3 everywhere: no variance at all. Channel one 0 and 2, channel two 5 and 5: (1 + 0)/2.
    @Test func varianceOverImagesAndPixels() {
        let constant = Tensor([2, 2, 1, 3], [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
        #expect(CollapseGuard.variance(of: constant) == 0)
        #expect(CollapseGuard.variance(of: Tensor([1, 2, 1, 2], [0, 5, 2, 5])) == 0.5)
        #expect(CollapseGuard.variance(of: Tensor([0, 1, 1, 2])) == 0)
        // (1/8)², beside a mean whose square has no room for it in Float32.
        let far: [Float] = [10_000, 10_000.25]
        #expect(CollapseGuard.variance(of: Tensor([2, 1, 1, 1], far)) == 0.015625)
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
