import Formats

/// A measured curve; all three arrays have one length, but for an empty `ci95`.
public struct Series: Sendable, Equatable {
    /// Abscissa: cycles/pixel for spectra, the epoch for losses.
    public var frequency: [Double]
    /// Ordinate, in the unit that `SeriesName` gives; not finite where nothing could be measured.
    public var value: [Double]
    /// `[lower, upper]` per point; empty where no interval is given.
    public var ci95: [[Double]]

    /// - Precondition: the arrays fit each other. Numbers need not be finite.
    public init(frequency: [Double], value: [Double], ci95: [[Double]] = []) {
        precondition(frequency.count == value.count && (ci95.isEmpty || ci95.count == value.count), "Series: lengths")
        self.frequency = frequency
        self.value = value
        self.ci95 = ci95
    }
}

extension Series: Codable {
    private enum CodingKeys: String, CodingKey { case frequency, value, ci95 }

    /// Reads null as NaN.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        frequency = try container.decode([JSONNumber].self, forKey: .frequency).map(\.value)
        value = try container.decode([JSONNumber].self, forKey: .value).map(\.value)
        ci95 = try container.decode([[JSONNumber]].self, forKey: .ci95).map { $0.map(\.value) }
    }

    /// Writes null for every number that is not finite.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(frequency.map(JSONNumber.init), forKey: .frequency)
        try container.encode(value.map(JSONNumber.init), forKey: .value)
        try container.encode(ci95.map { $0.map(JSONNumber.init) }, forKey: .ci95)
    }
}
