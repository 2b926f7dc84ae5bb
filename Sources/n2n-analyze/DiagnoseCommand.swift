import ArgumentParser
import Engine
import Foundation

struct DiagnoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Train a few steps and show gradients, updates, the latent, and what the decoder owes to its skips.")

    @Argument(help: "Configuration file.")
    var config: String

    @Argument(help: "Number of steps.")
    var steps = 20

    @OptionGroup var changes: OverrideOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if !(1...100_000).contains(steps) { throw ValidationError("STEPS is \(steps); expected 1 to 100000.") }
    }

    func run() throws {
        common.apply()
        let configuration = try RunConfiguration(contentsOf: URL(fileURLWithPath: config), overrides: changes.set)
        let diagnosis = try TrainingDiagnosis(configuration, steps: steps)
        guard !common.json else { return try diagnosis.printJSON() }
        func number(_ value: Double) -> String { String(format: "%.3g", value) }
        let width = diagnosis.modules.map(\.name.count).max() ?? 0
        print("mean over \(diagnosis.steps) steps")
        print("\("module".padding(toLength: width, withPad: " ", startingAt: 0))  gradient norm  update / weight")
        for module in diagnosis.modules {
            print(
                module.name.padding(toLength: width, withPad: " ", startingAt: 0) + "  "
                    + number(module.gradientNorm).padding(toLength: 13, withPad: " ", startingAt: 0) + "  "
                    + number(module.updateRatio))
        }
        print(
            "share of the latent that differs between images: "
                + (diagnosis.latentLife.map(number) ?? "not known, a batch is one image"))
        print(
            "mean |z_a - z_b|: \(number(diagnosis.latentDistance)), "
                + "\(number(diagnosis.relativeLatentDistance)) of mean |z_a|")
        let ratio = diagnosis.sameDomainLossWithoutSkips / diagnosis.sameDomainLossWithSkips
        print(
            "same-domain loss with skips \(number(diagnosis.sameDomainLossWithSkips)), without "
                + "\(number(diagnosis.sameDomainLossWithoutSkips)): "
                + (ratio > 1.5 ? "the decoder depends on its skips" : "the decoder does not depend on its skips"))
    }
}
