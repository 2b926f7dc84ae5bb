import Formats
import Foundation

/// Writes `events.out.tfevents.NAME`: scalars and images over steps, for `tensorboard --logdir RUN`.
///
/// Records wait in memory until `flush`, which adds them to the file whole. The file is closed when the writer goes away.
public final class TensorBoardWriter {
    /// The event file.
    public let file: URL
    private let clock: () -> Double
    private let handle: FileHandle
    /// Size of the file, up to the end of its last whole record.
    private var length: Int
    private var pending: [UInt8] = []

    /// Starts a file, in place of one of that name.
    ///
    /// - Parameters:
    ///   - directory: where the file goes; it must exist.
    ///   - name: end of the file's name. TensorBoard shows the directory and not the file as the run.
    ///   - step: goes on with the file that is there, if there is one: its records up to this step are kept, those from
    ///     the first later one on (of a run that was killed after its last checkpoint) or from the first damaged one on are
    ///     dropped. So flush before the checkpoint of a step is written.
    ///   - clock: seconds since 1970, asked once for each record.
    /// - Throws: `InputError` of kind `.cannotWrite`; the old file is then unchanged.
    public init(
        directory: URL, name: String, resumingAfter step: Int? = nil, clock: @escaping () -> Double
    ) throws {
        file = directory.appending(path: "events.out.tfevents.\(name)")
        self.clock = clock
        var records: [UInt8] = []
        if let step, FileManager.default.fileExists(atPath: file.path) {
            let old = [UInt8](try InputFile.read(file))
            records = Array(old.prefix(Self.end(of: old, upTo: step)))
        }
        if records.isEmpty {
            let version = TensorBoardEvent(wallTime: clock(), step: 0, tag: "", content: .fileVersion)
            records = TFRecord.frame(version.encoded)
        }
        try AtomicFile.write(Data(records), to: file)
        length = records.count
        do {
            handle = try FileHandle(forWritingTo: file)
            try handle.seekToEnd()
        } catch {
            throw Self.failure(file, error)
        }
    }

    /// A number under a tag such as `loss/cross`, stored as Float32.
    public func scalar(_ tag: String, _ value: Double, step: Int) {
        add(tag, .scalar(Float(value)), step: step)
    }

    /// A picture under a tag such as `images/cross_abs_a`.
    ///
    /// - Parameters:
    ///   - png: a whole PNG file.
    ///   - height: of the picture in pixels, as `width`.
    ///   - channels: 1 for grey, 3 for RGB.
    public func image(_ tag: String, png: Data, height: Int, width: Int, channels: Int, step: Int) {
        add(tag, .image(png: [UInt8](png), height: height, width: width, channels: channels), step: step)
    }

    /// Adds the waiting records to the file.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite` (a full disk); the file then ends where it did, and the records wait on.
    public func flush() throws {
        guard !pending.isEmpty else { return }
        do {
            try handle.write(contentsOf: Data(pending))
        } catch {
            // Part of a record at the end would hide every later one from readers.
            try? handle.truncate(atOffset: UInt64(length))
            throw Self.failure(file, error)
        }
        length += pending.count
        pending = []
    }

    private func add(_ tag: String, _ content: TensorBoardEvent.Content, step: Int) {
        let event = TensorBoardEvent(wallTime: clock(), step: step, tag: tag, content: content)
        pending += TFRecord.frame(event.encoded)
    }

    /// Where the records of `file` up to `step` end.
    private static func end(of file: [UInt8], upTo step: Int) -> Int {
        var offset = 0
        while let (payload, next) = TFRecord.read(file, at: offset),
            let own = TensorBoardEvent.step(of: payload), own <= step
        {
            offset = next
        }
        return offset
    }

    private static func failure(_ file: URL, _ error: any Error) -> InputError {
        let error = error as NSError
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError
        return InputError(
            .cannotWrite, file: file.relativePath,
            problem: "cannot be written: \((underlying ?? error).localizedDescription)",
            remedy: "free some space, or choose a place where you may write")
    }
}
