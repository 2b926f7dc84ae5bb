import Foundation
import TestSupport

/// A file system in memory of so many bytes and no more, for as long as the object lives.
final class SmallDisk {
    let url: URL

    /// Whether this process may mount one: decided by trying.
    static let isAllowed: Bool = {
        guard let folder = try? TemporaryDirectory() else { return false }
        return (try? SmallDisk(at: folder.url.appending(path: "disk"), kibibytes: 16)) != nil
    }()

    /// - Parameter url: of the directory that it makes and where it mounts.
    /// - Throws: `NotMounted`.
    init(at url: URL, kibibytes: Int) throws {
        self.url = url
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        guard mount("tmpfs", url.path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else { throw NotMounted() }
    }

    deinit { umount2(url.path, Int32(MNT_DETACH)) }

    struct NotMounted: Error {}

    /// Takes all the room that is left.
    func fill() throws {
        let ballast = url.appending(path: "ballast")
        try Data().write(to: ballast)
        let file = try FileHandle(forWritingTo: ballast)
        defer { try? file.close() }
        while (try? file.write(contentsOf: Data(count: 4096))) != nil {}
    }
}
