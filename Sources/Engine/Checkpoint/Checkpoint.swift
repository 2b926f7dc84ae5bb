import Formats
import Foundation
import Tensors

/// A network in a safetensors file, with the names and layouts of the PyTorch twin, so that `safetensors.torch.load_file`
/// feeds it directly; beside the weights the optimizer's moments, and in the metadata architecture, strategy,
/// configuration and training state.
public struct Checkpoint: Sendable {
    /// Where it was read from, for errors; empty for one in memory.
    public let file: String
    /// Fixes the names and shapes that `weights` must have.
    public let architecture: Architecture
    /// As in training; without a configuration the metadata's strategy, or `noSkip`, with standard values.
    public let wiring: C2CNetwork.Wiring
    /// The configuration that trained it; `nil` for weights from elsewhere.
    public let configuration: RunConfiguration?
    /// Where training stood; at its beginning for weights from elsewhere.
    public let state: TrainingState
    /// Weights by the twin's names.
    public let weights: [String: Tensor]
    /// First and second moments by the twin's names; empty where none are stored.
    private var means: [String: Tensor]
    private var squares: [String: Tensor]
    private let optimizerStep: Int
    /// Averages of the weights, by the twin's names; empty where none are kept.
    private var averages: [String: Tensor]
    private let averageStep: Int

    /// The loss weights of the last step, which the collapse guard may have moved away from the configured ones; `nil` for weights
    /// from elsewhere.
    public var effectiveWeights: LossWeights? {
        guard state.step > 0 else { return nil }
        return state.effectiveWeights ?? state.collapseGuard?.weights ?? configuration?.lossWeights
    }

    private static let meanPrefix = "optimizer.mean."
    private static let squarePrefix = "optimizer.square."
    private static let averagePrefix = "optimizer.average."
    /// Version of what is in the metadata.
    private static let format = "n2n-analyze/checkpoint/1"

    /// The present state of a training run.
    public init(
        _ network: C2CNetwork, _ optimizer: Optimizer, _ state: TrainingState, _ configuration: RunConfiguration,
        average: WeightAverage? = nil
    ) {
        let parameters = network.parameters
        file = ""
        architecture = network.architecture
        wiring = configuration.wiring
        self.configuration = configuration
        self.state = state
        weights = TwinLayout.export(parameters, parameters.map(\.value))
        means = TwinLayout.export(parameters, optimizer.means)
        squares = TwinLayout.export(parameters, optimizer.squares)
        optimizerStep = optimizer.step
        averages = average.map { TwinLayout.export(parameters, $0.values) } ?? [:]
        averageStep = average?.step ?? 0
    }

    /// Weights of another program.
    init(
        file: String, _ architecture: Architecture, _ configuration: RunConfiguration?, weights: [String: Tensor]
    ) {
        self.file = file
        self.architecture = architecture
        wiring = configuration?.wiring ?? .init(.noSkip)
        self.configuration = configuration
        state = TrainingState()
        self.weights = weights
        (means, squares, averages) = ([:], [:], [:])
        (optimizerStep, averageStep) = (0, 0)
    }

    /// Reads a safetensors file, or one that `torch.save` wrote; the contents decide which it is.
    ///
    /// - Parameters:
    ///   - configuration: says strategy and data of a file that does not say how it was trained.
    ///   - mapping: names here for the names in a PyTorch file.
    /// - Throws: `InputError` for a file of neither kind, one that does not say its architecture, or one that does and is given
    ///   another configuration or names.
    public static func read(_ url: URL, configuration: RunConfiguration? = nil, mapping: NameMapping? = nil) throws
        -> Checkpoint
    {
        let data = try InputFile.read(url)
        if TorchFile.isZip(data) {
            return try StateDictionary(decoding: data, file: url.path, mapping: mapping).checkpoint(configuration)
        }
        if TorchFile.isLegacy(data), ["pt", "pth"].contains(url.pathExtension.lowercased()) {
            throw TorchFile.legacyError(url.path)
        }
        let checkpoint = try Checkpoint(SafetensorsFile(decoding: data, file: url.path), file: url.path)
        guard mapping == nil else {
            throw InputError(
                file: url.path, problem: "is a safetensors file, which has the network's own names",
                remedy: "a mapping is for PyTorch files")
        }
        guard let configuration else { return checkpoint }
        guard checkpoint.configuration == nil else {
            throw InputError(
                file: url.path, problem: "holds the configuration that trained it",
                remedy: "another one is for files that hold none")
        }
        guard configuration.architecture(channels: checkpoint.architecture.channels) == checkpoint.architecture else {
            throw InputError(
                file: url.path, problem: "is a network of \(checkpoint.architecture)",
                remedy: "the configuration describes another")
        }
        return Checkpoint(file: url.path, checkpoint.architecture, configuration, weights: checkpoint.weights)
    }

