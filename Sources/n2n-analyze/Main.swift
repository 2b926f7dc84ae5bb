import ArgumentParser
import Foundation

@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "n2n-analyze",
        abstract: "Trains Noise2Noise denoisers and measures whether the target's noise leaks into their output.",
        discussion: """
            Exit codes: 0 pass, 1 a check failed (leakage found), 3 inconclusive, or a premise of the \
            test is violated, 64 usage, 65 bad input data or configuration, 70 internal error, 73 cannot write the output, \
            74 input/output error, 130 interrupted.
            """,
        version: Version.current,
        subcommands: [
            DemoCommand.self, TrainCommand.self, LeakTestCommand.self, CompareCommand.self, AuditCommand.self,
            VerifyCommand.self, InspectCommand.self, DenoiseCommand.self, QuickTestCommand.self, SweepCommand.self,
            DiagnoseCommand.self, ForwardCommand.self, ExportCommand.self, DataCommand.self, BenchCommand.self,
        ])

    static func main() {
        Interrupt.reportFileSizeLimit()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            ExitStatus.exit(for: error)
        }
    }
}

/// The release, as `--version` and the provenance of results print it.
enum Version {
    static let current = "0.2.0"
}
