import ArgumentParser
import Diagnostics
import Engine
import Foundation

extension Checkpoint.Format: ExpressibleByArgument {}

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a checkpoint's weights for other programs, without optimizer and averages.",
        discussion: """
            safetensors: with architecture, strategy and configuration in its metadata; safetensors.torch.load_file reads it. \
            pt-compatible: a zip archive that torch.load(FILE, weights_only=True) reads as a state dictionary, and nothing else.
            """)

    @Argument(help: "A checkpoint file, or a run directory, whose last checkpoint is taken.")
    var checkpoint: String

    @Option(name: .long, help: ArgumentHelp("safetensors or pt-compatible.", valueName: "format"))
    var to: Checkpoint.Format

    @Option(name: .long, help: ArgumentHelp("File to write.", valueName: "file"))
    var out: String

    @OptionGroup var weights: WeightsOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let model = try weights.load(checkpoint)
        try model.checkpoint.export(as: to, to: URL(fileURLWithPath: out))
        Terminal.note("\(model.checkpoint.weights.count) tensors written to \(out)")
    }
}
