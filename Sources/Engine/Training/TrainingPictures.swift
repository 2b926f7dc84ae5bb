import Formats
import Foundation
import Tensors

/// What the network makes of one pair while it trains, as three files of `images/step-NNNNNN`:
///
/// - `train.png`: noisy | same-domain output | cross-domain output (| clean, where there is one), domain a above domain b;
///   black to white is the data range
/// - `cross_abs_a.png`, `cross_abs_b.png`: |f - x|, black is 0, white a quarter of the data range
struct TrainingPictures {
    let pair: ImagePair
    let dataRange: Double

    /// A picture and the file it is in.
    struct File {
        let url: URL
        let image: Image
    }

    /// Writes the three files; by name without `.png`.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`.
    func write(_ network: C2CNetwork, _ wiring: C2CNetwork.Wiring, step: Int, in run: RunDirectory) throws
        -> [String: File]
    {
        let tape = Tape(recording: false)
        let x = pair.noisy.map { tape.constant($0.reshaped([1] + $0.shape)) }
        let shape = pair.noisy.a.shape
        let cross = DomainPair { network.crossOutput(x, to: $0, wiring).value.reshaped(shape) }
        let same = DomainPair {
            network.sameOutput(x[$0], domain: $0, useSkip: wiring.sameDomainUseSkip).value.reshaped(shape)
        }
        let rows = Domain.allCases.map { domain in
            [pair.noisy[domain], same[domain], cross[domain]] + (pair.clean.map { [$0[domain]] } ?? [])
        }
        var images = ["train": picture(rows) { $0 / Float(dataRange) + 0.5 }]
        for domain in Domain.allCases {
            let residual = Elementwise.map(cross[domain], pair.noisy[domain]) { pointwiseMax($0 - $1, $1 - $0) }
            images["cross_abs_\(domain.rawValue)"] = picture([[residual]]) { $0 * 4 / Float(dataRange) }
        }
        let folder = try run.folder("images/step-\(String(format: "%06d", step))")
        var files: [String: File] = [:]
        for (name, image) in images {
            let url = folder.appending(path: "\(name).png")
            try PNGFile.write(image, to: url)
            files[name] = File(url: url, image: image)
        }
        return files
    }

    /// Images side by side, grey: an RGB image by the mean of its channels, a complex one by its magnitude.
    private func picture(_ rows: [[Tensor]], _ scale: (Float) -> Float) -> Image {
        let (height, width) = (rows[0][0].shape[0], rows[0][0].shape[1])
        var canvas = Tensor([height * rows.count, width * rows[0].count, 1])
        canvas.withUnsafeMutableBuffer { canvas in
            for (r, row) in rows.enumerated() {
                for (c, image) in row.enumerated() {
                    let values = image.values, channels = image.shape[2]
                    for pixel in 0..<height * width {
                        let parts = values[pixel * channels..<(pixel + 1) * channels]
                        let grey =
                            channels == 2
                            ? (parts.reduce(0) { $0 + $1 * $1 }).squareRoot() : parts.reduce(0, +) / Float(channels)
                        let (y, x) = (r * height + pixel / width, c * width + pixel % width)
                        canvas[y * width * row.count + x] = min(1, max(0, scale(grey)))
                    }
                }
            }
        }
        return Image(canvas, bitDepth: 8)
    }
}
