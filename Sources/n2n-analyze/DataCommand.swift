import ArgumentParser
import Engine
import Formats
import Foundation
import Tensors

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Write or describe the data set of a configuration.",
        subcommands: [Make.self, Info.self])

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a configuration's data set as .npy files that every command reads back.",
            discussion: """
                Writes a/ and b/ (noisy), clean_a/ and clean_b/ where clean images are known, and a2/ and b2/ where there is \
                a second capture: Float32 arrays [H, W, C] as the network sees them, so normalised ones are written normalised.
                """)

        @Argument(help: "Configuration file.")
        var config: String

        @Option(name: .long, help: ArgumentHelp("Directory to write.", valueName: "dir"))
        var out: String

        @OptionGroup var changes: OverrideOptions

        @OptionGroup var common: CommonOptions

        func run() throws {
            common.apply()
            let dataset = try DataCommand.load(config, changes)
            let directory = try OutputDirectory(out)
            let pairs = dataset.training + dataset.heldOut
            let bar = ProgressBar("data make")
            for (done, pair) in pairs.enumerated() {
                bar.show(done, of: pairs.count, pair.id)
                var captures = [("", "", pair.noisy)]
                if let clean = pair.clean { captures.append(("clean_", "", clean)) }
                if let second = pair.repeats.first { captures.append(("", "2", second)) }
                for (prefix, suffix, images) in captures {
                    for domain in Domain.allCases {
                        let folder = try directory.make("\(prefix)\(domain)\(suffix)")
                        try NumPyFile.write(
                            NumPyArray(images[domain]), to: folder.appending(path: "\(pair.id).npy"))
                    }
                }
            }
            Terminal.note("\(pairs.count) pairs written into \(out)")
            if common.json { try DataDescription(dataset).printJSON() }
        }
    }

    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Describe a configuration's data set: images, split, scale, noise floor.")

        @Argument(help: "Configuration file.")
        var config: String

        @OptionGroup var changes: OverrideOptions

        @OptionGroup var common: CommonOptions

        func run() throws {
            common.apply()
            let description = DataDescription(try DataCommand.load(config, changes))
            if common.json { try description.printJSON() } else { print(description.text, terminator: "") }
        }
    }

    private static func load(_ config: String, _ changes: OverrideOptions) throws -> PairedDataset {
        let configuration = try RunConfiguration(contentsOf: URL(fileURLWithPath: config), overrides: changes.set)
        return try PairedDataset.load(configuration.data, seed: configuration.seed)
    }
}
