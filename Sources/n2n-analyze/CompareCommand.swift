import ArgumentParser
import Diagnostics
import Engine
import Foundation

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Test several runs or checkpoints on the same images with the same noise, in one report.",
        discussion: "All must have held out the same images in training, or be given others with --data.")

    @Argument(help: ArgumentHelp("Run directories or checkpoint files.", valueName: "run"))
    var runs: [String]

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Test on these images instead: photos or a directory; all count as held out.", valueName: "spec"))
    var data: String?

    @OptionGroup var report: ReportOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let names = Set(runs.map { URL(fileURLWithPath: $0).lastPathComponent })
        let models = try runs.map { try TrainedModel($0, name: names.count == runs.count ? nil : $0) }
        let evaluation = try models[0].evaluation(data: data)
        for model in models.dropFirst() where data == nil {
            let other = try model.evaluation(data: nil)
            guard other.sha256 == evaluation.sha256 else {
                throw InputError(
                    file: model.file.path, problem: "was trained with other images, noise or split than \(runs[0])",
                    remedy: "name images that none was trained on with --data")
            }
        }
        let results = try LeakTesting(
            title: "Comparison of \(models.map(\.name).joined(separator: ", "))", command: CommandLineText.current,
            printsJSON: common.json, out: report.out,
            seed: report.seed, stamp: report.stamp
        ).perform(models.map { try ModelUnderTest($0) }, on: evaluation)
        try ExitStatus(results.verdict).throwIfNotPass()
    }
}
