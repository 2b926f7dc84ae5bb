import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

/// Damaged files end in an `InputError` or are read; nothing else, and never a crash. The seeds are the fixtures of each format;
/// `make fuzz` makes 100000 mutants of each (N2N_FUZZ says how many), instead of a few.
@Suite struct FuzzTests {
    static let count = ProcessInfo.processInfo.environment["N2N_FUZZ"].flatMap { Int($0) } ?? 1500
    static let isLong = ProcessInfo.processInfo.environment["N2N_FUZZ"] != nil

    /// Files of a fixture folder with this ending, in order.
    static func corpus(_ folder: String, _ ending: String) throws -> [Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.url(folder).path)
            .filter { $0.hasSuffix(ending) }.sorted()
        try #require(!names.isEmpty)
        return try names.map { try Data(contentsOf: Fixtures.url("\(folder)/\($0)")) }.filter { $0.count < 60_000 }
    }

    struct Mutator {
        private var stream: RandomStream
        private let corpus: [Data]
        /// What breaks length fields.
        private static let extremes: [UInt64] = [
            0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 40, 1 << 62, .max >> 1, .max,
        ]

        init(_ corpus: [Data], seed: UInt64) {
            self.corpus = corpus
            stream = RandomStream(seed: seed, purpose: .test)
        }

        mutating func below(_ bound: Int) -> Int {
            bound < 1 ? 0 : min(bound - 1, Int(stream.uniform() * Double(bound)))
        }

        mutating func pick() -> Data { corpus[below(corpus.count)] }

        /// One to eight changes.
        mutating func mutant(of seed: Data) -> Data {
            var bytes = [UInt8](seed)
            for _ in 0..<1 + below(8) {
                guard !bytes.isEmpty else { break }
                // The structure is at the beginning and at the end.
                let near = below(3)
                let reach = min(bytes.count, 512)
                let at = near == 0 ? below(reach) : near == 1 ? bytes.count - 1 - below(reach) : below(bytes.count)
                switch below(8) {
                case 0, 1: bytes[at] ^= 1 << UInt8(below(8))
                case 2: bytes[at] = UInt8(below(256))
                case 3:
                    let value = Self.extremes[below(Self.extremes.count)]
                    for k in 0..<[1, 2, 4, 8][below(4)] where at + k < bytes.count {
                        bytes[at + k] = UInt8(truncatingIfNeeded: value >> UInt64(8 * k))
                    }
                case 4: bytes.removeLast(below(bytes.count))
                case 5: bytes.removeSubrange(at..<min(bytes.count, at + 1 + below(16)))
                case 6:
                    bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + below(64))], at: below(bytes.count))
                default:
                    let other = [UInt8](pick())
                    let from = below(other.count)
                    bytes.insert(contentsOf: other[from..<min(other.count, from + 1 + below(64))], at: at)
                }
            }
            return Data(bytes)
        }

        /// A zip archive with one member changed and its checksum right, so that what reads the member is reached.
        mutating func archive(of seed: Data) throws -> Data {
            var members = try ZipArchive.decode(seed, file: "seed")
            guard !members.isEmpty else { return seed }
            let structure = members.firstIndex { $0.name.hasSuffix("data.pkl") }
            let index = below(4) > 0 ? structure ?? below(members.count) : below(members.count)
            members[index].contents = mutant(of: members[index].contents)
            return try ZipArchive.encode(members, file: "mutant")
        }

        /// A PNG with one chunk changed and its length and checksum right, likewise.
        mutating func png(of seed: Data) -> Data {
            func number(at index: Int) -> Int { seed[index..<index + 4].reduce(0) { $0 << 8 + Int($1) } }
            func bytes(of number: UInt32) -> [UInt8] {
                (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
            }
            var chunks: [(kind: Data, body: Data)] = []
            var at = 8
            while at < seed.count {
                let end = at + 8 + number(at: at)
                chunks.append((seed[at + 4..<at + 8], seed[at + 8..<end]))
                at = end + 4
            }
            let changed = below(chunks.count)
            chunks[changed].body = mutant(of: chunks[changed].body)
            return chunks.reduce(into: seed.prefix(8)) { file, chunk in
                file += bytes(of: UInt32(chunk.body.count)) + chunk.kind + chunk.body
                file += bytes(of: crc32(chunk.kind + chunk.body))
            }
        }
    }

    /// How many mutants were read without error: some must be refused, and some read, or none got past the checksums.
    ///
    /// - Parameters:
    ///   - sound: changes what lies behind checksums; of three mutants two are made so.
    ///   - share: of a slow reader's quick run only one in so many is made.
    private func run(
        _ corpus: [Data], sound: ((inout Mutator, Data) throws -> Data)? = nil, share: Int = 1,
        reader: String = #function, _ read: (Data) throws -> Void
    ) throws {
        let count = Self.isLong ? Self.count : Self.count / share
        var mutator = Mutator(corpus, seed: 20)
        var accepted = 0
        for index in 0..<count {
            let seed = mutator.pick()
            var mutant = mutator.mutant(of: seed)
            if let sound, index % 3 > 0 { mutant = (try? sound(&mutator, seed)) ?? mutant }
            do {
                try read(mutant)
                accepted += 1
            } catch is InputError {
            } catch { Issue.record("mutant \(index): \(error)") }
        }
        #expect(accepted > 0 && accepted < count)
        print("fuzz, \(reader): \(count) mutants of \(corpus.count) seeds, \(accepted) read, the others refused")
    }

    @Test func npy() throws {
        try run(Self.corpus("npy", ".npy")) { _ = try NumPyFile.decode($0, file: "mutant") }
    }

    @Test func npz() throws {
        try run(Self.corpus("npy", ".npz"), sound: { try $0.archive(of: $1) }) {
            _ = try NumPyFile.decodeArchive($0, file: "mutant")
        }
    }

    @Test func safetensors() throws {
        let seeds = try Self.corpus("safetensors", ".safetensors") + Self.corpus("twin", "case4.weights.safetensors")
        try run(seeds) {
            let file = try SafetensorsFile(decoding: $0, file: "mutant")
            if file.metadata["features"] != nil { _ = try Checkpoint(file, file: "mutant").network() }
        }
    }

    @Test func torch() throws {
        try run(Self.corpus("torch", ".pt"), sound: { try $0.archive(of: $1) }) {
            _ = try StateDictionary(decoding: $0, file: "mutant").checkpoint(nil).network()
        }
    }

    @Test func png() throws {
        try run(Self.corpus("png", ".png"), sound: { $0.png(of: $1) }) { _ = try PNGFile.decode($0, file: "mutant") }
    }

    @Test func nifti() throws {
        try run(Self.corpus("nifti", ".nii")) { _ = try NIfTIFile.decode($0, file: "mutant") }
    }

    /// Readers that take files, not bytes.
    private func runFiles(
        _ corpus: [Data], _ ending: String, share: Int = 1, reader: String = #function, _ read: (URL) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let file = directory.appending(path: "mutant" + ending)
            try run(corpus, share: share, reader: reader) {
                try $0.write(to: file)
                try read(file)
            }
        }
    }

    @Test func gzip() throws {
        try runFiles(Self.corpus("nifti", ".nii.gz"), ".nii.gz") { _ = try NIfTIFile.read($0) }
    }

    #if TIFF
        @Test func tiff() throws { try runFiles(Self.corpus("tiff", ".tif"), ".tif") { _ = try TIFFFile.read($0) } }
    #endif

    #if HDF5
        /// Each file takes two processes, so that a quick run has fewer of them.
        @Test func hdf5() throws {
            try runFiles(Self.corpus("hdf5", ".h5"), ".h5", share: 5) { _ = try HDF5File.read($0, seconds: 2) }
        }
    #endif

    @Test func configuration() throws {
        let folders = ["demo", "captures", "small"].map { Fixtures.root.appending(path: "configs/\($0)") }
        let seeds = try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                .map { try Data(contentsOf: folder.appending(path: $0)) }
        }
        try run(seeds) {
            _ = try RunConfiguration(parsing: String(decoding: $0, as: UTF8.self), file: "mutant")
        }
    }
}
