import Formats
import Foundation
import Tensors

/// The images of a directory, all `.png`, all `.npy` or all volumes (`.npz`, NIfTI, TIFF, HDF5), in the order of their names.
public struct ImageFolder: Sendable {
    /// One file, or one slice of a volume.
    public struct NamedImage: Sendable {
        /// The file's name without its ending; with the slice's number behind it, from 1, where the file has several.
        public let name: String
        /// The file's name without its ending: slices of one volume stay on one side of a split.
        public let subject: String
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

    /// Reads every file that ends in `.png`, in `.npy`, or as a volume does; other files and hidden ones are passed over.
    ///
    /// PNG values are scaled as `ImageScaling` says. An array is `[H, W]` or `[H, W, C]`, C 1 to 3, or complex `[H, W]`, which
    /// becomes two channels, real and imaginary part; its numbers are in the units of the data already. With representation
    /// `magnitude` complex images become magnitudes, one channel. A volume is an image or a row of images, `[N, H, W]`, or
    /// `[N, H, W, C]` with C 2 or 3, which become one image each.
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
                remedy: "a data source is photos, phantom, a directory of images or a file of captures")
        }
        func ending(_ suffix: String) -> [String] {
            entries.filter { $0.lowercased().hasSuffix(suffix) && !$0.hasPrefix(".") }.sorted()
        }
        let kinds = [ending(".png"), ending(".npy"), StackFile.volumeEndings.flatMap(ending).sorted()]
        guard kinds.count(where: { !$0.isEmpty }) < 2 else {
            throw InputError(
                file: url.relativePath, problem: "has files of several kinds in it", remedy: "keep one kind")
        }
        guard let files = kinds.first(where: { !$0.isEmpty }) else {
            throw InputError(
                file: url.relativePath, problem: "has no image in it",
                remedy: "images are PNG, .npy, .npz, NIfTI, TIFF or HDF5 files")
        }
        self.url = url
        isArrays = kinds[0].isEmpty
        let isVolumes = !kinds[2].isEmpty, isPictures = !kinds[0].isEmpty
        images = try Parallel.map(files.count) { index in
            let file = url.appending(path: files[index])
            let tensors =
                if isVolumes {
                    try Self.slices(file)
                } else if isPictures {
                    [
                        ImageScaling.scaled(
                            try PNGFile.read(file).tensor, colour: configuration.colour,
                            dataRange: Float(configuration.dataRange), centred: configuration.isCentred)
                    ]
                } else {
                    [try Self.image(try NumPyFile.read(file), file)]
                }
            let name = StackFile.stem(files[index])
            return try tensors.enumerated().map { slice, tensor in
                NamedImage(
                    name: tensors.count == 1 ? name : "\(name)-\(PairedDataset.number(slice, of: tensors.count))",
                    subject: name, file: file.relativePath,
                    tensor: try Self.represented(tensor, configuration.representation, file))
            }
        }.flatMap(\.self)
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

    /// The images of a volume, `[H, W, C]`.
    private static func slices(_ url: URL) throws -> [Tensor] {
        let array = try StackFile.read(url)
        // A last axis of 2 or 3 is channels.
        let rank = array.shape.count > 2 && (array.shape.last ?? 0) < 4 ? 3 : 2
        guard array.shape.count == rank || array.shape.count == rank + 1 else {
            throw InputError(
                file: url.relativePath, problem: "has the shape \(array.shape)",
                remedy: "a volume in a directory is one row of images; repeated ones go into directories of their own")
        }
        let shape = Array(array.shape.suffix(rank)), size = shape.reduce(1, *)
        guard size > 0 else { throw InputError(file: url.relativePath, problem: "holds no image") }
        return try (0..<array.values.count / size).map { slice in
            try image(NumPyArray(shape, Array(array.values[slice * size..<(slice + 1) * size])), url)
        }
    }

    /// An array as an image `[H, W, C]`; `url` is for errors.
    static func image(_ array: NumPyArray, _ url: URL) throws -> Tensor {
        let shape = array.shape.count == 2 ? array.shape + [1] : array.shape
        guard shape.count == 3, (1...3).contains(shape[2]), shape[0] > 0, shape[1] > 0 else {
            throw InputError(
                file: url.relativePath, problem: "has the shape \(array.shape)",
                remedy: "an image is [H, W] or [H, W, C] with 1 to 3 channels, or complex [H, W]")
        }
        let tensor = array.tensor.reshaped(shape)
        if let bad = tensor.values.firstIndex(where: { !$0.isFinite }) {
            let (row, column) = (bad / shape[2] / shape[1], bad / shape[2] % shape[1])
            throw InputError(
                file: url.relativePath, place: "row \(row), column \(column)",
                problem: "holds a number that is not finite in Float32")
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
