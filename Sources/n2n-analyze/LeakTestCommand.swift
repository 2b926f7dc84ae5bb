import ArgumentParser
import Diagnostics
import Engine
import Foundation

extension SkipStrategy: ExpressibleByArgument {}

struct LeakTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leak-test",
        abstract: "Test a checkpoint for leakage of the target's noise and write a report.",
        discussion: """
            Tests on the pairs held out of the checkpoint's training, or on --data. Exit code 0: no leakage; \
            1: leakage found; 3: undecided.
            """)

    @Argument(help: "A checkpoint file, or a run directory, whose last checkpoint is taken.")
    var checkpoint: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Test on these images instead: photos or a directory; all count as held out.", valueName: "spec"))
    var data: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Also test the weights under this skip strategy; may be repeated.", valueName: "strategy"))
    var strategy: [SkipStrategy] = []

    @Flag(
        name: .long,
        help: "Also follow leakage and memory over the checkpoints that the run kept (logging.checkpoint_interval).")
    var history = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let trained = try TrainedModel(checkpoint)
        let models = [trained] + (try strategy.map { try TrainedModel(checkpoint, strategy: $0) })
        let results = try LeakTesting(
            title: "Leakage test of \(trained.name)", command: CommandLineText.current,
            printsJSON: common.json, out: report.out, seed: report.seed, stamp: report.stamp, formats: report.format
        ).perform(
            models.map { try ModelUnderTest($0) }, on: trained.evaluation(data: data),
            kept: history ? trained.keptCheckpoints() : [])
        try ExitStatus(results.verdict).throwIfNotPass()
    }
}
