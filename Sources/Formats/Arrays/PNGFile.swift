import CPNG
import Foundation
import Tensors

/// A picture: intensities between 0 and 1.
public struct Image: Sendable, Equatable {
    /// `[H, W, C]`, C = 1 (grey) or 3 (RGB), 0 black, 1 white, in the encoding of the file (no gamma is applied).
    public var tensor: Tensor
    /// Bits per sample in the file, 8 or 16: a sample is `value · (2^bitDepth - 1)`.
    public var bitDepth: Int

    /// - Precondition: `tensor` is `[H, W, 1]` or `[H, W, 3]` and not empty; `bitDepth` is 8 or 16.
    public init(_ tensor: Tensor, bitDepth: Int = 8) {
        precondition(
            tensor.shape.count == 3 && tensor.count > 0 && [1, 3].contains(tensor.shape[2]),
            "Image: expected [H, W, 1] or [H, W, 3], got \(tensor.shape)")
        precondition(bitDepth == 8 || bitDepth == 16, "Image: expected 8 or 16 bits, got \(bitDepth)")
        self.tensor = tensor
        self.bitDepth = bitDepth
    }
}

/// PNG files through libpng: grey and RGB, 8 and 16 bits, plain and interlaced.
///
/// A palette becomes RGB and 1, 2 or 4 bits become 8. Alpha that is opaque everywhere is dropped; any other alpha is
/// refused, because what the image would show then depends on a background that the file does not name.
/// A file read and written again has the same samples, bit for bit.
public enum PNGFile {
    /// The longest side that is read: a header can claim any size up to 2³¹.
    static let maximumSide = 1 << 15
    /// The most pixels that are read, 1.5 GB as an RGB tensor.
    static let maximumPixels = 1 << 27
    private static let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10]

    /// - Throws: `InputError` naming the file, with libpng's words: missing, not a PNG, truncated, damaged, too large,
    ///   or transparent.
    public static func read(_ url: URL) throws -> Image {
        try decode(try InputFile.read(url), file: url.relativePath)
    }

    /// Values outside 0...1 are clipped and NaN is written as 0.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`; the old file, if any, is then unchanged.
    public static func write(_ image: Image, to url: URL) throws {
        try AtomicFile.write(try encode(image, file: url.relativePath), to: url)
    }

    /// The image in the bytes of a PNG file; `file` is its name for errors.
    public static func decode(_ data: Data, file: String) throws -> Image {
        guard data.starts(with: signature) else {
            throw InputError(file: file, problem: "is not a PNG file (its first bytes are others)")
        }
        var decoded = cpng_image()
        let succeeded = data.withUnsafeBytes { bytes in
            cpng_decode(
                bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count, UInt32(maximumSide),
                UInt64(maximumPixels), &decoded)
        }
        defer { free(decoded.bytes) }
        guard succeeded == 1 else {
            throw InputError(file: file, problem: "cannot be decoded as PNG: \(message(of: decoded))")
        }
        let samples = UnsafeBufferPointer(start: decoded.bytes, count: decoded.count)
        let stored = Int(decoded.channels)
        let pixels = Int(decoded.width) * Int(decoded.height)
        let channels = stored - (stored % 2 == 0 ? 1 : 0)
        let is16Bit = decoded.bit_depth == 16
        func sample(_ index: Int) -> Int {
            is16Bit ? Int(samples[2 * index]) << 8 | Int(samples[2 * index + 1]) : Int(samples[index])
        }
        let white = is16Bit ? 65535 : 255
        if channels < stored && (0..<pixels).contains(where: { sample($0 * stored + channels) != white }) {
            throw InputError(
                file: file, problem: "has transparent pixels", remedy: "flatten it on a background of your choice")
        }
        let tensor = Tensor([Int(decoded.height), Int(decoded.width), channels]) { out in
            for pixel in 0..<pixels {
                for channel in 0..<channels {
                    out[pixel * channels + channel] = Float(sample(pixel * stored + channel)) / Float(white)
                }
            }
        }
        return Image(tensor, bitDepth: Int(decoded.bit_depth))
    }

    /// The bytes of a PNG file; the same image always gives the same bytes.
    public static func encode(_ image: Image, file: String) throws -> Data {
        let white: Float = image.bitDepth == 16 ? 65535 : 255
        let samples = image.tensor.withUnsafeBuffer { values in
            values.flatMap { value -> [UInt8] in
                // `max(0, NaN)` is NaN and `NaN >= 0` false: the comparison makes NaN black.
                let level = value >= 0 ? UInt16((min(value, 1) * white).rounded()) : 0
                return image.bitDepth == 16 ? [UInt8(level >> 8), UInt8(level & 255)] : [UInt8(level)]
            }
        }
        let shape = image.tensor.shape
        var encoded = cpng_image()
        encoded.width = UInt32(shape[1])
        encoded.height = UInt32(shape[0])
        encoded.channels = Int32(shape[2])
        encoded.bit_depth = Int32(image.bitDepth)
        let succeeded = cpng_encode(samples, &encoded)
        defer { free(encoded.bytes) }
        guard succeeded == 1 else {
            throw InputError(.cannotWrite, file: file, problem: "cannot be encoded as PNG: \(message(of: encoded))")
        }
        return Data(bytes: encoded.bytes, count: encoded.count)
    }

    private static func message(of image: cpng_image) -> String {
        withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
