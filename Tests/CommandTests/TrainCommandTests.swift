import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats
@testable import Tensors

@Suite(.serialized) struct TrainCommandTests {
    let bench: Workbench
    let folder: TemporaryDirectory

    init() throws {
        bench = try Workbench.shared.get()
        folder = try TemporaryDirectory()
    }

    private func file(_ name: String) -> URL { folder.url.appending(path: name) }

    private func train(_ run: String, _ more: [String]) -> [String] {
        ["train", "--config", bench.configuration, "--run-dir", file(run).path] + more
    }

    /// The metrics without their one time.
    private func metrics(_ run: String) throws -> String {
        try String(contentsOf: file("\(run)/metrics.jsonl"), encoding: .utf8).replacing(/"seconds":[^,}]*,?/, with: "")
    }

    @Test func oneLineAnEpochAndTheLastAsJSON() throws {
        let outcome = try Program.run(train("run", ["--json", "--epochs", "2"]))
        #expect(outcome.status == 0)
        let record = try JSONDecoder().decode(EpochRecord.self, from: Data(outcome.output.utf8))
        #expect(record.epoch == 2 && (record.values["loss/total"] ?? 0) > 0)
        #expect(outcome.output.split(separator: "\n").count == 1)
        #expect(try RunDirectory.metrics(in: file("run/metrics.jsonl")).last == record)
        #expect(outcome.errors.split(separator: "\n").count { $0.hasPrefix("tiny") } == 3)
        #expect(try Program.run(train("silent", ["--quiet", "--epochs", "1"])).errors.isEmpty)
    }

    @Test func theSameBytesForEveryThreadCount() throws {
        for threads in ["1", "2"] {
            #expect(try Program.run(train(threads, ["--threads", threads, "--epochs", "2"])).status == 0)
        }
        for name in ["checkpoints/last.safetensors", "checkpoints/best.safetensors", "config.json"] {
            #expect(try Data(contentsOf: file("1/\(name)")) == Data(contentsOf: file("2/\(name)")))
        }
        #expect(try metrics("1") == metrics("2"))
    }

    /// A run that gets Ctrl-C once its first epoch is written down.
    private func interrupt(_ run: String, _ arguments: [String]) throws -> Program.Outcome {
        try Program.run(train(run, arguments)) { process in
            for _ in 0..<3000 where process.isRunning {
                let text = try? String(contentsOf: file("\(run)/metrics.jsonl"), encoding: .utf8)
                if text?.isEmpty == false { break }
                usleep(10_000)
            }
            kill(process.processIdentifier, SIGINT)
        }
    }

    /// Ctrl-C after the first epoch: 130, everything saved; resumed, the bytes of a run that was not interrupted.
    @Test func interruptedAndResumed() throws {
        let arguments = [
            "--epochs", "40", "--set", "data.crops_per_image=2", "--set", "data.held_out=[\"image0\"]",
        ]
        let interrupted = try interrupt("parts", arguments)
        #expect(interrupted.status == 130, "\(interrupted.errors)")
        #expect(interrupted.errors.contains("saved, go on with --resume"))
        let checkpoint = try Checkpoint.read(file("parts/checkpoints/last.safetensors"))
        #expect(checkpoint.state.step > 0 && checkpoint.state.epoch < 40)
        #expect(try Program.run(train("parts", arguments + ["--resume"])).status == 0)
        #expect(try Program.run(train("whole", arguments)).status == 0)
        let last = "checkpoints/last.safetensors"
        #expect(try Data(contentsOf: file("parts/\(last)")) == Data(contentsOf: file("whole/\(last)")))
        #expect(try metrics("parts") == metrics("whole"))
    }

    /// Ten runs with everything that has a state, each killed once at a random moment, and resumed: the bytes of a run that was
    /// left alone.
    @Test func killedTenTimesAtRandom() throws {
        let arguments = [
            "--epochs", "12", "--quiet", "--set", "data.held_out=[\"image0\"]", "--set", "data.crops_per_image=2",
            "--set", "noise.realisation=\"fresh\"", "--set", "ema.decay=0.9", "--set", "scheduler.type=plateau",
            "--set", "anti_collapse={\"response\": \"act\", \"variance_threshold\": 10, \"patience\": 2}",
        ]
        let start = Date()
        #expect(try Program.run(train("whole", arguments)).status == 0)
        let seconds = Date().timeIntervalSince(start)
        for number in 0..<10 {
            let run = "killed\(number)"
            let killed = try Program.run(train(run, arguments)) { process in
                usleep(UInt32.random(in: 0..<UInt32(seconds * 1e6)))
                kill(process.processIdentifier, SIGKILL)
            }
            let stop = try? Checkpoint.read(file("\(run)/checkpoints/last.safetensors")).state
            #expect(try Program.run(train(run, arguments + ["--resume"])).status == 0)
            for name in ["checkpoints/last.safetensors", "checkpoints/best.safetensors", "config.json"] {
                #expect(
                    try Data(contentsOf: file("\(run)/\(name)")) == Data(contentsOf: file("whole/\(name)")),
                    "\(name), killed with status \(killed.status) after step \(stop?.step ?? 0)")
            }
            #expect(try metrics(run) == metrics("whole"))
        }
    }

    /// Content weight 100 and no reconstruction: a constant latent satisfies that best, and the guard says so. A run with sound
    /// weights it leaves alone.
    @Test func plantedCollapse() throws {
        let notice = /tiny: collapse: the share .* of the latent that differs between images is below 0.0001/
        let outcome = try Program.run(
            train("run", ["--epochs", "16", "--set", "loss_weights={\"content\": 100, \"recon\": 0, \"cross\": 1}"]))
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains(notice), "\(outcome.errors)")
        let healthy = try Program.run(train("healthy", ["--epochs", "8"]))
        #expect(healthy.status == 0 && !healthy.errors.contains("tiny: collapse:"), "\(healthy.errors)")
    }

    /// Runs that cannot learn end with what is wrong and what may help; 0, since a run that was asked for was made.
    private func advice(_ run: String, _ arguments: [String]) throws -> String {
        let outcome = try Program.run(train(run, ["--epochs", "4"] + arguments))
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.errors.split(separator: "\n").first { $0.contains("does not look like learning") }.map(
            String.init) ?? ""
    }

    /// Constant images without noise that differs between them: no output can differ either.
    @Test func constantImages() throws {
        try FileManager.default.createDirectory(at: file("flat"), withIntermediateDirectories: true)
        for index in 0..<3 {
            try PNGFile.write(Image(Tensor([64, 64, 1], repeating: 0.5)), to: file("flat/image\(index).png"))
        }
        let said = try advice("run", ["--data", file("flat").path, "--set", "data.held_out=[\"image0\"]"])
        #expect(said.contains("output does not collapse") && said.contains("images that differ may help"), "\(said)")
    }

    /// One image to train on and one held out: at the configured rate that is learnt, at ten times the rate the outputs become one image.
    @Test func twoImagesAndTooHighARate() throws {
        try FileManager.default.createDirectory(at: file("two"), withIntermediateDirectories: true)
        for index in 0..<2 {
            try PNGFile.write(Image(Workbench.picture(index, height: 32, width: 32)), to: file("two/image\(index).png"))
        }
        let images = ["--data", file("two").path, "--set", "data.held_out=[\"image0\"]"]
        #expect(try advice("healthy", images).isEmpty)
        let said = try advice("fast", images + ["--set", "learning_rate=0.1"])
        #expect(said.contains("output does not collapse") && said.contains("a smaller learning rate"), "\(said)")
    }

    /// Files that may not grow beyond a size, as on a full disk: one sentence, 73, and the checkpoint before whole.
    @Test(arguments: [4, 16, 24]) func noRoomForTheCheckpoint(kibibytes: Int) throws {
        #expect(try interrupt("run", ["--epochs", "100"]).status == 130)
        let last = file("run/checkpoints/last.safetensors")
        let good = try Data(contentsOf: last)
        #expect(good.count > kibibytes * 1024)
        let outcome = try Program.run(
            train("run", ["--quiet", "--resume", "--epochs", "100"]), fileSizeLimit: kibibytes)
        #expect(outcome.status == 73, "\(outcome.errors)")
        #expect(outcome.errors.contains("cannot be written: file too large"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(try Data(contentsOf: last) == good)
        #expect(try !listing(file("run")).contains { $0.contains(".tmp-") })
    }

    /// A disk of its own that is full when the run goes on: the same.
    @Test(.enabled(if: SmallDisk.isAllowed, "mounting a small file system takes root")) func fullDisk() throws {
        let disk = try SmallDisk(at: file("disk"), kibibytes: 1024)
        #expect(try interrupt("disk/run", ["--epochs", "100"]).status == 130)
        let last = file("disk/run/checkpoints/last.safetensors")
        let good = try Data(contentsOf: last)
        try disk.fill()
        let outcome = try Program.run(train("disk/run", ["--quiet", "--resume", "--epochs", "100"]))
        #expect(outcome.status == 73, "\(outcome.errors)")
        #expect(outcome.errors.contains("cannot be written: no space left on device"), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(try Data(contentsOf: last) == good)
        #expect(try !listing(file("disk/run")).contains { $0.contains(".tmp-") })
    }

    /// Images beyond Float32's range: the sentence, 65, and the checkpoint of an earlier run in that place untouched.
    @Test func aLossThatIsNotFinite() throws {
        #expect(try Program.run(train("run", ["--epochs", "1"])).status == 0)
        let good = try Data(contentsOf: file("run/checkpoints/last.safetensors"))
        let outcome = try Program.run(train("run", ["--set", "data.data_range=1e39", "--quiet"]))
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("is not finite at step 1 (epoch 1)"), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(try Data(contentsOf: file("run/checkpoints/last.safetensors")) == good)
    }
}
