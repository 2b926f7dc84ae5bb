import Foundation

/// Files beside the tests.
public enum Fixtures {
    /// `Tests/Fixtures/NAME`.
    public static func url(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/\(name)")
    }

    /// The checkout.
    public static var root: URL { url("").deletingLastPathComponent().deletingLastPathComponent() }
}

/// A directory that is removed when the value goes away.
public final class TemporaryDirectory {
    /// Empty at first; unique to this value.
    public let url: URL

    /// Makes it in the system's temporary directory.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "n2n-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
