import ArgumentParser
import Diagnostics
import Engine
import Foundation

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Test several runs or checkpoints on the same images with the same noise, in one report.",
        discussion: """
            All must have held out the same images in training, or be given others with --data. All see the noise of the first \
            run. Runs whose configurations differ in the seed alone are one arm; differences are taken against the first arm, \
            or --reference, image by image. Exit code 0: no leakage in any; 1: leakage found; 3: undecided; 70: a run gave no \
            usable output, while the others were tested.
            """)

    @Argument(help: ArgumentHelp("Run directories or checkpoint files.", valueName: "run"))
    var runs: [String]

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Test on these images instead: photos or a directory; all count as held out.", valueName: "spec"))
    var data: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The run that the others are compared with, by its name in the report.", valueName: "name"))
    var reference: String?

    @OptionGroup var weights: WeightsOptions
    @OptionGroup var report: ReportOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let names = Set(runs.map { URL(fileURLWithPath: $0).lastPathComponent })
        let trained = try runs.map { run in
            let name = names.count == runs.count ? nil : run
            return weights.fit(run) ? try weights.load(run, name: name) : try TrainedModel(run, name: name)
        }
        let evaluation = try trained[0].evaluation(data: data)
        var models = try trained.map { try ModelUnderTest($0) }
        for (index, model) in trained.enumerated().dropFirst() where data == nil {
            let own = try model.evaluation(data: nil)
            guard own.sha256 != evaluation.sha256 else { continue }
            guard own.holdsOutTheScenes(of: evaluation) else {
                throw InputError(
                    file: model.file.path, problem: "was trained with other images, noise or split than \(runs[0])",
                    remedy: "name images that none was trained on with --data")
            }
            models[index].trainedOn = own
        }
        Self.name(arms: &models)
        let results = try LeakTesting(
            title: "Comparison of \(models.map(\.name).joined(separator: ", "))", command: CommandLineText.current,
            printsJSON: common.json, out: report.out, seed: report.seed, stamp: report.stamp,
            formats: report.format, reference: reference
        ).perform(models, on: evaluation)
        try ExitStatus(results.verdict).throwIfNotPass()
    }

    /// Runs that differ in their seed alone become one arm, under what their names begin with.
    private static func name(arms models: inout [ModelUnderTest]) {
        let recipes = models.map { model in
            var recipe = model.configuration
            recipe?.seed = 0
            return recipe
        }
        for index in models.indices where recipes[index] != nil {
            let alike = models.indices.filter { recipes[$0] == recipes[index] }.map { models[$0] }
            // The same run twice is no second seed.
            guard alike.count > 1, Set(alike.map(\.configuration?.seed)).count == alike.count else { continue }
            let common = alike.map(\.name).reduce(alike[0].name) { $0.commonPrefix(with: $1) }
            let name = common.trimmingCharacters(in: CharacterSet(charactersIn: "-_. ").union(.decimalDigits))
            models[index].arm = name.isEmpty ? alike[0].name : name
        }
    }
}
