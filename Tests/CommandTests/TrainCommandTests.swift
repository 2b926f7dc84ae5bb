import Engine
import Foundation
import TestSupport
import Testing

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

    /// Ctrl-C after the first epoch: 130, everything saved; resumed, the bytes of a run that was not interrupted.
    @Test func interruptedAndResumed() throws {
        let arguments = [
            "--epochs", "40", "--set", "data.crops_per_image=2", "--set", "data.held_out=[\"image0\"]",
        ]
        let interrupted = try Program.run(train("parts", arguments)) { process in
            for _ in 0..<3000 where process.isRunning {
                if let text = try? String(contentsOf: file("parts/metrics.jsonl"), encoding: .utf8), !text.isEmpty {
                    break
                }
                usleep(10_000)
            }
            kill(process.processIdentifier, SIGINT)
        }
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
