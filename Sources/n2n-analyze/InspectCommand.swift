import ArgumentParser
import Diagnostics
import Engine
import Foundation

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a checkpoint holds: architecture, parameters, training, skip flow, receptive field.")

    @Argument(help: "A checkpoint file, or a run directory, whose last checkpoint is taken.")
    var checkpoint: String

    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let model = try TrainedModel(checkpoint)
        let inspection = ModelInspection(model)
        if common.json {
            try inspection.printJSON()
        } else {
            print(inspection.text, terminator: "")
        }
    }
}
