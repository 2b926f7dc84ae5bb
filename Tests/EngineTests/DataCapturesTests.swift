import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct DataCapturesTests {
    private func configuration(_ file: URL, _ rule: CaptureRule = CaptureRule(), heldOut: Double = 0)
        -> DataConfiguration
    {
        DataConfiguration(source: file.path, captures: rule, heldOut: .fraction(heldOut), noise: nil)
    }

    /// Every pixel holds capture·100 + scene·10 + position.
    private func numbered(captures: Int, scenes: Int, height: Int = 2, width: Int = 4) -> [Double] {
        var values: [Double] = []
        for capture in 0..<captures {
            for scene in 0..<scenes {
                for position in 0..<height * width {
                    values.append(Double(100 * capture + 10 * scene) + Double(position) / 100)
                }
            }
        }
        return values
    }

    @Test func theFirstAxisIsTheCaptures() throws {
        try withTemporaryDirectory { directory in
            let file = directory.appending(path: "stack.npy")
            try NumPyFile.write(NumPyArray([5, 3, 2, 4], numbered(captures: 5, scenes: 3)), as: .float64, to: file)
            let dataset = try PairedDataset.load(configuration(file), seed: 1)
            let pairs = dataset.training
            #expect(pairs.map(\.id) == ["stack-1", "stack-2", "stack-3"])
            let second = pairs[1]
            #expect(second.noisy.a[0, 0, 0] == 10 && second.noisy.b[0, 0, 0] == 110)
            #expect(second.noisy.a[1, 3, 0] == 10.07)
            // Captures 2 and 3 repeat a and b; the fifth, left over, repeats both.
            #expect(second.repeats.map { [$0.a[0, 0, 0], $0.b[0, 0, 0]] } == [[210, 310], [410, 410]])
            #expect(second.clean == nil && second.noisy.a.shape == [2, 4, 1])
        }
    }

    @Test func aCountPutsCapturesOfASceneInARow() throws {
        try withTemporaryDirectory { directory in
            let file = directory.appending(path: "series.npz")
            // Six images; of each scene three in a row.
            let values = numbered(captures: 6, scenes: 1)
            try NumPyFile.writeArchive(
                ["captures": NumPyArray([6, 2, 4], values), "other": NumPyArray([1], [0])], as: .float64, to: file)
            let pairs = try PairedDataset.load(configuration(file, CaptureRule(count: 3, unit: 2)), seed: 1).training
            #expect(pairs.map { $0.noisy.a[0, 0, 0] } == [0, 150])
            #expect(pairs.map { $0.noisy.b[0, 0, 0] } == [50, 200])
            #expect(throws: InputError.self) {
                try PairedDataset.load(configuration(file, CaptureRule(count: 4)), seed: 1)
            }
        }
    }

    @Test func tilesAreCutRowByRowAndTheRestIsLeft() throws {
        try withTemporaryDirectory { directory in
            let file = directory.appending(path: "one.npy")
            let (height, width) = (35, 50)
            let values = (0..<2).flatMap { k in (0..<height * width).map { Double(k * 10000 + $0) } }
            try NumPyFile.write(NumPyArray([2, height, width], values), as: .float64, to: file)
            let dataset = try PairedDataset.load(configuration(file, CaptureRule(tile: 16), heldOut: 0.5), seed: 1)
            let pairs = (dataset.training + dataset.heldOut).sorted { $0.id < $1.id }
            #expect(pairs.map(\.id) == (1...6).map { "one-\($0)" })
            #expect(dataset.heldOut.count == 3)
            // Tile 5 begins at row 16, column 16.
            #expect(pairs[4].noisy.b[0, 0, 0] == Float(10000 + 16 * width + 16))
            #expect(pairs[4].noisy.b[15, 15, 0] == Float(10000 + 31 * width + 31))
            #expect(throws: InputError.self) {
                try PairedDataset.load(configuration(file, CaptureRule(tile: 64)), seed: 1)
            }
        }
    }

    /// Halves of Poisson counts: their sum is the whole, their means and variances are half of it, and they are uncorrelated.
    @Test func thinnedPoissonCountsAreIndependentPoissonCounts() {
        let mean = 70.0, side = 200
        var stream = RandomStream(seed: 5, purpose: .test)
        let whole = Tensor([side, side, 1], (0..<side * side).map { _ in Float(stream.poisson(mean: mean)) })
        let halves = BinomialThinning.halved([whole], seed: 3, scene: 0, level: 0)
        #expect(zip(whole.values, zip(halves[0].values, halves[1].values)).allSatisfy { $0 == $1.0 + $1.1 })
        let n = Double(side * side)
        let means = halves.map { $0.values.reduce(0) { $0 + Double($1) } / n }
        var covariance = 0.0, variances = [0.0, 0.0]
        for (u, v) in zip(halves[0].values, halves[1].values) {
            let (du, dv) = (Double(u) - means[0], Double(v) - means[1])
            covariance += du * dv / n
            variances[0] += du * du / n
            variances[1] += dv * dv / n
        }
        // Five standard errors: of a mean √(35/n), of a variance 35·√(2/n), of a covariance 35/√n.
        for k in 0..<2 {
            #expect(abs(means[k] - mean / 2) < 5 * (mean / 2 / n).squareRoot())
            #expect(abs(variances[k] - mean / 2) < 5 * mean / 2 * (2 / n).squareRoot())
        }
        #expect(abs(covariance) < 5 * mean / 2 / n.squareRoot())
    }

    @Test func thinningDependsOnSeedSceneAndLevelAlone() {
        let counts = Tensor([8, 8, 1], repeating: 130)
        func first(_ seed: UInt64, _ scene: Int, _ level: Int) -> Tensor {
            BinomialThinning.halved([counts, counts], seed: seed, scene: scene, level: level)[0]
        }
        #expect(first(1, 0, 0) == first(1, 0, 0))
        for other in [first(2, 0, 0), first(1, 1, 0), first(1, 0, 1)] { #expect(other != first(1, 0, 0)) }
        let both = BinomialThinning.halved([counts, counts], seed: 1, scene: 0, level: 0)
        #expect(both.count == 4 && both[0] != both[1])
    }

    @Test func oneCaptureOfCountsBecomesAPair() throws {
        try withTemporaryDirectory { directory in
            let file = directory.appending(path: "counts.npy")
            var stream = RandomStream(seed: 5, purpose: .test)
            try NumPyFile.write(
                NumPyArray([16, 16], (0..<256).map { _ in stream.poisson(mean: 9) }), as: .float64, to: file)
            let pair = try PairedDataset.load(configuration(file, CaptureRule(thinning: 4)), seed: 1).training[0]
            #expect(pair.repeats.count == 1)
            let captures = [pair.noisy.a, pair.noisy.b, pair.repeats[0].a, pair.repeats[0].b]
            let sum = (0..<256).map { index in captures.reduce(0) { $0 + $1.values[index] } }
            #expect(sum == (try NumPyFile.read(file)).values.map { Float($0) })
            #expect(throws: InputError.self) { try PairedDataset.load(configuration(file), seed: 1) }
        }
    }

    @Test func whatCannotBeCapturesIsRefusedWithItsPlace() throws {
        try withTemporaryDirectory { directory in
            func message(_ array: NumPyArray, _ rule: CaptureRule = CaptureRule()) throws -> String {
                let file = directory.appending(path: "bad.npy")
                try NumPyFile.write(array, as: .float64, to: file)
                do {
                    _ = try PairedDataset.load(configuration(file, rule), seed: 1)
                    return "loaded"
                } catch let error as InputError {
                    return error.description
                }
            }
            var values = [Double](repeating: 1, count: 2 * 4 * 5)
            values[20 + 7] = .nan
            let notFinite = try message(NumPyArray([2, 4, 5], values))
            #expect(notFinite.contains("is not finite at row 1, column 2 of image 1"))
            values[27] = 1.5
            let noCount = try message(NumPyArray([2, 4, 5], values), CaptureRule(thinning: 2))
            #expect(noCount.contains("holds 1.5 at row 1, column 2 of capture 1; only whole numbers"))
            let line = try message(NumPyArray([4], [1, 2, 3, 4]))
            #expect(line.contains("has the shape [4]"))
            let single = try message(NumPyArray([1, 2, 2], [1, 2, 3, 4]))
            #expect(single.contains("one capture of each scene"))
        }
    }

    @Test func theConfigurationReadsAndWritesTheRule() throws {
        try withTemporaryDirectory { directory in
            let file = directory.appending(path: "c.json")
            func load(_ captures: String, source: String = "x.npy") throws -> CaptureRule {
                let small = fixture("../../configs/captures/receptacle.json")
                return try RunConfiguration(
                    contentsOf: small, overrides: ["data.source=\"\(source)\"", "data.captures=\(captures)"]
                ).data.captures
            }
            #expect(
                try load(#"{"count": 5, "unit": 2.5, "thinning": 4, "tile": 32}"#)
                    == CaptureRule(count: 5, unit: 2.5, thinning: 4, tile: 32))
            #expect(throws: InputError.self) { try load(#"{"thinning": 3}"#) }
            #expect(throws: InputError.self) { try load(#"{"tile": 8}"#) }
            #expect(throws: InputError.self) { try load(#"{"unit": 0}"#) }
            #expect(throws: InputError.self) { try load(#"{"unit": 1}"#, source: "photos") }
            let configuration = try RunConfiguration(contentsOf: fixture("../../configs/captures/receptacle.json"))
            try configuration.encoded(compact: false).write(to: file)
            #expect(try RunConfiguration(contentsOf: file).data == configuration.data)
        }
    }
}