    /// The weights alone, for other programs.
    public enum Format: String, Sendable, CaseIterable {
        /// A safetensors file with architecture, strategy and configuration in its metadata.
        case safetensors
        /// A zip archive that `torch.load(FILE, weights_only=True)` reads as a state dictionary. It says names and shapes and nothing else.
        case torch = "pt-compatible"
    }

    /// Writes the weights without optimizer and averages, atomically.
    ///
    /// - Throws: `InputError` for weights that make no network, and of kind `.cannotWrite`.
    public func export(as format: Format, to url: URL) throws {
        _ = try network()
        switch format {
        case .safetensors:
            var tensors = self
            tensors.means = [:]
            tensors.squares = [:]
            tensors.averages = [:]
            try tensors.write(to: url)
        case .torch: try AtomicFile.write(TorchFile.encode(weights, file: url.relativePath), to: url)
        }
    }

    init(_ contents: SafetensorsFile, file: String) throws {
        self.file = file
        let metadata = contents.metadata
        func value<T: Decodable>(_ key: String, _ type: T.Type, _ right: String) throws -> T {
            guard let text = metadata[key] else {
                throw InputError(file: file, place: "__metadata__", problem: "\(key) is missing", remedy: right)
            }
            guard let value = try? JSONDecoder().decode(type, from: Data(text.utf8)) else {
                throw InputError(
                    file: file, place: "__metadata__: \(key)", problem: "\(text) is not valid", remedy: right)
            }
            return value
        }
        let channels = try value("channels", Int.self, "a number of image channels such as 1 is expected")
        let features = try value("features", [Int].self, "decoder widths such as [128, 64, 32] are expected")
        let latent = try value("latent_channels", Int.self, "a number of channels such as 128 is expected")
        guard (1...64).contains(channels), (1...8192).contains(latent), (1...8).contains(features.count),
            features.allSatisfy({ (1...8192).contains($0) })
        else {
            throw InputError(
                file: file, place: "__metadata__",
                problem: "channels \(channels), features \(features) and latent_channels \(latent) make no network",
                remedy: "1 to 8 levels of 1 to 8192 channels are expected")
        }
        let mergeName = metadata["merge"] ?? Architecture.Merge.concat.rawValue
        guard let merge = Architecture.Merge(rawValue: mergeName) else {
            throw InputError(
                file: file, place: "__metadata__: merge", problem: "\(mergeName) is unknown",
                remedy: "concat or add is expected")
        }
        architecture = Architecture(channels: channels, features: features, latentChannels: latent, merge: merge)
        let name = metadata["strategy"] ?? SkipStrategy.noSkip.rawValue
        guard let strategy = SkipStrategy(rawValue: name) else {
            throw InputError(
                file: file, place: "__metadata__: strategy", problem: "\(name) is unknown",
                remedy: "one of \(SkipStrategy.allCases.map(\.rawValue).joined(separator: ", ")) is expected")
        }
        configuration = try metadata["config"].map {
            try RunConfiguration(parsing: $0, file: "\(file): __metadata__: config")
        }
        wiring = configuration?.wiring ?? .init(strategy)
        state =
            metadata["training_state"] == nil
            ? TrainingState() : try value("training_state", TrainingState.self, "a training state is expected")
        guard state.isPossible else {
            throw InputError(
                file: file, place: "__metadata__: training_state", problem: "holds impossible counts",
                remedy: "a training state is expected")
        }
        optimizerStep =
            metadata["optimizer_step"] == nil
            ? 0 : try value("optimizer_step", Int.self, "a number of steps is expected")
        guard (0...TrainingState.largestCount).contains(optimizerStep) else {
            throw InputError(
                file: file, place: "__metadata__: optimizer_step", problem: "is \(optimizerStep)",
                remedy: "a number of steps is expected")
        }
        func part(_ prefix: String) -> [String: Tensor] {
            Dictionary(
                uniqueKeysWithValues: contents.tensors.filter { $0.key.hasPrefix(prefix) }
                    .map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        }
        means = part(Checkpoint.meanPrefix)
        squares = part(Checkpoint.squarePrefix)
        averages = part(Checkpoint.averagePrefix)
        averageStep = metadata["average_step"].flatMap { Int($0) } ?? 0
        weights = contents.tensors.filter { !$0.key.hasPrefix("optimizer.") }
    }

    /// Written atomically: either the whole new file or the old one.
    public func write(to url: URL) throws {
        func json(_ value: some Encodable) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        var tensors = weights
        for (name, tensor) in means { tensors[Checkpoint.meanPrefix + name] = tensor }
        for (name, tensor) in squares { tensors[Checkpoint.squarePrefix + name] = tensor }
        for (name, tensor) in averages { tensors[Checkpoint.averagePrefix + name] = tensor }
        var metadata = [
            "format": Checkpoint.format, "channels": "\(architecture.channels)",
            "features": try json(architecture.features), "latent_channels": "\(architecture.latentChannels)",
            "strategy": wiring.strategy.rawValue, "training_state": try json(state),
            "optimizer_step": "\(optimizerStep)", "average_step": "\(averageStep)",
            "merge": architecture.merge.rawValue,
        ]
        if let effectiveWeights { metadata["effective_loss_weights"] = try json(effectiveWeights) }
        if let configuration {
            metadata["config"] = String(decoding: try configuration.encoded(compact: true), as: UTF8.self)
        }
        try SafetensorsFile(tensors: tensors, metadata: metadata).write(to: url)
    }

    /// A run goes on to the same bytes only under the configuration that it was begun with.
    ///
    /// - Throws: `InputError` naming a key that differs.
    func requireSameRun(as other: RunConfiguration) throws {
        guard let configuration, configuration != other else { return }
        func lines(_ configuration: RunConfiguration) throws -> [Substring] {
            String(decoding: try configuration.encoded(), as: UTF8.self).split(separator: "\n")
        }
        let (old, new) = (try lines(configuration), try lines(other))
        let difference = zip(old, new).first { $0 != $1 }
        func trimmed(_ line: Substring?) -> String { line?.trimmingCharacters(in: [" ", ","]) ?? "another length" }
        throw InputError(
            file: file, place: "config",
            problem: "the run was begun with \(trimmed(difference?.0)), not \(trimmed(difference?.1))",
            remedy: "resume with the same configuration, or start a new run without --resume")
    }

    /// A network with these weights.
    ///
    /// - Throws: `InputError` naming the first tensor that is missing, left over, or of another shape.
    public func network() throws -> C2CNetwork {
        // Before memory is taken for what a damaged file claims. A file that only lacks a tensor is told which, below.
        let stored = weights.values.reduce(0) { $0 + $1.count }
        guard architecture.parameterCount / 4 <= stored else {
            throw InputError(
                file: file, place: "__metadata__",
                problem:
                    "the architecture \(architecture) has \(architecture.parameterCount) parameters, the file \(stored)",
                remedy: "the metadata must describe the network that was saved")
        }
        let network = C2CNetwork(architecture, seed: 0)
        try restore(network)
        return network
    }

    /// Puts the weights into a network, and the moments and the step into an optimizer of the same parameters.
    ///
    /// - Throws: `InputError` naming the first tensor that is missing, left over, or of another shape; then nothing has
    ///   been changed.
    public func restore(_ network: C2CNetwork, _ optimizer: Optimizer? = nil, _ average: WeightAverage? = nil) throws {
        let parameters = network.parameters
        let values = try fit(weights, parameters, prefix: "")
        let averaged = try average.map { _ in try fit(averages, parameters, prefix: Checkpoint.averagePrefix) }
        if let optimizer {
            let first = try fit(means, parameters, prefix: Checkpoint.meanPrefix)
            optimizer.squares = try fit(squares, parameters, prefix: Checkpoint.squarePrefix)
            optimizer.means = first
            optimizer.step = optimizerStep
        }
        if let averaged { average?.restore(averaged, step: averageStep) }
        for (parameter, value) in zip(parameters, values) { parameter.value = value }
    }

    private func fit(_ named: [String: Tensor], _ parameters: [Parameter], prefix: String) throws -> [Tensor] {
        for parameter in parameters {
            let expected = TwinLayout.shape(of: parameter)
            guard let tensor = named[parameter.name] else {
                throw InputError(
                    file: file, place: prefix + parameter.name, problem: "the tensor is missing",
                    remedy: "the architecture \(architecture) needs it with shape \(expected)")
            }
            guard tensor.shape == expected else {
                throw InputError(
                    file: file, place: prefix + parameter.name, problem: "the shape is \(tensor.shape)",
                    remedy: "the architecture \(architecture) needs \(expected)")
            }
        }
        let known = Set(parameters.map(\.name))
        if let extra = named.keys.filter({ !known.contains($0) }).min() {
            throw InputError(
                file: file, place: prefix + extra, problem: "the architecture \(architecture) has no such tensor",
                remedy: "the metadata must describe the network that was saved")
        }
        return TwinLayout.import(named, parameters)
    }
}

extension Architecture: CustomStringConvertible {
    /// On one line, for errors and tables.
    public var description: String { "channels \(channels), features \(features), latent \(latentChannels)" }
}
