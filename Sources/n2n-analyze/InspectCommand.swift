import ArgumentParser
import Diagnostics
import Engine
import Foundation

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract:
            "Show what a checkpoint holds: architecture, parameters, training, skip flow, receptive field, latent.",
        discussion: """
            Of a .pt file also every tensor with the name it has here, and what does not fit; exit 65 where it makes no network.
            """)

    @Argument(help: "A checkpoint file, or a run directory, whose last checkpoint is taken.")
    var checkpoint: String

    @OptionGroup var weights: WeightsOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        if weights.fit(checkpoint) && !common.json {
            let found = try StateDictionary.read(URL(fileURLWithPath: checkpoint), mapping: weights.names())
            print(found.text, terminator: "")
        }
        let model = try weights.load(checkpoint)
        // The data need not be here: everything else is in the file.
        let inspection = ModelInspection(model, on: try? model.evaluation(data: nil))
        if common.json {
            try inspection.printJSON()
        } else {
            print(inspection.text, terminator: "")
        }
    }
}

extension StateDictionary {
    /// A line for each tensor, `name there  type  shape  → name here`, then what is missing and left over.
    var text: String {
        let width = entries.map(\.name.count).max() ?? 0
        func padded(_ text: String, _ width: Int) -> String {
            text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
        }
        func shape(_ lengths: [Int]) -> String { lengths.map(String.init).joined(separator: " × ") }
        let lines = entries.map { entry in
            let here = entry.role.map { $0 == entry.name ? "✓" : "→ \($0)" } ?? "not used"
            return
                "  \(padded(entry.name, width))  \(padded(entry.type, 8))  \(padded(shape(entry.shape), 18))  \(here)\n"
        }
        let lacking = missing.map { "  missing   \($0.name)  \(shape($0.shape))\n" }
        let extra = surplus.map { "  left over \($0)\n" }
        return "file          \(entries.count) tensors\n\(lines.joined())"
            + (problem.map { "  \($0)\n" } ?? "") + lacking.joined() + extra.joined()
    }
}
