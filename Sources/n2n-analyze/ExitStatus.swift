import ArgumentParser
import Diagnostics
import Engine
import Fields
import Formats
import Foundation

/// The documented exit codes (docs/CLI.md), and the one place where errors become them.
enum ExitStatus: Int32 {
    case pass = 0
    case checkFailed = 1
    case inconclusive = 3
    case usage = 64
    case badInput = 65
    case internalError = 70
    case cannotWrite = 73
    case inputOutput = 74
    case interrupted = 130

    init(_ verdict: Verdict) {
        self =
            switch verdict {
            case .pass: .pass
            case .fail: .checkFailed
            case .premise, .inconclusive: .inconclusive
            case .error: .internalError
            }
    }

    init(_ kind: InputError.Kind) {
        self =
            switch kind {
            case .data: .badInput
            case .usage: .usage
            case .cannotWrite: .cannotWrite
            case .inputOutput: .inputOutput
            }
    }

    /// Ends the command with this status; nothing more is printed.
    func throwIfNotPass() throws {
        if self != .pass { throw ExitCode(rawValue) }
    }

    /// Prints what went wrong in one sentence on standard error and ends the process.
    static func exit(for error: any Error) -> Never {
        switch error {
        case let error as InputError:
            Terminal.error("\(error)")
            Foundation.exit(ExitStatus(error.kind).rawValue)
        case let error as TrainingError:
            Terminal.error("\(error)")
            Foundation.exit(ExitStatus.badInput.rawValue)
        case let error as SampleError:
            Terminal.error("\(error)")
            Foundation.exit(ExitStatus.badInput.rawValue)
        case let error as Undetermined:
            Terminal.error("\(error)")
            Foundation.exit(ExitStatus.badInput.rawValue)
        case is ExitCode: Main.exit(withError: error)
        default:
            // Help, version, and errors in flags: ArgumentParser prints them and exits 0 or 64.
            if Main.exitCode(for: error) != .failure { Main.exit(withError: error) }
            // Its code for any other error is 1, which here means that a check failed.
            Terminal.error("\(error)")
            Foundation.exit(ExitStatus.internalError.rawValue)
        }
    }
}
