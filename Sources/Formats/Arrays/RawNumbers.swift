import Foundation

/// Numbers as they lie in the bytes of files.
extension Data {
    /// `count` numbers from `offset` (counted from the start, also in a slice).
    ///
    /// - Precondition: they lie within the data.
    func numbers<T: FixedWidthInteger>(_ type: T.Type, at offset: Int, count: Int, bigEndian: Bool = false) -> [T] {
        let start = startIndex + offset
        let end = start + count * MemoryLayout<T>.size
        precondition(
            offset >= 0 && count >= 0 && end <= endIndex, "Data.numbers: \(count) at \(offset) of \(self.count)")
        let raw = [T](unsafeUninitializedCapacity: count) { buffer, initialized in
            copyBytes(to: buffer, from: start..<end)
            initialized = count
        }
        return raw.map { bigEndian ? T(bigEndian: $0) : T(littleEndian: $0) }
    }

    /// One number; the caller has checked that it lies within the data.
    func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
        numbers(type, at: offset, count: 1)[0]
    }

    /// Appends numbers in little-endian order.
    mutating func append<T: FixedWidthInteger>(littleEndian numbers: some Sequence<T>) {
        numbers.map(\.littleEndian).withUnsafeBytes { append(contentsOf: $0) }
    }

    /// Appends one number in little-endian order.
    mutating func append<T: FixedWidthInteger>(littleEndian number: T) {
        append(littleEndian: CollectionOfOne(number))
    }
}

extension Sequence<Int> {
    /// The product of the lengths of a shape and the size of one element, or `nil` when it is negative or overflows.
    func byteCount(elementSize: Int) -> Int? {
        var total = elementSize
        for length in self {
            let (product, overflow) = total.multipliedReportingOverflow(by: length)
            guard length >= 0, !overflow else { return nil }
            total = product
        }
        return total
    }
}
