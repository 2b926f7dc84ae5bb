import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct TrainingCollapseGuardTests {
    let configuration = AntiCollapseConfiguration(
        lifeThreshold: 0.01, varianceThreshold: 0.01, patience: 2, adjustmentFactor: 2, maximumContent: 3,
        minimumRecon: 0.1)
    let start = LossWeights(content: 1, recon: 0.3, cross: 1, edge: 0.05)

    /// What a guard says of epochs with these numbers, under `configuration` with another response.
    private func said(
        _ collapse: inout CollapseGuard, life: Double?, variance: Double?, epochs: Int = 1,
        _ response: AntiCollapseConfiguration.Response = .act, _ contentLoss: ContentLoss = .absolute
    ) -> [String?] {
        var configuration = configuration
        configuration.response = response
        return (0..<epochs).map { _ in
            collapse.observe(latentLife: life, crossVariance: variance, configuration, contentLoss: contentLoss)
        }
    }

    /// Content 1 → 2 → 3 (bound, not 4), recon 0.3 → 0.15 → 0.1 (bound, not 0.075), then both stay.
    @Test func adjustsWithinItsBoundsByHand() {
        var collapse = CollapseGuard(start)
        let found = "collapse: the cross variance 0.001 is below 0.01 for 2 epochs; "
        #expect(
            said(&collapse, life: 0.5, variance: 0.001, epochs: 6) == [
                nil, found + "content weight 1 → 2, recon weight 0.3 → 0.15", nil,
                found + "content weight 2 → 3, recon weight 0.15 → 0.1", nil,
                found + "content weight stays at 3, recon weight stays at 0.1",
            ])
        #expect(collapse.weights == LossWeights(content: 3, recon: 0.1, cross: 1, edge: 0.05))
    }

    /// The same words and no change; or neither.
    @Test func itActsOnlyIfItIsTo() {
        var warning = CollapseGuard(start), silent = warning
        #expect(
            said(&warning, life: 0.5, variance: 0.001, epochs: 3, .warn) == [
                nil, "collapse: the cross variance 0.001 is below 0.01 for 2 epochs; the loss weights stay", nil,
            ])
        #expect(warning.weights == start)
        #expect(said(&silent, life: 0, variance: 0, epochs: 5, .off) == [nil, nil, nil, nil, nil])
        #expect(silent == CollapseGuard(start))
    }

    @Test func healthyEpochsStartTheCountAgain() {
        var collapse = CollapseGuard(start)
        for life in [0.001, 0.5, 0.001, 0.01, 0.009, 0.02] {
            #expect(said(&collapse, life: life, variance: 1) == [nil])
        }
        #expect(collapse.weights == start && collapse.lowEpochs == 0)
    }

    /// The two need not be low in the same epoch.
    @Test func eitherCounts() {
        var collapse = CollapseGuard(start)
        #expect(said(&collapse, life: 0, variance: 1) == [nil])
        let words = said(&collapse, life: 1, variance: 0)
        #expect(words[0]?.hasPrefix("collapse: the cross variance 0 is below") == true)
    }

    /// Content weight 100 and no recon are beyond both bounds: nothing is undone, and what the user can do is said.
    @Test func aPlantedCollapseIsReportedWithoutGoingBack() {
        let planted = LossWeights(content: 100, recon: 0, cross: 1, edge: 0)
        var collapse = CollapseGuard(planted)
        let found =
            "collapse: the share 1e-05 of the latent that differs between images is below 0.01 and the cross variance "
            + "1e-06 is below 0.01 for 2 epochs; content weight stays at 100, recon weight stays at 0"
        #expect(
            said(&collapse, life: 1e-5, variance: 1e-6, epochs: 2)[1] == found
                + "; a constant latent satisfies the absolute content loss, so start anew with content_loss relative or less "
                + "content weight")
        #expect(collapse.weights == planted)
        // The relative content loss is not what kills a latent.
        #expect(said(&collapse, life: 1e-5, variance: 1e-6, epochs: 2, .act, .relative)[1] == found)
    }

    @Test func whatIsNotKnownIsNotLow() {
        var collapse = CollapseGuard(start)
        #expect(said(&collapse, life: nil, variance: nil, epochs: 5).allSatisfy { $0 == nil })
        #expect(said(&collapse, life: .nan, variance: .nan, epochs: 5).allSatisfy { $0 == nil })
    }

    @Test func resumesWhereItWas() throws {
        var whole = CollapseGuard(start), resumed = whole
        for epoch in 0..<7 {
            let life = epoch == 3 ? 1 : 0.001
            #expect(said(&whole, life: life, variance: 1) == said(&resumed, life: life, variance: 1))
            resumed = try JSONDecoder().decode(CollapseGuard.self, from: JSONEncoder().encode(resumed))
        }
        #expect(whole == resumed && whole.weights.content == 3)
    }

    /// What the guard did stands in the metrics and in the checkpoint; a guard that only warns changes nothing but its words.
    @Test(arguments: AntiCollapseConfiguration.Response.allCases)
    func whatItDidIsWrittenDown(response: AntiCollapseConfiguration.Response) throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration(overrides: [
                "epochs=4",
                "anti_collapse={\"response\": \"\(response.rawValue)\", \"variance_threshold\": 10, \"patience\": 1, \"adjustment_factor\": 2}",
            ])
            var notices = 0
            _ = try tiny.trainer(configuration, "run").train(report: { if case .notice = $0 { notices += 1 } })
            #expect(notices == (response == .off ? 0 : 4))
            let file = folder.appending(path: "run/checkpoints/last.safetensors")
            let checkpoint = try Checkpoint.read(file)
            // Three epochs of four were followed by steps: 1 → 8, of which the bound is 10, and 0.2 → 0.025.
            let expected =
                response == .act ? LossWeights(content: 8, recon: 0.025, cross: 1, edge: 0) : configuration.lossWeights
            #expect(checkpoint.effectiveWeights == expected)
            #expect(try tiny.metrics("run").last?.values["weights/content"] == Double(expected.content))
            let metadata = try SafetensorsFile.read(file).metadata["effective_loss_weights"]
            let stored = try JSONDecoder().decode(LossWeights.self, from: Data((metadata ?? "").utf8))
            #expect(stored == expected)
        }
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
        #expect(throws: InputError.self) { try read(#"{ "response": "panic" }"#) }
        // What files say that know no response.
        let old = try read(#"{ "variance_threshold": 1e-8, "patience": 2 }"#)
        #expect(old == AntiCollapseConfiguration(response: .act, varianceThreshold: 1e-8, patience: 2))
    }
}
