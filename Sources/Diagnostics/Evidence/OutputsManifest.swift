import Formats
import Foundation
import Tensors

/// Saved arrays of a model from any program, as `manifest.json` beside them describes them:
///
///     { "pairs": [ { "id": "case1", "prediction_a": "f_a.npy", "noisy_a": "x_a.npy", "noisy_b": "x_b.npy",
///                    "clean_a": "c_a.npy", "repeat_a": "x_a2.npy", "swapped_noisy_a": "x_a_swap.npy",
///                    "swapped_prediction_a": "f_a_swap.npy", "split": "heldout", "subject": "s01" } ],
///       "data_range": 1.0, "sigma_a": 0.098 }
///
/// `prediction_a` and `noisy_a` are needed, each further array unlocks checks; the same with `_b` is the other direction. An array is
/// a `.npy` file or `file.npz:name`, `[H, W]`, `[H, W, C]` or complex `[H, W]`, finite. Files lie in the manifest's directory or below
/// it, symbolic links followed.
public struct OutputsManifest: Sendable {
    /// What is known of a pair in one domain.
    enum Array: String, CaseIterable {
        case prediction, noisy, clean, `repeat`
        case swappedNoisy = "swapped_noisy"
        case swappedPrediction = "swapped_prediction"

        func key(_ domain: Domain) -> String { "\(rawValue)_\(domain.rawValue)" }
    }

    struct Pair: Sendable {
        var id: String
        var subject: String
        var split: Split
        /// `[H, W, C]`, by the manifest's key.
        var arrays: [String: Tensor]

        subscript(array: Array, domain: Domain) -> Tensor? { arrays[array.key(domain)] }
    }

    /// As reports name the model.
    public let name: String
    /// The manifest.
    public let file: URL
    let pairs: [Pair]
    let dataRange: Double
    let sigma: [Domain: Double]
    let readsTarget: Bool
    let noisesAreIndependent: Bool
    /// Of the manifest and all arrays.
    let sha256: String

    /// - Parameter path: the manifest, or its directory.
    /// - Throws: `InputError` naming manifest, pair and array.
    public init(_ path: String) throws {
        var url = URL(fileURLWithPath: path)
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory), isDirectory.boolValue {
            url.append(path: "manifest.json")
        }
        file = url
        let reader = try ConfigurationReader(contentsOf: url)
        name = try reader.string("name", default: url.deletingLastPathComponent().lastPathComponent)
        dataRange = try reader.double("data_range", in: Double.leastNonzeroMagnitude...1e30)
        readsTarget = try reader.bool("reads_target", default: true)
        noisesAreIndependent = try reader.bool("noises_are_independent", default: true)
        var sigma: [Domain: Double] = [:]
        for domain in Domain.allCases where reader.has("sigma_\(domain.rawValue)") {
            sigma[domain] = try reader.double("sigma_\(domain.rawValue)", in: Double.leastNonzeroMagnitude...1e30)
        }
        self.sigma = sigma
        var arrays = OutputsArrays(url.deletingLastPathComponent())
        let entries = try reader.list("pairs")
        var pairs: [Pair] = []
        for entry in entries {
            let pair = try Self.pair(entry, &arrays)
            guard !pairs.contains(where: { $0.id == pair.id }) else {
                throw entry.error("id", "is \"\(pair.id)\", as another pair's is", "every pair has its own")
            }
            pairs.append(pair)
        }
        try reader.finish()
        guard let first = entries.first else {
            throw reader.error("pairs", "is empty", "at least one pair is expected")
        }
        // Outputs are known by their inputs.
        var inputs: [RecordedPredictor.Input: String] = [:]
        for (entry, pair) in zip(entries, pairs) {
            guard let noisy = pair[.noisy, .a] else { continue }
            let input = RecordedPredictor.Input(DomainPair(a: noisy, b: pair[.noisy, .b] ?? noisy), .bToA)
            if let other = inputs.updateValue(pair.id, forKey: input) {
                throw entry.error(
                    "noisy_a", "is that of \(other), with the same noisy_b", "every pair has its own noise")
            }
        }
        let withB = pairs.count { $0[.prediction, .b] != nil }
        guard withB == 0 || withB == pairs.count else {
            throw first.error(
                "prediction_b", "is there for \(withB) of \(pairs.count) pairs", "all pairs have it or none")
        }
        self.pairs = pairs
        sha256 = try arrays.digest(of: url, pairs)
    }

    private static func pair(_ entry: ConfigurationReader, _ files: inout OutputsArrays) throws -> Pair {
        let id = try entry.string("id")
        guard !id.isEmpty, !id.contains("/") else {
            throw entry.error("id", "is \"\(id)\"", "a name without / is expected")
        }
        let subject = try entry.string("subject", default: id)
        let split = try entry.choice("split", of: Split.self, default: .heldout)
        var arrays: [String: Tensor] = [:]
        for array in Array.allCases {
            for domain in Domain.allCases {
                let key = array.key(domain)
                let isNeeded = domain == .a && (array == .prediction || array == .noisy)
                guard isNeeded || entry.has(key) else { continue }
                arrays[key] = try files.read(try entry.string(key), entry, key)
            }
        }
        let shape = arrays[Array.noisy.key(.a)]?.shape ?? []
        if let other = arrays.filter({ $0.value.shape != shape }).keys.min() {
            throw entry.error(other, "has shape \(arrays[other]?.shape ?? [])", "noisy_a has \(shape); all are alike")
        }
        func require(_ key: String, with other: String) throws {
            if arrays[other] != nil && arrays[key] == nil { throw entry.error(key, "is missing", "\(other) needs it") }
        }
        for domain in Domain.allCases {
            for array in Array.allCases where array != .noisy {
                try require(Array.noisy.key(domain), with: array.key(domain))
            }
            try require(Array.swappedNoisy.key(domain), with: Array.swappedPrediction.key(domain))
            try require(Array.swappedPrediction.key(domain), with: Array.swappedNoisy.key(domain))
        }
        return Pair(id: id, subject: subject, split: split, arrays: arrays)
    }
}

