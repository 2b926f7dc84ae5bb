import Foundation

/// Reads a file that may hold more than one image, whatever its format.
package enum StackFile {
    /// Endings of files that are read here, in lower case.
    package static let endings = [".npy"] + volumeEndings
    /// Those of formats that hold rows of images by nature.
    package static let volumeEndings = namingEndings + [".nii", ".nii.gz", ".tif", ".tiff"]
    /// Those of formats whose arrays have names.
    private static let namingEndings = [".npz", ".h5", ".hdf5"]
    /// Of several arrays in a file the first of these is taken: ours, then the magnitude images of fastMRI's files.
    private static let preferredNames = ["captures", "reconstruction_rss", "reconstruction_esc"]

    /// The name without the longest of these endings; without its extension if it has none of them.
    package static func stem(_ name: String) -> String {
        let ending = endings.filter { name.lowercased().hasSuffix($0) }.max { $0.count < $1.count }
        return ending.map { String(name.dropLast($0.count)) } ?? (name as NSString).deletingPathExtension
    }

    /// Whether a data source is such a file, perhaps with an array's name behind it, and not a directory.
    package static func isOne(_ source: String) -> Bool {
        let file = split(source).file.lowercased()
        return endings.contains { file.hasSuffix($0) }
    }

    /// `FILE` or `FILE:ARRAY` in its parts.
    package static func split(_ source: String) -> (file: String, array: String?) {
        for position in source.indices where source[position] == ":" {
            let file = source[..<position].lowercased()
            guard namingEndings.contains(where: { file.hasSuffix($0) }) else { continue }
            return (String(source[..<position]), String(source[source.index(after: position)...]))
        }
        return (source, nil)
    }

    /// The one array of the file; of several, the one that is asked for by name or has a preferred one.
    ///
    /// - Throws: `InputError` naming the file; for a format that this build does not read, the trait that turns it on.
    package static func read(_ url: URL, array: String? = nil) throws -> NumPyArray {
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
        if ends(".h5", ".hdf5") {
            #if HDF5
                return try HDF5File.read(url, array: array)
            #else
                throw notBuiltIn(url, "HDF5")
            #endif
        }
        let arrays = try NumPyFile.readArchive(url)
        let chosen = try choose(array, among: arrays.keys.sorted(), of: url)
        return arrays[chosen] ?? NumPyArray([0], [])
    }

    /// Which of the arrays of a file is meant.
    ///
    /// - Throws: `InputError` that lists them, where that is open.
    static func choose(_ wanted: String?, among names: [String], of url: URL) throws -> String {
        let found = names.isEmpty ? "no array of numbers" : "the arrays \(names.joined(separator: ", "))"
        if let wanted {
            if names.contains(wanted) { return wanted }
            throw InputError(
                file: url.relativePath, place: wanted, problem: "is not there", remedy: "it holds \(found)")
        }
        if let name = preferredNames.first(where: names.contains) ?? (names.count == 1 ? names[0] : nil) { return name }
        throw InputError(
            file: url.relativePath, problem: "holds \(found)",
            remedy: names.isEmpty
                ? "a file of images is expected"
                : "say which is meant, \(url.lastPathComponent):\(names[0]), or call one captures")
    }

    private static func notBuiltIn(_ url: URL, _ trait: String) -> InputError {
        InputError(
            file: url.relativePath,
            problem: "is \(trait == "HDF5" ? "an" : "a") \(trait) file, which this build of n2n-analyze does not read",
            remedy: "run scripts/setup.sh --all and build again with make, or with swift build --traits \(trait)")
    }
}
