/// Records as TensorFlow writes them (tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details"), all numbers
/// little-endian:
///
///     length    8 bytes    of the payload
///     checksum  4 bytes    of the eight bytes of the length
///     payload
///     checksum  4 bytes    of the payload
package enum TFRecord {
    /// One record.
    package static func frame(_ payload: [UInt8]) -> [UInt8] {
        let length = UInt64(payload.count).littleEndianBytes
        return length + CRC32C.masked(length).littleEndianBytes + payload + CRC32C.masked(payload).littleEndianBytes
    }

    /// The record that starts at `offset`, and where the next one does.
    ///
    /// - Returns: `nil` at the end, and for a record that is cut off or whose checksums are wrong.
    package static func read(_ file: [UInt8], at offset: Int) -> (payload: ArraySlice<UInt8>, next: Int)? {
        guard offset >= 0, file.count - offset >= 16 else { return nil }
        let header = file[offset..<offset + 8]
        guard let length = Int(exactly: UInt64(littleEndianBytes: header)), length <= file.count - offset - 16,
            UInt32(littleEndianBytes: file[offset + 8..<offset + 12]) == CRC32C.masked(header)
        else { return nil }
        let payload = file[offset + 12..<offset + 12 + length]
        let next = payload.endIndex + 4
        guard UInt32(littleEndianBytes: file[payload.endIndex..<next]) == CRC32C.masked(payload) else { return nil }
        return (payload, next)
    }
}

/// The cyclic redundancy check of polynomial 0x1EDC6F41 (Castagnoli 1993), bits reflected, as in RFC 3720.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { remainder, _ in remainder >> 1 ^ (remainder & 1 == 1 ? 0x82F6_3B78 : 0) }
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// What TensorFlow stores: rotated and shifted, because the checksum of bytes that contain their own checksum says little.
    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let checksum = checksum(bytes)
        return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    }
}

extension FixedWidthInteger {
    /// Least significant byte first.
    var littleEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
    }

    /// - Precondition: there are not more bytes than the type has.
    init(littleEndianBytes bytes: some BidirectionalCollection<UInt8>) {
        precondition(bytes.count <= Self.bitWidth / 8, "\(Self.self): \(bytes.count) bytes")
        self = bytes.reversed().reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
    }
}
