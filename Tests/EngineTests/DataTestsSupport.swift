import Foundation

@testable import Engine
@testable import Tensors

/// A fixture beside the tests: `Tests/Fixtures/TOPIC/NAME`.
func fixture(_ path: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/\(path)")
}

/// Runs `body` with a fresh directory that is gone afterwards.
func withTemporaryDirectory<R>(_ body: (URL) throws -> R) throws -> R {
    let url = FileManager.default.temporaryDirectory.appending(path: "n2n-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url)
}

/// A copy of `seed` with one to four random changes: a byte set, a bit flipped, a piece cut out or doubled, the end cut off.
func mutated(_ seed: [UInt8], with stream: inout RandomStream) -> [UInt8] {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...4, using: &stream) where !bytes.isEmpty {
        let position = Int.random(in: 0..<bytes.count, using: &stream)
        let end = min(bytes.count, position + Int.random(in: 1...8, using: &stream))
        switch Int.random(in: 0..<8, using: &stream) {
        case 0, 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &stream)
        case 2: bytes[position] = [0, 1, 9, 0x7F, 0x80, 0xFF].randomElement(using: &stream) ?? 0
        case 3, 4: bytes[position] = UInt8.random(in: .min ... .max, using: &stream)
        case 5: bytes.removeSubrange(position..<end)
        case 6: bytes.insert(contentsOf: bytes[position..<end], at: position)
        default: bytes.removeSubrange(position...)
        }
    }
    return bytes
}

/// The CRC of PNG and zip, bit by bit.
func crc32(_ bytes: Data) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
        (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
}
