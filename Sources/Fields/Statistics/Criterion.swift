/// What a row asks of its number.
public enum Criterion: Sendable, Equatable {
    /// Inside ±bound.
    case within(Double)
    /// Below the bound.
    case below(Double)
    /// Not below the bound.
    case notBelow(Double)
    /// 0.0, and not merely small.
    case exactlyZero
    /// A probability under the row's null hypothesis that is not below α.
    case pBelow(Double)
    /// Nothing.
    case none
}

extension Criterion: Codable {
    private enum CodingKeys: String, CodingKey { case kind, bound }

    /// The word of `results.json`.
    public var kind: String {
        switch self {
        case .within: "within"
        case .below: "below"
        case .notBelow: "not-below"
        case .exactlyZero: "exactly-zero"
        case .pBelow: "p-below"
        case .none: "none"
        }
    }

    /// The number that is compared with, in the unit of the estimate; α for a probability; `nil` where there is none.
    public var bound: Double? {
        switch self {
        case .within(let bound), .below(let bound), .notBelow(let bound), .pBelow(let bound): bound
        case .exactlyZero: 0
        case .none: nil
        }
    }

    /// The kind, and the bound of kinds that have one.
    ///
    /// - Throws: `DecodingError` for an unknown kind or a missing bound.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func bound() throws -> Double { try values.decode(Double.self, forKey: .bound) }
        let kind = try values.decode(String.self, forKey: .kind)
        switch kind {
        case "within": self = .within(try bound())
        case "below": self = .below(try bound())
        case "not-below": self = .notBelow(try bound())
        case "exactly-zero": self = .exactlyZero
        case "p-below": self = .pBelow(try bound())
        case "none": self = .none
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: values, debugDescription: "no criterion is called \(kind)")
        }
    }

    /// `{ "kind": …, "bound": … }`; no bound where there is none.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        try values.encodeIfPresent(bound, forKey: .bound)
    }
}
