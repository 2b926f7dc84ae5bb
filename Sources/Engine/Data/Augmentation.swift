import Formats
import Foundation
import Tensors

extension DataConfiguration {
    /// The `augmentation` section: what is done alike to both domains of a training crop.
    ///
    /// Everything is done to the noisy crop: noise turns, is scaled and gets its phase with the image it is on.
    public struct Augmentation: Sendable, Equatable {
        /// Mirrored left to right, and top to bottom, each with probability one half.
        public var flips: Bool
        /// Turned by 0, 90, 180 or 270 degrees, equally often; with flips all eight symmetries of the square.
        public var rotations: Bool
        /// Complex images times e^{iφ}, φ uniform: the same for all pixels and both domains.
        public var randomPhase: Bool
        /// Each value plus u, uniform on ±brightness, in the units that the network sees; 0 for none.
        public var brightness: Double
        /// Each value times 1 + v, before u, v uniform on ±contrast, 0 ≤ contrast < 1: the noise's σ is scaled too.
        public var contrast: Double

        /// None by default.
        public init(
            flips: Bool = false, rotations: Bool = false, randomPhase: Bool = false, brightness: Double = 0,
            contrast: Double = 0
        ) {
            self.flips = flips
            self.rotations = rotations
            self.randomPhase = randomPhase
            self.brightness = brightness
            self.contrast = contrast
        }
    }
}

extension DataConfiguration.Augmentation: Encodable {
    private enum Key: String, CodingKey {
        case flips, rotations, brightness, contrast
        case randomPhase = "random_phase"
    }

    /// Reads the section; all keys have defaults.
    ///
    /// - Throws: `InputError`: a wrong value, a phase of images that are not complex, a brightness of such that are.
    init(from reader: ConfigurationReader, representation: DataConfiguration.Representation?) throws {
        self.init(
            flips: try reader.bool(Key.flips.rawValue, default: true),
            rotations: try reader.bool(Key.rotations.rawValue, default: false),
            randomPhase: try reader.bool(Key.randomPhase.rawValue, default: false),
            brightness: try reader.double(Key.brightness.rawValue, in: 0...1e6, default: 0),
            contrast: try reader.double(Key.contrast.rawValue, in: 0...0.99, default: 0))
        if randomPhase && representation != .complex {
            throw reader.error(
                Key.randomPhase.rawValue, "is true, but the images are not complex",
                "data.representation must be \"complex\"")
        }
        if brightness > 0 && representation == .complex {
            throw reader.error(
                Key.brightness.rawValue, "is set, but the images are complex",
                "a constant added to them is not brightness")
        }
    }

    /// Encodes the keys that are read.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(flips, forKey: .flips)
        try container.encode(rotations, forKey: .rotations)
        try container.encode(randomPhase, forKey: .randomPhase)
        try container.encode(brightness, forKey: .brightness)
        try container.encode(contrast, forKey: .contrast)
    }
}

/// A square cut out of an image, how it is turned, and what is done to its values.
struct Crop: Equatable {
    let size: Int
    let top: Int
    let left: Int
    let flipsRows: Bool
    let flipsColumns: Bool
    let transposes: Bool
    let gain: Float
    let offset: Float
    /// e^{iφ}, for complex images; (1, 0) leaves them, and other images, as they are.
    let phase: SIMD2<Float>

    /// Every place equally probable.
    init(
        of shape: [Int], size: Int, _ augmentation: DataConfiguration.Augmentation, from stream: inout RandomStream
    ) {
        self.size = size
        top = Int.random(in: 0...shape[0] - size, using: &stream)
        left = Int.random(in: 0...shape[1] - size, using: &stream)
        // Drawn whether used or not: nothing depends on what else is switched on.
        let (rows, columns) = (stream.rademacher() < 0, stream.rademacher() < 0)
        let quarters = Int(stream.next32() & 3)
        let (contrast, brightness, angle) = (stream.uniform(), stream.uniform(), 2 * Double.pi * stream.uniform())
        // A quarter turn exchanges rows and columns and mirrors the new columns; two quarters mirror both.
        let turn = augmentation.rotations ? quarters : 0
        transposes = turn % 2 == 1
        flipsRows = (augmentation.flips && rows) != (turn >= 2)
        flipsColumns = (augmentation.flips && columns) != (turn == 1 || turn == 2)
        gain = Float(1 + augmentation.contrast * (2 * contrast - 1))
        offset = Float(augmentation.brightness * (2 * brightness - 1))
        phase = augmentation.randomPhase ? SIMD2(Float(cos(angle)), Float(sin(angle))) : SIMD2(1, 0)
    }

    /// Copies from an image `[H, W, C]` to the `size · size · C` elements of `out`.
    func copy(_ image: Tensor, to out: UnsafeMutableBufferPointer<Float>) {
        let width = image.shape[1]
        let channels = image.shape[2]
        image.withUnsafeBuffer { values in
            for y in 0..<size {
                for x in 0..<size {
                    let (row, column) = transposes ? (x, y) : (y, x)
                    let sourceY = top + (flipsRows ? size - 1 - row : row)
                    let sourceX = left + (flipsColumns ? size - 1 - column : column)
                    for channel in 0..<channels {
                        out[(y * size + x) * channels + channel] =
                            values[(sourceY * width + sourceX) * channels + channel]
                    }
                }
            }
        }
        if gain != 1 || offset != 0 {
            for index in out.indices { out[index] = gain * out[index] + offset }
        }
        if phase != SIMD2(1, 0) {
            precondition(channels == 2, "Crop: a phase for images of \(channels) channels")
            for index in stride(from: 0, to: out.count, by: 2) {
                let (re, im) = (out[index], out[index + 1])
                out[index] = phase.x * re - phase.y * im
                out[index + 1] = phase.x * im + phase.y * re
            }
        }
    }
}
