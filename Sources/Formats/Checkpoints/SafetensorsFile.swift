import Foundation
import Tensors

/// Named tensors in one file, in the safetensors format (https://github.com/huggingface/safetensors): eight bytes with
/// the length of a JSON header, the header with dtype, shape and byte range of each tensor, and the bytes.
///
/// Floating-point tensors are `Tensor`s: F32 exactly, F16 and BF16 widened, F64 rounded to Float32. I64 and U64 are
/// `Integers`. Written are F32 and I64; the same contents always give the same bytes.
public struct SafetensorsFile: Sendable, Equatable {
    /// A dense array of integers: step counters, generator positions.
    public struct Integers: Sendable, Equatable {
        /// Length of each axis; `[]` for one counter.
        public var shape: [Int]
        /// The elements, last axis fastest.
        public var values: [Int]

        /// - Precondition: `values.count` is the product of `shape`.
        public init(_ shape: [Int], _ values: [Int]) {
            precondition(values.count == shape.reduce(1, *), "Integers: \(shape) does not hold \(values.count) values")
            self.shape = shape
            self.values = values
        }
    }

    /// Floating-point tensors by name.
    public var tensors: [String: Tensor]
    /// Integer arrays by name; a name is either here or in `tensors`.
    public var integers: [String: Integers]
    /// Free text by name (`__metadata__` in the header).
    public var metadata: [String: String]

    /// A file in memory.
    public init(tensors: [String: Tensor] = [:], integers: [String: Integers] = [:], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.integers = integers
        self.metadata = metadata
    }

    /// - Throws: `InputError` naming the file and what in it contradicts the format: truncated, a header longer than the
    ///   file, byte ranges that overlap, leave gaps or do not fit their shape, names twice, unknown types.
    public static func read(_ url: URL) throws -> SafetensorsFile {
        try SafetensorsFile(decoding: try InputFile.read(url), file: url.relativePath)
    }

    /// Writes atomically.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`; the old file, if any, is then unchanged.
    public func write(to url: URL) throws {
        try AtomicFile.write(encoded(), to: url)
    }

    // MARK: - Reading

    /// The contents of a file's bytes; `file` is its name for errors.
    public init(decoding data: Data, file: String) throws {
        self.init()
        let header = try SafetensorsHeader(of: data, file: file)
        metadata = header.metadata
        for entry in header.entries {
            let start = header.bodyOffset + entry.range.lowerBound
            func numbers<T: FixedWidthInteger>(_ type: T.Type) -> [T] {
                data.numbers(type, at: start, count: entry.range.count / MemoryLayout<T>.size)
            }
            func store<S: Sequence>(_ values: S, as convert: (S.Element) -> Float) {
                tensors[entry.name] = Tensor(entry.shape, values.map(convert))
            }
            switch entry.type {
            case .float32: store(numbers(UInt32.self)) { Float(bitPattern: $0) }
            case .float64: store(numbers(UInt64.self)) { Float(Double(bitPattern: $0)) }
            case .float16: store(numbers(UInt16.self)) { Float(Float16(bitPattern: $0)) }
            case .bfloat16: store(numbers(UInt16.self)) { Float(bitPattern: UInt32($0) << 16) }
            case .int64: integers[entry.name] = Integers(entry.shape, numbers(Int64.self).map { Int($0) })
            case .uint64:
                let values = numbers(UInt64.self)
                if let large = values.first(where: { $0 > Int.max }) {
                    throw InputError(
                        file: file, place: entry.name, problem: "holds \(large)", remedy: "at most \(Int.max) fits")
                }
                integers[entry.name] = Integers(entry.shape, values.map { Int($0) })
            }
        }
    }

    // MARK: - Writing

    /// The file's bytes: names in order, no gaps, the header padded with spaces so that the tensors start at a multiple
    /// of eight.
    ///
    /// - Precondition: no name is both in `tensors` and `integers`, and none is `__metadata__`.
    public func encoded() -> Data {
        var header: [String: JSONValue] = [:]
        if !metadata.isEmpty { header[SafetensorsHeader.metadataKey] = .object(metadata.mapValues(JSONValue.string)) }
        var body = Data()
        func add(_ name: String, _ type: SafetensorsHeader.ElementType, _ shape: [Int], fill: (inout Data) -> Void) {
            precondition(
                header[name] == nil && name != SafetensorsHeader.metadataKey,
                "SafetensorsFile: the name \"\(name)\" is taken")
            let start = body.count
            fill(&body)
            header[name] = .object([
                "dtype": .string(type.rawValue), "shape": .array(shape.map(JSONValue.integer)),
                "data_offsets": .array([.integer(start), .integer(body.count)]),
            ])
        }
        // Eight-byte elements first: every element then starts at a multiple of its own size.
        for (name, array) in integers.sorted(by: { $0.key < $1.key }) {
            add(name, .int64, array.shape) { $0.append(littleEndian: array.values.map { Int64($0) }) }
        }
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            add(name, .float32, tensor.shape) { data in
                tensor.withUnsafeBuffer { data.append(littleEndian: $0.lazy.map(\.bitPattern)) }
            }
        }
        var text = Data(JSONValue.object(header).text.utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
        var file = Data()
        file.append(littleEndian: UInt64(text.count))
        return file + text + body
    }
}
