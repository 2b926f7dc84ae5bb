import Foundation
import Testing

@testable import Engine
@testable import Formats

/// What the summary of a run says about its learning.
@Suite struct TrainingLearningChecksTests {
    /// Epochs of a healthy run with these held-out cross losses.
    private func records(_ cross: [Double], content: Double = 0.01, latent: Double = 0.1) -> [EpochRecord] {
        cross.enumerated().map { index, loss in
            EpochRecord(
                epoch: index + 1, step: 10 * (index + 1),
                values: [
                    "val/cross": loss, "loss/cross": loss, "loss/content": content, "noise/floor": 0.15,
                    "latent/life": latent, "variance/cross": 0.5,
                ])
        }
    }

    private func expectations(_ text: String) throws -> LearningExpectations {
        let reader = try ConfigurationReader(parsing: Data(text.utf8), file: "expect")
        let expectations = try LearningExpectations(reading: reader)
        try reader.finish()
        return expectations
    }

    private let section = #"{ "epochs": [2, 4], "cross": [0.5, 0.3], "content": 0.02, "plateau": 1 }"#

    private func failed(_ records: [EpochRecord]) throws -> [String] {
        LearningChecks(records, expectations: try expectations(section)).checks.filter { !$0.pass }.map(\.name)
    }

    @Test func expectationsThatAreMet() throws {
        let checks = LearningChecks(records([0.8, 0.49, 0.49, 0.29]), expectations: try expectations(section))
        #expect(checks.pass)
        #expect(
            checks.text.contains("pass  held-out cross loss by epoch 2: 0.49, must be below 0.5, noise floor 0.15\n"))
        #expect(checks.text.contains("pass  no long plateau: 1 epochs at most"))
        #expect(checks.text.contains("pass  content loss by epoch 4: 0.01, must be below 0.02\n"))
    }

    /// A bound is not below itself; each expectation fails alone.
    @Test func expectationsThatAreNotMet() throws {
        #expect(try failed(records([0.8, 0.5, 0.4, 0.29])) == ["held-out cross loss by epoch 2"])
        #expect(try failed(records([0.8, 0.4, 0.35, 0.3])) == ["held-out cross loss by epoch 4"])
        #expect(try failed(records([0.8, 0.28, 0.29, 0.281])) == ["no long plateau"])
        #expect(try failed(records([0.8, 0.4, 0.35, 0.29], content: 0.02)) == ["content loss by epoch 4"])
        #expect(try failed(records([0.8, 0.4, 0.35, 0.29], latent: 1e-5)) == ["latent lives"])
        // A latent may be as small as the configuration lets it be.
        let small = LearningChecks(
            records([0.8, 0.4], latent: 1e-6), bounds: AntiCollapseConfiguration(lifeThreshold: 1e-8))
        #expect(
            small.pass
                && small.text.contains("latent lives: share that differs between images 1e-06, must be above 1e-08"))
        // What was not measured is not met.
        let blind = records([0.8, 0.4, 0.35, 0.29]).map { EpochRecord(epoch: $0.epoch, step: $0.step, values: [:]) }
        #expect(try failed(blind).contains("held-out cross loss by epoch 2"))
    }

    @Test func nothingIsSaidOfEpochsThatAreNotReached() throws {
        let names = LearningChecks(records([0.8, 0.6, 0.6]), expectations: try expectations(section)).checks.map(\.name)
        #expect(names.filter { $0.contains("epoch") || $0.contains("plateau") } == ["held-out cross loss by epoch 2"])
        // Nor, without expectations, of any.
        #expect(!LearningChecks(records([0.8, 0.6, 0.6, 0.6])).checks.contains { $0.name.contains("epoch") })
        // Epochs beyond the last one that is named may be as flat as they like.
        #expect(try failed(records([0.8, 0.4, 0.35, 0.29, 0.29, 0.29, 0.29])) == [])
    }

    @Test func plateaus() {
        #expect(LearningExpectations.longestPlateau([]) == 0)
        #expect(LearningExpectations.longestPlateau([3, 2, 1]) == 0)
        #expect(LearningExpectations.longestPlateau([3, 2, 2.5, 2, 1, 1, 0.5]) == 2)
        // By less than a ten-thousandth is no improvement, and many of them in a row are one.
        #expect(LearningExpectations.longestPlateau([1, 0.99995, 0.9998]) == 1)
        #expect(LearningExpectations.longestPlateau([1, .infinity, .nan]) == 2)
    }

    @Test(arguments: [
        (#"{ "epochs": [], "cross": [], "content": 1, "plateau": 1 }"#, "epochs: is []; it must be a list of"),
        (#"{ "epochs": [4, 4], "cross": [1, 1], "content": 1, "plateau": 1 }"#, "epochs: is [4, 4]"),
        (#"{ "epochs": [1], "cross": [1, 1], "content": 1, "plateau": 1 }"#, "cross: has 2 losses; epochs has 1"),
        (#"{ "epochs": [1], "cross": [0], "content": 1, "plateau": 1 }"#, "cross"),
        (#"{ "epochs": [1], "cross": [1], "plateau": 1 }"#, "content: is missing"),
        (#"{ "epochs": [1], "cross": [1], "content": 1, "plateaus": 1 }"#, "plateau: is missing"),
    ]) func wrongExpectationsAreNamed(text: String, words: String) {
        let error = #expect(throws: InputError.self) { try expectations(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    /// Expectations hold for the images and the noise of their file.
    @Test func otherDataTakesThemAway() throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            func read(_ overrides: [String]) throws -> LearningExpectations? {
                try tiny.configuration(overrides: ["expect=\(section)"] + overrides).expectations
            }
            #expect(try read([]) == expectations(section))
            #expect(try read(["epochs=4", "learning_rate=1"]) == expectations(section))
            #expect(try read(["data.crops_per_image=3"]) == nil)
            #expect(try read(["noise.sigma_a=0.3"]) == nil)
            #expect(try tiny.configuration().expectations == nil)
        }
    }
}