/// The files that a manifest refers to.
private struct OutputsArrays {
    private let directory: URL
    private var archives: [String: [String: NumPyArray]] = [:]

    init(_ directory: URL) { self.directory = directory.resolvingSymlinksInPath() }

    mutating func read(_ name: String, _ entry: ConfigurationReader, _ key: String) throws -> Tensor {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let url = directory.appending(path: parts[0]).standardizedFileURL.resolvingSymlinksInPath()
        guard !parts[0].isEmpty, !parts[0].hasPrefix("/"), url.path.hasPrefix(directory.path + "/") else {
            throw entry.error(
                key, "is \(name), outside the manifest's directory", "a relative path of a file in it is expected")
        }
        let array: NumPyArray
        if parts.count == 2 {
            let archive = try archives[url.path] ?? NumPyFile.readArchive(url)
            archives[url.path] = archive
            guard let member = archive[parts[1]] else {
                throw entry.error(
                    key, "is \(name), which is not in the archive",
                    "it has \(archive.keys.sorted().joined(separator: ", "))")
            }
            array = member
        } else {
            array = try NumPyFile.read(url)
        }
        let shape = array.shape.count == 2 ? array.shape + [1] : array.shape
        guard shape.count == 3, shape[0] > 0, shape[1] > 0, (1...16).contains(shape[2]) else {
            throw entry.error(
                key, "\(name) has shape \(array.shape)", "[H, W] or [H, W, C] with 1 to 16 channels is expected")
        }
        let tensor = array.tensor.reshaped(shape)
        if let bad = tensor.values.firstIndex(where: { !$0.isFinite }) {
            let pixel = bad / shape[2]
            throw entry.error(
                key, "\(name) holds a value that is not finite at row \(pixel / shape[1]), column \(pixel % shape[1])")
        }
        return tensor
    }

    func digest(of manifest: URL, _ pairs: [OutputsManifest.Pair]) throws -> String {
        var digest = SHA256()
        digest.update(try InputFile.read(manifest))
        for pair in pairs {
            for (_, tensor) in pair.arrays.sorted(by: { $0.key < $1.key }) {
                tensor.withUnsafeBuffer { digest.update(Data(buffer: $0)) }
            }
        }
        return digest.hex()
    }
}
