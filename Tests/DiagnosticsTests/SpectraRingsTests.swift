import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Figures
@testable import Formats
@testable import Reports
@testable import Studies
@testable import Tensors

@Suite struct SpectraRingsTests {
    struct Golden: Decodable {
        struct Window: Decodable {
            let length: Int
            let hann: [Double]
        }
        struct Overlapped: Decodable {
            let length, segment: Int
            let overlap: Double
            let window: Fields.Window
            let effectiveModes: [Double]
        }
        let windows: [Window]
        let overlapped: [Overlapped]
    }

    @Test func hannMatchesSciPy() throws {
        for golden in try fixture("spectra/spectra.json", as: Golden.self).windows {
            #expect(relativeError(Window.hann.coefficients(golden.length), golden.hann, floor: 1) < 1e-15)
        }
    }

    /// Periodic Hann: Σw² = 3N/8 for N ≥ 3; the boxcar's is N.
    @Test func windowPower() {
        #expect((Window.hann.sumOfSquares(height: 16, width: 9) - 9 * 16 * 9.0 * 9 / 64 / 9).magnitude < 1e-12)
        #expect(Window.boxcar.sumOfSquares(height: 5, width: 7) == 35)
    }

    /// 4 × 4: (0,1), (1,0) in the inner ring; (0,2)*, (2,0)*, (1,1), (1,-1) in the outer; three corners; * counts once.
    @Test func fourByFourByHand() {
        let rings = FrequencyRings(height: 4, width: 4)
        #expect(rings.ringCount == 2 && rings.ringWidth == 0.25)
        #expect(rings.modeCounts == [2, 4, 3, 1])
        #expect(rings.weights == [4, 6, 5, 1])
        #expect(rings.meanRadius(0) == 0.25)
        let outer = (2 * 0.5 + 4 * 0.125.squareRoot()) / 6
        #expect((rings.meanRadius(1).map { $0 - outer } ?? 1).magnitude < 1e-15)
        #expect(rings.meanRadius(rings.dc) == 0)
    }

    /// Every point of the full plane is counted once, and the rings are by frequency: on a wide field a row frequency of
    /// one cycle over 6 pixels lies in the ring of ν = 1/6, not in the first.
    @Test(arguments: [(8, 8), (7, 7), (6, 20), (21, 6), (5, 8), (1, 12), (9, 1), (1, 1)])
    func weightsAddUpToThePlane(height: Int, width: Int) {
        let rings = FrequencyRings(height: height, width: width)
        #expect(rings.weights.reduce(0, +) == Double(height * width))
        #expect(rings.weights[rings.dc] == 1 && rings.modeCounts[rings.dc] == 1)
        let selfConjugate = (height % 2 == 0 ? 2 : 1) * (width % 2 == 0 ? 2 : 1)
        #expect(rings.modeCounts.reduce(0, +) == (height * width - selfConjugate) / 2 + selfConjugate)
        for ring in 0..<rings.ringCount {
            guard let radius = rings.meanRadius(ring) else { continue }
            let width = rings.ringWidth
            #expect(radius > Double(ring) * width && radius <= Double(ring + 1) * width + 1e-12)
        }
    }

    @Test func ringsAreByFrequency() {
        let rings = FrequencyRings(height: 6, width: 20)
        // Coefficient (1, 0): ν = 1/6, in the ring 0.15 < ν ≤ 0.2.
        #expect(rings.bins[1 * 11 + 0] == 3)
        // 3/10 and 4/10 make exactly 5/10: the last ring, not a corner.
        let ten = FrequencyRings(height: 10, width: 10)
        #expect(ten.bins[3 * 6 + 4] == ten.ringCount - 1 && ten.bins[4 * 6 + 4] == ten.corners)
    }

    /// Parseval over the half spectrum with the rings' weights, for even, odd and unequal sides.
    @Test(arguments: [(8, 8), (7, 9), (6, 9), (9, 6), (1, 10), (10, 1)])
    func parseval(height: Int, width: Int) {
        let field = whiteNoise(height, width, image: 8)
        for window in Window.allCases {
            let spectrum = window.spectrum(of: field)
            var power = 0.0
            for ky in 0..<height {
                for kx in 0..<spectrum.columns {
                    let mode = ky * spectrum.columns + kx
                    guard FrequencyRings(height: height, width: width).bins[mode] >= 0 else { continue }
                    let (a, b) = (spectrum.values[2 * mode], spectrum.values[2 * mode + 1])
                    power += FrequencyRings.weight(ky, kx, height, width) * (a * a + b * b)
                }
            }
            let (rows, columns) = (window.coefficients(height), window.coefficients(width))
            let tapered = Plane(height: height, width: width) { rows[$0] * columns[$1] * (field[$0, $1] - field.mean) }
            let expected =
                tapered.values.reduce(0) { $0 + $1 * $1 } / window.sumOfSquares(height: height, width: width)
            #expect((power / Double(height * width) / expected - 1).magnitude < 1e-13)
            if window == .boxcar { #expect((expected / field.variance - 1).magnitude < 1e-13) }
        }
    }

    /// A Hann window leaves fewer independent modes in a ring than it holds: half of them in a ring one mode wide, and in
    /// a wide one 3.78 = (1 + 2·(4/9 + 1/36))² times fewer, its neighbours being correlated by -2/3 and 1/6 along each axis.
    @Test func hannCorrelatesNeighbouringModes() {
        func divisors(_ rings: FrequencyRings) -> [Double] {
            let sums = rings.correlatedWeight(window: .hann, rows: (64, 1), columns: (64, 1))
            return (2..<rings.ringCount).map { ring in
                Double(rings.modeCounts[ring]) * 4 * sums[ring] / (rings.weights[ring] * rings.weights[ring])
            }
        }
        let thin = divisors(FrequencyRings(height: 64, width: 64))
        #expect(thin.allSatisfy { $0 > 1.5 && $0 < 2.2 }, "\(thin)")
        let wide = divisors(FrequencyRings(height: 64, width: 64, ringWidth: 0.15))
        #expect(wide.allSatisfy { $0 > 3.1 && $0 < 3.78 }, "\(wide)")
        let rings = FrequencyRings(height: 64, width: 64)
        let boxcar = rings.correlatedWeight(window: .boxcar, rows: (64, 1), columns: (64, 1))
        // No self-conjugate mode inside: the weight is twice the number of modes, each independent.
        for ring in 0..<rings.ringCount - 1 { #expect((boxcar[ring] - rings.weights[ring] / 2).magnitude < 1e-9) }
    }

    /// Against the exact covariance of all modes in all segments; the neglected tail is below a part in a thousand.
    @Test func effectiveModesWithOverlap() throws {
        for golden in try fixture("spectra/spectra.json", as: Golden.self).overlapped {
            let size = golden.segment
            var accumulator = SpectralAccumulator(
                fields: ["u"], ringWidth: 1 / Double(size), window: golden.window,
                segmentation: Segmentation(height: size, width: size, overlap: golden.overlap))
            accumulator.add(unit: [[whiteNoise(golden.length, golden.length, image: 1)]])
            let spectra = accumulator.spectra
            let counts = golden.effectiveModes.indices.map { spectra.effectiveModeCount($0) }
            #expect(relativeError(counts, golden.effectiveModes) < 1e-3)
        }
    }
}
