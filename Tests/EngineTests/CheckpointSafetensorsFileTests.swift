import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct CheckpointSafetensorsFileTests {
    struct Expected: Decodable {
        struct Floats: Decodable {
            let shape: [Int]
            let bits: [UInt32]
        }
        struct Integers: Decodable {
            let shape: [Int]
            let values: [Int]
        }
        let tensors: [String: Floats]
        let integers: [String: Integers]
    }

    @Test func readsWhatTheReferenceLibraryWrote() throws {
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: fixture("safetensors/expected.json")))
        let file = try SafetensorsFile.read(fixture("safetensors/reference.safetensors"))
        #expect(expected.tensors.count == 7 && Set(file.tensors.keys) == Set(expected.tensors.keys))
        for (name, want) in expected.tensors {
            #expect(file.tensors[name]?.shape == want.shape, "\(name)")
            #expect(file.tensors[name]?.values.map(\.bitPattern) == want.bits, "\(name)")
        }
        #expect(file.integers == expected.integers.mapValues { SafetensorsFile.Integers($0.shape, $0.values) })
        #expect(file.metadata == ["config": "{\"seed\": 1}", "é": "\t"])
    }

    /// `make.py` proves that the reference library reads these bytes.
    @Test func writesTheBytesThatTheReferenceLibraryReads() throws {
        let file = SafetensorsFile(
            tensors: [
                "a.weight": Tensor([2, 3], (0..<6).map { Float($0) / 3 }),
                "b \"quoted\" ü": Tensor([2], [-0.0, .infinity]),
            ],
            integers: ["step": .init([], [42])], metadata: ["z": "line\nbreak", "config": "{\"seed\":1}"])
        let golden = try Data(contentsOf: fixture("safetensors/ours.safetensors"))
        #expect(file.encoded() == golden)
        try withTemporaryDirectory { directory in
            let url = directory.appending(path: "x.safetensors")
            try file.write(to: url)
            #expect(try Data(contentsOf: url) == golden)
            #expect(try SafetensorsFile.read(url) == file)
        }
    }

    @Test func emptyFile() throws {
        let data = SafetensorsFile().encoded()
        #expect(data == Data([8, 0, 0, 0, 0, 0, 0, 0]) + Data("{}      ".utf8))
        #expect(try SafetensorsFile(decoding: data, file: "x") == SafetensorsFile())
    }

    /// Each contradiction has its own sentence.
    @Test(arguments: [
        ("{", 0, "x: header, line 1, column 2: expected a name in quotes, found the end"),
        ("[]", 0, "x: header: is not a JSON object"),
        ("{\"a\":1}", 0, "x: a: is not described by dtype, shape and two data_offsets"),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
            "x: header, line 1, column 55: the name \"a\" is there twice"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
            "x: a: has 4 bytes, but its shape [2] in F32 needs 8"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4,
            "x: a: ends at byte 8 of the data, which has 4; the file is truncated"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
            "x: a: starts at byte 4 of the data; 0 is next"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
            "x: b: starts at byte 4 of the data; 8 is next"
        ),
        ("{}", 4, "x: has 4 bytes after its last tensor"),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4,0],\"data_offsets\":[0,0]}}", 0,
            "x: a: has the impossible shape [4611686018427387904, 4, 0]"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[4,0]}}", 4,
            "x: a: has the impossible shape [-1]"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-9223372036854775808,9223372036854775807]}}", 4,
            "x: a: has the impossible data_offsets [-9223372036854775808, 9223372036854775807]"
        ),
        (
            "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
            "x: a: has the type \"BOOL\"; read are F32, F64, F16, BF16, I64, U64"
        ),
        ("{\"__metadata__\":{\"a\":1}}", 0, "x: __metadata__: holds more than strings"),
        (
            "{\"a\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8,
            "x: a: holds 18446744073709551615; at most 9223372036854775807 fits"
        ),
    ]) func names(header: String, bodyLength: Int, sentence: String) throws {
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        let data = length + Data(header.utf8) + Data(repeating: 255, count: bodyLength)
        let error = #expect(throws: InputError.self) { try SafetensorsFile(decoding: data, file: "x") }
        #expect(error?.description == sentence)
    }

    @Test func namesAHeaderLongerThanTheFileAndTextThatIsNotUTF8() throws {
        func sentence(_ data: Data) -> String? {
            #expect(throws: InputError.self) { try SafetensorsFile(decoding: data, file: "x") }?.description
        }
        #expect(sentence(Data("PK".utf8)) == "x: is not a safetensors file: 2 bytes cannot hold the header's length")
        #expect(
            sentence(Data([255, 255, 255, 255, 255, 255, 255, 255, 1]))
                == "x: the header claims 18446744073709551615 bytes, but only 1 follow; "
                + "the file is truncated or not in safetensors format")
        #expect(sentence(Data([2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0xFF])) == "x: header: is not UTF-8 text")
    }

    @Test func everyTruncationAndEveryMutationIsAnErrorOrAFile() throws {
        let seeds = try ["reference", "ours"].map {
            try [UInt8](Data(contentsOf: fixture("safetensors/\($0).safetensors")))
        }
        for length in 0..<seeds[0].count {
            #expect(throws: InputError.self) { try SafetensorsFile(decoding: Data(seeds[0].prefix(length)), file: "x") }
        }
        var stream = RandomStream(seed: 2, purpose: .test)
        var refused = 0
        for round in 0..<30_000 {
            let data = Data(mutated(seeds[round % 2], with: &stream))
            do { _ = try SafetensorsFile(decoding: data, file: "x") } catch is InputError { refused += 1 }
        }
        #expect((10_000..<30_000).contains(refused))
    }
}
