import Foundation

extension PairedDataset {
    /// Loads the configuration's source:
    ///
    /// - `photos`: the directory `data/photos` under the current one;
    /// - a directory of clean PNG images: both domains show the same content, noise is made;
    /// - a directory with `a/` and `b/` holding registered PNG files of equal names, noisy as recorded, and perhaps
    ///   `clean_a/` and `clean_b/`.
    ///
    /// - Throws: `InputError` naming the file: not a PNG, truncated, of another size than its partner, without partner,
    ///   or a noise model where there is noise already (none where there is not).
    public static func load(_ configuration: DataConfiguration, seed: UInt64) throws -> PairedDataset {
        let path = configuration.source == photos ? "data/photos" : configuration.source
        let root = URL(filePath: path, relativeTo: nil)
        func folder(_ url: URL) throws -> ImageFolder {
            try ImageFolder(url, colour: configuration.colour, dataRange: configuration.dataRange)
        }
        let parts = ["a", "b", "clean_a", "clean_b"].filter { isDirectory(root.appending(path: $0)) }
        let pairs: [ImagePair]
        switch parts {
        case []:
            guard let noise = configuration.noise?.model else {
                throw InputError(
                    file: path, problem: "holds clean images, but the configuration has no noise",
                    remedy: "give noise, or a directory with a/ and b/")
            }
            pairs = madeNoisy(try folder(root), by: noise, seed: seed)
        case ["a", "b"], ["a", "b", "clean_a", "clean_b"]:
            if configuration.noise != nil {
                throw InputError(
                    file: path, problem: "holds noisy pairs, but the configuration makes noise",
                    remedy: "drop noise")
            }
            pairs = try registered(try parts.map { try folder(root.appending(path: $0)) })
        default:
            throw InputError(
                file: path, problem: "has \(parts.map { $0 + "/" }.joined(separator: ", ")) only",
                remedy: "pairs are in a/ and b/, their references in clean_a/ and clean_b/, both or neither")
        }
        return try PairedDataset(pairs, configuration, seed: seed)
    }

    private static func madeNoisy(_ folder: ImageFolder, by noise: NoiseModel, seed: UInt64) -> [ImagePair] {
        folder.images.enumerated().map { index, image in
            let clean = DomainPair(a: image.tensor, b: image.tensor)
            let noisy = noise.observe(clean, seed: seed, image: index, draw: 0)
            return ImagePair(id: image.name, source: image.file, index: index, clean: clean, noisy: noisy)
        }
    }

    /// Folders a, b and perhaps clean a, clean b.
    private static func registered(_ folders: [ImageFolder]) throws -> [ImagePair] {
        let first = folders[0]
        for other in folders.dropFirst() {
            let names = (Set(first.images.map(\.name)), Set(other.images.map(\.name)))
            for (have, miss, there) in [(names.0, names.1, other), (names.1, names.0, first)] {
                if let name = have.subtracting(miss).min() {
                    throw InputError(
                        file: there.url.relativePath, problem: "has no \(name).png", remedy: "its partner is there")
                }
            }
            for (image, partner) in zip(first.images, other.images) where image.tensor.shape != partner.tensor.shape {
                throw InputError(
                    file: partner.file, problem: "has \(partner.tensor.shape[1])×\(partner.tensor.shape[0]) pixels",
                    remedy: "\(image.file) has \(image.tensor.shape[1])×\(image.tensor.shape[0])")
            }
        }
        return first.images.indices.map { index in
            let tensors = folders.map { $0.images[index].tensor }
            return ImagePair(
                id: first.images[index].name, source: first.images[index].file, index: index,
                clean: tensors.count == 4 ? DomainPair(a: tensors[2], b: tensors[3]) : nil,
                noisy: DomainPair(a: tensors[0], b: tensors[1]))
        }
    }

    private static func isDirectory(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
