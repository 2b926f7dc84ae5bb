import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats

/// Known answers of FIPS 180-4 and NIST's example values.
@Suite struct ReportSHA256Tests {
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func knownAnswers(message: String, digest: String) { #expect(SHA256.hex(of: Data(message.utf8)) == digest) }

    @Test func aMillionLettersInPiecesAndFromAFile() throws {
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        var digest = SHA256()
        for _ in 0..<1000 { digest.update(Data(repeating: UInt8(ascii: "a"), count: 1000)) }
        #expect(digest.hex() == expected)
        let file = FileManager.default.temporaryDirectory.appending(path: "sha256-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        // Longer than one piece of the reader.
        let data = Data(repeating: UInt8(ascii: "a"), count: 3_000_001)
        try data.write(to: file)
        #expect(try SHA256.hex(ofFile: file) == SHA256.hex(of: data))
        try data.prefix(1_000_000).write(to: file)
        #expect(try SHA256.hex(ofFile: file) == expected)
    }

    @Test(arguments: ["/no/such/file", "/tmp"]) func whatCannotBeReadIsNamed(path: String) {
        #expect {
            try SHA256.hex(ofFile: URL(fileURLWithPath: path))
        } throws: {
            ($0 as? InputError)?.file == path && ($0 as? InputError)?.kind == .inputOutput
        }
    }
}
