import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct DataPNGFileTests {
    struct Expected: Decodable {
        struct File: Decodable {
            let shape: [Int]
            let bits: Int
            let samples: [Int]
        }
        let files: [String: File]
    }

    static let transparent = ["palette", "grey8", "grey16", "rgb8", "rgb16"].map { "\($0)_transparent" }

    @Test func readsEveryKindWithTheSamplesItWasMadeOf() throws {
        let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: fixture("png/expected.json")))
        #expect(expected.files.count == 14)
        for (name, file) in expected.files {
            let image = try PNGFile.read(fixture("png/\(name).png"))
            #expect(image.tensor.shape == file.shape, "\(name)")
            #expect(image.bitDepth == file.bits, "\(name)")
            let white = Float(1 << file.bits - 1)
            #expect(image.tensor.values == file.samples.map { Float($0) / white }, "\(name)")
        }
    }

    @Test(arguments: [8, 16], [1, 3]) func writtenAndReadAgainIsBitExact(bits: Int, channels: Int) throws {
        // Every level that the depth has, so that no rounding hides.
        let levels = 1 << bits
        let ramp = (0..<levels).map { Float($0) / Float(levels - 1) }
        let values = channels == 1 ? ramp : ramp.flatMap { [$0, 1 - $0, 0] }
        let image = Image(Tensor([levels / 64, 64, channels], values), bitDepth: bits)
        try withTemporaryDirectory { directory in
            let first = directory.appending(path: "first.png")
            let second = directory.appending(path: "second.png")
            try PNGFile.write(image, to: first)
            let read = try PNGFile.read(first)
            #expect(read.tensor.shape == image.tensor.shape)
            for (got, want) in zip(read.tensor.values, image.tensor.values) {
                #expect(abs(got - want) * Float(levels - 1) < 0.5)
            }
            try PNGFile.write(read, to: second)
            #expect(try Data(contentsOf: first) == Data(contentsOf: second))
            #expect(try PNGFile.read(second) == read)
        }
    }

    @Test func clipsAndTurnsNaNBlack() throws {
        let values: [Float] = [-1, 2, .nan, .infinity, -.infinity, 0.5]
        let data = try PNGFile.encode(Image(Tensor([2, 3, 1], values)), file: "x")
        #expect(try PNGFile.decode(data, file: "x").tensor.values == [0, 1, 0, 1, 0, 128.0 / 255])
    }

    @Test(arguments: transparent) func refusesTransparency(name: String) {
        let error = #expect(throws: InputError.self) { try PNGFile.read(fixture("png/\(name).png")) }
        #expect(error?.description.contains("transparent pixels; flatten it") == true)
    }

    @Test func eachTruncationIsOneSentence() throws {
        let data = try Data(contentsOf: fixture("png/rgb8.png"))
        for length in 0..<data.count {
            let error = #expect(throws: InputError.self) {
                try PNGFile.decode(data.prefix(length), file: "cut.png")
            }
            #expect(error?.file == "cut.png")
            #expect(error?.problem.isEmpty == false)
            if length >= 40 { #expect(error?.problem.hasSuffix("the file is truncated") == true) }
        }
    }

    @Test func hostileHeaderTakesNoMemory() throws {
        var data = try Data(contentsOf: fixture("png/grey8.png"))
        func patched(width: UInt32, height: UInt32) -> Data {
            let header =
                withUnsafeBytes(of: width.bigEndian) { Data($0) } + withUnsafeBytes(of: height.bigEndian) { Data($0) }
            data.replaceSubrange(16..<24, with: header)
            let crc = crc32(data[12..<29])
            data.replaceSubrange(29..<33, with: withUnsafeBytes(of: crc.bigEndian) { Data($0) })
            return data
        }
        for (width, height, words) in [
            (1 << 15, 1 << 12, "promises more pixels"), (1 << 15, 1 << 15, "too many pixels"),
            (1 << 30, 1, "exceeds user limit"), (0, 5, "width is zero"),
        ] {
            let file = patched(width: UInt32(width), height: UInt32(height))
            let error = #expect(throws: InputError.self) { try PNGFile.decode(file, file: "huge.png") }
            #expect(error?.problem.contains(words) == true, "\(error?.description ?? "")")
        }
    }

    @Test func mutatedFilesNeverCrash() throws {
        let names = ["grey16_interlaced", "rgb8", "palette_transparent", "one_bit"]
        let seeds = try names.map { try [UInt8](Data(contentsOf: fixture("png/\($0).png"))) }
        var stream = RandomStream(seed: 1, purpose: .test)
        var refused = 0
        for round in 0..<20_000 {
            let data = Data(mutated(seeds[round % seeds.count], with: &stream))
            do { _ = try PNGFile.decode(data, file: "x") } catch is InputError { refused += 1 }
        }
        #expect(refused > 10_000)
    }

    @Test func namesWhatIsNotAPNG() throws {
        let script = fixture("png/make.py")
        let error = #expect(throws: InputError.self) { try PNGFile.read(script) }
        #expect(error?.problem.hasPrefix("is not a PNG file") == true)
        #expect(
            #expect(throws: InputError.self) { try PNGFile.read(fixture("png")) }?.problem
                == "is a directory, not a file")
        #expect(
            #expect(throws: InputError.self) { try PNGFile.read(fixture("png/none.png")) }?.problem
                == "there is no such file")
    }
}
