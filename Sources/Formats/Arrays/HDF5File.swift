#if HDF5
    import CHDF5
    import Foundation

    /// HDF5 files by libhdf5, which works in a process of its own (`CHDF5/shim.h`): a file that makes it crash is an error here.
    ///
    /// Read are data sets of integers, Booleans and floating-point numbers of any size and byte order, and complex numbers as
    /// compounds of a real and an imaginary part, through every filter that libhdf5 finds. What lies in other files is refused.
    enum HDF5File {
        /// No more numbers than these, 8 GiB: a small file can claim any shape.
        private static let mostNumbers = 1 << 30
        /// Deflate packs at most so many bytes into one; what claims to hold more than that holds no image.
        private static let densestPacking = 1032

        /// The data set with this name or path; without one, as `StackFile.choose`. Data sets of one name in several groups, one for
        /// each slice, are stacked in the order of their paths. A complex array has one more axis of length 2.
        ///
        /// - Parameter seconds: processor time that libhdf5 may take for the list, and again for the numbers.
        /// - Throws: `InputError` naming the file and the data set: missing, damaged, not numbers, larger than the file can be, packed
        ///   by a filter that is not there, in another file.
        static func read(_ url: URL, array: String? = nil, seconds: Int = 600) throws -> NumPyArray {
            try InputFile.require(url)
            let links = try links(of: url, seconds)
            // The same array of each group has one name.
            func name(_ link: Link) -> String { link.path.split(separator: "/").last.map(String.init) ?? "" }
            let wanted: [Link]
            if let array, let link = links.first(where: { $0.path == (array.hasPrefix("/") ? array : "/" + array) }) {
                wanted = [link]
            } else {
                // An array that was asked for is named even where it cannot be read, to say why.
                let candidates = links.filter { $0.isNumbers || name($0) == array }
                let others = candidates.isEmpty ? links.filter { $0.kind != CHDF5_OTHER } : candidates
                let chosen = try StackFile.choose(array, among: Array(Set(others.map(name))).sorted(), of: url)
                wanted = others.filter { name($0) == chosen }
            }
            let fileSize = (try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
            for link in wanted { try check(link, like: wanted[0], fileSize: fileSize, of: url) }
            let count = wanted[0].count
            let values = try [Double](unsafeUninitializedCapacity: count * wanted.count) { buffer, filled in
                for link in wanted {
                    let part = UnsafeMutableBufferPointer(rebasing: buffer[filled..<filled + count])
                    try run(url, link.path, seconds) { try fill(UnsafeMutableRawBufferPointer(part), $0) }
                    filled += count
                }
            }
            return NumPyArray((wanted.count > 1 ? [wanted.count] : []) + wanted[0].shape, values)
        }

        /// A data set, or a link out of the file.
        private struct Link {
            let kind: Int
            let elementSize: Int
            /// With the axis of the two parts of complex numbers.
            let shape: [Int]
            let path: String
            let missingFilter: String

            var isNumbers: Bool { kind == CHDF5_REAL || kind == CHDF5_COMPLEX }
            /// Numbers; `check` comes first.
            var count: Int { shape.reduce(1, *) }
        }

        private static func check(_ link: Link, like first: Link, fileSize: Int, of url: URL) throws {
            func fail(_ problem: String, _ remedy: String? = nil) -> InputError {
                InputError(file: url.relativePath, place: link.path, problem: problem, remedy: remedy)
            }
            let alone = "copy the numbers into one file: h5repack, or h5py"
            switch link.kind {
            case CHDF5_REAL, CHDF5_COMPLEX: break
            case CHDF5_EXTERNAL_LINK: throw fail("is a link into another file, which is not followed", alone)
            case CHDF5_EXTERNAL_DATA: throw fail("has its numbers in other files, which are not opened", alone)
            case CHDF5_DAMAGED: throw fail("cannot be opened: it is damaged, or newer than libhdf5")
            default: throw fail("holds no numbers", "read are integers, floating-point and complex numbers")
            }
            guard link.missingFilter.isEmpty else {
                throw fail(
                    "is packed by the filter \(link.missingFilter), which libhdf5 does not find",
                    "set HDF5_PLUGIN_PATH to where the filter is, or pack it again with gzip: h5repack -f GZIP=4")
            }
            guard link.shape == first.shape else {
                throw fail("has the shape \(link.shape)", "\(first.path) has \(first.shape); slices are alike")
            }
            let bytes = link.shape.dropLast(link.kind == CHDF5_COMPLEX ? 1 : 0).byteCount(elementSize: link.elementSize)
            let numbers = link.shape.byteCount(elementSize: 1)
            guard let bytes, let numbers, numbers <= mostNumbers, bytes / densestPacking <= fileSize else {
                throw fail(
                    "has the shape \(link.shape), more numbers than the file's \(fileSize) bytes can hold or than are read",
                    "at most \(mostNumbers) are")
            }
        }

        private static func links(of url: URL, _ seconds: Int) throws -> [Link] {
            var bytes = Data()
            try run(url, nil, seconds) { pipe in bytes = try pipe.readToEnd() ?? Data() }
            var links: [Link] = []
            var position = 0
            func number() throws -> Int {
                guard position + 8 <= bytes.count, let value = Int(exactly: bytes.number(UInt64.self, at: position))
                else { throw InputError(file: url.relativePath, problem: "is damaged: it has an impossible shape") }
                position += 8
                return value
            }
            func text() throws -> String {
                let length = try number()
                guard length <= bytes.count - position else { return "" }
                position += length
                return String(decoding: bytes.dropFirst(position - length).prefix(length), as: UTF8.self)
            }
            while position < bytes.count {
                let kind = try number(), size = try number()
                let lengths = try (0..<(try number())).map { _ in try number() }
                links.append(
                    Link(
                        kind: kind, elementSize: size, shape: lengths + (kind == CHDF5_COMPLEX ? [2] : []),
                        path: try text(), missingFilter: try text()))
            }
            return links
        }

        /// Lets libhdf5 work in a process of its own while `read` takes from its pipe.
        private static func run(_ url: URL, _ dataset: String?, _ seconds: Int, read: (FileHandle) throws -> Void)
            throws
        {
            var child: pid_t = 0
            let descriptor = chdf5_start(url.path, dataset, Int32(seconds), &child)
            guard descriptor >= 0 else {
                throw InputError(
                    .inputOutput, file: url.relativePath, problem: "no process could be started to read it")
            }
            let pipe = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            let outcome = Result { try read(pipe) }
            try? pipe.close()
            let problem: String? =
                switch chdf5_end(child) {
                case 0: nil
                case 1: "is not an HDF5 file, or is damaged or truncated"
                case 2, 3: "is damaged or truncated"
                case 4: "holds more than \(CHDF5_OBJECTS) objects"
                case 256 + SIGXCPU:
                    "takes libhdf5 more than \(seconds) s to read: it is damaged, or has a great many chunks"
                case let status: "is damaged: libhdf5 crashed on it (signal \(status - 256))"
                }
            if let problem { throw InputError(file: url.relativePath, place: dataset, problem: problem) }
            try outcome.get()
        }

        /// The next bytes of the pipe; too few of them make the process fail, which is said then.
        private static func fill(_ buffer: UnsafeMutableRawBufferPointer, _ pipe: FileHandle) throws {
            var rest = buffer[...]
            while !rest.isEmpty, let chunk = try pipe.read(upToCount: min(rest.count, 1 << 20)), !chunk.isEmpty {
                UnsafeMutableRawBufferPointer(rebasing: rest).copyBytes(from: chunk)
                rest = rest.dropFirst(chunk.count)
            }
            if !rest.isEmpty {
                UnsafeMutableRawBufferPointer(rebasing: rest).initializeMemory(as: UInt8.self, repeating: 0)
            }
        }
    }
#endif
