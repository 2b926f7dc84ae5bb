import Testing

@testable import Diagnostics
@testable import Fields

@Suite struct CorrelationMapTests {
    @Test func matchesDirectSums() throws {
        for golden in try LikenessGolden.load().fields {
            let u = golden.plane, v = golden.otherPlane
            let auto = try CorrelationMap(u, border: .open)
            #expect(auto.rowLag == u.height - 1 && auto.columnLag == u.width - 1)
            #expect(relativeError(auto.values, golden.autoOpen, floor: 1e-2) < 1e-10)
            #expect(
                relativeError(try CorrelationMap(u, v, border: .open).values, golden.crossOpen, floor: 1e-2) < 1e-10)
            let circular = try CorrelationMap(u, v, border: .circular)
            #expect(relativeError(circular.values, golden.crossCircular, floor: 1e-2) < 1e-10)
            // v is u two rows down and one column left.
            #expect(circular.strongest.dy == 2 && circular.strongest.dx == -1)
        }
    }

    @Test func symmetries() throws {
        let u = gaussianField(13, 18, image: 1), v = gaussianField(13, 18, image: 2)
        for border in CorrelationMap.Border.allCases {
            let auto = try CorrelationMap(u, rowLag: 4, columnLag: 5, border: border)
            let cross = try CorrelationMap(u, v, rowLag: 4, columnLag: 5, border: border)
            let back = try CorrelationMap(v, u, rowLag: 4, columnLag: 5, border: border)
            #expect((auto[0, 0] - 1).magnitude < 1e-13)
            for dy in -4...4 {
                for dx in -5...5 {
                    #expect((auto[dy, dx] - auto[-dy, -dx]).magnitude < 1e-13)
                    #expect((cross[dy, dx] - back[-dy, -dx]).magnitude < 1e-13)
                }
            }
        }
    }

    @Test func fastLengths() {
        #expect([1, 7, 11, 13, 64, 67, 121].map(FourierTransform.fastLength) == [1, 7, 12, 14, 64, 70, 125])
    }

    /// A displaced copy under noise is the strongest lag of all.
    @Test func displacedCopy() throws {
        let u = blurred(gaussianField(32, 32, image: 5))
        let v = u.shifted(dy: 5, dx: -7) + 0.5 * gaussianField(32, 32, image: 6)
        let lag = try CorrelationMap(u, v, border: .circular).strongest
        #expect((lag.dy, lag.dx) == (5, -7) || (lag.dy, lag.dx) == (-5, 7))
    }

    /// White noise keeps all its pixels. The blur's ρ along one axis is (1, 4, 6, 4, 1)/6: Σρ = 16/6 and Σρ² = 70/36.
    @Test func effectiveSampleSize() throws {
        let white = gaussianField(128, 128, image: 1)
        #expect(relativeError([try EffectiveSampleSize.ofMean(white)], [128 * 128]) < 1e-12)
        let u = blurred(white), v = blurred(gaussianField(128, 128, image: 2))
        let ofMean = try EffectiveSampleSize.ofMean(u)
        let axis = 16.0 / 6
        #expect((128 * 128 / ofMean / (axis * axis) - 1).magnitude < 0.15, "\(128 * 128 / ofMean)")
        let ofCorrelation = try EffectiveSampleSize.ofCorrelation(u, v)
        let square = 70.0 / 36 * 70 / 36
        #expect((128 * 128 / ofCorrelation / square - 1).magnitude < 0.1, "\(128 * 128 / ofCorrelation)")
    }

    /// The spread of correlations between unrelated blurred fields is what the effective size says.
    @Test func effectiveSampleSizePredictsTheSpread() throws {
        var squares = 0.0
        var predicted = 0.0
        for trial in 0..<300 {
            let u = blurred(gaussianField(24, 24, image: trial, draw: 3))
            let v = blurred(gaussianField(24, 24, image: trial, draw: 4))
            let rho = try CorrelationMap(u, v, rowLag: 0, columnLag: 0, border: .circular)[0, 0]
            squares += rho * rho
            predicted += 1 / (try EffectiveSampleSize.ofCorrelation(u, v))
        }
        // The naive 1/N would be 3.8 times too small; the variance of 300 squares has a relative error of 8 %.
        #expect((squares / predicted - 1).magnitude < 0.25, "\(squares / predicted)")
    }

    @Test func correlationLength() throws {
        #expect((try EffectiveSampleSize.correlationLength(gaussianField(64, 64)) - 0.63).magnitude < 0.03)
        let once = try EffectiveSampleSize.correlationLength(blurred(gaussianField(64, 64)))
        // ρ is 4/6 and 1/6 at 1 and 2 pixels along the axes.
        #expect(once > 1 && once < 2)
        #expect(try EffectiveSampleSize.correlationLength(blurred(blurred(gaussianField(64, 64)))) > once)
        #expect(throws: Undetermined.self) {
            try EffectiveSampleSize.correlationLength(Plane(height: 9, width: 9) { y, _ in y == 4 ? .nan : 1 })
        }
    }

    @Test func degenerate() throws {
        for field in degenerateFields where !field.reason.contains("40") {
            #expect(throws: Undetermined.self) { try CorrelationMap(field.plane, border: .open) }
            #expect(throws: Undetermined.self) { try EffectiveSampleSize.ofMean(field.plane) }
        }
        let row = Plane(height: 1, width: 40) { _, x in Double(x % 7) }
        #expect(try CorrelationMap(row, border: .circular)[0, 7] > 0.5)
    }
}
