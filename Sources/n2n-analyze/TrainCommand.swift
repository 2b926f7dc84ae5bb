import ArgumentParser
import Engine
import Foundation

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a network from a configuration file into a run directory.",
        discussion: """
            The run directory holds config.json, metrics.jsonl and checkpoints/last.safetensors and best.safetensors. \
            Ctrl-C finishes the step, saves and exits 130; --resume goes on from there to the same bytes.
            """)

    @Option(name: .long, help: ArgumentHelp("Configuration: JSON with comments.", valueName: "file"))
    var config: String

    @Option(
        name: .long, help: ArgumentHelp("Run directory. Default: runs/NAME of the configuration.", valueName: "dir"))
    var runDir: String?

    @Option(name: .long, help: ArgumentHelp("Number of epochs instead of the configured one.", valueName: "n"))
    var epochs: Int?

    @Option(
        name: .long, help: ArgumentHelp("Data instead of the configured: photos or a directory.", valueName: "spec"))
    var data: String?

    @Option(name: .long, help: ArgumentHelp("Seed instead of the configured one.", valueName: "n"))
    var seed: UInt64?

    @OptionGroup var changes: OverrideOptions

    @Flag(name: .long, help: "Go on with the run in the run directory.")
    var resume = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        var overrides = changes.set
        if let epochs { overrides.append("epochs=\(epochs)") }
        if let data { overrides.append("data.source=\"\(data)\"") }
        if let seed { overrides.append("seed=\(seed)") }
        let configuration = try RunConfiguration(contentsOf: URL(fileURLWithPath: config), overrides: overrides)
        let name = URL(fileURLWithPath: config).deletingPathExtension().lastPathComponent
        let run = try RunDirectory(URL(fileURLWithPath: runDir ?? "runs/\(name)"))
        let last = try TrainingRun(name, configuration, run, resume: resume).perform()
        if common.json { try last?.printJSON(onOneLine: true) }
    }
}

/// One training run with its progress on the terminal.
struct TrainingRun {
    let name: String
    let configuration: RunConfiguration
    private let trainer: Trainer
    private let run: RunDirectory

    init(_ name: String, _ configuration: RunConfiguration, _ run: RunDirectory, resume: Bool) throws {
        self.name = name
        self.configuration = configuration
        self.run = run
        let dataset = try PairedDataset.load(configuration.data, seed: configuration.seed)
        trainer = try Trainer(configuration, dataset: dataset, run: run, resume: resume)
        let parameters = trainer.network.parameters.reduce(0) { $0 + $1.count }
        Terminal.note(
            "\(name): \(configuration.wiring.strategy.rawValue), \(parameters) parameters, \(dataset.training.count) images for "
                + "training and \(dataset.heldOut.count) held out, "
                + "\(dataset.distinctRealisations(epochs: configuration.epochs)) noise realisation(s) per image, "
                + "\(configuration.epochs) epochs of \(trainer.stepCount / configuration.epochs) steps"
                + (trainer.state.step > 0 ? ", resumed at step \(trainer.state.step)" : ""))
    }

    /// Trains to the end and returns the last epoch's record.
    ///
    /// - Throws: `ExitCode` 130 after an interruption, with everything saved.
    func perform() throws -> EpochRecord? {
        Interrupt.watch()
        let bar = ProgressBar(name)
        let first = trainer.state.step
        var last: EpochRecord?
        let finished = try trainer.train(
            shouldStop: { Interrupt.isRequested },
            report: { event in
                switch event {
                case .step(let epoch, let step, let total, let loss):
                    bar.show(
                        step - first, of: total - first,
                        "epoch \(epoch + 1)/\(configuration.epochs)  loss \(String(format: "%.4f", loss))")
                case .epoch(let record):
                    last = record
                    Terminal.note(line(record))
                case .notice(let text):
                    Terminal.note("\(name): \(text)")
                }
            })
        guard finished else {
            Terminal.note("\(name): interrupted at step \(trainer.state.step); saved, go on with --resume")
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
        summarize(try RunDirectory.metrics(in: run.metricsFile))
        return last
    }

    /// Whether the run looks like learning, beside the noise floor that its cross loss is read against.
    private func summarize(_ records: [EpochRecord]) {
        if records.count > 1 {
            let checks = LearningChecks(
                records, bounds: configuration.antiCollapse,
                expectations: configuration.expectations)
            Terminal.note(checks.text.trimmingCharacters(in: .newlines))
            if let advice = checks.advice { Terminal.note("\(name): \(advice)") }
        }
        guard let floor = records.last?.values["noise/floor"], let cross = records.last?.values["val/cross"] else {
            return
        }
        let ratio = String(format: "%.3f", cross / floor)
        Terminal.note(
            "held-out cross loss \(String(format: "%.4f", cross)), \(ratio) of the noise floor \(String(format: "%.4f", floor))"
                + (cross < floor ? ": below what any denoiser can reach, so the target's noise leaks" : ""))
    }

    /// One line an epoch: the losses, and beside the cross losses the noise floor they are read against.
    private func line(_ record: EpochRecord) -> String {
        func text(_ key: String, _ format: String = "%.4f") -> String {
            record.values[key].map { String(format: format, $0) } ?? "-"
        }
        return "\(name) \(record.epoch)/\(configuration.epochs)  total \(text("loss/total"))  "
            + "content \(text("loss/content"))  recon \(text("loss/recon"))  cross \(text("loss/cross"))  "
            + "held-out cross \(text("val/cross")) (floor \(text("noise/floor")))  "
            + "PSNR \(text("val/psnr_a", "%.2f"))/\(text("val/psnr_b", "%.2f")) dB  "
            + "λ \(text("val/lambda_target", "%.3f"))  \(text("seconds", "%.1f")) s"
    }
}
