import Foundation

@testable import Engine
@testable import Formats
@testable import Tensors

/// A tiny run: crops of 24² of four photographs, one level of 8 channels, two steps an epoch.
struct TinyRun {
    let folder: URL

    /// Writes the images and the configuration into `folder`.
    init(in folder: URL) throws {
        self.folder = folder
        let images = folder.appending(path: "images")
        try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
        for name in ["brick", "camera", "coffee", "grass"] {
            let photograph = try PNGFile.read(fixture("../../data/photos/\(name).png"))
            let (width, channels) = (photograph.tensor.shape[1], photograph.tensor.shape[2])
            let values = photograph.tensor.values
            let crop = Tensor(
                [24, 24, channels],
                (0..<24 * 24 * channels).map {
                    values[(40 + $0 / channels / 24) * width * channels + 40 * channels + $0 % (24 * channels)]
                })
            try PNGFile.write(Image(crop), to: images.appending(path: "\(name).png"))
        }
    }

    func configuration(
        _ strategy: SkipStrategy = .targetSkip, realisation: String = "stored", overrides: [String] = []
    ) throws -> RunConfiguration {
        let text = """
            {
                "seed": 7,
                "data": { "source": "\(folder.path)/images", "data_range": 2, "held_out": ["camera"], "crops_per_image": 2 },
                "noise": { "type": "gaussian", "sigma_a": 0.2, "sigma_b": 0.2, "realisation": "\(realisation)" },
                "features": [8], "latent_channels": 8,
                "cross_domain_strategy": "\(strategy.rawValue)",
                "learning_rate": 3e-3, "scheduler": { "type": "onecycle" },
                "batch_size": 3, "crop_size": 16, "epochs": 3,
            }
            """
        let file = folder.appending(path: "config.json")
        try AtomicFile.write(Data(text.utf8), to: file)
        return try RunConfiguration(contentsOf: file, overrides: overrides)
    }

    /// A trainer in the run directory `name`.
    func trainer(_ configuration: RunConfiguration, _ name: String, resume: Bool = false) throws -> Trainer {
        try Trainer(
            configuration, dataset: PairedDataset.load(configuration.data, seed: configuration.seed),
            run: RunDirectory(folder.appending(path: name)), resume: resume)
    }

    func data(_ path: String) throws -> Data { try Data(contentsOf: folder.appending(path: path)) }

    /// The lines of metrics without the one number that is a time.
    func metrics(_ name: String) throws -> [EpochRecord] {
        try RunDirectory.metrics(in: folder.appending(path: "\(name)/metrics.jsonl")).map {
            var record = $0
            record.values["seconds"] = nil
            return record
        }
    }

    /// The bytes of the metrics with the seconds cut out.
    func metricsText(_ name: String) throws -> String {
        String(decoding: try data("\(name)/metrics.jsonl"), as: UTF8.self)
            .replacing(/"seconds":[^,}]*,?/, with: "")
    }
}
