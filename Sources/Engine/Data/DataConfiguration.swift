import Formats
import Foundation

/// Where images come from, how they are split, what noise is put on them and what is done to crops: the sections `data`,
/// `noise` and `augmentation` of a configuration.
///
///     "data": {
///         "source": "photos",              // built in, or a directory (see `PairedDataset.load`)
///         "data_range": 2.0,               // 0...1 of the files becomes -1...1
///         "colour": "grey",
///         "held_out": ["camera", "coffee"],  // or "held_out_fraction": 0.25
///         "crops_per_image": 16,           // per epoch; default: as many as cover an average image once
///     },
///     "noise": { "type": "gaussian", "sigma_a": 0.196, "sigma_b": 0.196, "realisation": "stored" },
///     "augmentation": { "flips": true, "rotations": false },
///
/// or, for the section `data`,
///
///     "data": {
///         "source": "phantom", "subjects": 12, "slices": 4, "size": 96,
///         "representation": "complex",
///         "held_out_fraction": 0.25,       // of the subjects
///         "normalisation": "median_magnitude", "normalisation_statistics": "clean",
///     },
///
/// or, for a file of repeated captures,
///
///     "data": { "source": "counts.npz", "data_range": 1, "held_out_fraction": 0.25, "captures": { … } },   // `CaptureRule`
///
/// Encodes the `data` section alone; `noise` and `augmentation` are values of their own, which the owner of the three
/// encodes beside it.
public struct DataConfiguration: Sendable, Equatable {
    /// `photos`, `phantom`, or the path of a directory or of a file of captures.
    public var source: String
    /// White minus black in the units of the data: file values 0...1 become ±dataRange/2. The phantom has its own.
    public var dataRange: Double
    /// Grey or RGB.
    public var colour: Colour
    /// What the channels of complex images are; `nil` for images as they are.
    public var representation: Representation?
    /// The phantom, used where it is the source.
    public var phantom: KneePhantom
    /// How the arrays of a file are captures, used where the source is one.
    public var captures: CaptureRule
    /// The split.
    public var heldOut: HeldOut
    /// What images are divided by.
    public var normalisation: Normalisation
    /// How many further captures of each made image are kept, `ImagePair.repeats`.
    public var repeats: Int
    /// Noise put on clean images, in units of the data, after division by the clean image's scale where images are normalised;
    /// `nil` where the source has noisy observations.
    public var noise: Noise?
    /// What is done to crops.
    public var augmentation: Augmentation
    /// Crops of each training image per epoch; `nil` for as many as cover an average image once.
    public var cropsPerImage: Int?

    /// A configuration made in code.
    public init(
        source: String, dataRange: Double = KneePhantom.dataRange, colour: Colour = .grey,
        representation: Representation? = nil, phantom: KneePhantom = KneePhantom(),
        captures: CaptureRule = CaptureRule(), heldOut: HeldOut,
        normalisation: Normalisation = .none, repeats: Int = 0, noise: Noise?,
        augmentation: Augmentation = Augmentation(flips: true), cropsPerImage: Int? = nil
    ) {
        self.source = source
        self.dataRange = dataRange
        self.colour = colour
        self.representation = representation
        self.phantom = phantom
        self.captures = captures
        self.heldOut = heldOut
        self.normalisation = normalisation
        self.repeats = repeats
        self.noise = noise
        self.augmentation = augmentation
        self.cropsPerImage = cropsPerImage
    }

    /// Whether files' black becomes -dataRange/2 and not 0: unless magnitudes are normalised.
    public var isCentred: Bool { normalisation == .none }

    /// Whether the source is one file of captures, and not a directory or built in.
    public var isCaptureFile: Bool { StackFile.isOne(source) }
}

extension DataConfiguration {
    /// Which noise an image shows in training.
    public enum Realisation: String, Sendable, CaseIterable, Encodable {
        /// The same in every epoch: one draw per image and domain.
        case stored
        /// Another one in each epoch.
        case fresh
    }

    /// The `noise` section: what is put on clean images, and how its draws are used.
    public struct Noise: Sendable, Equatable {
        /// How the noise arises.
        public var model: NoiseModel
        /// Stored or fresh.
        public var realisation: Realisation

        /// Stored unless said otherwise.
        public init(_ model: NoiseModel, _ realisation: Realisation = .stored) {
            self.model = model
            self.realisation = realisation
        }
    }

    /// How many channels a picture has.
    public enum Colour: String, Sendable, CaseIterable, Encodable {
        /// One: RGB becomes Rec. 601 luma, 0.299 R + 0.587 G + 0.114 B, of the stored values.
        case grey
        /// Three: grey is repeated.
        case rgb

        /// 1 or 3.
        public var channels: Int { self == .grey ? 1 : 3 }
    }

    /// What the channels of a complex image are.
    public enum Representation: String, Sendable, CaseIterable, Encodable {
        /// Two channels, real and imaginary part of one number: a random phase may turn it.
        case complex
        /// The same two channels as two real images, which no phase mixes. A real-valued network sees no difference.
        case ri
        /// One channel, √(re² + im²) of the noisy complex image. Noise is drawn on s + 0i, s the clean magnitude: the
        /// phase of the image does not matter to noise that has none.
        case magnitude
    }

    /// Which images are kept from training.
    public enum HeldOut: Sendable, Equatable {
        /// All images of the subjects of these names; a photograph or a file, without its ending, is a subject of its own.
        case names([String])
        /// This share of the subjects, rounded, at least one, chosen by the seed.
        case fraction(Double)
    }
}

extension DataConfiguration.Noise: Encodable {
    private enum Key: String, CodingKey { case realisation }

    /// The model's own keys and, beside them, how its draws are used.
    public func encode(to encoder: any Encoder) throws {
        try model.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(realisation, forKey: .realisation)
    }

    /// Reads the section.
    ///
    /// - Throws: `InputError` for a missing or wrong value.
    init(from reader: ConfigurationReader) throws {
        self.init(try NoiseModel(from: reader), try reader.choice(Key.realisation.rawValue))
    }

    /// A model alone, where nothing is trained: the keys of the section without `realisation`.
    ///
    /// - Parameter file: its name for errors.
    /// - Throws: `InputError` for text that is no object, and for a missing, wrong or unknown value.
    public init(parsing data: Data, file: String) throws {
        let reader = try ConfigurationReader(parsing: data, file: file)
        self.init(try NoiseModel(from: reader))
        try reader.finish()
    }
}
