import Formats
import Foundation
import Tensors

/// A denoiser that is a program: arrays go in and out through files in a private directory that is gone afterwards.
///
/// The command line is split at spaces, with '…' and "…" around words that hold some, and no shell sees it unless asked for. In its
/// words
///
/// - `{source}` and `{target}` stand for `.npy` files of the two observations, float32 `[N, C, H, W]`,
/// - `{input}` for a `.npz` file that holds both under the names `source` and `target`,
/// - `{output}` for the `.npy` file to be written: numbers `[N, C, H, W]`, the estimate of the target's clean images,
/// - `{direction}` for `b_to_a` or `a_to_b`.
///
/// A program whose command line names neither `{input}` nor `{target}` is never given the target.
public struct ExternalProgram: Sendable {
    /// The user's request to stop came while the program ran.
    public struct Interrupted: Error {}

    /// First word of the command line that is no interpreter: `infer.py`.
    public let name: String
    /// Whether it is given the target.
    public let readsTarget: Bool
    private let words: [String]
    private let timeout: Double

    /// - Parameters:
    ///   - timeout: seconds that one start may take.
    ///   - usesShell: gives the line to `/bin/sh -c`.
    /// - Throws: `InputError` of kind `.usage`: no words, an open quote, no `{output}`, no input.
    public init(_ line: String, usesShell: Bool = false, timeout: Double) throws {
        func wrong(_ problem: String) -> InputError {
            InputError(
                .usage, file: "--command", problem: problem,
                remedy: "a line such as \"python infer.py {input} {output}\" is expected")
        }
        guard let split = Self.words(line) else { throw wrong("has a quote that is not closed") }
        guard let first = split.first else { throw wrong("is empty") }
        guard line.contains("{output}") else { throw wrong("does not say where {output} goes") }
        guard ["{input}", "{source}", "{target}"].contains(where: line.contains) else {
            throw wrong("names no {input}, {source} or {target}")
        }
        words = usesShell ? ["/bin/sh", "-c", line] : split
        readsTarget = line.contains("{input}") || line.contains("{target}")
        self.timeout = timeout
        let script = split.dropFirst().first { !$0.hasPrefix("-") && !$0.contains("{") }
        name = URL(fileURLWithPath: script ?? first).lastPathComponent
    }

    /// Words of a line: spaces part them, except within quotes; `nil` for a quote that is not closed.
    static func words(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return quote == nil ? words : nil
    }

    /// One start of the program.
    ///
    /// - Parameter images: source and target `[H, W, C]`, all of one shape, at least one pair.
    /// - Returns: as many outputs of that shape, all finite.
    /// - Throws: `InputError` with the program's last words: it cannot be started, does not end in time, fails, or writes no array, one
    ///   of another shape or one that is not finite. `Interrupted` where `shouldStop` turned true.
    func run(
        _ images: [(source: Tensor, target: Tensor)], _ direction: Direction, shouldStop: () -> Bool = { false }
    ) throws -> [Tensor] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "n2n-program-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String) -> URL { folder.appending(path: name) }
        let source = Self.batch(images.map(\.source))
        var places = [
            "{source}": file("source.npy").path, "{output}": file("output.npy").path,
            "{direction}": direction == .bToA ? "b_to_a" : "a_to_b",
        ]
        try NumPyFile.write(source, to: file("source.npy"))
        if readsTarget {
            let target = Self.batch(images.map(\.target))
            try NumPyFile.write(target, to: file("target.npy"))
            try NumPyFile.writeArchive(["source": source, "target": target], to: file("input.npz"))
            places["{target}"] = file("target.npy").path
            places["{input}"] = file("input.npz").path
        }
        let filled = words.map { word in places.reduce(word) { $0.replacingOccurrences(of: $1.key, with: $1.value) } }
        try ExternalProcess(filled, log: file("log.txt"), name: name).run(timeout: timeout, shouldStop: shouldStop)
        return try outputs(file("output.npy"), like: images.map(\.source))
    }

    private func outputs(_ file: URL, like images: [Tensor]) throws -> [Tensor] {
        func wrong(_ problem: String) -> InputError {
            InputError(
                file: name, problem: problem,
                remedy: "{output} must hold one array of numbers [N, C, H, W] with the shape of the input")
        }
        guard FileManager.default.fileExists(atPath: file.path) else { throw wrong("wrote no {output}") }
        let array: NumPyArray
        do { array = try NumPyFile.read(file) } catch let error as InputError {
            throw wrong("wrote an {output} that \(error.problem)")
        }
        let shape = images[0].shape
        guard array.shape == [images.count, shape[2], shape[0], shape[1]] else {
            throw wrong("wrote an {output} of shape \(array.shape) for \(images.count) images of \(shape)")
        }
        guard array.values.allSatisfy({ Float($0).isFinite }) else { throw wrong("wrote values that are not finite") }
        let (plane, channels) = (shape[0] * shape[1], shape[2])
        return images.indices.map { n in
            Tensor(shape) { out in
                for k in 0..<channels {
                    for p in 0..<plane { out[p * channels + k] = Float(array.values[(n * channels + k) * plane + p]) }
                }
            }
        }
    }

    /// `[N, C, H, W]` from images `[H, W, C]`.
    private static func batch(_ images: [Tensor]) -> NumPyArray {
        let shape = images[0].shape
        let (plane, channels) = (shape[0] * shape[1], shape[2])
        var values = [Double](repeating: 0, count: images.count * plane * channels)
        for (n, image) in images.enumerated() {
            image.withUnsafeBuffer { pixels in
                for k in 0..<channels {
                    for p in 0..<plane { values[(n * channels + k) * plane + p] = Double(pixels[p * channels + k]) }
                }
            }
        }
        return NumPyArray([images.count, channels, shape[0], shape[1]], values)
    }
}
