import ArgumentParser
import Diagnostics
import Figures
import Foundation
import Reports
import Tensors

/// Options that every command understands.
struct CommonOptions: ParsableArguments {
    @Flag(name: .long, help: "Print the results object on standard output and nothing else there.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print errors only.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print more of what happens.")
    var verbose = false

    @Option(name: .long, help: ArgumentHelp("Number of threads; results do not depend on it.", valueName: "n"))
    var threads: Int?

    func validate() throws {
        if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
        if let threads, !(1...256).contains(threads) {
            throw ValidationError("--threads is \(threads); expected 1 to 256.")
        }
    }

    /// Puts the options in force; the first line of every command.
    func apply() {
        Terminal.set(quiet ? .quiet : verbose ? .verbose : .normal)
        if let threads { Parallel.threadCount = threads }
    }
}

/// What the commands that read a configuration share.
struct OverrideOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Another value for a key of the configuration; may be repeated.", valueName: "key.path=value"))
    var set: [String] = []
}

extension FigureFormat: ExpressibleByArgument {}

/// What the commands that write a report share.
struct ReportOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Directory for report.md, results.json, junit.xml and figures.", valueName: "dir"))
    var out: String

    @Option(
        name: .long,
        help: ArgumentHelp("Also write the figures in this format, for papers; may be repeated.", valueName: "format"))
    var format: [FigureFormat] = []

    @Flag(
        name: .long,
        help: "Also write the numbers of pictures, a line for each pixel; those of curves are always written.")
    var numbers = false

    @Option(name: .long, help: ArgumentHelp("Seed of probes, noise draws and bootstraps.", valueName: "n"))
    var seed: UInt64 = 1337

    @Flag(
        name: .long,
        help: "Note date and number of threads in the provenance; without it the same seed gives the same bytes.")
    var stamp = false
}

extension ReportOptions {
    /// How figures are written.
    var figures: ReportDirectory.Options { ReportDirectory.Options(formats: format, pixels: numbers) }

    /// Of this program and this command, without models.
    func provenance(dataSHA256: String? = nil) -> Provenance {
        .current(command: CommandLineText.current, seed: seed, stamp: stamp, dataSHA256: dataSHA256)
    }
}
