import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Formats
@testable import Tensors

/// Images that tests make as users have them: soft content, noise from seeds, and files as programs write them.
enum Made {
    /// Soft ellipses on grey, values 0.05...0.95, the same in all channels.
    static func scene(_ seed: Int, _ height: Int, _ width: Int, channels: Int = 1) -> Tensor {
        var stream = RandomStream(seed: UInt64(4000 + seed), purpose: .test)
        let ellipses = (0..<10).map { _ in
            (
                y: stream.uniform() * Double(height), x: stream.uniform() * Double(width),
                ry: 5 + stream.uniform() * Double(height) / 3, rx: 5 + stream.uniform() * Double(width) / 3,
                value: 0.6 * stream.uniform() - 0.3
            )
        }
        return Tensor(
            [height, width, channels],
            (0..<height * width * channels).map { i in
                let (y, x) = (Double(i / channels / width), Double(i / channels % width))
                let sum = ellipses.reduce(0.4) { sum, e in
                    let distance = (pow((y - e.y) / e.ry, 2) + pow((x - e.x) / e.rx, 2)).squareRoot() - 1
                    return sum + e.value / (1 + exp(min(50, 2 * distance * min(e.ry, e.rx))))
                }
                return Float(min(max(sum, 0.05), 0.95))
            })
    }

    /// White Gaussian noise; another one for another seed.
    static func noise(_ sigma: Double, like image: Tensor, seed: Int) -> Tensor {
        var stream = RandomStream(seed: UInt64(90_000 + seed), purpose: .test)
        return Tensor(image.shape, (0..<image.count).map { _ in Float(sigma * stream.gaussian()) })
    }

    /// 3 × 3 binomial, wrapped around; its middle is 1/4.
    static func blur(_ image: Tensor) -> Tensor {
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        func along(_ v: [Float], _ length: Int, _ stride: Int) -> [Float] {
            v.indices.map { i in
                let place = i / stride % length
                let before = place == 0 ? i + (length - 1) * stride : i - stride
                let after = place == length - 1 ? i - (length - 1) * stride : i + stride
                return (v[before] + 2 * v[i] + v[after]) / 4
            }
        }
        return Tensor(image.shape, along(along(image.values, width, channels), height, width * channels))
    }

    static func upsideDown(_ image: Tensor) -> Tensor {
        let line = image.shape[1] * image.shape[2], values = image.values
        return Tensor(image.shape, (0..<image.shape[0]).reversed().flatMap { values[$0 * line..<($0 + 1) * line] })
    }

    static func mean(_ images: [Tensor]) -> Tensor {
        images.dropFirst().reduce(images[0]) { $0.plus($1) }.times(1 / Float(images.count))
    }

    /// A directory of folders of `.npy` files: `a`, `b`, `a2`, `clean_a`, …
    static func folders(_ url: URL, _ sets: [String: [Tensor]]) throws {
        for (name, images) in sets {
            let folder = url.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (k, image) in images.enumerated() {
                try NumPyFile.write(NumPyArray(image), to: folder.appending(path: "s\(k).npy"))
            }
        }
    }

    /// What `--outputs` reads. Pairs hold arrays by the manifest's keys; `words` are further keys of each pair.
    static func outputs(
        _ url: URL, _ pairs: [[String: Tensor]], ids: [String]? = nil, words: (Int) -> [String: String] = { _ in [:] },
        dataRange: Double = 1, more: String = #""reads_target": false"#
    ) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let entries = try pairs.enumerated().map { index, arrays in
            let id = ids?[index] ?? "s\(index)"
            let files = try arrays.sorted { $0.key < $1.key }.map { key, image in
                try NumPyFile.write(NumPyArray(image), to: url.appending(path: "\(id)_\(key).npy"))
                return (key, "\(id)_\(key).npy")
            }
            let texts = [("id", id)] + files + words(index).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            return "{ \(texts.map { "\"\($0.0)\": \"\($0.1)\"" }.joined(separator: ", ")) }"
        }
        let text = #"{ "pairs": [\#(entries.joined(separator: ",\n"))], "data_range": \#(dataRange), \#(more) }"#
        try Data(text.utf8).write(to: url.appending(path: "manifest.json"))
    }
}

extension Tensor {
    func plus(_ other: Tensor, times factor: Float = 1) -> Tensor {
        Tensor(shape, zip(values, other.values).map { $0 + factor * $1 })
    }

    func times(_ factor: Float, plus offset: Float = 0) -> Tensor { Tensor(shape, values.map { factor * $0 + offset }) }
}

extension Suite.Findings {
    /// The row of an id, of the first direction.
    func row(_ id: String) -> CheckResult? { subject.checks.first { $0.id == id } }

    /// What the head of a report says, one line a finding.
    var text: String { findings.map { "\($0.kind.rawValue): \($0.text). \($0.next)" }.joined(separator: "\n") }
}
