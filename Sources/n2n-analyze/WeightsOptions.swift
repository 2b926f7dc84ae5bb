import ArgumentParser
import Diagnostics
import Engine
import Foundation

/// What a file of weights from another program does not say by itself.
struct WeightsOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Configuration that says strategy and data of weights which hold none: .pt files.", valueName: "file"))
    var config: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Names of the tensors in a .pt file: { \"name there\": \"name here\" }.", valueName: "file"))
    var mapping: String?

    func configuration() throws -> RunConfiguration? {
        try config.map { try RunConfiguration(contentsOf: URL(fileURLWithPath: $0)) }
    }

    func names() throws -> NameMapping? { try mapping.map { try NameMapping(contentsOf: URL(fileURLWithPath: $0)) } }

    /// Whether the file is of those that the options are for: beside run directories they say nothing of these.
    func fit(_ path: String) -> Bool {
        ["pt", "pth"].contains(URL(fileURLWithPath: path).pathExtension.lowercased())
    }

    func load(_ path: String, name: String? = nil, strategy: SkipStrategy? = nil) throws -> TrainedModel {
        try TrainedModel(path, name: name, strategy: strategy, configuration: configuration(), mapping: names())
    }
}
