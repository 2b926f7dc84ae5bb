import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

/// The main path: the same bytes whatever the threads and the interruptions, and a good checkpoint whatever goes wrong.
@Suite(.serialized) struct TrainerTests {
    private static let files = ["checkpoints/last.safetensors", "checkpoints/best.safetensors", "config.json"]

    @Test(arguments: ["stored", "fresh"])
    func theSameBytesForEveryThreadCount(realisation: String) throws {
        let threads = Parallel.threadCount
        defer { Parallel.threadCount = threads }
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration(.mixedSkip, realisation: realisation)
            for count in [1, 2, 5] {
                Parallel.threadCount = count
                #expect(try tiny.trainer(configuration, "threads\(count)").train())
            }
            for other in ["threads2", "threads5"] {
                for file in Self.files {
                    #expect(try tiny.data("threads1/\(file)") == tiny.data("\(other)/\(file)"), "\(file)")
                }
                #expect(try tiny.metricsText("threads1") == tiny.metricsText(other))
            }
            #expect(try tiny.metricsText("threads1").contains("\"loss/total\":"))
        }
    }

    /// Stopped after any step and resumed: weights, moments, state and metrics as without the stop.
    @Test(arguments: 1...6)
    func interruptedAndResumed(after stop: Int) throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration(realisation: "fresh")
            #expect(try tiny.trainer(configuration, "whole").train())
            var steps = 0
            let finished = try tiny.trainer(configuration, "parts").train(shouldStop: {
                steps += 1
                return steps == stop
            })
            #expect(!finished)
            let resumed = try tiny.trainer(configuration, "parts", resume: true)
            #expect(resumed.state.step == stop && resumed.optimizer.step == stop)
            #expect(try resumed.train())
            for file in Self.files { #expect(try tiny.data("whole/\(file)") == tiny.data("parts/\(file)"), "\(file)") }
            #expect(try tiny.metricsText("whole") == tiny.metricsText("parts"))
        }
    }

    /// A batch of one image says nothing of how much depends on the image: four of the epoch do, the same ones after an interruption.
    @Test func batchesOfOneImage() throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration(overrides: ["batch_size=1", "epochs=2"])
            #expect(try tiny.trainer(configuration, "whole").train())
            let records = try tiny.metrics("whole")
            #expect(records.count == 2 && records.allSatisfy { ($0.values["latent/life"] ?? 0) > 1e-4 })
            let names = LearningChecks(records).checks.filter(\.pass).map(\.name)
            #expect(names.contains("latent lives") && names.contains("output does not collapse"))

            var steps = 0
            _ = try tiny.trainer(configuration, "parts").train(shouldStop: {
                steps += 1
                return steps == 8
            })
            #expect(try tiny.trainer(configuration, "parts", resume: true).train())
            #expect(try tiny.metricsText("whole") == tiny.metricsText("parts"))
        }
    }

    /// An epoch's last batch of one image says nothing of life and does not lower its mean, also when the run is resumed.
    @Test func aLastBatchOfOneImage() throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration(overrides: ["batch_size=5", "epochs=1", "learning_rate=0"])
            #expect(try tiny.trainer(configuration, "whole").train())
            let batches = try tiny.trainer(configuration, "other").dataset.epoch(0, batchSize: 5, cropSize: 16)
            #expect(batches.map { $0.a.shape[0] } == [5, 1])
            let network = C2CNetwork(configuration.architecture(channels: 1), seed: configuration.seed)
            let tape = Tape(recording: false)
            let z = batches[0].map { network.encode(tape.constant($0)).latent.value }
            let life = try #require(LatentLife.share(of: z)),
                logged = try tiny.metrics("whole")[0].values["latent/life"]
            #expect(abs((logged ?? 0) / life - 1) < 1e-5)

            _ = try tiny.trainer(configuration, "parts").train(shouldStop: { true })
            #expect(try tiny.trainer(configuration, "parts", resume: true).train())
            #expect(try tiny.metricsText("whole") == tiny.metricsText("parts"))
        }
    }

    /// The held-out loss chooses the best epoch; what was not measured is no loss of 0.
    @Test func theBestEpochIsOneThatWasMeasured() {
        func loss(_ values: [String: Double]) -> Double? {
            EpochRecord(epoch: 1, step: 1, values: values).selectionLoss
        }
        #expect(loss(["val/cross": 0.3, "loss/total": 0.1]) == 0.3 && loss(["loss/total": 0.1]) == 0.1)
        #expect(loss(["val/psnr_a": 20]) == nil)
    }

    /// Killed between the last line of metrics and its checkpoint: the line is taken back and written again.
    @Test func killedBeforeTheCheckpoint() throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration()
            #expect(try tiny.trainer(configuration, "whole").train())
            let saved = folder.appending(path: "saved")
            _ = try tiny.trainer(configuration, "parts").train(report: { event in
                if case .epoch(let record) = event, record.epoch == 2 {
                    try? FileManager.default.copyItem(
                        at: folder.appending(path: "parts/checkpoints/last.safetensors"), to: saved)
                }
            })
            try AtomicFile.write(
                try Data(contentsOf: saved), to: folder.appending(path: "parts/checkpoints/last.safetensors"))
            #expect(try tiny.metrics("parts").count == 3)
            let resumed = try tiny.trainer(configuration, "parts", resume: true)
            #expect(try tiny.metrics("parts").map(\.epoch) == [1, 2])
            #expect(try resumed.train())
            #expect(try tiny.metricsText("whole") == tiny.metricsText("parts"))
            #expect(
                try tiny.data("whole/checkpoints/last.safetensors") == tiny.data("parts/checkpoints/last.safetensors"))
        }
    }

    /// A new run in the directory of an old one starts from nothing.
    @Test func withoutResumeARunStartsAnew() throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration()
            #expect(try tiny.trainer(configuration, "run").train())
            let first = try tiny.data("run/checkpoints/last.safetensors")
            let again = try tiny.trainer(configuration, "run")
            #expect(again.state == TrainingState())
            #expect(try again.train())
            #expect(try tiny.data("run/checkpoints/last.safetensors") == first)
            #expect(try tiny.metrics("run").count == 3)
        }
    }

    /// Rates that throw the weights out of Float32's range: the run ends with the reason, the checkpoint before stays.
    @Test(arguments: [1, 3])
    func aLossThatIsNotFinite(stepsPerEpoch: Int) throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let overrides = ["batch_size=\(6 / stepsPerEpoch)"]
            var configuration = try tiny.configuration(overrides: overrides + ["epochs=1"])
            #expect(try tiny.trainer(configuration, "run").train())
            let good = try tiny.data("run/checkpoints/last.safetensors")
            let metrics = try tiny.metricsText("run")

            // The same weights under another configuration: as a resumed run would go on.
            configuration = try tiny.configuration(overrides: overrides + ["epochs=4"])
            configuration.optimizer.learningRate = 1e38
            configuration.scheduler = ScheduleConfiguration(type: .constant)
            configuration.optimizer.weightDecay = 0
            let start = folder.appending(path: "run/checkpoints/last.safetensors")
            let trainer = try tiny.trainer(configuration, "exploding")
            try AtomicFile.write(good, to: folder.appending(path: "exploding/checkpoints/last.safetensors"))
            let error = try #require(throws: TrainingError.self) { try trainer.train() }
            #expect(
                "\(error)".contains("is not finite at step")
                    && "\(error)".contains("checkpoint of the last good epoch is kept"))
            #expect(try tiny.data("exploding/checkpoints/last.safetensors") == good)
            #expect(try tiny.metrics("exploding").isEmpty)
            #expect(try Data(contentsOf: start) == good && tiny.metricsText("run") == metrics)
        }
    }

    /// Images beyond Float32: the loss of the very first step.
    @Test func imagesThatAreHuge() throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration(overrides: ["data.data_range=1e39"])
            let trainer = try tiny.trainer(configuration, "run")
            let before = trainer.network.parameters.map(\.value)
            let error = try #require(throws: TrainingError.self) { try trainer.train() }
            #expect("\(error)".contains("at step 1 (epoch 1)"), "\(error)")
            #expect(trainer.network.parameters.map(\.value) == before)
            #expect(
                !FileManager.default.fileExists(atPath: folder.appending(path: "run/checkpoints/last.safetensors").path)
            )
        }
    }

    /// What a run starts from: another run's weights, with fresh moments.
    @Test func startingFromAnotherRun() throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            #expect(try tiny.trainer(try tiny.configuration(), "first").train())
            let configuration = try tiny.configuration(overrides: ["checkpoint=\"first\"", "seed=9"])
            let second = try tiny.trainer(configuration, "second")
            let first = try Checkpoint.read(folder.appending(path: "first/checkpoints/last.safetensors"))
            #expect(
                TwinLayout.export(second.network.parameters, second.network.parameters.map(\.value)) == first.weights)
            #expect(second.optimizer.step == 0 && second.state == TrainingState())
        }
    }

    /// Bad input leaves no directory behind.
    @Test func aRunThatCannotBegin() throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let small = try tiny.configuration(overrides: ["crop_size=32"])
            let error = try #require(throws: InputError.self) { try tiny.trainer(small, "small") }
            #expect(error.description.contains("brick.png: has 24×24 pixels") && error.description.contains("32×32"))
            let elsewhere = try tiny.configuration(overrides: ["checkpoint=\"nowhere\""])
            #expect(throws: InputError.self) { try tiny.trainer(elsewhere, "elsewhere") }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["config.json", "images"])
            // A run directory is one process's, until that ends.
            let first = try tiny.trainer(try tiny.configuration(), "run")
            let taken = try #require(throws: InputError.self) { try tiny.trainer(try tiny.configuration(), "run") }
            #expect(taken.kind == .cannotWrite && taken.description.contains("another process"))
            _ = first
        }
    }
}
