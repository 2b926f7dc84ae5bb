import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct DataNumPyFileTests {
    struct Expected: Decodable {
        struct Values: Decodable {
            let shape: [Int]
            let values: [Double]
        }
        let files: [String: Values]
        let archive: [String: Values]
    }

    private let expected: Expected

    init() throws {
        expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: fixture("npy/expected.json")))
    }

    @Test func readsEveryTypeOrderAndVersion() throws {
        #expect(expected.files.count == 14 * 4 + 5)
        for (name, want) in expected.files {
            let array = try NumPyFile.read(fixture("npy/\(name).npy"))
            #expect(array == NumPyArray(want.shape, want.values), "\(name)")
        }
    }

    @Test(arguments: ["stored", "deflated"]) func readsArchives(name: String) throws {
        let arrays = try NumPyFile.readArchive(fixture("npy/\(name).npz"))
        #expect(arrays == expected.archive.mapValues { NumPyArray($0.shape, $0.values) })
    }

    @Test(arguments: ["version2", "scalar", "vector", "empty", "f4_little_C", "f8_little_C"])
    func writesTheBytesOfNumPy(name: String) throws {
        let url = fixture("npy/\(name).npy")
        let golden = try Data(contentsOf: url)
        let isSingle = name == "version2" || name == "scalar" || name.hasPrefix("f4")
        let written = NumPyFile.encode(try NumPyFile.read(url), as: isSingle ? .float32 : .float64)
        if name == "version2" {
            // Ours is version 1, whose length field is two bytes shorter.
            #expect(written[6] == 1 && written.count % 64 == golden.count % 64)
        } else {
            #expect(written == golden)
        }
        #expect(try NumPyFile.decode(written, file: "x") == NumPyFile.read(url))
    }

    @Test func writesAnArchiveThatNumPyReads() throws {
        let arrays = [
            "b": NumPyArray(Tensor(scalar: -2)), "a": NumPyArray(Tensor([2, 3], (0..<6).map { Float($0) / 3 })),
        ]
        try withTemporaryDirectory { directory in
            let url = directory.appending(path: "ours.npz")
            try NumPyFile.writeArchive(arrays, to: url)
            #expect(try Data(contentsOf: url) == Data(contentsOf: fixture("npy/ours.npz")))
            #expect(try NumPyFile.readArchive(url) == arrays)
        }
    }

    @Test(arguments: [
        ("refused_structured.npy", "structured types are not read"), ("refused_object.npy", "has a header other than"),
        ("refused_text.npy", "holds elements of type U3"), ("make.py", "is not a .npy file"),
    ]) func refuses(name: String, words: String) {
        let error = #expect(throws: InputError.self) { try NumPyFile.read(fixture("npy/\(name)")) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.file.hasSuffix(name) == true)
    }

    @Test func namesDamage() throws {
        let data = try Data(contentsOf: fixture("npy/f4_little_C.npy"))
        func sentence(_ data: Data) -> String? {
            #expect(throws: InputError.self) { try NumPyFile.decode(data, file: "x") }?.description
        }
        #expect(
            sentence(data.dropLast(4))
                == "x: has 92 bytes of elements, but its shape (2, 3, 4) needs 96; the file is truncated")
        #expect(sentence(data + [0]) == "x: has 97 bytes of elements, but its shape (2, 3, 4) needs 96")
        #expect(sentence(data.prefix(100)) == "x: is truncated within its header")
        let huge = String(decoding: data[10..<128], as: UTF8.self)
            .replacing("(2, 3, 4)", with: "(4294967296, 4294967296)").prefix(118)
        #expect(
            sentence(data.prefix(10) + Data(huge.utf8)) == "x: has the impossible shape (4294967296, 4294967296)")
        var archive = try Data(contentsOf: fixture("npy/ours.npz"))
        archive[150] ^= 1
        #expect(
            #expect(throws: InputError.self) { try NumPyFile.decodeArchive(archive, file: "x") }?.description
                == "x: a.npy: does not match its checksum")
    }

    @Test func everyTruncationAndEveryMutationIsAnErrorOrAnArray() throws {
        let arrays = try ["c8_big_F", "version3", "u2_little_C"].map {
            try [UInt8](Data(contentsOf: fixture("npy/\($0).npy")))
        }
        let archives = try ["stored", "deflated"].map { try [UInt8](Data(contentsOf: fixture("npy/\($0).npz"))) }
        for length in 0..<archives[1].count {
            #expect(throws: InputError.self) {
                try NumPyFile.decodeArchive(Data(archives[1].prefix(length)), file: "x")
            }
        }
        var stream = RandomStream(seed: 4, purpose: .test)
        var refused = 0
        for round in 0..<25_000 {
            do {
                _ = try NumPyFile.decode(Data(mutated(arrays[round % 3], with: &stream)), file: "x")
            } catch is InputError { refused += 1 }
            do {
                _ = try NumPyFile.decodeArchive(Data(mutated(archives[round % 2], with: &stream)), file: "x")
            } catch is InputError { refused += 1 }
        }
        #expect((20_000..<50_000).contains(refused))
    }
}