@Suite struct DataNIfTIFileTests {
    /// What nibabel reads from the same files (`Tests/Fixtures/nifti/make.py`).
    @Test(arguments: [
        "int16.nii", "uint8-big.nii", "float32-big.nii", "float64.nii.gz", "complex64.nii.gz", "scaled.nii.gz",
    ])
    func readsWhatNibabelReads(name: String) throws {
        struct Golden: Decodable {
            struct Volume: Decodable {
                let shape: [Int]
                let values: [Double]
            }
            let files: [String: Volume]
        }
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: fixture("nifti/volumes.json")))
        let wanted = try #require(golden.files[name])
        let array = try NIfTIFile.read(fixture("nifti/\(name)"))
        #expect(array.shape == wanted.shape)
        #expect(array.values == wanted.values)
    }

    @Test func brokenCompressionIsAnError() throws {
        try withTemporaryDirectory { directory in
            let whole = try Data(contentsOf: fixture("nifti/float64.nii.gz"))
            var damaged = whole
            damaged[whole.count / 2] ^= 0x40
            for (name, bytes) in [("cut.nii.gz", whole.prefix(whole.count / 2)), ("damaged.nii.gz", damaged)] {
                let file = directory.appending(path: name)
                try bytes.write(to: file)
                #expect(throws: InputError.self) { try NIfTIFile.read(file) }
            }
        }
    }
}

@Suite struct DataVolumeFolderTests {
    /// Slices of a volume are images of one subject: held out together.
    @Test func volumesAreRowsOfSlices() throws {
        try withTemporaryDirectory { directory in
            for domain in ["a", "b"] {
                let folder = directory.appending(path: domain)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                for name in ["p1", "p2"] {
                    try FileManager.default.copyItem(
                        at: fixture("nifti/float32-big.nii"), to: folder.appending(path: "\(name).nii"))
                }
                try FileManager.default.copyItem(
                    at: fixture("nifti/uint8-big.nii"), to: folder.appending(path: "q.nii"))
            }
            let configuration = DataConfiguration(source: directory.path, heldOut: .names(["p2"]), noise: nil)
            let dataset = try PairedDataset.load(configuration, seed: 1)
            #expect(dataset.heldOut.map(\.id) == ["p2-1", "p2-2"])
            #expect(dataset.training.map(\.id) == ["p1-1", "p1-2", "q"])
            let volume = try NIfTIFile.read(fixture("nifti/float32-big.nii"))
            #expect(dataset.heldOut[1].noisy.b.values == volume.values[12...].map { Float($0) })
        }
    }
}
