import Foundation

/// Reads a file that may hold more than one image, whatever its format.
enum StackFile {
    /// Endings of files that are read here, in lower case.
    static let endings = [".npy", ".npz"] + volumeEndings
    /// Those of formats that hold rows of images by nature.
    static let volumeEndings = [".nii", ".nii.gz", ".tif", ".tiff"]

    /// The name without the longest of these endings; without its extension if it has none of them.
    static func stem(_ name: String) -> String {
        let ending = endings.filter { name.lowercased().hasSuffix($0) }.max { $0.count < $1.count }
        return ending.map { String(name.dropLast($0.count)) } ?? (name as NSString).deletingPathExtension
    }

    /// Whether a data source is such a file and not a directory.
    static func isOne(_ path: String) -> Bool { endings.contains { path.lowercased().hasSuffix($0) } }

    /// The one array of the file; of several in a `.npz`, that named `captures`.
    ///
    /// - Throws: `InputError` naming the file; for a format that this build does not read, the trait that turns it on.
    static func read(_ url: URL) throws -> NumPyArray {
        let name = url.lastPathComponent.lowercased()
        func ends(_ suffixes: String...) -> Bool { suffixes.contains { name.hasSuffix($0) } }
        if ends(".npy") { return try NumPyFile.read(url) }
        if ends(".nii", ".nii.gz") { return try NIfTIFile.read(url) }
        if ends(".tif", ".tiff") {
            #if TIFF
                return try TIFFFile.read(url)
            #else
                throw notBuiltIn(url, "TIFF")
            #endif
        }
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

    private static func notBuiltIn(_ url: URL, _ trait: String) -> InputError {
        InputError(
            file: url.relativePath, problem: "is a \(trait) file, which this build of n2n-analyze does not read",
            remedy: "run scripts/setup.sh --all and build again with make, or with swift build --traits \(trait)")
    }
}
