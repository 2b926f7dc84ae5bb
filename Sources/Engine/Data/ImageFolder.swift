import Foundation

/// The PNG images of a directory, in the order of their names.
public struct ImageFolder: Sendable {
    /// One file.
    public struct NamedImage: Sendable {
        /// The file's name without `.png`.
        public let name: String
        /// The file, for error messages.
        public let file: String
        /// `[H, W, C]` in the units of the data, ±dataRange/2.
        public let tensor: Tensor
    }

    /// Where it is.
    public let url: URL
    /// At least one, names in order.
    public let images: [NamedImage]

    /// Reads every file that ends in `.png`; other files and hidden ones are passed over.
    ///
    /// - Throws: `InputError`: no such directory, no image in it, a file that is not a whole PNG.
    public init(_ url: URL, colour: DataConfiguration.Colour, dataRange: Double) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch {
            throw InputError(
                file: url.relativePath, problem: "is not a directory that can be read",
                remedy: "a data source is \"\(PairedDataset.photos)\" or a directory of PNG images")
        }
        let files = names.filter { $0.lowercased().hasSuffix(".png") && !$0.hasPrefix(".") }.sorted()
        guard !files.isEmpty else { throw InputError(file: url.relativePath, problem: "has no PNG image in it") }
        self.url = url
        images = try Parallel.map(files.count) { index in
            let file = url.appending(path: files[index])
            let tensor = ImageScaling.centred(
                try PNGFile.read(file).tensor, colour: colour, dataRange: Float(dataRange))
            return NamedImage(name: String(files[index].dropLast(4)), file: file.relativePath, tensor: tensor)
        }
        for (first, second) in zip(images, images.dropFirst()) where first.name == second.name {
            throw InputError(file: second.file, problem: "has the same name as \(first.file)")
        }
    }
}
