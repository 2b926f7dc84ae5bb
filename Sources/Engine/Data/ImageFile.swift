import Formats
import Foundation
import Tensors

/// One image file on its way to a trained network and back: PNG or `.npy`, brought into the units that the network was trained
/// in, and its output written in the format and units of the file.
public struct ImageFile: Sendable {
    /// What the network sees, `[H, W, C]`.
    public let tensor: Tensor
    private let format: Format
    /// What the image was divided by.
    private let scale: Double

    private enum Format {
        case picture(bitDepth: Int, dataRange: Float, centred: Bool)
        case array(shape: [Int])
    }

    /// Reads a file as the training's data were read. A name that ends in `.npy` is an array, all others are PNG.
    ///
    /// Where the training divided by a median magnitude, this divides by that of the image itself, which is noisy: there is no
    /// other image to take it of. For `magnitude` a complex array becomes magnitudes; one real channel is taken for magnitudes.
    ///
    /// - Parameters:
    ///   - configuration: of the training; `nil` where it is not known, and then arrays are taken as they are.
    ///   - channels: of the network.
    /// - Throws: `InputError` naming the file: not a whole image, numbers that are not finite, another number of channels than
    ///   the network has, a picture where the configuration is not known.
    public init(_ url: URL, _ configuration: DataConfiguration?, channels: Int) throws {
        let image: Tensor
        if url.pathExtension.lowercased() == "npy" {
            let array = try NumPyFile.read(url)
            let read = try ImageFolder.image(array, url)
            let isPairs = configuration?.representation == .magnitude && read.shape[2] == 2
            image = isPairs ? Magnitude.ofPairs(read) : read
            format = .array(shape: array.shape)
        } else {
            let picture = try PNGFile.read(url)
            guard let colour = DataConfiguration.Colour.allCases.first(where: { $0.channels == channels }) else {
                throw InputError(
                    file: url.relativePath, problem: "is a picture, but the network takes \(channels) channels",
                    remedy: channels == 2
                        ? "give complex numbers as a .npy file [H, W]" : "give a .npy file [H, W, \(channels)]")
            }
            guard let configuration else {
                throw InputError(
                    file: url.relativePath,
                    problem: "is a picture, but the checkpoint does not say which data_range it was trained with",
                    remedy: "give a .npy file in the units of the training, or a checkpoint written by train")
            }
            // Magnitudes begin at 0.
            let centred = configuration.isCentred && configuration.representation == nil
            let range = Float(configuration.dataRange)
            image = ImageScaling.scaled(picture.tensor, colour: colour, dataRange: range, centred: centred)
            format = .picture(bitDepth: picture.bitDepth, dataRange: range, centred: centred)
        }
        guard image.shape[2] == channels else {
            throw InputError(
                file: url.relativePath, problem: "has \(image.shape[2]) channel(s), the network takes \(channels)",
                remedy:
                    "give [H, W, \(channels)]\(channels == 1 ? " or [H, W]" : channels == 2 ? " or complex [H, W]" : "")"
            )
        }
        scale = configuration.map { $0.normalisation == .none } ?? true ? 1 : Magnitude.median(of: image)
        tensor = image.divided(by: scale)
    }

    /// Writes what the network made of the image, multiplied by what the image was divided by: a picture of the same depth, or
    /// an array of Float32 of the same shape.
    ///
    /// - Parameter output: `[H, W, C]` as `tensor`.
    /// - Throws: `InputError` of kind `.cannotWrite`; the old file, if any, is then unchanged.
    public func write(_ output: Tensor, to url: URL) throws {
        precondition(output.shape == tensor.shape, "ImageFile: output \(output.shape) of image \(tensor.shape)")
        let output = output.divided(by: 1 / scale)
        switch format {
        case .picture(let bitDepth, let dataRange, let centred):
            let values = ImageScaling.restored(output, dataRange: dataRange, centred: centred)
            try PNGFile.write(Image(values, bitDepth: bitDepth), to: url)
        case .array(let shape):
            // Magnitudes of a complex image have one axis less.
            let kept = shape.reduce(1, *) == output.count ? shape : Array(output.shape[..<2])
            try NumPyFile.write(NumPyArray(output.reshaped(kept)), to: url)
        }
    }
}
