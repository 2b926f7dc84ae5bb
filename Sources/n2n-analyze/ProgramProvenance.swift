import Diagnostics
import Foundation
import Reports
import Tensors

extension Provenance {
    /// What is the same for every command that writes a report.
    ///
    /// - Parameter stamp: whether it holds the date and the number of threads.
    static func current(command: String, seed: UInt64, stamp: Bool, dataSHA256: String? = nil) -> Provenance {
        Provenance(
            version: Version.current, commit: Version.commit, command: command, dataSHA256: dataSHA256, seed: seed,
            threads: stamp ? Parallel.threadCount : nil, libraries: LibraryVersions.all,
            finishedAt: stamp ? Date().ISO8601Format() : nil)
    }
}

extension Version {
    /// The Git commit that this program was built from, as `make build` writes it into a file with the program's name and `.commit`; `nil`
    /// without that file, or with one that is older than the program.
    static var commit: String? {
        guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
        let file = program.appendingPathExtension("commit")
        func date(_ url: URL) -> Date? {
            try? url.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
        }
        guard let written = date(file), let built = date(program), written >= built,
            let text = try? String(contentsOf: file, encoding: .utf8)
        else { return nil }
        let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return commit.wholeMatch(of: /[0-9a-f]{7,64}(-dirty)?/) == nil ? nil : commit
    }
}

/// The command as it was typed, for the provenance.
enum CommandLineText {
    static var current: String {
        let words = CommandLine.arguments.dropFirst().map { word in
            let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+@".contains($0) }
            return isPlain && !word.isEmpty ? word : "'\(word.replacingOccurrences(of: "'", with: "'\\''"))'"
        }
        return (["n2n-analyze"] + words).joined(separator: " ")
    }
}
