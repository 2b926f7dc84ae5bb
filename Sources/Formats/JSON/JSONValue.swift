import Foundation

/// Any JSON value. Integers are kept apart from other numbers, so that offsets and seeds stay exact beyond 2⁵³.
public enum JSONValue: Sendable, Equatable {
    /// The six kinds of JSON, numbers split in two.
    case null, bool(Bool), integer(Int), number(Double), string(String), array([JSONValue]), object([String: JSONValue])

    /// What a reader of an error message would call it: `the string "x"`, `an object`.
    package var wording: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): "the string \"\(value)\""
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// The elements of a list of integers; `nil` for anything else.
    var integers: [Int]? {
        guard case .array(let values) = self else { return nil }
        let integers = values.compactMap { value -> Int? in if case .integer(let n) = value { n } else { nil } }
        return integers.count == values.count ? integers : nil
    }

    /// The value as JSON on one line, names in order: the same value always gives the same text.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): Self.quoted(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\($0.value.text)" }
                .joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\0"..<" ":
                "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }

    /// Sets the value at a path of keys, making the objects on the way that are missing.
    ///
    /// Returns `false` when something on the way is not an object; nothing is changed then.
    mutating func set(_ value: JSONValue, at path: ArraySlice<String>) -> Bool {
        guard let key = path.first else {
            self = value
            return true
        }
        guard case .object(var members) = self else { return false }
        var child = members[key] ?? .object([:])
        guard child.set(value, at: path.dropFirst()) else { return false }
        members[key] = child
        self = .object(members)
        return true
    }
}

extension JSONValue: Encodable {
    /// Encodes the plain value, without any wrapping.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
