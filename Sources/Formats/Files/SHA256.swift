import COpenSSL
import Foundation

/// The SHA-256 digest (FIPS 180-4), which names files and data in a report's provenance. The one file that calls
/// OpenSSL.
///
///     var digest = SHA256()
///     digest.update(data)
///     digest.hex()          // 64 lower-case hexadecimal digits
public struct SHA256: ~Copyable {
    private let context: OpaquePointer

    /// The digest of nothing so far.
    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            preconditionFailure("SHA256: OpenSSL offers no SHA-256")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Appends bytes to what is digested.
    public mutating func update(_ data: Data) {
        let status = data.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(status == 1, "SHA256.update: OpenSSL refused \(data.count) bytes")
    }

    /// The digest of everything appended, as 64 lower-case hexadecimal digits. Ends the digest's life.
    public consuming func hex() -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let status = EVP_DigestFinal_ex(context, &bytes, nil)
        precondition(status == 1, "SHA256.hex: OpenSSL could not finish")
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The digest of some bytes in memory.
    public static func hex(of data: Data) -> String {
        var digest = SHA256()
        digest.update(data)
        return digest.hex()
    }

    /// The digest of a file, read a mebibyte at a time.
    ///
    /// - Throws: `InputError` if the file cannot be opened or read.
    public static func hex(ofFile file: URL) throws -> String {
        do {
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            var digest = SHA256()
            while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { digest.update(chunk) }
            return digest.hex()
        } catch {
            throw InputError(
                .inputOutput, file: file.path, problem: "cannot be read (\(error.localizedDescription))",
                remedy: "name a readable file")
        }
    }
}
