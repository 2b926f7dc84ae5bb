import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats

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

@Suite struct DataTraitFormatsTests {
    /// Whether the build has a reader or not, a file of its kind gives its numbers or a sentence that says how to get it.
    @Test(arguments: [("tiff/uint16.tif", "is a TIFF file"), ("hdf5/uint16.h5", "is an HDF5 file")])
    func withoutItsTraitAFormatIsNamed(name: String, what: String) throws {
        do {
            #expect(try !StackFile.read(fixture(name)).values.isEmpty)
        } catch let error as InputError {
            #expect(error.description.contains("\(what), which this build of n2n-analyze does not read; run"))
        }
    }

    @Test func aSourceMayNameAnArray() {
        func parts(_ source: String) -> [String?] {
            let (file, array) = StackFile.split(source)
            return [file, array]
        }
        #expect(parts("x.h5:a/b") == ["x.h5", "a/b"] && parts("c:x.npz:y") == ["c:x.npz", "y"])
        #expect(
            parts("x.h5") == ["x.h5", nil] && parts("x:y") == ["x:y", nil] && parts("x.nii:y") == ["x.nii:y", nil])
        #expect(StackFile.isOne("x.HDF5:kspace") && !StackFile.isOne("x.h5.d:kspace") && !StackFile.isOne("x.nii:y"))
    }

    @Test func anArchiveOfSeveralArraysIsAskedWhich() throws {
        try withTemporaryDirectory { directory in
            let file = directory.appending(path: "x.npz")
            try NumPyFile.writeArchive(["u": NumPyArray([1], [3]), "v": NumPyArray([1], [4])], to: file)
            #expect(try StackFile.read(file, array: "v").values == [4])
            for (array, reason) in [(nil, "say which is meant, x.npz:u"), ("w", "it holds the arrays u, v")] {
                do {
                    _ = try StackFile.read(file, array: array)
                    Issue.record("was read")
                } catch let error as InputError { #expect(error.description.contains(reason), "\(error)") }
            }
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
    }
#endif

#if HDF5
    @Suite struct DataHDF5FileTests {
        @Test func readsWhatH5pyReads() throws {
            let golden = try GoldenArrays.of("hdf5/volumes.json")
            #expect(golden.count == 12)
            for (name, wanted) in golden {
                let array = try HDF5File.read(fixture("hdf5/\(name)"))
                #expect(array.shape == wanted.shape, "\(name)")
                #expect(array.values == wanted.values, "\(name)")
            }
        }

        /// k-space beside the reconstruction is read where it is asked for; so is a data set by its path.
        @Test func aDataSetIsTakenByItsName() throws {
            let space = try HDF5File.read(fixture("hdf5/fastmri.h5"), array: "kspace")
            #expect(space.shape == [2, 3, 6, 5, 2])
            let all = try HDF5File.read(fixture("hdf5/slices.h5"))
            let second = try HDF5File.read(fixture("hdf5/slices.h5"), array: "slice_1/image")
            #expect(second.shape == [4, 5] && second.values == Array(all.values[20..<40]))
        }

        @Test(
            arguments: [
                ("two.h5", nil, "holds the arrays first, second; say which is meant, two.h5:first"),
                ("two.h5", "third", "third: is not there; it holds the arrays first, second"),
                ("uneven.h5", nil, "/s2/image: has the shape [3, 4]; /s1/image has [3, 3]"),
                ("external-link.h5", nil, "/captures: is a link into another file, which is not followed"),
                ("external-data.h5", nil, "/captures: has its numbers in other files"),
                ("virtual.h5", nil, "/captures: has its numbers in other files"),
                ("huge.h5", nil, "more numbers than the file's"), ("text.h5", nil, "holds no array of numbers"),
                ("text.h5", "captures", "/captures: holds no numbers"), ("cycle.h5", nil, "holds no array of numbers"),
                ("filter.h5", nil, "is packed by the filter number 32015, which libhdf5 does not find"),
                ("make.py", nil, "is not an HDF5 file"), ("nowhere.h5", nil, "there is no such file"),
            ] as [(String, String?, String)])
        func refused(name: String, array: String?, reason: String) throws {
            do {
                _ = try HDF5File.read(fixture("hdf5/\(name)"), array: array)
                Issue.record("\(name) was read")
            } catch let error as InputError {
                #expect(error.description.contains(reason), "\(error)")
            }
        }

        /// Volumes as fastMRI has them, in folders: a slice is an image, a file a subject; many at a time.
        @Test func volumesOfAFolder() throws {
            try withTemporaryDirectory { directory in
                for domain in ["pd", "pdfs"] {
                    let folder = directory.appending(path: domain)
                    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                    for k in 1...6 {
                        try FileManager.default.copyItem(
                            at: fixture("hdf5/fastmri.h5"), to: folder.appending(path: "file\(k).h5"))
                    }
                }
                let configuration = DataConfiguration(source: directory.path, heldOut: .names(["file2"]), noise: nil)
                let dataset = try PairedDataset.load(configuration, seed: 1)
                #expect(dataset.heldOut.map(\.id) == ["file2-1", "file2-2"] && dataset.training.count == 10)
                #expect(dataset.heldOut[0].noisy.a.shape == [4, 4, 1])
            }
        }
    }
#endif
