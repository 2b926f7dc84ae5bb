import Foundation
import TestSupport
import Testing

@testable import Engine

/// What the Python library that owns a format reads from a file, `Tests/Fixtures/FORMAT/*.json`.
private struct GoldenArrays: Decodable {
    struct Array: Decodable {
        let shape: [Int]
        let values: [Double]
    }
    let files: [String: Array]

    static func of(_ path: String) throws -> [String: Array] {
        try JSONDecoder().decode(GoldenArrays.self, from: Data(contentsOf: fixture(path))).files
    }
}

/// Every byte string made of a file by chance is read, or refused by an `InputError`; counts those refused.
private func refusals(of names: [String], rounds: Int, _ read: (URL) throws -> Void) throws -> Int {
    let seeds = try names.map { [UInt8](try Data(contentsOf: fixture($0))) }
    var stream = RandomStream(seed: 17, purpose: .test)
    return try withTemporaryDirectory { directory in
        var refused = 0
        let file = directory.appending(path: "mutated")
        for round in 0..<rounds {
            try Data(mutated(seeds[round % seeds.count], with: &stream)).write(to: file)
            do { try read(file) } catch is InputError { refused += 1 }
        }
        return refused
    }
}

@Suite struct DataTraitFormatsTests {
    /// Whether the build has a reader or not, a file of its kind gives its numbers or a sentence that says how to get it.
    @Test func withoutItsTraitAFormatIsNamed() throws {
        do {
            #expect(try !StackFile.read(fixture("tiff/uint16.tif")).values.isEmpty)
        } catch let error as InputError {
            #expect(
                error.description.contains("is a TIFF file, which this build of n2n-analyze does not read; run"))
        }
    }
}

#if TIFF
    @Suite struct DataTIFFFileTests {
        @Test(arguments: [
            "uint16", "uint8-big", "int32-big", "float32-deflate", "float64", "uint16-tiled", "rgb",
        ])
        func readsWhatTifffileReads(name: String) throws {
            let wanted = try #require(try GoldenArrays.of("tiff/stacks.json")["\(name).tif"])
            let array = try TIFFFile.read(fixture("tiff/\(name).tif"))
            #expect(array.shape == wanted.shape)
            #expect(array.values == wanted.values)
        }

        @Test func damagedFilesAreErrors() throws {
            let refused = try refusals(
                of: ["tiff/uint16.tif", "tiff/uint16-tiled.tif", "tiff/float32-deflate.tif"], rounds: 3000
            ) { _ = try TIFFFile.read($0) }
            #expect(refused > 300)
        }
    }
#endif
