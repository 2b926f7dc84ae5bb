import CZlib
import Foundation

/// Reads files that may be compressed with gzip, by zlib's own reader of such files.
enum Gzip {
    /// No more than this comes out: a small file can claim any size.
    private static let limit = 1 << 33

    /// The contents, inflated if the file is compressed.
    ///
    /// - Throws: `InputError`: missing, no whole gzip stream, more than 8 GiB.
    static func read(_ url: URL) throws -> Data {
        func damaged(_ problem: String) -> InputError { InputError(file: url.relativePath, problem: problem) }
        try InputFile.require(url)
        guard let file = gzopen(url.path, "rb") else { throw damaged("cannot be opened") }
        var result = Data()
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        var count = gzread(file, &chunk, UInt32(chunk.count))
        while count > 0 && result.count <= limit {
            result += chunk[..<Int(count)]
            count = gzread(file, &chunk, UInt32(chunk.count))
        }
        // A stream that breaks off is found out only here.
        guard gzclose_r(file) == Z_OK, count == 0 else {
            throw damaged(
                result.count > limit ? "is larger than 8 GiB" : "is compressed with gzip, and damaged or truncated")
        }
        return result
    }
}
