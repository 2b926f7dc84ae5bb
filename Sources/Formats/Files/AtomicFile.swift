import Foundation

/// Whole files, written so that a reader sees either the old contents or the new ones and nothing in between.
public enum AtomicFile {
    /// Replaces the file at `url` by `data`, or leaves it exactly as it was.
    ///
    /// The bytes go to a temporary file beside it, which is synced, renamed over the target, and its directory synced,
    /// so that after a power cut too the name stands for one complete file. A failure at any step removes the temporary;
    /// only a failure to sync the directory comes after the new contents are in place.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite` (no such directory, no permission, disk full).
    public static func write(_ data: Data, to url: URL) throws {
        try replace(url) { descriptor in try append(data, to: descriptor) }
    }

    /// `write` with the contents produced by `fill`, which gets the temporary file's descriptor.
    static func replace(_ url: URL, filledBy fill: (Int32) throws -> Void) throws {
        // The link's own target is replaced: renaming over the link would turn it into a file of its own.
        let target = url.resolvingSymlinksInPath()
        let directory = target.deletingLastPathComponent().path
        // Not named after the target, whose name may already have the greatest length a file system takes.
        let temporary = directory + "/.tmp-" + UUID().uuidString
        do {
            let descriptor = try check(open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666))
            do {
                try fill(descriptor)
                try check(fsync(descriptor))
            } catch {
                close(descriptor)
                throw error
            }
            try check(close(descriptor))
            try check(rename(temporary, target.path))
            try synchronize(directory: directory)
        } catch let failure as SystemFailure {
            unlink(temporary)
            throw InputError(
                .cannotWrite, file: url.relativePath, problem: "cannot be written: \(failure.description)",
                remedy: failure.remedy)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Writes all of `data` at the descriptor's position.
    static func append(_ data: Data, to descriptor: Int32) throws {
        try data.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let written = Foundation.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if written < 0 && errno == EINTR { continue }
                try check(Int32(clamping: written))
                done += written
            }
        }
    }

    private static func synchronize(directory: String) throws {
        let descriptor = try check(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        defer { close(descriptor) }
        // Some file systems cannot sync a directory and say so with EINVAL; the rename has happened all the same.
        if fsync(descriptor) < 0 && errno != EINVAL { throw SystemFailure(code: errno) }
    }

    @discardableResult
    private static func check(_ result: Int32) throws -> Int32 {
        if result < 0 { throw SystemFailure(code: errno) }
        return result
    }

    private struct SystemFailure: Error {
        let code: Int32

        var description: String { String(cString: strerror(code)).lowercased() }
        var remedy: String? {
            switch code {
            case ENOSPC, EDQUOT: "free some space; what was there before is unchanged"
            case ENOENT: "its directory must exist"
            case EACCES, EPERM, EROFS: "choose a place where you may write"
            default: nil
            }
        }
    }
}

/// Whole files, read.
public enum InputFile {
    /// The bytes of a regular file.
    ///
    /// - Throws: `InputError`: there is none, it may not be read, or it is a directory or a device.
    public static func read(_ url: URL) throws -> Data {
        try require(url)
        do {
            return try Data(contentsOf: url)
        } catch {
            throw InputError(.inputOutput, file: url.relativePath, problem: "cannot be read: \(reason(error))")
        }
    }

    /// Makes sure that there is a regular file.
    static func require(_ url: URL) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
            throw InputError(file: url.relativePath, problem: "there is no such file")
        }
        let type = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path)[.type]
        guard type as? FileAttributeType == .typeRegular else {
            let kind = isDirectory.boolValue ? "a directory" : "a device or a pipe"
            throw InputError(file: url.relativePath, problem: "is \(kind), not a file")
        }
    }

    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError
        return (underlying ?? error).localizedDescription
    }
}
