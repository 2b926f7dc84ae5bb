import Foundation

/// The header of a safetensors file, proved consistent with the file's length before any tensor is touched.
struct SafetensorsHeader {
    /// The types that are read.
    enum ElementType: String, CaseIterable {
        case float32 = "F32"
        case float64 = "F64"
        case float16 = "F16"
        case bfloat16 = "BF16"
        case int64 = "I64"
        case uint64 = "U64"

        /// Bytes of one element.
        var size: Int {
            switch self {
            case .float16, .bfloat16: 2
            case .float32: 4
            case .float64, .int64, .uint64: 8
            }
        }
    }

    struct Entry {
        let name: String
        let type: ElementType
        let shape: [Int]
        /// Bytes from the start of the body; `shape` times the element size long.
        let range: Range<Int>
    }

    static let metadataKey = "__metadata__"
    /// The format's own limit: nobody's header is longer, and a parser should not be given a gigabyte to chew on.
    private static let maximumLength = 100_000_000

    /// In the order of their bytes, which they cover without gap or overlap.
    let entries: [Entry]
    let metadata: [String: String]
    /// Where the tensors' bytes begin in the file.
    let bodyOffset: Int

    init(of data: Data, file: String) throws {
        func fail(_ place: String? = nil, _ problem: String, _ remedy: String? = nil) -> InputError {
            InputError(file: file, place: place, problem: problem, remedy: remedy)
        }
        guard data.count >= 8 else {
            throw fail(nil, "is not a safetensors file: \(data.count) bytes cannot hold the header's length")
        }
        let length = data.number(UInt64.self, at: 0)
        guard length <= data.count - 8 else {
            throw fail(
                nil, "the header claims \(length) bytes, but only \(data.count - 8) follow",
                "the file is truncated or not in safetensors format")
        }
        guard length <= Self.maximumLength else {
            throw fail(nil, "the header of \(length) bytes is longer than the format's \(Self.maximumLength)")
        }
        bodyOffset = 8 + Int(length)
        let bodyLength = data.count - bodyOffset
        let text = data.dropFirst(8).prefix(Int(length))
        guard case .object(var members) = try JSONParser.parse(text, .strict, file: file, part: "header") else {
            throw fail("header", "is not a JSON object")
        }

        metadata =
            try members.removeValue(forKey: Self.metadataKey).map { value in
                guard case .object(let pairs) = value else { throw fail(Self.metadataKey, "is not an object") }
                return try pairs.mapValues { value in
                    guard case .string(let text) = value else {
                        throw fail(Self.metadataKey, "holds more than strings")
                    }
                    return text
                }
            } ?? [:]

        // By name first, so that the same damage gives the same sentence.
        entries = try members.sorted { $0.key < $1.key }.map { try Self.entry($0.key, $0.value, file: file) }
            .sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                throw fail(entry.name, "starts at byte \(entry.range.lowerBound) of the data", "\(end) is next")
            }
            end = entry.range.upperBound
            guard end <= bodyLength else {
                throw fail(
                    entry.name, "ends at byte \(end) of the data, which has \(bodyLength)", "the file is truncated")
            }
        }
        guard end == bodyLength else {
            throw fail(nil, "has \(bodyLength - end) bytes after its last tensor")
        }
    }

    private static func entry(_ name: String, _ value: JSONValue, file: String) throws -> Entry {
        func fail(_ problem: String, _ remedy: String? = nil) -> InputError {
            InputError(file: file, place: name, problem: problem, remedy: remedy)
        }
        guard case .object(let members) = value, Set(members.keys) == ["dtype", "shape", "data_offsets"],
            case .string(let typeName)? = members["dtype"], let shape = members["shape"]?.integers,
            let offsets = members["data_offsets"]?.integers, offsets.count == 2
        else {
            throw fail("is not described by dtype, shape and two data_offsets")
        }
        guard let type = ElementType(rawValue: typeName) else {
            let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
            throw fail("has the type \"\(typeName)\"", "read are \(known)")
        }
        guard let byteCount = shape.byteCount(elementSize: type.size) else {
            throw fail("has the impossible shape \(shape)")
        }
        // Both are checked not to be negative, so that the difference cannot overflow.
        guard offsets[0] >= 0, offsets[1] >= offsets[0] else {
            throw fail("has the impossible data_offsets \(offsets)")
        }
        guard offsets[1] - offsets[0] == byteCount else {
            throw fail("has \(offsets[1] - offsets[0]) bytes, but its shape \(shape) in \(typeName) needs \(byteCount)")
        }
        return Entry(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1])
    }
}
