import ArgumentParser
import Diagnostics
import Engine
import Foundation
import Reports

extension SkipStrategy: ExpressibleByArgument {}

extension PixelSize: ExpressibleByArgument {
    /// "0.5 mm".
    public init?(argument: String) { self.init(argument) }
}

struct LeakTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leak-test",
        abstract: "Test a checkpoint, saved outputs or a program for leakage of the target's noise and write a report.",
        discussion: """
            A checkpoint is tested on the pairs held out of its training, or on --data; a program on --data; saved outputs on the \
            arrays that their manifest names. docs/your-own-model.md shows all three. Exit code 0: no leakage; \
            1: leakage found; 3: undecided, or the data violate a premise.
            """)

    @Argument(help: "A checkpoint file, or a run directory, whose last checkpoint is taken.")
    var checkpoint: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Test saved arrays of any model: a manifest, or its directory.", valueName: "dir|manifest.json"))
    var outputs: String?

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

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Side of a pixel with its unit, \"0.5 mm\": the noise power spectrum is then in that unit.",
            valueName: "size"))
    var pixelSize: PixelSize?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Test a program: \"python infer.py {input} {output}\"; {source}, {target} and {direction} may be named too.",
            valueName: "command line"))
    var command: String?

    @Option(name: .long, help: ArgumentHelp("Name of the program in the report.", valueName: "name"))
    var name: String?

    @OptionGroup var external: ExternalOptions
    @OptionGroup var weights: WeightsOptions
    @OptionGroup var report: ReportOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        let models = [checkpoint != nil, outputs != nil, command != nil].count { $0 }
        if models != 1 { throw ValidationError("Name one of a checkpoint, --outputs and --command.") }
        if checkpoint == nil && (!strategy.isEmpty || history || weights.mapping != nil) {
            throw ValidationError("--strategy, --history and --mapping are for checkpoints.")
        }
        try external.requireProgram(command != nil)
        if command == nil && name != nil { throw ValidationError("--name is for --command.") }
        if outputs != nil && (data != nil || weights.config != nil) {
            throw ValidationError("--outputs brings its own images; --data and --config do not apply.")
        }
    }

    func run() throws {
        common.apply()
        let results: Results
        if let outputs {
            let manifest = try OutputsManifest(outputs)
            results = try testing("saved outputs: \(manifest.name)")
                .perform([manifest.model], on: manifest.evaluation)
        } else if let command {
            let program = try external.program(command)
            let evaluation = try external.evaluation(data: data, weights.configuration())
            let model = try external.model(program, command, named: name, on: evaluation)
            results = try testing(name ?? program.name).perform([model], on: evaluation)
        } else {
            results = try test(checkpoint ?? "")
        }
        try ExitStatus(results.verdict).throwIfNotPass()
    }

    private func test(_ checkpoint: String) throws -> Results {
        let trained = try weights.load(checkpoint)
        let models = [trained] + (try strategy.map { try weights.load(checkpoint, strategy: $0) })
        return try testing(trained.name).perform(
            models.map { try ModelUnderTest($0) }, on: trained.evaluation(data: data),
            kept: history ? trained.keptCheckpoints() : [])
    }

    private func testing(_ name: String) -> LeakTesting {
        LeakTesting(
            title: "Leakage test of \(name)", command: CommandLineText.current, printsJSON: common.json,
            out: report.out, seed: report.seed, stamp: report.stamp, pixel: pixelSize, figures: report.figures)
    }
}
