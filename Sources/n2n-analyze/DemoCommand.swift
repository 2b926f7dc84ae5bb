import ArgumentParser
import Diagnostics
import Engine
import Foundation
import Reports

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Train with three skip strategies on photographs, test each for leakage, and write one report.",
        discussion: """
            Run it where data/photos and configs/demo are: in the project's directory. Exit code 0: the report is written, and \
            leakage was found with use_target_skip and only there, as the theory says; 1: something else was found.
            """)

    @Option(name: .long, help: ArgumentHelp("Directory of the report.", valueName: "dir"))
    var out = "out/demo"

    @Option(name: .long, help: ArgumentHelp("Directory of the training runs.", valueName: "dir"))
    var runDir = "runs/demo"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Train for about this many minutes in all instead of the configured epochs; the results then depend on the machine's speed.",
            valueName: "m"))
    var minutes: Double?

    @Flag(name: .long, help: "Continue an interrupted demonstration.")
    var resume = false

    @Flag(name: .long, help: "Also write the numbers of pictures, a line for each pixel.")
    var numbers = false

    @OptionGroup var common: CommonOptions

    private static let strategies: [SkipStrategy] = [.noSkip, .sourceSkip, .targetSkip]

    func validate() throws {
        if let minutes, !(minutes > 0 && minutes < 1e4) {
            throw ValidationError("--minutes is \(minutes); expected more than 0.")
        }
    }

    func run() throws {
        common.apply()
        let configurations = try Self.strategies.map {
            try RunConfiguration(contentsOf: URL(fileURLWithPath: "configs/demo/\($0.rawValue).json"))
        }
        let epochs = try minutes.map { try affordableEpochs($0, configurations[0]) }
        var models: [TrainedModel] = []
        for (strategy, configuration) in zip(Self.strategies, configurations) {
            var configuration = configuration
            configuration.epochs = epochs ?? configuration.epochs
            let path = "\(runDir)/\(strategy.rawValue)"
            _ = try TrainingRun(
                strategy.rawValue, configuration, RunDirectory(URL(fileURLWithPath: path)), resume: resume
            ).perform()
            models.append(try TrainedModel(path))
        }
        let leaking = Set(Self.strategies.filter(\.readsTarget).map(\.rawValue))
        let results = try LeakTesting(
            title: "Does the target's noise leak? Three skip strategies on photographs",
            command: CommandLineText.current, printsJSON: common.json, out: out, seed: configurations[0].seed,
            figures: ReportDirectory.Options(pixels: numbers),
            expectation: ("leakage with `use_target_skip` and only there", leaking)
        ).perform(models.map { try ModelUnderTest($0) }, on: models[0].evaluation(data: nil))
        guard results.verdict != .error else { throw ExitCode(ExitStatus.internalError.rawValue) }
        guard results.expectation?.isMet == true else {
            Terminal.error(
                "the verdicts are not what the theory predicts: leakage with use_target_skip and only there")
            throw ExitCode(ExitStatus.checkFailed.rawValue)
        }
    }

    /// How many epochs of all strategies together fit into the time, from a few timed steps; at least one.
    private func affordableEpochs(_ minutes: Double, _ configuration: RunConfiguration) throws -> Int {
        let dataset = try PairedDataset.load(configuration.data, seed: configuration.seed)
        let epoch = try dataset.epoch(0, batchSize: configuration.batchSize, cropSize: configuration.cropSize)
        let step = StepBenchmark(
            configuration.architecture(channels: 1), batch: configuration.batchSize, crop: configuration.cropSize,
            configuration.wiring)
        _ = step.step()
        let seconds = min(step.step(), step.step()) * Double(epoch.count)
        // An epoch's validation costs about a quarter of its steps, the tests at the end about ten epochs.
        let affordable = (minutes * 60 / (1.25 * seconds) - 10) / Double(Self.strategies.count)
        let epochs = min(configuration.epochs, max(1, Int(affordable)))
        Terminal.note("\(epochs) of \(configuration.epochs) epochs fit into \(minutes) minutes")
        return epochs
    }
}
