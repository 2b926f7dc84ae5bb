import ArgumentParser
import Engine
import Foundation

struct QuickTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quick-test",
        abstract: "Train a configuration briefly and say whether it learns: cross loss, content loss, collapse, NaN.",
        discussion: "Exit code 0: every check passes; 1: one does not.")

    @Argument(help: "Configuration file.")
    var config: String

    @Argument(help: "Number of epochs.")
    var epochs = 5

    @OptionGroup var changes: OverrideOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if !(2...10_000).contains(epochs) { throw ValidationError("EPOCHS is \(epochs); expected 2 to 10000.") }
    }

    func run() throws {
        common.apply()
        let configuration = try RunConfiguration(
            contentsOf: URL(fileURLWithPath: config), overrides: changes.set + ["epochs=\(epochs)"])
        let folder = FileManager.default.temporaryDirectory.appending(path: "n2n-quick-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let name = URL(fileURLWithPath: config).deletingPathExtension().lastPathComponent
        var failure: String?
        do {
            let run = try RunDirectory(folder)
            _ = try TrainingRun(name, configuration, run, resume: false).perform()
        } catch let error as TrainingError {
            failure = "\(error)"
        }
        let checks = LearningChecks(
            try RunDirectory.metrics(in: folder.appending(path: "metrics.jsonl")),
            bounds: configuration.antiCollapse, expectations: configuration.expectations,
            failure: failure)
        if common.json {
            try checks.printJSON()
        } else {
            print(checks.text, terminator: "")
        }
        if !checks.pass { throw ExitCode(ExitStatus.checkFailed.rawValue) }
    }
}
