import Foundation
import Testing

@testable import Engine
@testable import Formats

/// `logging.checkpoint_interval`: checkpoints of single epochs stay beside the last one.
@Suite struct TrainingKeptCheckpointsTests {
    private static func kept(_ tiny: TinyRun, _ name: String) -> [Int] {
        RunDirectory.keptCheckpoints(in: tiny.folder.appending(path: name)).map(\.epoch)
    }

    @Test(arguments: [(0, []), (1, [1, 2, 3]), (2, [2]), (3, [3]), (4, [])])
    func everySoManyEpochs(interval: Int, epochs: [Int]) throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration(overrides: ["logging.checkpoint_interval=\(interval)"])
            #expect(try tiny.trainer(configuration, "run").train())
            #expect(Self.kept(tiny, "run") == epochs)
            for epoch in epochs {
                let file = folder.appending(path: "run/checkpoints/epoch-000\(epoch).safetensors")
                #expect(try Checkpoint.read(file).state.epoch == epoch)
            }
            if epochs.contains(3) {
                let last = try tiny.data("run/checkpoints/last.safetensors")
                #expect(try tiny.data("run/checkpoints/epoch-0003.safetensors") == last)
            }
        }
    }

    /// Interrupted and resumed, the kept ones are those of an uninterrupted run; a run that starts anew takes those of the one before
    /// away.
    @Test func resumedAndStartedAnew() throws {
        try withTemporaryDirectory { folder in
            let tiny = try TinyRun(in: folder)
            let configuration = try tiny.configuration(overrides: ["logging.checkpoint_interval=1"])
            #expect(try tiny.trainer(configuration, "whole").train())
            var steps = 0
            _ = try tiny.trainer(configuration, "parts").train(shouldStop: {
                steps += 1
                return steps == 3
            })
            #expect(Self.kept(tiny, "parts") == [1])
            #expect(try tiny.trainer(configuration, "parts", resume: true).train())
            #expect(Self.kept(tiny, "parts") == [1, 2, 3])
            for epoch in 1...3 {
                let file = "checkpoints/epoch-000\(epoch).safetensors"
                #expect(try tiny.data("whole/\(file)") == tiny.data("parts/\(file)"))
            }
            _ = try tiny.trainer(configuration, "parts")
            #expect(Self.kept(tiny, "parts").isEmpty)
        }
    }

    /// Epochs in order of their numbers, whatever else lies there.
    @Test func otherFilesAreNone() throws {
        try withTemporaryDirectory { folder in
            #expect(RunDirectory.keptCheckpoints(in: folder).isEmpty)
            let checkpoints = folder.appending(path: "checkpoints")
            try FileManager.default.createDirectory(at: checkpoints, withIntermediateDirectories: true)
            let names = [
                "epoch-0010", "epoch-0009", "epoch-12345", "epoch-7", "epoch-00x1", "last",
                "epoch-99999999999999999999",
            ]
            for name in names { try Data().write(to: checkpoints.appending(path: "\(name).safetensors")) }
            try Data().write(to: checkpoints.appending(path: "epoch-0011.tmp"))
            #expect(RunDirectory.keptCheckpoints(in: folder).map(\.epoch) == [9, 10, 12345])
        }
    }

    @Test(arguments: ["-1", "1.5", "\"often\""])
    func impossibleIntervals(value: String) throws {
        try withTemporaryDirectory { folder in
            let error = try #require(throws: InputError.self) {
                try TinyRun(in: folder).configuration(overrides: ["logging.checkpoint_interval=\(value)"])
            }
            #expect("\(error)".contains("checkpoint_interval"), "\(error)")
        }
    }
}
