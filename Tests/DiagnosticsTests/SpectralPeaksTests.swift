import RealModule
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct SpectralPeaksTests {
    /// Noise upsampled by repeating and then by a fixed kernel: what a transposed convolution of stride s leaves.
    private static func checkerboard(stride: Int, amplitude: Double, image: Int) -> Plane {
        var stream = RandomStream(seed: 9, purpose: .test, image: image)
        let kernel = (0..<stride * stride).map { _ in stream.gaussian() }
        return blurred(gaussianField(64, 64, image: image))
            + Plane(height: 64, width: 64) { y, x in amplitude * kernel[y % stride * stride + x % stride] }
    }

    private static func map(_ window: Window, _ fields: [Plane]) throws -> PowerMap {
        var map = PowerMap(height: fields[0].height, width: fields[0].width, window: window)
        for field in fields { try map.add(field) }
        return map
    }

    @Test(arguments: [2, 4, 8], [Window.boxcar, .hann]) func upsamplingIsNamed(stride: Int, window: Window) throws {
        let fields = (0..<8).map { Self.checkerboard(stride: stride, amplitude: 0.1, image: $0) }
        let peaks = try SpectralPeaks(try Self.map(window, fields))
        let found = peaks.peaks()
        #expect(!found.isEmpty)
        for peak in found {
            guard case .upsampling(let cause) = peak.cause else {
                Issue.record("\(peak)")
                continue
            }
            #expect(stride % cause == 0)
        }
        #expect(found.contains { $0.cause == .upsampling(stride: stride) })
        let lattice = peaks.lattice()
        #expect(lattice.map(\.stride) == [2, 4, 8])
        for (tested, peak) in lattice where tested > stride { #expect(peak.pValue.value > 1e-3) }
        #expect(lattice.contains { $0.stride == stride && $0.peak.pValue.value < 1e-6 })
        #expect("\(SpectralPeaks.Cause.upsampling(stride: 2))" == "upsampling by 2")
    }

    @Test func tilesAndOtherWaves() throws {
        // Period 6 is no divisor of the field's side: half a mode away at the most.
        let tiles = (0..<12).map { k in
            gaussianField(64, 64, image: k) + Plane(height: 64, width: 64) { y, _ in (y + k) % 6 < 1 ? 1.5 : 0 }
        }
        let found = try SpectralPeaks(try Self.map(.boxcar, tiles), tilePeriods: [6]).peaks()
        #expect(found.contains { $0.cause == .tiling(period: 6) }, "\(found)")
        let wave = try Self.map(
            .boxcar,
            (0..<4).map { k in
                gaussianField(64, 64, image: k)
                    + Plane(height: 64, width: 64) { y, x in
                        0.5 * .cos(2 * .pi * (11 * Double(y) + 23 * Double(x)) / 64)
                    }
            })
        let first = try #require(try SpectralPeaks(wave).peaks().first)
        #expect(first.mode.frequencyY == 11.0 / 64 && first.mode.frequencyX == 23.0 / 64 && first.cause == .unknown)
        // Amplitude ½: power 64²/16 on a noise of 1.
        #expect(first.prominence > 100 && first.prominence < 500)
    }

    /// Ridges along the axes, as edges of a picture make them, and steep spectra are no peaks.
    @Test func colourIsNoPeak() throws {
        let edges = (0..<6).map { k in
            Plane(height: 64, width: 64) { y, x in x > 20 + k && y > 9 + 3 * k ? 1 : 0 }
                + 0.02 * gaussianField(64, 64, image: k)
        }
        #expect(try SpectralPeaks(try Self.map(.hann, edges)).peaks().isEmpty)
        let steep = (0..<6).map { blurred(blurred(gaussianField(64, 64, image: 20 + $0))) }
        #expect(try SpectralPeaks(try Self.map(.boxcar, steep)).lattice().allSatisfy { $0.peak.pValue.value > 1e-3 })
    }

    @Test(arguments: [Window.boxcar, .hann], [1, 6]) func falseAlarms(window: Window, fields: Int) throws {
        let trials = 300
        let raised: [[Int]] = try Parallel.map(trials) { trial in
            let peaks = try SpectralPeaks(
                try Self.map(window, (0..<fields).map { gaussianField(64, 64, image: trial, draw: $0) }))
            return [
                try peaks.leastLikely().pValue.value < 0.05 ? 1 : 0,
                peaks.lattice().contains { $0.peak.pValue.value < 0.05 / 3 } ? 1 : 0,
            ]
        }
        let counts = (0..<2).map { k in raised.reduce(0) { $0 + $1[k] } }
        // The smaller of two prominences counts, so the rate may lie below its nominal value and not above.
        let band = BinomialDistribution(trials: trials, probability: 0.05).band(confidence: 0.99)
        #expect(counts.allSatisfy { $0 <= band.upperBound }, "\(counts)")
    }

    @Test func degenerate() throws {
        #expect(throws: Undetermined.self) { try SpectralPeaks(PowerMap(height: 64, width: 64)) }
        #expect(throws: Undetermined.self) { try SpectralPeaks(try PowerMap(of: gaussianField(64, 16))) }
        // 33 × 35: no stride divides both sides.
        let odd = try SpectralPeaks(try PowerMap(of: gaussianField(33, 35)))
        #expect(odd.lattice().isEmpty && !odd.all.isEmpty)
        #expect(throws: Undetermined.self) { try odd.leastLikely { _ in false } }
        #expect(odd.prominence(1, 2) == nil && odd.prominence(12, 2) != nil)
        // A pure wave: its neighbours hold rounding at most.
        let wave = Plane(height: 64, width: 64) { y, _ in y % 2 == 0 ? 1 : -1 }
        #expect(try SpectralPeaks(try PowerMap(of: wave)).all.allSatisfy { $0.prominence.isFinite })
    }
}
