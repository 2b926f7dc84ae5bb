import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct DataPairedDatasetTests {
    private let noise = NoiseModel.gaussian(sigma: DomainPair(a: 0.2, b: 0.1))

    private func configuration(
        _ source: URL, heldOut: DataConfiguration.HeldOut = .names([]), noise: NoiseModel?,
        realisation: DataConfiguration.Realisation = .stored
    ) -> DataConfiguration {
        DataConfiguration(
            source: source.path, dataRange: 2, heldOut: heldOut, noise: noise.map { .init($0, realisation) })
    }

    /// Writes grey images of one value each: `0.1·(k + 1)`.
    private func writeImages(_ names: [String], to directory: URL, height: Int = 8, width: Int = 10) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (index, name) in names.enumerated() {
            let tensor = Tensor([height, width, 1], repeating: Float(index + 1) / 10)
            try PNGFile.write(Image(tensor, bitDepth: 16), to: directory.appending(path: name + ".png"))
        }
    }

    @Test func loadsThePhotographsThatComeWithTheProject() throws {
        let photos = URL(filePath: #filePath).appending(path: "../../../data/photos").standardized
        let configuration = configuration(
            photos, heldOut: .names(["camera", "chelsea", "coffee", "lakeside"]), noise: noise)
        let dataset = try PairedDataset.load(configuration, seed: 1)
        #expect(dataset.training.count == 11)
        #expect(dataset.heldOut.map(\.id) == ["camera", "chelsea", "coffee", "lakeside"])
        for pair in dataset.training + dataset.heldOut {
            #expect(pair.noisy.a.shape == [256, 256, 1])
            #expect(pair.clean?.a == pair.clean?.b)
            #expect(pair.clean?.a.values.allSatisfy { $0 >= -1 && $0 <= 1 } == true)
        }
        let camera = try PNGFile.read(photos.appending(path: "camera.png")).tensor.values
        #expect(dataset.heldOut[0].clean?.a.values == camera.map { ($0 - 0.5) * 2 })
    }

    @Test func noiseIsStoredAndRepeatsAreIndependent() throws {
        try withTemporaryDirectory { directory in
            try writeImages(["x", "y", "z"], to: directory)
            let dataset = try PairedDataset.load(configuration(directory, noise: noise), seed: 7)
            let pair = dataset.training[1]
            #expect(pair.id == "y" && pair.index == 1)
            #expect(abs((pair.clean?.a[0, 0, 0] ?? 0) - (0.2 - 0.5) * 2) < 1e-4)
            let clean = try #require(pair.clean)
            #expect(noise.observe(clean, seed: 7, image: 1, draw: 0) == pair.noisy)
            #expect(dataset.observation(of: pair, draw: 0) == pair.noisy)
            #expect(dataset.observation(of: pair, draw: 5) == noise.observe(clean, seed: 7, image: 1, draw: 5))
            #expect(dataset.observation(of: pair, draw: 5).a != pair.noisy.a)
            let again = try PairedDataset.load(configuration(directory, noise: noise), seed: 7)
            #expect(again.training.map(\.noisy) == dataset.training.map(\.noisy))
        }
    }

    @Test func splitsByFractionWithTheSeedAlone() throws {
        try withTemporaryDirectory { directory in
            try writeImages((0..<9).map { "i\($0)" }, to: directory, height: 1, width: 1)
            func heldOut(_ fraction: Double, seed: UInt64) throws -> [String] {
                let configuration = configuration(directory, heldOut: .fraction(fraction), noise: noise)
                return try PairedDataset.load(configuration, seed: seed).heldOut.map(\.id)
            }
            #expect(try heldOut(0.3, seed: 1).count == 3)
            #expect(try heldOut(0.01, seed: 1).count == 1)
            #expect(try heldOut(0, seed: 1).isEmpty)
            #expect(try heldOut(0.3, seed: 1) == heldOut(0.3, seed: 1))
            #expect(try Set((0..<20).map { try heldOut(0.3, seed: $0) }).count > 5)
        }
    }

    @Test func loadsRegisteredPairs() throws {
        try withTemporaryDirectory { directory in
            for part in ["a", "b", "clean_a", "clean_b"] {
                try writeImages(["p", "q"], to: directory.appending(path: part))
            }
            let dataset = try PairedDataset.load(configuration(directory, noise: nil), seed: 1)
            #expect(dataset.training.map(\.id) == ["p", "q"])
            #expect(dataset.noise == nil)
            #expect(dataset.training[0].clean?.b == dataset.training[0].noisy.a)
            for part in ["clean_a", "clean_b"] {
                try FileManager.default.removeItem(at: directory.appending(path: part))
            }
            #expect(try PairedDataset.load(configuration(directory, noise: nil), seed: 1).training[0].clean == nil)
        }
    }

    @Test func subjectsOfThePhantomAreNeverOnBothSides() throws {
        var configuration = DataConfiguration(
            source: "phantom", representation: .complex, phantom: KneePhantom(subjects: 11, slices: 2, size: 16),
            heldOut: .fraction(0.3), noise: .init(noise))
        let dataset = try PairedDataset.load(configuration, seed: 2)
        let (training, heldOut) = (Set(dataset.training.map(\.subject)), Set(dataset.heldOut.map(\.subject)))
        #expect(training.isDisjoint(with: heldOut) && heldOut.count == 3 && dataset.heldOut.count == 6)
        #expect(
            (dataset.training + dataset.heldOut).map(\.id).sorted().prefix(3) == ["knee01-1", "knee01-2", "knee02-1"])
        #expect(Set((dataset.training + dataset.heldOut).map(\.index)) == Set(0..<22))
        #expect(dataset.training[0].noisy.a.shape == [16, 16, 2] && dataset.dataRange == 1)
        configuration.heldOut = .names(["knee05"])
        #expect(try PairedDataset.load(configuration, seed: 2).heldOut.map(\.id) == ["knee05-1", "knee05-2"])
        configuration.heldOut = .names(["knee5"])
        #expect(
            #expect(throws: InputError.self) { try PairedDataset.load(configuration, seed: 2) }?.description
                == "phantom: has no image or subject named \"knee5\" to hold out; did you mean \"knee05\"?")
        configuration.noise = .init(.poisson(peak: DomainPair(a: 10, b: 10)))
        #expect(
            #expect(throws: InputError.self) { try PairedDataset.load(configuration, seed: 2) }?.description
                == "phantom: has complex images, and the noise is of intensities; "
                + "data.representation \"magnitude\" has intensities")
        configuration.noise = nil
        #expect(throws: InputError.self) { try PairedDataset.load(configuration, seed: 2) }
    }

    @Test func loadsArraysUnderTheirMRNamesWithRepeats() throws {
        try withTemporaryDirectory { directory in
            func write(_ folder: String, _ name: String, _ shape: [Int], _ first: Double) throws {
                let url = directory.appending(path: folder)
                try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
                let values = (0..<shape.reduce(1, *)).map { first + Double($0) }
                try NumPyFile.write(NumPyArray(shape, values), to: url.appending(path: name + ".npy"))
            }
            for (index, folder) in ["pd", "pdfs", "pd2", "pdfs2"].enumerated() {
                for name in ["x", "y"] { try write(folder, name, [4, 3, 2], Double(index) * 100) }
            }
            var configuration = configuration(directory, noise: nil)
            let dataset = try PairedDataset.load(configuration, seed: 1)
            let pair = dataset.training[0]
            // Taken as they are, not centred.
            #expect(pair.noisy.a.shape == [4, 3, 2] && pair.noisy.a.values == (0..<24).map { Float($0) })
            #expect(pair.noisy.b.values[0] == 100 && pair.repeats.count == 1 && pair.repeats[0].b.values[0] == 300)
            #expect(pair.clean == nil && pair.subject == "x")

            configuration.representation = .magnitude
            let magnitudes = try PairedDataset.load(configuration, seed: 1).training[0].noisy.a
            #expect(magnitudes.shape == [4, 3, 1] && magnitudes.values[1] == Float(13).squareRoot())

            configuration.normalisation = .medianMagnitude(of: .own)
            let normalised = try PairedDataset.load(configuration, seed: 1).training[0]
            let median = Magnitude.median(of: magnitudes)
            #expect(
                normalised.scale.a == median
                    && abs(normalised.noisy.a.values[1] - Float(13).squareRoot() / Float(median)) < 1e-6)
            // A second capture stays in the units of the first.
            #expect(abs(normalised.repeats[0].a.values[0] * Float(median) - 200 * Float(2.0).squareRoot()) < 0.7 * 2)

            func sentence() -> String? {
                #expect(throws: InputError.self) { try PairedDataset.load(configuration, seed: 1) }?.description
                    .replacing(directory.path, with: "D")
            }
            configuration.normalisation = .medianMagnitude(of: .clean)
            #expect(sentence()?.hasPrefix("D: has no clean images to take the median magnitude of") == true)
            configuration.normalisation = .none
            try write("pdfs", "y", [4, 3, 1], 0)
            #expect(
                sentence()
                    == "D/pdfs/y.npy: is not complex; data.representation is for images of a real and an imaginary part"
            )
            configuration.representation = nil
            #expect(sentence() == "D/pdfs/y.npy: has 1 channels; D/pdfs/x.npy has 2")
            try write("pdfs", "y", [4, 3, 4], 0)
            #expect(sentence()?.hasPrefix("D/pdfs/y.npy: has the shape [4, 3, 4]") == true)
            try write("pdfs", "y", [4, 3], .infinity)
            #expect(sentence() == "D/pdfs/y.npy: row 0, column 0: holds a number that is not finite in Float32")
            try write("a", "x", [4, 3, 2], 0)
            #expect(sentence() == "D: has a/, pd/, pdfs/ only; a pair is in a/ and b/, or in pd/ and pdfs/")
            try writeImages(["q"], to: directory.appending(path: "a"))
        }
    }

    @Test func secondCapturesNeedFirstOnesAndRepeatsNeedSecondOnes() throws {
        try withTemporaryDirectory { directory in
            for part in ["a2", "b2"] { try writeImages(["p"], to: directory.appending(path: part)) }
            func sentence(_ configuration: DataConfiguration) -> String? {
                #expect(throws: InputError.self) { try PairedDataset.load(configuration, seed: 1) }?.description
                    .replacing(directory.path, with: "D")
            }
            #expect(
                sentence(configuration(directory, noise: nil))
                    == "D: has second captures without first ones; a2/ repeats what is in a/ or pd/")
            for part in ["a", "b"] { try writeImages(["p"], to: directory.appending(path: part)) }
            #expect(
                try PairedDataset.load(configuration(directory, noise: nil), seed: 1).training[0].repeats.count == 1)
            for part in ["a2", "b2"] { try FileManager.default.removeItem(at: directory.appending(path: part)) }
            var wanting = configuration(directory, noise: nil)
            wanting.repeats = 1
            #expect(sentence(wanting)?.hasPrefix("D: holds no second captures") == true)
        }
    }

    /// Clean pairs of two contents; noise is made, and counts start at black.
    @Test func makesNoiseOnCleanPairs() throws {
        try withTemporaryDirectory { directory in
            try writeImages(["p", "q"], to: directory.appending(path: "clean_a"))
            try writeImages(["q", "p"], to: directory.appending(path: "clean_b"))
            let poisson = NoiseModel.poisson(peak: DomainPair(a: 50, b: 50))
            let dataset = try PairedDataset.load(configuration(directory, noise: poisson), seed: 1)
            #expect(dataset.black == -1)
            let pair = dataset.training[0]
            #expect(pair.clean?.a.values[0] != pair.clean?.b.values[0])
            let counts = pair.noisy.a.values.map { ($0 + 1) * 50 }
            #expect(counts.allSatisfy { $0 >= 0 && abs($0 - $0.rounded()) < 1e-4 })
            #expect(
                dataset.observation(of: pair, draw: 3)
                    == dataset.observation(of: pair, draws: DomainPair(a: 3, b: 3)).images)
            // New noise in one domain alone.
            let mixed = dataset.observation(of: pair, draws: DomainPair(a: 3, b: 0)).images
            #expect(mixed.b == pair.noisy.b && mixed.a == dataset.observation(of: pair, draw: 3).a)
        }
    }

    @Test func badSourcesAreOneSentence() throws {
        try withTemporaryDirectory { root in
            func sentence(_ source: URL, heldOut: [String] = [], noise: NoiseModel?) -> String? {
                #expect(throws: InputError.self) {
                    try PairedDataset.load(configuration(source, heldOut: .names(heldOut), noise: noise), seed: 1)
                }?.description.replacing(root.path + "/", with: "")
            }
            let clean = root.appending(path: "clean")
            #expect(
                sentence(clean, noise: noise)
                    == "clean: is not a directory that can be read; a data source is photos, phantom, a directory of images or a file of captures"
            )
            try FileManager.default.createDirectory(at: clean, withIntermediateDirectories: false)
            #expect(
                sentence(clean, noise: noise)
                    == "clean: has no image in it; images are PNG, .npy, .npz, NIfTI, TIFF or HDF5 files")
            try writeImages(["x", "y"], to: clean)
            #expect(
                sentence(clean, noise: nil)
                    == "clean: holds clean images, but the configuration has no noise; "
                    + "give noise, or a directory with a/ and b/")
            #expect(
                sentence(clean, heldOut: ["xx"], noise: noise)
                    == "clean: has no image or subject named \"xx\" to hold out; did you mean \"x\"?")
            #expect(
                sentence(clean, heldOut: ["x", "y"], noise: noise)
                    == "clean: leaves nothing to train on; hold out fewer of its 2 images")
            try Data("no".utf8).write(to: clean.appending(path: "x.png"))
            #expect(
                sentence(clean, noise: noise) == "clean/x.png: is not a PNG file (its first bytes are others)")
            try Data(contentsOf: clean.appending(path: "y.png")).dropLast(30).write(to: clean.appending(path: "x.png"))
            #expect(
                sentence(clean, noise: noise) == "clean/x.png: cannot be decoded as PNG: the file is truncated")

            let pairs = root.appending(path: "pairs")
            try writeImages(["x", "y"], to: pairs.appending(path: "a"))
            #expect(
                sentence(pairs, noise: nil)
                    == "pairs: has a/ only; a pair is in a/ and b/, or in pd/ and pdfs/"
            )
            try writeImages(["x"], to: pairs.appending(path: "b"))
            #expect(sentence(pairs, noise: nil) == "pairs/b: has no image y; its partner is there")
            try writeImages(["x", "y"], to: pairs.appending(path: "b"))
            #expect(
                sentence(pairs, noise: noise)
                    == "pairs: holds noisy pairs, but the configuration makes noise; drop noise")
            try writeImages(["x", "y"], to: pairs.appending(path: "b"), height: 9)
            #expect(
                sentence(pairs, noise: nil)
                    == "pairs/b/x.png: has 10×9 pixels of 1 channels; pairs/a/x.png has 10×8 pixels of 1 channels")
        }
    }

    @Test func colourIsConverted() throws {
        let rgb = Tensor([1, 2, 3], [1, 0, 0, 0.5, 0.5, 0.5])
        let grey = ImageScaling.scaled(rgb, colour: .grey, dataRange: 1, centred: true)
        #expect(grey.shape == [1, 2, 1])
        #expect(abs(grey.values[0] - (0.299 - 0.5)) < 1e-6 && abs(grey.values[1]) < 1e-6)
        #expect(ImageScaling.scaled(rgb, colour: .rgb, dataRange: 4, centred: true).values == [2, -2, -2, 0, 0, 0])
        let repeated = ImageScaling.scaled(Tensor([1, 2, 1], [0, 1]), colour: .rgb, dataRange: 2, centred: true)
        #expect(repeated.shape == [1, 2, 3] && repeated.values == [-1, -1, -1, 1, 1, 1])
    }
}
