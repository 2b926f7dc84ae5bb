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
///     "augmentation": { "flips": true, "transposes": false },
///
/// Encodes the `data` section alone; `noise` and `augmentation` are values of their own, which the owner of the three
/// encodes beside it.
public struct DataConfiguration: Sendable, Equatable {
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

    /// How many channels an image has.
    public enum Colour: String, Sendable, CaseIterable, Encodable {
        /// One: RGB becomes Rec. 601 luma, 0.299 R + 0.587 G + 0.114 B, of the stored values.
        case grey
        /// Three: grey is repeated.
        case rgb

        /// 1 or 3.
        public var channels: Int { self == .grey ? 1 : 3 }
    }

    /// Which images are kept from training.
    public enum HeldOut: Sendable, Equatable {
        /// Those with these names, without `.png`.
        case names([String])
        /// This share, rounded, at least one, chosen by the seed.
        case fraction(Double)
    }

    /// What is done alike to both domains of a training crop, each with probability one half.
    public struct Augmentation: Sendable, Equatable, Encodable {
        /// Mirrored left to right, and top to bottom.
        public var flips: Bool
        /// Rows and columns exchanged; with flips all eight symmetries of the square.
        public var transposes: Bool

        /// Neither by default.
        public init(flips: Bool = false, transposes: Bool = false) {
            self.flips = flips
            self.transposes = transposes
        }
    }

    /// `photos`, or the path of a directory.
    public var source: String
    /// White minus black in the units of the data; images are centred: file values 0...1 become ±dataRange/2.
    public var dataRange: Double
    /// Grey or RGB.
    public var colour: Colour
    /// The split.
    public var heldOut: HeldOut
    /// Noise put on clean images; `nil` where the source has noisy observations.
    public var noise: Noise?
    /// What is done to crops.
    public var augmentation: Augmentation
    /// Crops of each training image per epoch; `nil` for as many as cover an average image once.
    public var cropsPerImage: Int?

    /// A configuration made in code.
    public init(
        source: String, dataRange: Double, colour: Colour = .grey, heldOut: HeldOut, noise: Noise?,
        augmentation: Augmentation = Augmentation(flips: true), cropsPerImage: Int? = nil
    ) {
        self.source = source
        self.dataRange = dataRange
        self.colour = colour
        self.heldOut = heldOut
        self.noise = noise
        self.augmentation = augmentation
        self.cropsPerImage = cropsPerImage
    }

    /// Reads the three sections; the readers are finished by their owner.
    ///
    /// - Parameter noise: `nil` where the configuration has no such section: no noise is made.
    /// - Throws: `InputError` for a missing or wrong value.
    public init(
        from reader: ConfigurationReader, noise: ConfigurationReader?, augmentation: ConfigurationReader
    ) throws {
        source = try reader.string(Key.source.rawValue)
        dataRange = try reader.double(
            Key.dataRange.rawValue, in: .leastNonzeroMagnitude ... .infinity)
        colour = try reader.choice(Key.colour.rawValue, default: .grey)
        let byName = reader.has(Key.heldOut.rawValue)
        if reader.has(Key.heldOutFraction.rawValue) == byName {
            throw reader.error(
                Key.heldOut.rawValue, byName ? "is given beside a fraction" : "is missing",
                "give held_out (a list of image names) or held_out_fraction")
        }
        heldOut =
            byName
            ? .names(try reader.strings(Key.heldOut.rawValue))
            : .fraction(try reader.double(Key.heldOutFraction.rawValue, in: 0...0.9))
        cropsPerImage =
            reader.has(Key.cropsPerImage.rawValue) ? try reader.int(Key.cropsPerImage.rawValue, in: 1...65536) : nil
        self.noise = try noise.map { Noise(try NoiseModel(from: $0), try $0.choice("realisation")) }
        self.augmentation = Augmentation(
            flips: try augmentation.bool("flips", default: true),
            transposes: try augmentation.bool("transposes", default: false))
    }
}

extension DataConfiguration: Encodable {
    private enum Key: String, CodingKey {
        case source, colour
        case dataRange = "data_range"
        case heldOut = "held_out"
        case heldOutFraction = "held_out_fraction"
        case cropsPerImage = "crops_per_image"
    }

    /// Encodes the keys that are read, every default spelt out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(source, forKey: .source)
        try container.encode(dataRange, forKey: .dataRange)
        try container.encode(colour, forKey: .colour)
        switch heldOut {
        case .names(let names): try container.encode(names, forKey: .heldOut)
        case .fraction(let fraction): try container.encode(fraction, forKey: .heldOutFraction)
        }
        try container.encodeIfPresent(cropsPerImage, forKey: .cropsPerImage)
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
}
