import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct TrainingTensorBoardTests {
    /// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
    @Test func castagnoliKnownAnswers() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum(Array((0..<32).reversed())) == 0x113F_DB5C)
        #expect(CRC32C.checksum([]) == 0)
        // Rotated right by 15: the bits of E3069283 from 15 up, then its low 15 bits (1283) in front.
        #expect(CRC32C.masked(Array("123456789".utf8)) == 0x2507_C60D &+ 0xA282_EAD8)
    }

    @Test func framing() throws {
        let record = TFRecord.frame([7, 8, 9])
        #expect(record.count == 8 + 4 + 3 + 4)
        #expect(Array(record[..<8]) == [3, 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(record[12..<15]) == [7, 8, 9])
        let two = record + TFRecord.frame([])
        let first = try #require(TFRecord.read(two, at: 0))
        #expect(Array(first.payload) == [7, 8, 9] && first.next == 19)
        #expect(TFRecord.read(two, at: 19)?.payload.isEmpty == true)
        #expect(TFRecord.read(two, at: 35) == nil)
    }

    @Test func everyDamageOfARecordIsSeen() {
        let record = TFRecord.frame(Array(0..<20))
        for index in record.indices {
            var damaged = record
            damaged[index] ^= 0x10
            #expect(TFRecord.read(damaged, at: 0) == nil, "byte \(index)")
            #expect(TFRecord.read(Array(record[..<index]), at: 0) == nil, "cut at \(index)")
        }
    }

    @Test func encodedByHand() {
        let event = TensorBoardEvent(wallTime: 1, step: 300, tag: "ab", content: .scalar(1.5))
        let value: [UInt8] = [0x0A, 2, 0x61, 0x62, 0x15, 0, 0, 0xC0, 0x3F]
        #expect(
            event.encoded == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x10, 0xAC, 0x02, 0x2A, 11, 0x0A, 9] + value)
        #expect(TensorBoardEvent.step(of: event.encoded[...]) == 300)
    }

    @Test func malformedMessagesHaveNoStep() {
        let messages: [[UInt8]] = [
            [0x10], [0x10, 0x80], [0x09, 1, 2], [0x2A, 5, 1], [0x2A] + [UInt8](repeating: 0xFF, count: 9) + [1], [0x13],
            [UInt8](repeating: 0x80, count: 11),
        ]
        for message in messages { #expect(TensorBoardEvent.step(of: message[...]) == nil, "\(message)") }
        #expect(TensorBoardEvent.step(of: []) == 0)
    }

    /// The calls behind Tests/Fixtures/tensorboard/make_events.py.
    @Test func sameBytesAsTensorBoardsOwnWriter() throws {
        let directory = try TemporaryDirectory()
        let writer = try TensorBoardWriter(directory: directory.url, name: "t") { 1000.5 }
        writer.scalar("loss/cross", 0, step: 0)
        writer.scalar("loss/cross", 0.75, step: 1)
        writer.scalar("loss/cross", -1e-30, step: 300)
        writer.scalar("loss/cross", .infinity, step: 1 << 40)
        writer.image("images/ä", png: Data(0..<200), height: 2, width: 3, channels: 1, step: 1 << 40)
        try writer.flush()
        #expect(writer.file.lastPathComponent == "events.out.tfevents.t")
        #expect(try Data(contentsOf: writer.file) == Data(contentsOf: Fixtures.url("tensorboard/events.tfevents")))
    }

    /// A run of six steps, and one that was killed after the fourth and goes on from the checkpoint of the third.
    @Test(arguments: [0, 1, 7])
    func aResumedRunEndsWithTheSameBytes(cut: Int) throws {
        func log(_ steps: ClosedRange<Int>, _ writer: TensorBoardWriter) throws {
            for step in steps {
                writer.scalar("loss", Double(step), step: step)
                writer.scalar("lr", 1, step: step)
                try writer.flush()
            }
        }
        let directory = try TemporaryDirectory()
        let whole = try TensorBoardWriter(directory: directory.url, name: "whole") { 5 }
        try log(1...6, whole)
        let killed = try TensorBoardWriter(directory: directory.url, name: "killed") { 5 }
        try log(1...4, killed)
        let torn = try Data(contentsOf: killed.file).dropLast(cut)
        try torn.write(to: killed.file)
        let resumed = try TensorBoardWriter(directory: directory.url, name: "killed", resumingAfter: 3) { 5 }
        try log(4...6, resumed)
        #expect(try Data(contentsOf: whole.file) == Data(contentsOf: killed.file))
    }

    @Test func resumingWithoutAWholeFileStartsOne() throws {
        let directory = try TemporaryDirectory()
        let fresh = try TensorBoardWriter(directory: directory.url, name: "a", resumingAfter: 9) { 5 }
        let start = try Data(contentsOf: fresh.file)
        try Data("no records".utf8).write(to: fresh.file)
        let again = try TensorBoardWriter(directory: directory.url, name: "a", resumingAfter: 9) { 5 }
        #expect(try !start.isEmpty && Data(contentsOf: again.file) == start)
    }

    @Test func aDirectoryThatIsNotThere() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: InputError.self) {
            try TensorBoardWriter(directory: directory.url.appending(path: "none"), name: "a") { 0 }
        }
        #expect(error?.kind == .cannotWrite)
    }

    @Test(.enabled(if: Python.hasTensorBoard, "Python (N2N_PYTHON or python3 on PATH) has no tensorboard to read with"))
    func readBackByTensorBoard() throws {
        let directory = try TemporaryDirectory()
        let picture = try PNGFile.encode(Image(Tensor([2, 3, 1], [0, 0.2, 0.4, 0.6, 0.8, 1])), file: "")
        let writer = try TensorBoardWriter(directory: directory.url, name: "n2n") { 1234.25 }
        for step in 1...3 { writer.scalar("loss/cross", 1 / Double(step), step: step) }
        writer.image("images/cross_abs_a", png: picture, height: 2, width: 3, channels: 1, step: 3)
        try writer.flush()
        let found = try JSONDecoder().decode(
            Found.self, from: Python.run(Fixtures.url("tensorboard/read_events.py"), directory.url.path))
        #expect(found.fileVersion == 2)
        let third = Double(Float(1) / 3)
        #expect(found.scalars == ["loss/cross": [[1234.25, 1, 1], [1234.25, 2, 0.5], [1234.25, 3, third]]])
        let images = try #require(found.images["images/cross_abs_a"])
        #expect(images.count == 1 && found.images.count == 1)
        #expect(images[0].step == 3 && images[0].height == 2 && images[0].width == 3)
        #expect(images[0].png == [UInt8](picture))
    }

    private struct Found: Decodable {
        let fileVersion: Double
        let scalars: [String: [[Double]]]
        let images: [String: [Picture]]

        struct Picture: Decodable {
            let step: Int, height: Int, width: Int
            let png: [UInt8]

            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                step = try list.decode(Int.self)
                height = try list.decode(Int.self)
                width = try list.decode(Int.self)
                png = try list.decode([UInt8].self)
            }
        }
    }
}

/// The Python of `N2N_PYTHON`, or else `python3` on the path.
private enum Python {
    static let hasTensorBoard = (try? run(nil, "import tensorboard")) != nil

    /// Standard output of a script with one argument, or of a line of code.
    static func run(_ script: URL?, _ text: String) throws -> Data {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let python = ProcessInfo.processInfo.environment["N2N_PYTHON"] ?? "python3"
        process.arguments = [python, script?.path ?? "-c", text]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return data
    }
}
