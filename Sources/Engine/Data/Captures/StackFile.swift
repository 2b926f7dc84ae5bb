import Foundation

/// Reads a file that may hold more than one image, whatever its format.
enum StackFile {
    /// Endings of files that are read here, in lower case.
    static let endings = [".npy", ".npz", ".nii", ".nii.gz"]

    /// Whether a data source is such a file and not a directory.
    static func isOne(_ path: String) -> Bool { endings.contains { path.lowercased().hasSuffix($0) } }

    /// The one array of the file; of several in a `.npz`, that named `captures`.
    ///
    /// - Throws: `InputError` naming the file.
    static func read(_ url: URL) throws -> NumPyArray {
        let name = url.lastPathComponent.lowercased()
        if name.hasSuffix(".npy") { return try NumPyFile.read(url) }
        if name.hasSuffix(".nii") || name.hasSuffix(".nii.gz") { return try NIfTIFile.read(url) }
        let arrays = try NumPyFile.readArchive(url)
        if let captures = arrays["captures"] { return captures }
        guard let only = arrays.first?.value, arrays.count == 1 else {
            throw InputError(
                file: url.relativePath,
                problem:
                    "holds \(arrays.isEmpty ? "no array" : "the arrays " + arrays.keys.sorted().joined(separator: ", "))",
                remedy: "an archive of captures holds one array, or one named captures")
        }
        return only
    }
}
