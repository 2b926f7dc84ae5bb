import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

/// Files as a trained network sees them, and its outputs as files.
@Suite struct DataImageFileTests {
    private func configuration(
        _ normalisation: Normalisation = .none, _ representation: DataConfiguration.Representation? = nil,
        dataRange: Double = 2
    ) -> DataConfiguration {
        DataConfiguration(
            source: "images", dataRange: dataRange, representation: representation, heldOut: .names([]),
            normalisation: normalisation, noise: nil)
    }

    /// Grey levels 0, 51, …, 255 are centred, RGB becomes luma, grey becomes RGB, and the file written is the file read.
    @Test func pictures() throws {
        try withTemporaryDirectory { folder in
            let file = folder.appending(path: "x.png"), copy = folder.appending(path: "copy.png")
            for (bits, white) in [(8, Float(255)), (16, Float(65535))] {
                let levels: [Float] = [0, 51, 102, 153, 204, white]
                try PNGFile.write(Image(Tensor([2, 3, 1], levels.map { $0 / white }), bitDepth: bits), to: file)
                let image = try ImageFile(file, configuration(), channels: 1)
                #expect(zip(image.tensor.values, levels).allSatisfy { abs($0 - (2 * $1 / white - 1)) < 1e-6 })
                try image.write(image.tensor, to: copy)
                #expect(try Data(contentsOf: copy) == Data(contentsOf: file))
                let coloured = try ImageFile(file, configuration(), channels: 3)
                #expect(coloured.tensor.shape == [2, 3, 3] && coloured.tensor[0, 0, 2] == -1)
            }
            try PNGFile.write(Image(Tensor([1, 1, 3], [1, 0, 0])), to: file)
            #expect(abs(try ImageFile(file, configuration(), channels: 1).tensor.scalar - (2 * 0.299 - 1)) < 1e-6)
        }
    }

    /// 0, 1, 2, 3, 4 fifths of a range of 10, black 0: the median of those above 5 % of the largest is that of 2, 4, 6, 8.
    @Test func normalisedPictures() throws {
        try withTemporaryDirectory { folder in
            let file = folder.appending(path: "x.png"), copy = folder.appending(path: "copy.png")
            try PNGFile.write(Image(Tensor([1, 5, 1], [0, 0.2, 0.4, 0.6, 0.8])), to: file)
            for statistics in Normalisation.Statistics.allCases {
                let image = try ImageFile(
                    file, configuration(.medianMagnitude(of: statistics), dataRange: 10), channels: 1)
                #expect(zip(image.tensor.values, [0, 0.4, 0.8, 1.2, 1.6]).allSatisfy { abs($0 - $1) < 1e-6 })
                // The scale is inverted, so twice the output is twice the grey level.
                try image.write(Tensor([1, 5, 1], [0, 0.2, 0.4, 0.6, 0.8]), to: copy)
                let written = try PNGFile.read(copy).tensor.values
                #expect(zip(written, [0, 0.1, 0.2, 0.3, 0.4]).allSatisfy { abs($0 - $1) < 0.5 / 255 })
            }
            // An image without magnitudes is divided by 1.
            try PNGFile.write(Image(Tensor([1, 2, 1])), to: file)
            let black = try ImageFile(file, configuration(.medianMagnitude(of: .own)), channels: 1)
            #expect(black.tensor.values == [0, 0])
        }
    }

