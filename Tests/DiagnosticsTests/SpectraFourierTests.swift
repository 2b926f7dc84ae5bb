import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// White Gaussian noise of unit variance.
func whiteNoise(_ height: Int, _ width: Int, image: Int, draw: Int = 0) -> Plane {
    var stream = RandomStream(seed: 4, purpose: .test, image: image, draw: draw)
    return Plane(height: height, width: width) { _, _ in stream.gaussian() }
}

@Suite struct SpectraFourierTests {
    struct Golden: Decodable {
        struct Transform: Decodable {
            let height, width: Int
            let field, spectrum: [Double]
        }
        let transforms: [Transform]
    }

    private func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
        precondition(a.count == b.count, "largestDifference: \(a.count) values, \(b.count) expected")
        return zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    }

    @Test func matchesNumPy() throws {
        for golden in try fixture("spectra/spectra.json", as: Golden.self).transforms {
            let field = Plane(height: golden.height, width: golden.width, values: golden.field)
            let spectrum = FourierTransform.forward(field)
            #expect(largestDifference(spectrum.values, golden.spectrum) < 1e-12)
        }
    }

    @Test(arguments: [(8, 8), (7, 9), (6, 10), (1, 13), (13, 1), (1, 1), (2, 2), (31, 64)])
    func inverseGivesTheFieldBack(height: Int, width: Int) {
        let field = whiteNoise(height, width, image: 1)
        let spectrum = FourierTransform.forward(field)
        let before = spectrum
        #expect(largestDifference(FourierTransform.inverse(spectrum).values, field.values) < 1e-13)
        #expect(spectrum == before)
    }

    @Test func isLinear() {
        let (u, v) = (whiteNoise(6, 9, image: 1), whiteNoise(6, 9, image: 2))
        let both = FourierTransform.forward(2 * u - v).values
        let apart = zip(FourierTransform.forward(u).values, FourierTransform.forward(v).values).map { 2 * $0 - $1 }
        #expect(largestDifference(both, apart) < 1e-13)
    }

    /// A field delayed by (2, 3) pixels has its coefficients turned by exp(-2πi (2 ky/H + 3 kx/W)).
    @Test func shiftTurnsThePhase() {
        let (height, width) = (8, 10)
        let field = whiteNoise(height, width, image: 3)
        let shifted = Plane(height: height, width: width) {
            field[($0 - 2 + height) % height, ($1 - 3 + width) % width]
        }
        let (u, v) = (FourierTransform.forward(field), FourierTransform.forward(shifted))
        for ky in 0..<height {
            for kx in 0..<u.columns {
                let index = 2 * (ky * u.columns + kx)
                let turn = Phasor(amplitude: 1, phase: -2 * .pi * (2 * Double(ky) / 8 + 3 * Double(kx) / 10))
                let real = u.values[index] * turn.real - u.values[index + 1] * turn.imaginary
                let imaginary = u.values[index] * turn.imaginary + u.values[index + 1] * turn.real
                #expect((v.values[index] - real).magnitude < 1e-12)
                #expect((v.values[index + 1] - imaginary).magnitude < 1e-12)
            }
        }
    }

    /// Plans of many sizes made and used at once give the bytes that they give one after the other.
    @Test func sameBytesFromManyThreads() throws {
        let sizes = (0..<48).map { (17 + $0 % 7, 19 + $0 % 5) }
        let together = try Parallel.map(sizes.count) {
            FourierTransform.forward(whiteNoise(sizes[$0].0, sizes[$0].1, image: $0))
        }
        for (index, size) in sizes.enumerated() {
            #expect(FourierTransform.forward(whiteNoise(size.0, size.1, image: index)) == together[index])
        }
    }
}

@Suite struct SpectraPlaneTests {
    @Test func channelsOfAnImage() {
        let image = Tensor([2, 3, 2], (0..<12).map(Float.init))
        let planes = Plane.channels(of: image)
        #expect(planes.map(\.values) == [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11]])
        #expect(planes[1][1, 2] == 11 && planes[0].height == 2 && planes[0].width == 3)
        #expect(Plane.channels(of: image.reshaped([1, 2, 3, 2])) == planes)
    }

    @Test func arithmeticAndMoments() {
        let u = Plane(height: 2, width: 2, values: [1, 2, 3, 6])
        let v = Plane(height: 2, width: 2, values: [1, 0, -1, 2])
        #expect((u - v).values == [0, 2, 4, 4] && (u + v).values == [2, 2, 2, 8] && (3 * v).values == [3, 0, -3, 6])
        #expect(u.mean == 3 && u.variance == 3.5)
        #expect(Plane.meanProduct(u, v) == 2.5)
        #expect(u.cropped(top: 1, left: 0, height: 1, width: 2).values == [3, 6])
    }

    /// Subtract before squaring: at an offset of 1000 the Float32 mean of squares minus squared mean is off by far more
    /// than the difference of planes.
    @Test func offsetDoesNotDrownTheNoise() {
        let noise = whiteNoise(64, 64, image: 5)
        let clean = Tensor([64, 64, 1], repeating: 1000)
        let noisy = Tensor([64, 64, 1], noise.values.map { 1000 + Float($0) })
        let residual = Plane.channels(of: noisy)[0] - Plane.channels(of: clean)[0]
        let exact = Plane.meanProduct(noise, noise)
        #expect((Plane.meanProduct(residual, residual) / exact - 1).magnitude < 1e-5)
        var squares: Float = 0
        var sum: Float = 0
        for value in noisy.values {
            squares += value * value
            sum += value
        }
        let naive = Double(squares / 4096 - (sum / 4096) * (sum / 4096))
        #expect((naive / noise.variance - 1).magnitude > 2e-4)
    }
}
