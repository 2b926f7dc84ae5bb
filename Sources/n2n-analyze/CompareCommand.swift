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
        let names = try Self.names(of: runs)
        let trained = try zip(runs, names).map { run, name in
            weights.fit(run) ? try weights.load(run, name: name) : try TrainedModel(run, name: name)
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
            figures: report.figures, reference: reference
        ).perform(models, on: evaluation)
        try ExitStatus(results.verdict).throwIfNotPass()
    }

    /// The end of each path that tells it from the others: `no_skip`, or `first/no_skip` and `second/no_skip`. `nil` where the
    /// last component does, which names the model itself.
    ///
    /// - Throws: `InputError` for a path given twice.
    private static func names(of runs: [String]) throws -> [String?] {
        let paths = runs.map { URL(fileURLWithPath: $0).standardizedFileURL.pathComponents }
        for (index, path) in paths.enumerated() where paths[..<index].contains(path) {
            throw InputError(.usage, file: runs[index], problem: "is given twice", remedy: "name different runs")
        }
        let longest = paths.map(\.count).max() ?? 1
        let lengths = 1...max(longest, 1)
        let length = lengths.first { length in Set(paths.map { $0.suffix(length) }).count == paths.count } ?? longest
        return length == 1 ? runs.map { _ in nil } : paths.map { $0.suffix(length).joined(separator: "/") }
    }

    /// Runs that differ in their seed alone become one arm, under what their names begin or end with.
    private static func name(arms models: inout [ModelUnderTest]) {
        let recipes = models.map { model in
            var recipe = model.configuration
            recipe?.seed = 0
            return recipe
        }
        var taken = Set(models.map(\.name))
        for index in models.indices where recipes[index] != nil && recipes.firstIndex(of: recipes[index]) == index {
            let alike = models.indices.filter { recipes[$0] == recipes[index] }
            // The same seed again is no second seed.
            guard alike.count > 1, Set(alike.map { models[$0].configuration?.seed }).count == alike.count else {
                continue
            }
            let names = alike.map { models[$0].name }
            let parts = [beginning(of: names), String(beginning(of: names.map { String($0.reversed()) }).reversed())]
            let longest = parts.map { $0.trimmingCharacters(in: separators) }.max { $0.count < $1.count } ?? ""
            let name = !longest.isEmpty && taken.insert(longest).inserted ? longest : names[0]
            for member in alike { models[member].arm = name }
        }
    }

    private static func beginning(of names: [String]) -> String {
        names.reduce(names[0]) { $0.commonPrefix(with: $1) }
    }

    /// What stands between a name and a seed.
    private static let separators = CharacterSet(charactersIn: "-_. /").union(.decimalDigits)
}