    @Test func arrays() throws {
        try withTemporaryDirectory { folder in
            let file = folder.appending(path: "x.NPY"), copy = folder.appending(path: "copy.npy")
            let values: [Double] = [3, 4, 0, -5, 60, 80]
            // As they are, in their shape, with or without a configuration.
            for (shape, channels) in [([2, 3], 1), ([2, 3, 1], 1), ([1, 2, 3], 3), ([1, 3, 2], 2)] {
                for configuration in [configuration(dataRange: 7), nil] {
                    try NumPyFile.write(NumPyArray(shape, values), to: file)
                    let image = try ImageFile(file, configuration, channels: channels)
                    #expect(image.tensor.values == values.map { Float($0) } && image.tensor.shape[2] == channels)
                    try image.write(image.tensor, to: copy)
                    #expect(try NumPyFile.read(copy) == NumPyArray(shape, values))
                }
            }
            // Magnitudes 5, 5 and 100; 5 is not above 5 % of 100, so the median is that of 100 alone.
            try NumPyFile.write(NumPyArray([1, 3, 2], values), to: file)
            let magnitude = try ImageFile(file, configuration(.none, .magnitude), channels: 1)
            #expect(magnitude.tensor == Tensor([1, 3, 1], [5, 5, 100]))
            try magnitude.write(magnitude.tensor, to: copy)
            #expect(try NumPyFile.read(copy) == NumPyArray([1, 3], [5, 5, 100]))
            let complex = try ImageFile(file, configuration(.medianMagnitude(of: .clean), .complex), channels: 2)
            #expect(zip(complex.tensor.values, values).allSatisfy { abs($0 - Float($1) / 100) < 1e-6 })
            try complex.write(complex.tensor, to: copy)
            #expect(zip(try NumPyFile.read(copy).values, values).allSatisfy { abs($0 - $1) < 1e-5 })
            // One real channel is a magnitude already; as a picture it begins at 0.
            try NumPyFile.write(NumPyArray([2, 3], values), to: file)
            #expect(
                try ImageFile(file, configuration(.none, .magnitude), channels: 1).tensor.values
                    == values.map(Float.init))
            let picture = folder.appending(path: "x.png")
            try PNGFile.write(Image(Tensor([1, 1, 1], [0.2])), to: picture)
            #expect(
                abs(try ImageFile(picture, configuration(.none, .magnitude), channels: 1).tensor.scalar - 0.4) < 1e-6)
        }
    }

    @Test func refused() throws {
        try withTemporaryDirectory { folder in
            func refuse(
                _ name: String, _ configuration: DataConfiguration?, channels: Int, _ sentence: String,
                _ location: SourceLocation = #_sourceLocation
            ) {
                let error = #expect(throws: InputError.self, sourceLocation: location) {
                    try ImageFile(folder.appending(path: name), configuration, channels: channels)
                }
                #expect(
                    error.map { $0.description.hasSuffix("\(name): \(sentence)") } == true,
                    "\(error?.description ?? "")",
                    sourceLocation: location)
            }
            try PNGFile.write(Image(Tensor([2, 2, 1])), to: folder.appending(path: "x.png"))
            refuse(
                "x.png", configuration(.none, .complex), channels: 2,
                "is a picture, but the network takes 2 channels; give complex numbers as a .npy file [H, W]")
            refuse(
                "x.png", nil, channels: 1,
                "is a picture, but the checkpoint does not say which data_range it was trained with; "
                    + "give a .npy file in the units of the training, or a checkpoint written by train")
            try NumPyFile.write(NumPyArray([2, 3], [1, 2, 3, 4, 5, 6]), to: folder.appending(path: "x.npy"))
            refuse(
                "x.npy", configuration(.none, .ri), channels: 2,
                "has 1 channel(s), the network takes 2; give [H, W, 2] or complex [H, W]")
            try NumPyFile.write(NumPyArray([1, 2, 3], [1, 2, 3, 4, 5, 6]), to: folder.appending(path: "x.npy"))
            refuse(
                "x.npy", configuration(), channels: 1, "has 3 channel(s), the network takes 1; give [H, W, 1] or [H, W]"
            )
            try NumPyFile.write(NumPyArray([6], [1, 2, 3, 4, 5, 6]), to: folder.appending(path: "x.npy"))
            refuse(
                "x.npy", nil, channels: 1,
                "has the shape [6]; an image is [H, W] or [H, W, C] with 1 to 3 channels, or complex [H, W]")
            try NumPyFile.write(NumPyArray([1, 1], [.nan]), to: folder.appending(path: "x.npy"))
            refuse("x.npy", nil, channels: 1, "row 0, column 0: holds a number that is not finite in Float32")
        }
    }
}
