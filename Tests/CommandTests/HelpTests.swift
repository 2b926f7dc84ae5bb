import Foundation
import TestSupport
import Testing

/// `--help` of every command as committed under Tests/Fixtures/help. To record what changed: N2N_RECORD=1 make test
@Suite struct HelpTests {
    /// Names of the commands in a help text, without the parser's own.
    private static func subcommands(in help: String) -> [String] {
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "SUBCOMMANDS:") else { return [] }
        return lines[(start + 1)...].prefix { !$0.isEmpty }.compactMap { line in
            guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
            return line.split(separator: " ").first.map(String.init)
        }.filter { $0 != "help" }
    }

    @Test func everyCommandsHelpIsAsCommitted() throws {
        let isRecording = ProcessInfo.processInfo.environment["N2N_RECORD"] == "1"
        let folder = Fixtures.url("help")
        var waiting: [[String]] = [[]]
        var files: Set<String> = []
        while let command = waiting.popLast() {
            let outcome = try Program.run(command + ["--help"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
            #expect(outcome.output.contains("USAGE: n2n-analyze"))
            let file = (command.isEmpty ? "n2n-analyze" : command.joined(separator: "-")) + ".txt"
            files.insert(file)
            if isRecording {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Data(outcome.output.utf8).write(to: folder.appending(path: file))
            }
            let committed = try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
            #expect(committed == outcome.output, "\(file): N2N_RECORD=1 make test records it")
            waiting += Self.subcommands(in: outcome.output).map { command + [$0] }
        }
        #expect(files.count > 8)
        let committed = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(committed) == files, "snapshots of commands that are gone")
    }

    @Test func version() throws {
        let outcome = try Program.run(["--version"])
        #expect(outcome.status == 0 && outcome.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }
}
