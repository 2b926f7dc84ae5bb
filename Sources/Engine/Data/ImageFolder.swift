import Foundation

/// The images of a directory, all `.png` or all `.npy`, in the order of their names.
public struct ImageFolder: Sendable {
    /// One file.
    public struct NamedImage: Sendable {
        /// The file's name without its ending.
        public let name: String
        /// The file, for error messages.
        public let file: String
        /// `[H, W, C]` in the units of the data.
        public let tensor: Tensor
    }

    /// Where it is.
    public let url: URL
    /// At least one, names in order, all of the same number of channels.
    public let images: [NamedImage]
    /// Whether they are arrays, which are taken as they are, and not pictures, which are scaled.
    public let isArrays: Bool

    /// Reads every file that ends in `.png` or `.npy`; other files and hidden ones are passed over.
    ///
    /// PNG values are scaled as `ImageScaling` says. An array is `[H, W]` or `[H, W, C]`, C 1 to 3, or complex `[H, W]`, which
    /// becomes two channels, real and imaginary part; its numbers are in the units of the data already. With representation
    /// `magnitude` complex images become magnitudes, one channel.
    ///
    /// - Throws: `InputError`: no such directory, no image in it, both kinds, a file that is not a whole image or holds
    ///   numbers that are not finite, another number of channels than the first or than the representation says.
    public init(_ url: URL, _ configuration: DataConfiguration) throws {
        let entries: [String]
        do {
            entries = try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch {
            throw InputError(
                file: url.relativePath, problem: "is not a directory that can be read",
                remedy: "a data source is \"\(PairedDataset.photos)\", \"\(KneePhantom.name)\" a directory of images, or a file of captures"
            )
        }
        func ending(_ suffix: String) -> [String] {
            entries.filter { $0.lowercased().hasSuffix(suffix) && !$0.hasPrefix(".") }.sorted()
        }
        let (pictures, arrays) = (ending(".png"), ending(".npy"))
        guard pictures.isEmpty || arrays.isEmpty else {
            throw InputError(
                file: url.relativePath, problem: "has both PNG and .npy files in it", remedy: "keep one kind")
        }
        let files = pictures + arrays
        guard !files.isEmpty else {
            throw InputError(
                file: url.relativePath, problem: "has no image in it", remedy: "images are PNG or .npy files")
        }
        self.url = url
        isArrays = pictures.isEmpty
        images = try Parallel.map(files.count) { index in
            let file = url.appending(path: files[index])
            let tensor =
                pictures.isEmpty
                ? try Self.array(file)
                : ImageScaling.scaled(
                    try PNGFile.read(file).tensor, colour: configuration.colour,
                    dataRange: Float(configuration.dataRange),
                    centred: configuration.isCentred)
            return NamedImage(
                name: String(files[index].dropLast(4)), file: file.relativePath,
                tensor: try Self.represented(tensor, configuration.representation, file))
        }
        for (first, second) in zip(images, images.dropFirst()) where first.name == second.name {
            throw InputError(file: second.file, problem: "has the same name as \(first.file)")
        }
        let channels = images[0].tensor.shape[2]
        for image in images where image.tensor.shape[2] != channels {
            throw InputError(
                file: image.file, problem: "has \(image.tensor.shape[2]) channels",
                remedy: "\(images[0].file) has \(channels)")
        }
    }

    private static func array(_ url: URL) throws -> Tensor { try image(try NumPyFile.read(url), url) }

    /// An array as an image `[H, W, C]`; `url` is for errors.
    static func image(_ array: NumPyArray, _ url: URL) throws -> Tensor {
        let shape = array.shape.count == 2 ? array.shape + [1] : array.shape
        guard shape.count == 3, (1...3).contains(shape[2]), shape[0] > 0, shape[1] > 0 else {
            throw InputError(
                file: url.relativePath, problem: "has the shape \(array.shape)",
                remedy: "an image is [H, W] or [H, W, C] with 1 to 3 channels, or complex [H, W]")
        }
        let tensor = array.tensor.reshaped(shape)
        guard tensor.values.allSatisfy(\.isFinite) else {
            throw InputError(file: url.relativePath, problem: "holds numbers that are not finite in Float32")
        }
        return tensor
    }

    /// A complex image as the representation has it; `url` is for errors.
    static func represented(
        _ image: Tensor, _ representation: DataConfiguration.Representation?, _ url: URL
    ) throws -> Tensor {
        guard let representation else { return image }
        guard image.shape[2] == 2 else {
            throw InputError(
                file: url.relativePath, problem: "is not complex",
                remedy: "data.representation is for images of a real and an imaginary part")
        }
        return representation == .magnitude ? Magnitude.ofPairs(image) : image
    }
}
