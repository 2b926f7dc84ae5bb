import ArgumentParser
import Diagnostics
import Engine
import Formats
import Foundation

/// How programs that denoise are run.
struct ExternalOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Images that one start of the program gets at most.", valueName: "n"))
    var batch = 16

    @Option(name: .long, help: ArgumentHelp("Time that one start of the program may take.", valueName: "seconds"))
    var timeout = 600.0

    @Flag(name: .long, help: "Give the command line to /bin/sh instead of starting the program directly.")
    var shell = false

    @Option(
        name: .long,
        help: ArgumentHelp("White less black in the units of --data, where no --config says it.", valueName: "range"))
    var dataRange: Double?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Noise that is put on clean --data, where no --config says it: a type with --sigma, or the object of a configuration's section noise.",
            valueName: "type|json"))
    var noise: String?

    @Option(
        name: .long, help: ArgumentHelp("σ of --noise in both domains, in the units of --data.", valueName: "number"))
    var sigma: Double?

    func validate() throws {
        if sigma != nil && noise == nil { throw ValidationError("--sigma is that of --noise.") }
        if let sigma, !(sigma > 0 && sigma < 1e30) {
            throw ValidationError("--sigma is \(sigma); expected more than 0.")
        }
        if !(1...4096).contains(batch) { throw ValidationError("--batch is \(batch); expected 1 to 4096.") }
        if !(timeout > 0 && timeout <= 1e6) {
            throw ValidationError("--timeout is \(timeout); expected more than 0 seconds.")
        }
        if let dataRange, !(dataRange > 0 && dataRange < 1e30) {
            throw ValidationError("--data-range is \(dataRange); expected more than 0.")
        }
    }

    /// - Throws: `ValidationError` for options that mean nothing where no program is run.
    func requireProgram(_ isThere: Bool) throws {
        if !isThere && (shell || dataRange != nil || noise != nil) {
            throw ValidationError("--shell, --data-range and --noise are for --command.")
        }
    }

    func program(_ command: String) throws -> ExternalProgram {
        try ExternalProgram(command, usesShell: shell, timeout: timeout)
    }

    /// What `--noise` says: drawn anew for every use, by the seed.
    private func addedNoise() throws -> DataConfiguration.Noise? {
        guard let noise else { return nil }
        if noise.hasPrefix("{") { return try DataConfiguration.Noise(parsing: Data(noise.utf8), file: "--noise") }
        let type = String(decoding: try JSONEncoder().encode(noise), as: UTF8.self)
        let level = sigma.map { ", \"sigma_a\": \($0), \"sigma_b\": \($0)" } ?? ""
        return try DataConfiguration.Noise(
            parsing: Data("{ \"type\": \(type)\(level) }".utf8), file: "--noise \(noise)")
    }

    /// The images of a configuration, or of `data`: clean ones with `--noise`, otherwise noisy as they are.
    func evaluation(data: String?, _ configuration: RunConfiguration?) throws -> EvaluationSet {
        var images: DataConfiguration
        if let configuration {
            guard noise == nil else {
                throw InputError(
                    .usage, file: "--noise", problem: "stands beside --config, which says the noise",
                    remedy: "leave one out")
            }
            images = configuration.data
        } else {
            guard let data, let dataRange else {
                throw InputError(
                    .usage, file: "--command", problem: "names no images",
                    remedy:
                        "--config FILE says images and noise; or --data DIR with --data-range images that are noisy, "
                        + "or clean ones and --noise what is put on them"
                )
            }
            images = DataConfiguration(
                source: data, dataRange: dataRange, heldOut: .fraction(0), noise: try addedNoise())
        }
        let seed = configuration?.seed ?? 0
        if configuration != nil && data == nil {
            var set = EvaluationSet(try PairedDataset.load(images, seed: seed), name: images.source)
            // Whether the program saw the configuration's training pairs is not known.
            set.pairs.removeAll { $0.split == .training }
            guard !set.pairs.isEmpty else {
                throw InputError(
                    file: images.source, problem: "the configuration holds nothing out",
                    remedy: "name images with --data, or held_out")
            }
            return set
        }
        images.source = data ?? images.source
        images.heldOut = .fraction(0)
        return EvaluationSet(try PairedDataset.load(images, seed: seed), name: images.source, unseen: true)
    }

    /// The program's outputs for all images that the checks will ask for.
    func model(_ program: ExternalProgram, _ command: String, named name: String? = nil, on evaluation: EvaluationSet)
        throws
        -> ModelUnderTest
    {
        Interrupt.watch()
        // Afterwards nothing is left to be ended in good order.
        defer { for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) } }
        let bar = ProgressBar("running \(name ?? program.name)"), start = Date()
        do {
            let predictor = try ExternalPredictor(
                program, named: name, on: evaluation, batch: batch, shouldStop: { Interrupt.isRequested },
                progress: { bar.show($0, of: $1) })
            Terminal.note("\(predictor.name): the program ran for \(Duration(Date().timeIntervalSince(start)))")
            return ModelUnderTest(predictor, source: command, sha256: SHA256.hex(of: Data(command.utf8)))
        } catch is ExternalProgram.Interrupted {
            Terminal.note("interrupted")
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
    }
}
