import Foundation
import TestSupport

@testable import Engine
@testable import Formats
@testable import Tensors

/// Nine smooth images, a configuration of the smallest network, and two runs trained with it: what the commands work on.
/// Made once; tests that write do so in folders of their own.
final class Workbench: Sendable {
    static let shared = Result { try Workbench() }

    let url: URL
    var configuration: String { url.appending(path: "tiny.json").path }
    /// A run that cannot leak.
    var noSkip: String { url.appending(path: "runs/no_skip").path }
    /// A run that reads its target.
    var targetSkip: String { url.appending(path: "runs/use_target_skip").path }

    private init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "n2n-\(UUID().uuidString)")
        let images = url.appending(path: "images")
        try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
        for index in 0..<9 {
            try PNGFile.write(Image(Workbench.picture(index)), to: images.appending(path: "image\(index).png"))
        }
        try Data(Workbench.text(images.path).utf8).write(to: URL(fileURLWithPath: configuration))
        for (strategy, run) in [("no_skip", noSkip), ("use_target_skip", targetSkip)] {
            let outcome = try Program.run([
                "train", "--config", configuration, "--run-dir", run, "--set", "cross_domain_strategy=\(strategy)",
            ])
            guard outcome.status == 0 else { throw Failure(description: outcome.errors) }
        }
        // The tests run in one process, at whose end the folder may go.
        Workbench.folder = url
        atexit { if let folder = Workbench.folder { try? FileManager.default.removeItem(at: folder) } }
    }

    private nonisolated(unsafe) static var folder: URL?

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Grey with a slow wave; the same for the same index.
    static func picture(_ index: Int, height: Int = 224, width: Int = 224, channels: Int = 1) -> Tensor {
        Tensor(
            [height, width, channels],
            (0..<height * width * channels).map { i in
                let (y, x) = (Double(i / channels / width), Double(i / channels % width))
                return Float(0.5 + 0.2 * sin(0.04 * y + Double(index)) * cos(0.03 * x - Double(index * index)))
            })
    }

    static func text(_ images: String) -> String {
        """
        {
            "seed": 11,
            "data": { "source": "\(images)", "data_range": 2, "crops_per_image": 24,
                      "held_out": ["image0", "image1", "image2", "image3", "image4", "image5"] },
            "noise": { "type": "gaussian", "sigma_a": 0.2, "sigma_b": 0.2, "realisation": "stored" },
            "features": [8], "latent_channels": 8,
            "cross_domain_strategy": "no_skip",
            "loss_weights": { "content": 0.1 },
            "learning_rate": 1e-2, "scheduler": { "type": "onecycle" },
            "batch_size": 4, "crop_size": 32, "epochs": 4,
        }
        """
    }
}
