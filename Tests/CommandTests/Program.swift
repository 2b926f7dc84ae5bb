import Foundation
import TestSupport

/// The built program, run as a process of its own.
enum Program {
    /// Beside the test bundle: SwiftPM builds it because these tests depend on it.
    static let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "n2n-analyze")

    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - directory: the working directory; the checkout by default.
    ///   - fileSizeLimit: in KiB, of every file that it writes.
    ///   - watch: called with the process while it runs.
    static func run(
        _ arguments: [String], in directory: URL = Fixtures.root, fileSizeLimit: Int? = nil,
        watch: (Process) throws -> Void = { _ in }
    ) throws -> Outcome {
        let process = Process()
        if let fileSizeLimit {
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments =
                ["-c", "ulimit -f \(fileSizeLimit); exec \"$0\" \"$@\"", executable.path] + arguments
        } else {
            process.executableURL = executable
            process.arguments = arguments
        }
        process.currentDirectoryURL = directory
        // The rest stays: OPENBLAS_CORETYPE, for one, chooses kernels that differ in rounding.
        process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "100"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files rather than pipes: a full pipe would stop the program while nobody reads.
        let folder = try TemporaryDirectory()
        let files = try ["out", "err"].map { name in
            let file = folder.url.appending(path: name)
            try Data().write(to: file)
            return (file, try FileHandle(forWritingTo: file))
        }
        process.standardOutput = files[0].1
        process.standardError = files[1].1
        try process.run()
        do { try watch(process) } catch {
            process.terminate()
            throw error
        }
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: $0.0), as: UTF8.self) }
        return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }
}

/// Every file and directory under a folder, with the files' sizes.
func listing(_ folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted().map { path in
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: path).path)
        return attributes[.type] as? FileAttributeType == .typeDirectory ? path : "\(path) \(attributes[.size] ?? 0)"
    }
}
