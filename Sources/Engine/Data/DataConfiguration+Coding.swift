import Formats

extension DataConfiguration: Encodable {
    private enum Key: String, CodingKey {
        case source, colour, representation, subjects, slices, size, normalisation, repeats, captures
        case dataRange = "data_range"
        case pointSpread = "point_spread"
        case phaseSpread = "phase_spread"
        case statistics = "normalisation_statistics"
        case heldOut = "held_out"
        case heldOutFraction = "held_out_fraction"
        case cropsPerImage = "crops_per_image"
    }

    private enum NormalisationName: String, CaseIterable { case none, medianMagnitude = "median_magnitude" }

    /// Reads the three sections; the readers are finished by their owner.
    ///
    /// - Parameter noise: `nil` where the configuration has no such section: no noise is made.
    /// - Throws: `InputError` for a missing or wrong value.
    public init(
        from reader: ConfigurationReader, noise: ConfigurationReader?, augmentation: ConfigurationReader
    ) throws {
        let source = try reader.string(Key.source.rawValue)
        let isPhantom = source == KneePhantom.name
        // Asked for in every case, so that it is always a known key.
        let hasRepresentation = reader.has(Key.representation.rawValue)
        let representation: Representation? =
            isPhantom || hasRepresentation ? try reader.choice(Key.representation.rawValue) : nil
        let captures = reader.has(Key.captures.rawValue) ? try reader.section(Key.captures.rawValue) : nil
        if captures != nil && !StackFile.isOne(source) {
            throw reader.error(
                Key.captures.rawValue, "is given, but the source \"\(source)\" is no file of captures",
                "such a file ends in " + StackFile.endings.joined(separator: ", "))
        }
        self.init(
            source: source,
            dataRange: isPhantom
                ? KneePhantom.dataRange
                : try reader.double(Key.dataRange.rawValue, in: .leastNonzeroMagnitude ... .infinity),
            colour: isPhantom ? .grey : try reader.choice(Key.colour.rawValue, default: .grey),
            representation: representation,
            phantom: isPhantom ? try Self.phantom(from: reader) : KneePhantom(),
            captures: try captures.map { try CaptureRule(from: $0) } ?? CaptureRule(),
            heldOut: try Self.heldOut(from: reader),
            normalisation: try Self.normalisation(from: reader),
            repeats: try reader.int(Key.repeats.rawValue, in: 0...16, default: 0),
            noise: try noise.map { try Noise(from: $0) },
            augmentation: try Augmentation(from: augmentation, representation: representation),
            cropsPerImage: reader.has(Key.cropsPerImage.rawValue)
                ? try reader.int(Key.cropsPerImage.rawValue, in: 1...65536) : nil)
    }

    private static func phantom(from reader: ConfigurationReader) throws -> KneePhantom {
        let standard = KneePhantom()
        let size = try reader.int(Key.size.rawValue, in: 16...1024, default: standard.size)
        guard size % 8 == 0 else { throw reader.error(Key.size.rawValue, "is \(size)", "it must be a multiple of 8") }
        return KneePhantom(
            subjects: try reader.int(Key.subjects.rawValue, in: 1...10_000, default: standard.subjects),
            slices: try reader.int(Key.slices.rawValue, in: 1...100, default: standard.slices), size: size,
            pointSpread: try reader.double(Key.pointSpread.rawValue, in: 0...32, default: standard.pointSpread),
            phaseSpread: try reader.double(Key.phaseSpread.rawValue, in: 0...10, default: standard.phaseSpread))
    }

    private static func heldOut(from reader: ConfigurationReader) throws -> HeldOut {
        let byName = reader.has(Key.heldOut.rawValue)
        if reader.has(Key.heldOutFraction.rawValue) == byName {
            throw reader.error(
                Key.heldOut.rawValue, byName ? "is given beside a fraction" : "is missing",
                "give held_out (a list of names) or held_out_fraction")
        }
        return byName
            ? .names(try reader.strings(Key.heldOut.rawValue))
            : .fraction(try reader.double(Key.heldOutFraction.rawValue, in: 0...0.9))
    }

    private static func normalisation(from reader: ConfigurationReader) throws -> Normalisation {
        let isGiven = reader.has(Key.statistics.rawValue)
        switch try reader.choice(
            Key.normalisation.rawValue, of: NormalisationName.self, default: NormalisationName.none)
        {
        case .medianMagnitude: return .medianMagnitude(of: try reader.choice(Key.statistics.rawValue, default: .clean))
        case .none:
            if isGiven {
                throw reader.error(
                    Key.statistics.rawValue, "is given, but nothing is normalised",
                    "normalisation must be \"median_magnitude\"")
            }
            return .none
        }
    }

    /// Encodes the keys that are read, every default spelt out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(source, forKey: .source)
        if source == KneePhantom.name {
            try container.encode(phantom.subjects, forKey: .subjects)
            try container.encode(phantom.slices, forKey: .slices)
            try container.encode(phantom.size, forKey: .size)
            try container.encode(phantom.pointSpread, forKey: .pointSpread)
            try container.encode(phantom.phaseSpread, forKey: .phaseSpread)
        } else {
            try container.encode(dataRange, forKey: .dataRange)
            try container.encode(colour, forKey: .colour)
        }
        if isCaptureFile { try container.encode(captures, forKey: .captures) }
        try container.encodeIfPresent(representation, forKey: .representation)
        switch heldOut {
        case .names(let names): try container.encode(names, forKey: .heldOut)
        case .fraction(let fraction): try container.encode(fraction, forKey: .heldOutFraction)
        }
        switch normalisation {
        case .none: try container.encode(NormalisationName.none.rawValue, forKey: .normalisation)
        case .medianMagnitude(let statistics):
            try container.encode(NormalisationName.medianMagnitude.rawValue, forKey: .normalisation)
            try container.encode(statistics.rawValue, forKey: .statistics)
        }
        try container.encode(repeats, forKey: .repeats)
        try container.encodeIfPresent(cropsPerImage, forKey: .cropsPerImage)
    }
}
