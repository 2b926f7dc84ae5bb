import CZlib
import Foundation

/// The members of a zip archive, as far as `.npz` files need it: stored or deflated, one disk, under 4 GiB, no encryption.
enum ZipArchive {
    private static let localSignature: UInt32 = 0x0403_4B50
    private static let centralSignature: UInt32 = 0x0201_4B50
    private static let endSignature: UInt32 = 0x0605_4B50

    /// Names and contents in the order of the archive's directory; `file` is its name for errors.
    static func decode(_ data: Data, file: String) throws -> [(name: String, contents: Data)] {
        func damaged(_ problem: String) -> InputError { InputError(file: file, problem: problem) }
        // The directory's own record is at the end, before a comment of at most 65535 bytes.
        let lastPossible = data.count - 22
        guard lastPossible >= 0,
            let end = stride(from: lastPossible, through: max(0, lastPossible - 65535), by: -1)
                .first(where: { data.number(UInt32.self, at: $0) == endSignature })
        else { throw damaged("is not a zip archive, or is truncated") }
        let count = Int(data.number(UInt16.self, at: end + 10))
        var position = Int(data.number(UInt32.self, at: end + 16))
        var members: [(name: String, contents: Data)] = []
        var names: Set<String> = []
        // Members that lie over each other could make a small file large without end.
        var packedBytes = 0
        for _ in 0..<count {
            guard position + 46 <= end, data.number(UInt32.self, at: position) == centralSignature else {
                throw damaged("the archive's directory is damaged")
            }
            let nameLength = Int(data.number(UInt16.self, at: position + 28))
            let extras =
                Int(data.number(UInt16.self, at: position + 30)) + Int(data.number(UInt16.self, at: position + 32))
            guard position + 46 + nameLength <= end else { throw damaged("the archive's directory is damaged") }
            let name = String(decoding: slice(data, position + 46, nameLength), as: UTF8.self)
            guard names.insert(name).inserted else { throw damaged("holds two members named \(name)") }
            packedBytes += Int(data.number(UInt32.self, at: position + 20))
            guard packedBytes <= data.count else { throw damaged("holds members that lie over each other") }
            members.append((name, try contents(of: data, entryAt: position, name: name, file: file)))
            position += 46 + nameLength + extras
        }
        return members
    }

    /// The archive with these members, stored; the same members give the same bytes (every date is 1 January 1980).
    static func encode(_ members: [(name: String, contents: Data)], file: String) throws -> Data {
        var archive = Data()
        var directory = Data()
        for (name, contents) in members {
            let offset = archive.count
            guard offset + contents.count < UInt32.max else {
                throw InputError(.cannotWrite, file: file, problem: "would be larger than the 4 GiB of a zip archive")
            }
            // Needs version 2.0, no flags, stored, no time, 1980-01-01, CRC, sizes, length of the name, no extra field.
            var header = Data()
            header.append(littleEndian: [20, 0, 0, 0, 1 << 5 | 1] as [UInt16])
            header.append(littleEndian: [checksum(contents), UInt32(contents.count), UInt32(contents.count)])
            header.append(littleEndian: [UInt16(name.utf8.count), 0])
            archive.append(littleEndian: localSignature)
            archive += header + Data(name.utf8) + contents
            directory.append(littleEndian: centralSignature)
            directory.append(littleEndian: 20 as UInt16)
            directory += header
            // No comment, disk 0, no attributes.
            directory.append(littleEndian: [0, 0, 0, 0, 0] as [UInt16])
            directory.append(littleEndian: UInt32(offset))
            directory += Data(name.utf8)
        }
        let offset = UInt32(archive.count)
        archive += directory
        archive.append(littleEndian: endSignature)
        archive.append(littleEndian: [0, 0, UInt16(members.count), UInt16(members.count)])
        archive.append(littleEndian: [UInt32(directory.count), offset])
        archive.append(littleEndian: 0 as UInt16)
        return archive
    }

    private static func contents(of data: Data, entryAt entry: Int, name: String, file: String) throws -> Data {
        func damaged(_ problem: String, _ remedy: String? = nil) -> InputError {
            InputError(file: file, place: name, problem: problem, remedy: remedy)
        }
        let method = data.number(UInt16.self, at: entry + 10)
        let crc = data.number(UInt32.self, at: entry + 16)
        let packed = data.number(UInt32.self, at: entry + 20)
        let size = data.number(UInt32.self, at: entry + 24)
        let local = Int(data.number(UInt32.self, at: entry + 42))
        guard data.number(UInt16.self, at: entry + 8) & 1 == 0 else { throw damaged("is encrypted") }
        guard packed != .max, size != .max, local != UInt32.max else { throw damaged("is larger than 4 GiB") }
        guard local + 30 <= data.count, data.number(UInt32.self, at: local) == localSignature else {
            throw damaged("is not where the archive's directory says")
        }
        // The local header has its own name and extra field, whose lengths may differ from those in the directory.
        let start =
            local + 30 + Int(data.number(UInt16.self, at: local + 26)) + Int(data.number(UInt16.self, at: local + 28))
        guard start + Int(packed) <= data.count else { throw damaged("ends after the archive does") }
        let bytes = slice(data, start, Int(packed))
        let contents: Data
        switch method {
        case 0:
            guard packed == size else { throw damaged("is stored in \(packed) bytes but \(size) long") }
            contents = bytes
        case 8:
            // Deflate packs at most 1032 bytes into one: more is a lie, found out before memory is taken for it.
            guard Int(size) <= 1032 * Int(packed), let inflated = inflate(bytes, to: size) else {
                throw damaged("cannot be inflated to its \(size) bytes")
            }
            contents = inflated
        default: throw damaged("is packed with method \(method)", "read are 0 (stored) and 8 (deflate)")
        }
        guard checksum(contents) == crc else { throw damaged("does not match its checksum") }
        return contents
    }

    private static func slice(_ data: Data, _ start: Int, _ count: Int) -> Data {
        Data(data.dropFirst(start).prefix(count))
    }

    private static func inflate(_ packed: Data, to size: UInt32) -> Data? {
        var out = [UInt8](repeating: 0, count: Int(size))
        return czlib_inflate_raw([UInt8](packed), UInt32(packed.count), &out, size) == 1 ? Data(out) : nil
    }

    private static func checksum(_ data: Data) -> UInt32 {
        data.withUnsafeBytes { UInt32(crc32_z(0, $0.bindMemory(to: UInt8.self).baseAddress, $0.count)) }
    }
}
