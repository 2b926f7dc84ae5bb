import ArgumentParser
import Diagnostics
import Engine
import Formats
import Foundation

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Test several models on the same images with the same noise, in one report.",
        discussion: """
            Models are runs or checkpoints, saved outputs (--outputs) and programs (--command), in any number. Runs must have held \
            out the same images in training, or be given others with --data; outputs must be made from these very noisy images; \
            programs are run on them. All see the noise of the first run, or of the first --outputs where there is no run. \
            Exchanged noise may differ from outputs to outputs; compared are λ by regression, PSNR and SSIM. \
            Runs whose configurations differ in the seed alone are one arm; differences are taken against the first arm, \
            or --reference, image by image. Exit code 0: no leakage in any; 1: leakage found; 3: undecided, or the data violate a \
            premise; 70: a model gave no usable output, while the others were tested.
            """)

    @Argument(help: ArgumentHelp("Run directories or checkpoint files.", valueName: "run"))
    var runs: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Saved outputs of a model on the same pairs; may be repeated.", valueName: "dir|manifest.json"))
    var outputs: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A program, run on the same pairs: \"python infer.py {source} {output}\"; may be repeated.",
            valueName: "command line"))
    var command: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Name of a model in the report, once for each: runs, then --outputs, then --command.", valueName: "name"))
    var name: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Test on these images instead: photos or a directory; all count as held out.", valueName: "spec"))
    var data: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The model that the others are compared with, by its name in the report.", valueName: "name")
    )
    var reference: String?

    @OptionGroup var external: ExternalOptions
    @OptionGroup var weights: WeightsOptions
    @OptionGroup var report: ReportOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        let count = runs.count + outputs.count + command.count
        if count == 0 { throw ValidationError("Name models: runs, --outputs and --command.") }
        if !name.isEmpty && name.count != count {
            throw ValidationError("--name is given \(name.count) times for \(count) models.")
        }
        if Set(name).count != name.count { throw ValidationError("--name is the same for two models.") }
        try external.requireProgram(!command.isEmpty)
        if runs.isEmpty && command.isEmpty && data != nil {
            throw ValidationError("--outputs brings its own images; --data does not apply.")
        }
    }

    func run() throws {
        common.apply()
        let manifests = try outputs.map { try OutputsManifest($0) }
        let programs = try command.map { try external.program($0) }
        let trained = try zip(runs, Self.names(of: runs)).enumerated().map { index, run in
            let given = name.isEmpty ? run.1 : name[index]
            return weights.fit(run.0) ? try weights.load(run.0, name: given) : try TrainedModel(run.0, name: given)
        }
        let names = try names(trained, manifests, programs)
        var evaluation: EvaluationSet
        if let first = trained.first {
            evaluation = try first.evaluation(data: data)
        } else if let first = manifests.first, data == nil && weights.config == nil {
            evaluation = first.evaluation
        } else {
            evaluation = try external.evaluation(data: data, weights.configuration())
        }
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
        for manifest in manifests { evaluation = try manifest.completing(evaluation) }
        for (manifest, name) in zip(manifests, names.dropFirst(trained.count)) {
            models.append(try manifest.model(named: name, on: evaluation))
        }
        if !programs.isEmpty {
            let pairs = try pairsForPrograms(evaluation, trained.isEmpty ? manifests.first : nil)
            for (index, name) in names.suffix(programs.count).enumerated() {
                var model = try external.model(programs[index], command[index], named: name, on: pairs)
                model.knownOn = pairs
                models.append(model)
            }
        }
        Self.name(arms: &models)
        let results = try LeakTesting(
            title: "Comparison of \(models.map(\.name).joined(separator: ", "))", command: CommandLineText.current,
            printsJSON: common.json, out: report.out, seed: report.seed, stamp: report.stamp,
            figures: report.figures, reference: reference
        ).perform(models, on: evaluation)
        try ExitStatus(results.verdict).throwIfNotPass()
    }

    /// What programs are run on: nothing that a run was trained on, and of saved outputs their further captures.
    private func pairsForPrograms(_ evaluation: EvaluationSet, _ owner: OutputsManifest?) throws -> EvaluationSet {
        if let owner, data == nil && weights.config == nil { return try owner.pairsForRunning(evaluation) }
        var pairs = evaluation
        pairs.pairs.removeAll { $0.split == .training }
        pairs.trainingNoiseIsKnown = false
        return pairs
    }

    /// Names of all models: as given, or their own, with a number where two are alike.
    private func names(_ trained: [TrainedModel], _ manifests: [OutputsManifest], _ programs: [ExternalProgram]) throws
        -> [String]
    {
        guard name.isEmpty else { return name }
        _ = try Self.names(of: outputs)
        var own = trained.map(\.name)
        let named = manifests.map(\.name)
        let folders = manifests.map { $0.file.deletingLastPathComponent().path }
        if Set(named).count < named.count, let ends = try? Self.names(of: folders) {
            own += zip(ends, named).map { $0 ?? $1 }
        } else {
            own += named
        }
        own += programs.map(\.name)
        var taken: Set<String> = []
        return own.map { name in
            var unique = name, count = 1
            while !taken.insert(unique).inserted {
                count += 1
                unique = "\(name) (\(count))"
            }
            return unique
        }
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
        // Weights as trained: the collapse guard may have moved them under one seed and not under another.
        let recipes = models.map { model in
            model.configuration.map { configuration in
                var recipe = configuration
                recipe.seed = 0
                if let training = model.training { recipe.lossWeights = training.lossWeights }
                return recipe
            }
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
