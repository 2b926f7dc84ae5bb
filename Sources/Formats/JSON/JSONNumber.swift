/// A Float64 in `results.json`: null where it is not finite, and NaN where null is read.
///
/// JSON has neither NaN nor infinities and `JSONEncoder` throws on them: without this, one empty ring of a spectrum would
/// lose the whole file.
package struct JSONNumber: Codable {
    package let value: Double

    package init(_ value: Double) { self.value = value }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        value = container.decodeNil() ? .nan : try container.decode(Double.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
    }
}
