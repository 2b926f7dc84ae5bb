import Foundation
import Testing

@testable import Engine
@testable import Formats

@Suite struct DataAtomicFileTests {
    @Test func replacesWholeFilesAndLeavesNothingBeside() throws {
        try withTemporaryDirectory { directory in
            let url = directory.appending(path: "out.bin")
            for contents in [Data("first, longer".utf8), Data("second".utf8), Data()] {
                try AtomicFile.write(contents, to: url)
                #expect(try Data(contentsOf: url) == contents)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["out.bin"])
        }
    }

    @Test func aFullDiskKeepsTheOldFile() throws {
        try withTemporaryDirectory { directory in
            let url = directory.appending(path: "out.bin")
            try AtomicFile.write(Data("old".utf8), to: url)
            let full = open("/dev/full", O_WRONLY)
            defer { close(full) }
            let error = #expect(throws: InputError.self) {
                try AtomicFile.replace(url) { _ in try AtomicFile.append(Data("new".utf8), to: full) }
            }
            #expect(error?.kind == .cannotWrite)
            #expect(error?.problem == "cannot be written: no space left on device")
            #expect(try Data(contentsOf: url) == Data("old".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["out.bin"])
        }
    }

    @Test func aTargetThatCannotBeIsNamed() throws {
        try withTemporaryDirectory { directory in
            let inside = directory.appending(path: "missing/out.bin")
            let error = #expect(throws: InputError.self) { try AtomicFile.write(Data(), to: inside) }
            #expect(error?.file == inside.relativePath)
            #expect(error?.remedy == "its directory must exist")
            let taken = directory.appending(path: "taken")
            try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: false)
            #expect(throws: InputError.self) { try AtomicFile.write(Data(), to: taken) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["taken"])
        }
    }

    @Test func aLinkStaysALink() throws {
        try withTemporaryDirectory { directory in
            let real = directory.appending(path: "real")
            let link = directory.appending(path: "link")
            try Data("old".utf8).write(to: real)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
            try AtomicFile.write(Data("new".utf8), to: link)
            #expect(try Data(contentsOf: real) == Data("new".utf8))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == real.path)
        }
    }

    @Test func aPipeIsNotReadForever() throws {
        let error = #expect(throws: InputError.self) { try InputFile.read(URL(filePath: "/dev/zero")) }
        #expect(error?.problem == "is a device or a pipe, not a file")
    }
}
