import Formats

/// How the arrays of one file are repeated captures of scenes: the section `captures` within `data`.
///
///     "captures": {
///         "count": 2,      // images in a row that show one scene; without it the first axis is the captures
///         "unit": 37,      // what the file's numbers are divided by; 1
///         "thinning": 2,   // each capture of counts becomes so many independent ones; 1
///         "tile": 128,     // scenes are cut into squares of this side; without it they stay whole
///     }
public struct CaptureRule: Sendable, Equatable {
    /// Images in a row that show one scene; `nil` where the first axis is the captures.
    public var count: Int?
    /// What the file's numbers are divided by, one for all: a constant couples nothing, and leaves a Poisson number's
    /// variance proportional to its mean.
    public var unit: Double
    /// 1, 2, 4 or 8: into how many independent captures each one of counts is split (`BinomialThinning`).
    public var thinning: Int
    /// Side of the squares that scenes are cut into; `nil` for whole scenes.
    public var tile: Int?

    /// The file as it is.
    public init(count: Int? = nil, unit: Double = 1, thinning: Int = 1, tile: Int? = nil) {
        precondition([1, 2, 4, 8].contains(thinning) && unit > 0, "CaptureRule: thinning \(thinning), unit \(unit)")
        self.count = count
        self.unit = unit
        self.thinning = thinning
        self.tile = tile
    }
}

extension CaptureRule: Encodable {
    private enum Key: String, CodingKey { case count, unit, thinning, tile }

    /// Reads the section.
    ///
    /// - Throws: `InputError` for a wrong value.
    init(from reader: ConfigurationReader) throws {
        func whole(_ key: Key, _ range: ClosedRange<Int>) throws -> Int? {
            reader.has(key.rawValue) ? try reader.int(key.rawValue, in: range) : nil
        }
        let thinning = try reader.int(Key.thinning.rawValue, in: 1...8, default: 1)
        guard thinning.nonzeroBitCount == 1 else {
            throw reader.error(Key.thinning.rawValue, "is \(thinning)", "captures are halved: it must be 1, 2, 4 or 8")
        }
        self.init(
            count: try whole(.count, 2...10_000),
            unit: try reader.double(
                Key.unit.rawValue, in: .leastNormalMagnitude ... .greatestFiniteMagnitude, default: 1),
            thinning: thinning, tile: try whole(.tile, 16...65_536))
    }

    /// Encodes the keys that are read, every default spelt out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(count, forKey: .count)
        try container.encode(unit, forKey: .unit)
        try container.encode(thinning, forKey: .thinning)
        try container.encodeIfPresent(tile, forKey: .tile)
    }
}
