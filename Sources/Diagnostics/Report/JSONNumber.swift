/// A Float64 in `results.json`: null where it is not finite, and NaN where null is read.
///
/// JSON has neither NaN nor infinities and `JSONEncoder` throws on them: without this, one empty ring of a spectrum would
/// lose the whole file.
struct JSONNumber: Codable {
    let value: Double

    init(_ value: Double) { self.value = value }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        value = container.decodeNil() ? .nan : try container.decode(Double.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
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

extension CheckResult {
    /// Leaves out the keys without a value; writes null for a number that is not finite, and for an interval with such a
    /// bound. Reading makes `nil` of both.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(role, forKey: .role)
        try container.encode(criterion, forKey: .criterion)
        try container.encodeIfPresent(direction, forKey: .direction)
        try container.encodeIfPresent(regime, forKey: .regime)
        try container.encodeIfPresent(split, forKey: .split)
        try container.encodeIfPresent(estimate.map(JSONNumber.init), forKey: .estimate)
        try container.encodeIfPresent(quantity, forKey: .quantity)
        try container.encodeIfPresent(predicted.map(JSONNumber.init), forKey: .predicted)
        if let ci95 { try container.encode(ci95.allSatisfy(\.isFinite) ? ci95 : nil, forKey: .ci95) }
        try container.encodeIfPresent(unit, forKey: .unit)
        try container.encodeIfPresent(unitCount, forKey: .unitCount)
        try container.encodeIfPresent(imageCount, forKey: .imageCount)
        try container.encodeIfPresent(minimumDetectableEffect.map(JSONNumber.init), forKey: .minimumDetectableEffect)
        try container.encodeIfPresent(pValue.map(JSONNumber.init), forKey: .pValue)
        try container.encodeIfPresent(adjustedPValue.map(JSONNumber.init), forKey: .adjustedPValue)
        try container.encode(status, forKey: .status)
        try container.encode(because, forKey: .because)
    }
}
