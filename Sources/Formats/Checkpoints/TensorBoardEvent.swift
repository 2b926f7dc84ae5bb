/// One event of TensorBoard: the few fields of `event.proto` and `summary.proto` (tensorboard/compat/proto) that its scalar
/// and image pages need.
package struct TensorBoardEvent {
    package enum Content {
        /// What every file begins with.
        case fileVersion
        case scalar(Float)
        /// A PNG file; 1 channel for grey, 3 for RGB.
        case image(png: [UInt8], height: Int, width: Int, channels: Int)
    }

    /// Seconds since 1970.
    let wallTime: Double
    let step: Int
    let tag: String
    let content: Content

    package init(wallTime: Double, step: Int, tag: String, content: Content) {
        self.wallTime = wallTime
        self.step = step
        self.tag = tag
        self.content = content
    }

    /// The message `Event`. Fields at their default are left out, as the reference implementation does.
    package var encoded: [UInt8] {
        var event = ProtobufMessage()
        event.add(1, fixed64: wallTime.bitPattern)
        if step != 0 { event.add(2, varint: step) }
        switch content {
        case .fileVersion:
            event.add(3, bytes: "brain.Event:2".utf8)
        case .scalar(let number):
            var value = ProtobufMessage()
            value.add(1, bytes: tag.utf8)
            value.add(2, fixed32: number.bitPattern)
            event.add(5, bytes: summary(value))
        case .image(let png, let height, let width, let channels):
            var image = ProtobufMessage()
            image.add(1, varint: height)
            image.add(2, varint: width)
            image.add(3, varint: channels)
            image.add(4, bytes: png)
            var value = ProtobufMessage()
            value.add(1, bytes: tag.utf8)
            value.add(4, bytes: image.bytes)
            event.add(5, bytes: summary(value))
        }
        return event.bytes
    }

    /// The step of an encoded event, 0 where it has none; `nil` if the bytes are no message.
    package static func step(of encoded: ArraySlice<UInt8>) -> Int? {
        ProtobufMessage.varint(2, in: encoded)
    }

    private func summary(_ value: ProtobufMessage) -> [UInt8] {
        var summary = ProtobufMessage()
        summary.add(1, bytes: value.bytes)
        return summary.bytes
    }
}

/// Bytes of a protocol-buffer message (protobuf.dev/programming-guides/encoding): per field a key, 8·number + wire type,
/// then the value. Written out here because the library would cost minutes of every clean build for three messages.
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    /// An int32, int64 or enumeration: seven bits a byte, least significant first.
    mutating func add(_ field: Int, varint value: Int) {
        append(varint: UInt64(field << 3))
        append(varint: UInt64(bitPattern: Int64(value)))
    }

    /// A double, by its bits.
    mutating func add(_ field: Int, fixed64 value: UInt64) {
        append(varint: UInt64(field << 3 | 1))
        bytes += value.littleEndianBytes
    }

    /// A string, a byte string or a message.
    mutating func add(_ field: Int, bytes value: some Collection<UInt8>) {
        append(varint: UInt64(field << 3 | 2))
        append(varint: UInt64(value.count))
        bytes += value
    }

    /// A float, by its bits.
    mutating func add(_ field: Int, fixed32 value: UInt32) {
        append(varint: UInt64(field << 3 | 5))
        bytes += value.littleEndianBytes
    }

    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// The last value of a varint field, 0 where it does not occur; `nil` if the message is malformed.
    static func varint(_ wanted: Int, in message: ArraySlice<UInt8>) -> Int? {
        var rest = message
        var result: UInt64 = 0
        while !rest.isEmpty {
            guard let key = takeVarint(&rest) else { return nil }
            let size: UInt64?
            switch key & 7 {
            case 0:
                guard let value = takeVarint(&rest) else { return nil }
                if key >> 3 == UInt64(wanted) { result = value }
                size = 0
            case 1: size = 8
            case 2: size = takeVarint(&rest)
            case 5: size = 4
            default: size = nil
            }
            guard let size, size <= UInt64(rest.count) else { return nil }
            rest = rest.dropFirst(Int(size))
        }
        return Int(truncatingIfNeeded: result)
    }

    private static func takeVarint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
