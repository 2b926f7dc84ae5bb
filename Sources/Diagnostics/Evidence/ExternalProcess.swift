import Formats
import Foundation

/// A process that is started, watched and, with all that it started itself, ended.
struct ExternalProcess {
    private let words: [String]
    private let log: URL
    private let name: String

    /// - Parameters:
    ///   - words: the program, looked up in `PATH` unless it holds a slash, and its arguments.
    ///   - log: takes what it writes to standard output and standard error.
    ///   - name: as errors call it.
    init(_ words: [String], log: URL, name: String) {
        self.words = words
        self.log = log
        self.name = name
    }

    /// Runs it to its end.
    ///
    /// - Throws: `InputError` with its last words: it cannot be started, does not end in time, ends with another status than 0.
    ///   `ExternalProgram.Interrupted` where `shouldStop` turned true.
    func run(timeout: Double, shouldStop: () -> Bool) throws {
        guard let executable = Self.find(words[0]) else {
            throw InputError(
                .usage, file: "--command", problem: "there is no program \(words[0])",
                remedy: "a program in PATH, or the path of one, is expected")
        }
        let process = Process()
        process.executableURL = executable
        process.arguments = Array(words.dropFirst())
        process.standardInput = FileHandle.nullDevice
        try Data().write(to: log)
        let handle = try FileHandle(forWritingTo: log)
        defer { try? handle.close() }
        process.standardOutput = handle
        process.standardError = handle
        do { try process.run() } catch {
            throw InputError(file: name, problem: "cannot be started: \(error.localizedDescription)")
        }
        // Foundation makes every process the leader of a group of its own, so that all of its children can be ended with it.
        let group = process.processIdentifier
        defer { kill(-group, SIGKILL) }
        let deadline = ContinuousClock.now + .seconds(timeout)
        while process.isRunning {
            guard !shouldStop() else {
                end(process)
                throw ExternalProgram.Interrupted()
            }
            guard ContinuousClock.now < deadline else {
                end(process)
                throw failure("did not end within \(NumberText.shortest(timeout)) s", "--timeout gives it more")
            }
            usleep(5000)
        }
        let status = process.terminationStatus
        guard status == 0 else {
            throw failure(
                process.terminationReason == .uncaughtSignal
                    ? "was ended by signal \(status)" : "ended with status \(status)")
        }
    }

    private func end(_ process: Process) {
        kill(-process.processIdentifier, SIGKILL)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private func failure(_ problem: String, _ remedy: String? = nil) -> InputError {
        let text = (try? Data(contentsOf: log)).map { String(decoding: $0.suffix(4000), as: UTF8.self) } ?? ""
        let lines = text.split(whereSeparator: \.isNewline).suffix(5).map { "\n    \($0.prefix(300))" }
        let said = lines.isEmpty ? "; it said nothing" : "; it said last:\(lines.joined())"
        return InputError(file: name, problem: problem + (remedy.map { " (\($0))" } ?? "") + said)
    }

    /// The executable file that a shell would start.
    private static func find(_ program: String) -> URL? {
        let folders =
            program.contains("/")
            ? [""] : (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/" }
        return folders.map { $0 + program }.first { path in
            var isDirectory: ObjCBool = false
            return FileManager.default.isExecutableFile(atPath: path)
                && FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
        }.map { URL(fileURLWithPath: $0) }
    }
}
