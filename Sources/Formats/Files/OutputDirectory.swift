import Foundation

/// A directory that is made when its first file is ready, so that work that fails before leaves nothing behind.
public struct OutputDirectory: Sendable {
    /// Where it is or will be.
    public let url: URL
    /// As the user named it.
    private let path: String

    /// - Throws: `InputError` of kind `.cannotWrite`, before any work is done, if something that is not a directory is in
    ///   the way or the nearest directory that exists may not be written to.
    public init(_ path: String) throws {
        self.path = path
        url = URL(fileURLWithPath: path)
        var existing = url
        while !FileManager.default.fileExists(atPath: existing.path) && existing.path != "/" {
            existing = existing.deletingLastPathComponent()
        }
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: existing.path, isDirectory: &isDirectory)
        guard isDirectory.boolValue else { throw failure("\(existing.relativePath) is not a directory") }
        guard FileManager.default.isWritableFile(atPath: existing.path) else {
            throw failure("\(existing.relativePath) may not be written to")
        }
    }

    /// Makes the directory, or one under it, with all above it; nothing happens where it exists.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`.
    @discardableResult
    public func make(_ name: String? = nil) throws -> URL {
        let directory = name.map { url.appending(path: $0) } ?? url
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw failure(error.localizedDescription)
        }
        return directory
    }

    private func failure(_ reason: String) -> InputError {
        InputError(
            .cannotWrite, file: path, problem: "the directory cannot be made (\(reason))",
            remedy: "a path is needed where this user may write")
    }
}
