import Engine
import Formats
import Foundation

/// A checkpoint of ours as a model under test, with what its run directory says about its training.
public struct TrainedModel: Sendable {
    /// The given name, or that of the run directory or file; with "as STRATEGY" where another one is tested.
    public let name: String
    /// The checkpoint's file.
    public let file: URL
    /// What the file holds, with the wiring of training.
    public let checkpoint: Checkpoint
    /// The network with the wiring under test.
    public let predictor: NetworkPredictor
    /// Losses against epoch, under the names of `SeriesName`; empty for a checkpoint outside a run directory.
    public let history: [String: Series]

    /// - Parameters:
    ///   - path: a run directory (its last checkpoint is taken) or a checkpoint file.
    ///   - strategy: tests the weights under another skip strategy than the one they were trained with.
    ///   - configuration: says strategy and data of a file that does not say how it was trained.
    ///   - mapping: names here for the names in a PyTorch file.
    /// - Throws: `InputError` for a missing or damaged file.
    public init(
        _ path: String, name: String? = nil, strategy: SkipStrategy? = nil, configuration: RunConfiguration? = nil,
        mapping: NameMapping? = nil
    ) throws {
        let url = URL(fileURLWithPath: path)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
            throw InputError(
                file: path, problem: "does not exist",
                remedy: "a run directory, a .safetensors or a .pt file is expected")
        }
        file = isDirectory.boolValue ? url.appending(path: "checkpoints/last.safetensors") : url
        if isDirectory.boolValue && !FileManager.default.fileExists(atPath: file.path) {
            throw InputError(
                file: path, problem: "holds no checkpoints/last.safetensors",
                remedy: "a finished run directory is expected")
        }
        checkpoint = try Checkpoint.read(file, configuration: configuration, mapping: mapping)
        var wiring = checkpoint.wiring
        if let strategy { wiring.strategy = strategy }
        let base =
            name ?? (isDirectory.boolValue ? url.lastPathComponent : url.deletingPathExtension().lastPathComponent)
        self.name = strategy.map { "\(base) as \($0.rawValue)" } ?? base
        predictor = NetworkPredictor(name: self.name, network: try checkpoint.network(), wiring: wiring)
        let metrics = file.deletingLastPathComponent().deletingLastPathComponent().appending(path: "metrics.jsonl")
        history =
            FileManager.default.fileExists(atPath: metrics.path)
            ? TrainedModel.series(try RunDirectory.metrics(in: metrics)) : [:]
    }

    /// The loss weights of the last step of training, which the collapse guard may have moved; `nil` for weights from elsewhere.
    public var effectiveWeights: LossWeights? { checkpoint.effectiveWeights }

    private static func series(_ records: [EpochRecord]) -> [String: Series] {
        let names = [
            SeriesName.lossTrainTotal: "loss/total", SeriesName.lossTrainCross: "loss/cross",
            SeriesName.lossHeldoutCross: "val/cross", SeriesName.lossFloor: "noise/floor",
        ]
        return names.compactMapValues { key in
            let points = records.compactMap { record in record.values[key].map { (Double(record.epoch), $0) } }
            return points.isEmpty ? nil : Series(frequency: points.map(\.0), value: points.map(\.1))
        }
    }
}
