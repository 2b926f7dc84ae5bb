import Foundation
import Tensors

/// A dense array of numbers from or for NumPy.
public struct NumPyArray: Sendable, Equatable {
    /// Length of each axis, outermost first; `[]` is a scalar. A complex array has one more axis of length 2.
    public var shape: [Int]
    /// The elements, last axis fastest. Integers beyond 2⁵³ are rounded.
    public var values: [Double]

    /// - Precondition: `values.count` is the product of `shape`.
    public init(_ shape: [Int], _ values: [Double]) {
        precondition(
            values.count == shape.reduce(1, *), "NumPyArray: shape \(shape) does not hold \(values.count) values")
        self.shape = shape
        self.values = values
    }

    /// The same shape and elements.
    public init(_ tensor: Tensor) { self.init(tensor.shape, tensor.values.map { Double($0) }) }

    /// The elements rounded to Float32.
    public var tensor: Tensor { Tensor(shape, values.map { Float($0) }) }
}

/// `.npy` files, format versions 1 to 3 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), and
/// `.npz` archives of them.
///
/// Read are bool, all integers, float16/32/64 and complex64/128, both byte orders, C and Fortran order. Structured types
/// and pickled objects are refused. Written are float32 and float64, with the bytes that `numpy.save` writes.
public enum NumPyFile {
    /// What an array is written as.
    public enum Precision: Sendable { case float32, float64 }

    /// - Throws: `InputError` naming the file: missing, not `.npy`, truncated, of a type that is not read.
    public static func read(_ url: URL) throws -> NumPyArray {
        try decode(try InputFile.read(url), file: url.relativePath)
    }

    /// The arrays of a `.npz` archive by name, stored or compressed.
    ///
    /// - Throws: `InputError` naming the file and the member in it.
    public static func readArchive(_ url: URL) throws -> [String: NumPyArray] {
        try decodeArchive(try InputFile.read(url), file: url.relativePath)
    }

    /// - Throws: `InputError` of kind `.cannotWrite`; the old file, if any, is then unchanged.
    public static func write(_ array: NumPyArray, as precision: Precision = .float32, to url: URL) throws {
        try AtomicFile.write(encode(array, as: precision), to: url)
    }

    /// Writes a `.npz` archive, uncompressed, names in order.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`; the old file, if any, is then unchanged.
    public static func writeArchive(
        _ arrays: [String: NumPyArray], as precision: Precision = .float32, to url: URL
    ) throws {
        let members = arrays.sorted { $0.key < $1.key }.map { ("\($0.key).npy", encode($0.value, as: precision)) }
        try AtomicFile.write(try ZipArchive.encode(members, file: url.relativePath), to: url)
    }

    /// The arrays in the bytes of a `.npz` file; `file` is its name for errors.
    public static func decodeArchive(_ data: Data, file: String) throws -> [String: NumPyArray] {
        var arrays: [String: NumPyArray] = [:]
        for (name, contents) in try ZipArchive.decode(data, file: file) {
            guard name.hasSuffix(".npy") else {
                throw InputError(file: file, place: name, problem: "is not a .npy file")
            }
            arrays[String(name.dropLast(4))] = try decode(contents, file: file, member: name)
        }
        return arrays
    }

    /// The bytes of a `.npy` file.
    public static func encode(_ array: NumPyArray, as precision: Precision = .float32) -> Data {
        let type = precision == .float32 ? "<f4" : "<f8"
        let shape = array.shape.map(String.init).joined(separator: ", ") + (array.shape.count == 1 ? "," : "")
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
        // As numpy.save: room for the first axis to grow to 21 digits, then up to a multiple of 64 bytes.
        if let first = array.shape.first { header += String(repeating: " ", count: 21 - "\(first)".count) }
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        var data = NumPyHeader.magic + Data([1, 0])
        data.append(littleEndian: UInt16(header.utf8.count))
        data += Data(header.utf8)
        switch precision {
        case .float32: data.append(littleEndian: array.values.lazy.map { Float($0).bitPattern })
        case .float64: data.append(littleEndian: array.values.lazy.map(\.bitPattern))
        }
        return data
    }

    /// The array in the bytes of a `.npy` file, or of a `member` of an archive; `file` is its name for errors.
    public static func decode(_ data: Data, file: String, member: String? = nil) throws -> NumPyArray {
        let header = try NumPyHeader(of: data, file: file, member: member)
        func numbers<T: FixedWidthInteger>(_ type: T.Type) -> [T] {
            let bytes = data.count - header.bodyOffset
            return data.numbers(
                type, at: header.bodyOffset, count: bytes / MemoryLayout<T>.size, bigEndian: header.isBigEndian)
        }
        let values: [Double] =
            switch header.element {
            case .bool: numbers(UInt8.self).map { $0 == 0 ? 0 : 1 }
            case .signed(1): numbers(Int8.self).map { Double($0) }
            case .signed(2): numbers(Int16.self).map { Double($0) }
            case .signed(4): numbers(Int32.self).map { Double($0) }
            case .signed: numbers(Int64.self).map { Double($0) }
            case .unsigned(1): numbers(UInt8.self).map { Double($0) }
            case .unsigned(2): numbers(UInt16.self).map { Double($0) }
            case .unsigned(4): numbers(UInt32.self).map { Double($0) }
            case .unsigned: numbers(UInt64.self).map { Double($0) }
            case .float(2): numbers(UInt16.self).map { Double(Float16(bitPattern: $0)) }
            case .float(4), .complex(8): numbers(UInt32.self).map { Double(Float(bitPattern: $0)) }
            case .float, .complex: numbers(UInt64.self).map(Double.init(bitPattern:))
            }
        var shape = header.shape
        // Fortran order is C order of the transposed array; the two parts of a complex number stay together.
        if case .complex = header.element { shape.append(2) }
        let parts = shape.count - header.shape.count
        return NumPyArray(
            shape, header.isFortran ? transposed(values, to: header.shape, elementLength: parts + 1) : values)
    }

    /// Column-major elements of `elementLength` numbers each, in row-major order.
    private static func transposed(_ values: [Double], to shape: [Int], elementLength: Int) -> [Double] {
        var strides: [Int] = []
        var stride = 1
        for length in shape {
            strides.append(stride)
            stride *= length
        }
        var result: [Double] = []
        result.reserveCapacity(values.count)
        var index = [Int](repeating: 0, count: shape.count)
        for _ in 0..<values.count / elementLength {
            let source = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 } * elementLength
            result += values[source..<source + elementLength]
            for axis in index.indices.reversed() {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
            }
        }
        return result
    }
}
