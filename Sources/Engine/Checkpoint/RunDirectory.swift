import Formats
import Foundation

/// The files of one training run (docs/CLI.md, "Run directory").
///
///     config.json  metrics.jsonl  checkpoints/last.safetensors  best.safetensors  epoch-0004.safetensors
///
/// Held by one process at a time through a lock on `.lock`, which the system drops when the process ends.
public final class RunDirectory {
    /// The directory itself; it exists.
    public let url: URL
    private let directory: OutputDirectory
    /// Negative until the run has begun.
    private var lock: Int32 = -1

    /// The configuration with every default written out.
    var configurationFile: URL { url.appending(path: "config.json") }
    /// One `EpochRecord` a line.
    public var metricsFile: URL { url.appending(path: "metrics.jsonl") }
    /// What a resumed run goes on from: the end of the last epoch, or the step at which the run was stopped.
    var lastFile: URL { url.appending(path: "checkpoints/last.safetensors") }
    /// The epoch with the smallest held-out cross-domain loss (training loss where nothing is held out).
    var bestFile: URL { url.appending(path: "checkpoints/best.safetensors") }

    /// Makes nothing yet: a run that cannot begin leaves nothing behind.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite` if the directory cannot be made.
    public init(_ url: URL) throws {
        self.url = url
        directory = try OutputDirectory(url.path)
    }

    deinit {
        guard lock >= 0 else { return }
        // A process forked a moment ago still holds the descriptor, and with it the lock, unless it is given up for all.
        flock(lock, LOCK_UN)
        close(lock)
    }

    /// A folder of the run, made if need be.
    func folder(_ name: String) throws -> URL { try directory.make(name) }

    /// Makes the directory if need be and takes it for this process.
    private func take() throws {
        try directory.make("checkpoints")
        lock = open(url.appending(path: ".lock").path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw InputError(
                .cannotWrite, file: url.path, problem: "another process is training in this run directory",
                remedy: "wait for it or choose another --run-dir")
        }
    }

    /// Takes the directory, writes the configuration, and takes back metrics and kept checkpoints of epochs after `state`: those of
    /// a run that was killed before the checkpoint of the epoch was complete, or of an earlier run that this one replaces.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`, also if another process is using the directory.
    func begin(_ configuration: RunConfiguration, _ state: TrainingState) throws {
        try take()
        try AtomicFile.write(try configuration.encoded() + Data("\n".utf8), to: configurationFile)
        let kept = state.epoch == 0 ? [] : try Self.metrics(in: metricsFile).filter { $0.epoch <= state.epoch }
        try AtomicFile.write(Data(try kept.map(Self.line).joined().utf8), to: metricsFile)
        for later in Self.keptCheckpoints(in: url) where later.epoch > state.epoch {
            try? FileManager.default.removeItem(at: later.file)
        }
    }

    /// Adds a line to the metrics.
    func append(_ record: EpochRecord) throws {
        let old = FileManager.default.fileExists(atPath: metricsFile.path) ? try InputFile.read(metricsFile) : Data()
        try AtomicFile.write(old + Data(try Self.line(record).utf8), to: metricsFile)
    }

    func writeLast(_ checkpoint: Checkpoint) throws { try checkpoint.write(to: lastFile) }
    func writeBest(_ checkpoint: Checkpoint) throws { try checkpoint.write(to: bestFile) }

    /// Kept beside the last one, under its epoch.
    func write(_ checkpoint: Checkpoint, epoch: Int) throws {
        let digits = "\(epoch)"
        let number = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        try checkpoint.write(to: url.appending(path: "checkpoints/epoch-\(number).safetensors"))
    }

    /// The checkpoints that a run directory keeps of single epochs (`logging.checkpoint_interval`), by epoch; empty where
    /// there are none.
    public static func keptCheckpoints(in directory: URL) -> [(epoch: Int, file: URL)] {
        let folder = directory.appending(path: "checkpoints")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { name in
            guard let match = name.wholeMatch(of: /epoch-([0-9]{4,9})\.safetensors/), let epoch = Int(match.1) else {
                return nil
            }
            return (epoch, folder.appending(path: name))
        }.sorted { $0.epoch < $1.epoch }
    }

    /// The newest checkpoint; `nil` in a run that has none yet.
    func lastCheckpoint() throws -> Checkpoint? {
        FileManager.default.fileExists(atPath: lastFile.path) ? try Checkpoint.read(lastFile) : nil
    }

    /// The checkpoint file that `name` of a configuration's `checkpoint` means.
    ///
    /// A file; a run directory, whose last checkpoint is taken; or the name of a stage: a run directory of that name beside this
    /// one, or one beside it whose configuration says `"stage": name`.
    /// - Throws: `InputError` if there is none, or several runs of that stage.
    func start(_ name: String) throws -> URL {
        let manager = FileManager.default
        func checkpoint(in directory: URL) -> URL? {
            let file = directory.appending(path: "checkpoints/last.safetensors")
            return manager.fileExists(atPath: file.path) ? file : nil
        }
        let path = URL(fileURLWithPath: name)
        var isDirectory: ObjCBool = false
        if manager.fileExists(atPath: path.path, isDirectory: &isDirectory) {
            if !isDirectory.boolValue { return path }
            if let file = checkpoint(in: path) { return file }
        }
        let parent = url.deletingLastPathComponent()
        if let file = checkpoint(in: parent.appending(path: name)) { return file }
        let stages = ((try? manager.contentsOfDirectory(atPath: parent.path)) ?? []).sorted().compactMap {
            sibling -> URL? in
            let folder = parent.appending(path: sibling)
            let configuration = try? RunConfiguration(contentsOf: folder.appending(path: "config.json"))
            return configuration?.stage == name ? checkpoint(in: folder) : nil
        }
        guard stages.count == 1 else {
            throw InputError(
                file: configurationFile.path, place: "checkpoint",
                problem: stages.isEmpty
                    ? "there is no file, run directory or finished stage \"\(name)\""
                    : "\(stages.count) runs are stage \"\(name)\"",
                remedy: "train that stage first, into a run directory beside \(url.path), or name its run directory")
        }
        return stages[0]
    }

    /// The epochs of a metrics file, in order.
    ///
    /// - Throws: `InputError` naming the first line that is not a record.
    public static func metrics(in file: URL) throws -> [EpochRecord] {
        let lines = String(decoding: try InputFile.read(file), as: UTF8.self).split(separator: "\n")
        return try lines.enumerated().map { number, line in
            guard let record = try? JSONDecoder().decode(EpochRecord.self, from: Data(line.utf8)) else {
                throw InputError(
                    file: file.path, place: "line \(number + 1)", problem: "this is no record of an epoch",
                    remedy: "an object with epoch, step and numbers is expected")
            }
            return record
        }
    }

    private static func line(_ record: EpochRecord) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(record), as: UTF8.self) + "\n"
    }
}
