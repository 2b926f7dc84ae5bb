import Formats
import Foundation
import Tensors

/// What a run writes down while it trains, besides checkpoints: `metrics.jsonl`, TensorBoard events, pictures.
final class RunLog {
    private let run: RunDirectory
    private let tensorBoard: TensorBoardWriter?
    private let pictures: TrainingPictures
    private let interval: Int

    /// - Parameter state: where the run stands; what the files say of later steps is taken back.
    init(_ run: RunDirectory, _ configuration: RunConfiguration, _ dataset: PairedDataset, _ state: TrainingState)
        throws
    {
        self.run = run
        interval = configuration.logging.imageInterval
        pictures = TrainingPictures(pair: dataset.heldOut.first ?? dataset.training[0], dataRange: dataset.dataRange)
        try run.begin(configuration, state)
        tensorBoard =
            configuration.logging.tensorBoard
            ? try TensorBoardWriter(
                directory: run.url, name: "n2n-analyze", resumingAfter: state.step > 0 ? state.step : nil,
                clock: { Date().timeIntervalSince1970 }) : nil
    }

    /// After a step: pictures, where they are due.
    func step(_ step: Int, _ network: C2CNetwork, _ wiring: C2CNetwork.Wiring) throws {
        guard interval > 0, step % interval == 0 else { return }
        let files = try pictures.write(network, wiring, step: step, in: run)
        for (name, file) in files.sorted(by: { $0.key < $1.key }) {
            let image = file.image.tensor.shape
            tensorBoard?.image(
                "images/\(name)", png: try InputFile.read(file.url), height: image[0], width: image[1],
                channels: image[2],
                step: step)
        }
    }

    /// After an epoch: its line of metrics, and the same as scalars.
    func epoch(_ record: EpochRecord) throws {
        try run.append(record)
        for (tag, value) in record.values.sorted(by: { $0.key < $1.key }) {
            tensorBoard?.scalar(tag, value, step: record.step)
        }
        try tensorBoard?.flush()
    }
}
