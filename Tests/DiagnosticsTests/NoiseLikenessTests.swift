import Testing

@testable import Diagnostics
@testable import Fields

/// Tests of one field: is it white noise?
@Suite struct NoiseLikenessTests {
    private static func kolmogorov(_ plane: Plane) throws -> HypothesisTest {
        try CumulativePeriodogram.test(try PowerMap(of: plane))
    }

    private static func ljungBox(_ plane: Plane, rowLag: Int, columnLag: Int) throws -> HypothesisTest {
        var test = LjungBox(rowLag: rowLag, columnLag: columnLag)
        try test.add(plane)
        return try test.test()
    }

    /// Every test by name, for what all have in common.
    private static let tests: [(name: String, pValue: @Sendable (Plane) throws -> Double)] = [
        ("cumulative periodogram", { try kolmogorov($0).pValue.value }),
        ("flatness", { try SpectralFlatness.test($0).pValue.value }),
        ("Fisher's g", { try FisherPeak.test($0).test.pValue.value }),
        ("Ljung-Box", { try ljungBox($0, rowLag: 3, columnLag: 3).pValue.value }),
        ("Moran's I, rook", { try MoranI.test($0, .rook).pValue.value }),
        ("Moran's I, queen", { try MoranI.test($0, .queen).pValue.value }),
    ]

    @Test func distributionsMatchSciPy() throws {
        let golden = try LikenessGolden.load().distributions
        for row in golden.chiSquared {
            let value = ChiSquared(degreesOfFreedom: row.degreesOfFreedom).upperTail(row.x)
            #expect(relativeError([value], [row.upperTail]) < 1e-11, "χ²(\(row.degreesOfFreedom)) at \(row.x)")
        }
        for row in golden.f {
            let value = FisherF(numerator: row.numerator, denominator: row.denominator).upperTail(row.x)
            #expect(relativeError([value], [row.upperTail]) < 1e-10, "F at \(row.x)")
        }
        for row in golden.kolmogorov {
            let value = CumulativePeriodogram.kolmogorovUpperTail(row.z)
            #expect((value - row.upperTail).magnitude < 1e-13, "Kolmogorov at \(row.z)")
        }
        #expect(ChiSquared(degreesOfFreedom: 3).upperTail(0) == 1)
        #expect(ChiSquared(degreesOfFreedom: 3).upperTail(.infinity) == 0)
        // Two degrees of freedom: an exponential of mean 2.
        #expect((ChiSquared(degreesOfFreedom: 2).upperTail(2) - 0.36787944117144233).magnitude < 1e-15)
    }

    @Test func fisherMatchesTheExactSum() throws {
        for row in try LikenessGolden.load().fisherTail {
            let value = FisherPeak.upperTail(row.x, modes: row.modes)
            #expect(relativeError([value], [row.upperTail]) < 1e-9, "\(row.x) of \(row.modes)")
        }
        // Two modes: the larger share is above x with probability 2(1 - x).
        #expect((FisherPeak.upperTail(0.75, modes: 2) - 0.5).magnitude < 1e-14)
        #expect(FisherPeak.upperTail(0.0001, modes: 5000) == 1)
    }

    @Test func fieldsMatchTheFullTransform() throws {
        for golden in try LikenessGolden.load().fields {
            let plane = golden.plane
            #expect(try PowerMap(of: plane).modes.count { $0.degreesOfFreedom == 2 } == golden.modes)
            let fisher = try FisherPeak.test(plane)
            #expect(relativeError([fisher.test.statistic], [golden.fisherG]) < 1e-10)
            #expect(relativeError([fisher.test.pValue.value], [golden.fisherP]) < 1e-9)
            #expect((fisher.mode.radius - golden.fisherRadius).magnitude < 1e-12)
            let kolmogorov = try Self.kolmogorov(plane)
            #expect(relativeError([kolmogorov.statistic], [golden.kolmogorov.d]) < 1e-10)
            #expect((kolmogorov.pValue.value - golden.kolmogorov.p).magnitude < 0.001)
            if golden.modes >= SpectralFlatness.fewestModes {
                let flatness = try SpectralFlatness.test(plane)
                #expect(relativeError([flatness.statistic], [golden.flatness]) < 1e-10)
                #expect(relativeError([flatness.pValue.value], [golden.flatnessP]) < 1e-5)
            } else {
                #expect(throws: Undetermined.self) { try SpectralFlatness.test(plane) }
            }
        }
    }

    @Test func moranMatchesEsda() throws {
        for golden in try LikenessGolden.load().fields {
            for (contiguity, expected) in [(MoranI.Contiguity.rook, golden.rook), (.queen, golden.queen)] {
                let result = try MoranI.test(golden.plane, contiguity)
                #expect(
                    relativeError(
                        [result.value, result.expectation, result.standardDeviation, result.z, result.pValue.value],
                        [expected.i, expected.expectation, expected.deviation, expected.z, expected.p]) < 1e-9)
            }
        }
    }

    /// Alternating signs: every rook's neighbour is the opposite, I = -1. Halves: I near 1.
    @Test func moranByHand() throws {
        let chess = try MoranI.test(Plane(height: 8, width: 8) { ($0 + $1) % 2 == 0 ? 1 : -1 }, .rook)
        #expect((chess.value + 1).magnitude < 1e-15 && chess.pValue.value < 1e-15)
        // 112 edges, 8 of them across the border of the halves: (104 - 8)/112.
        let halves = try MoranI.test(Plane(height: 8, width: 8) { _, x in x < 4 ? 1 : -1 }, .rook)
        #expect((halves.value - 96.0 / 112).magnitude < 1e-15)
    }

    @Test func rowsMatchStatsmodelsAndSciPy() throws {
        for golden in try LikenessGolden.load().rows {
            let row = Plane(height: 1, width: golden.values.count, values: golden.values)
            for (k, lag) in golden.lags.enumerated() {
                let result = try Self.ljungBox(row, rowLag: 0, columnLag: lag)
                #expect(relativeError([result.statistic], [golden.q[k]]) < 1e-9)
                #expect(relativeError([result.pValue.value], [golden.qP[k]]) < 1e-8)
            }
            // A field of two equal rows has the row's modes at ν_y = 0 and no others: the shares are the row's.
            var map = PowerMap(height: 2, width: row.width)
            try map.add(Plane(height: 2, width: row.width) { _, x in golden.values[x] })
            let powers = map.modes.filter { $0.ky == 0 }.map(\.power)
            let total = powers.reduce(0, +)
            var sum = 0.0
            let shares = powers.dropLast().map { power in
                sum += power
                return sum / total
            }
            #expect(relativeError(shares, golden.shares) < 1e-9)
        }
    }

    /// D and p against SciPy's `kstest` of the same shares: the statistic exactly, the p-value within the approximation.
    @Test func kolmogorovMatchesSciPy() throws {
        for golden in try LikenessGolden.load().rows {
            let distance =
                golden.shares.enumerated().map { k, share in
                    let n = Double(golden.shares.count)
                    return max(Double(k + 1) / n - share, share - Double(k) / n)
                }.max() ?? 0
            #expect((distance - golden.d).magnitude < 1e-12)
            let p = CumulativePeriodogram.kolmogorovUpperTail(
                CumulativePeriodogram.corrected(distance, Double(golden.shares.count)))
            #expect((p - golden.p).magnitude < 0.001, "\(p) against \(golden.p)")
        }
    }

    @Test func ljungBoxOfFieldsMatchesTheFormula() throws {
        for golden in try LikenessGolden.load().fields {
            let result = try Self.ljungBox(golden.plane, rowLag: 2, columnLag: 3)
            #expect(relativeError([result.statistic], [golden.ljungBox.q]) < 1e-10)
            #expect(relativeError([result.pValue.value], [golden.ljungBox.p]) < 1e-9)
        }
    }

    @Test(arguments: tests.indices) func falseAlarms(index: Int) throws {
        let test = Self.tests[index]
        // Pairs of sizes odd and even.
        let count = try alarms(1000) { trial in
            try test.pValue(gaussianField(24 + trial % 2, 31 - trial % 3, image: trial)) < 0.05
        }
        let band = BinomialDistribution(trials: 1000, probability: 0.05).band(confidence: 0.99)
        #expect(band.contains(count), "\(test.name): \(count)")
    }

    /// Scale and offset mean nothing to any of them.
    @Test(arguments: tests.indices) func invariance(index: Int) throws {
        let test = Self.tests[index]
        let plane = gaussianField(20, 26, image: 7)
        let moved = Plane(height: 20, width: 26, values: plane.values.map { 1000 - 0.001 * $0 })
        #expect(relativeError([try test.pValue(moved)], [try test.pValue(plane)]) < 1e-6, "\(test.name)")
    }

    /// Blurred noise is not white; all but Fisher's g, which looks for a line, find it in 32 × 32 pixels.
    @Test func blurIsFound() throws {
        let plane = blurred(gaussianField(32, 32, image: 3))
        for test in Self.tests where test.name != "Fisher's g" {
            #expect(try test.pValue(plane) < 1e-6, "\(test.name)")
        }
        let wave = gaussianField(32, 32, image: 4) + Plane(height: 32, width: 32) { _, x in x % 8 < 4 ? 0.4 : -0.4 }
        let fisher = try FisherPeak.test(wave)
        #expect(fisher.test.pValue.value < 1e-4)
        #expect(fisher.mode.frequencyX == 0.125 && fisher.mode.frequencyY == 0)
    }

    /// Several fields are tested as one, at the nominal rate, whatever their noise levels.
    @Test func pooledFalseAlarms() throws {
        let counts = try [0, 1].map { which in
            try alarms(400) { trial in
                var map = PowerMap(height: 32, width: 24)
                var box = LjungBox(rowLag: 2, columnLag: 2)
                for k in 0..<6 {
                    let plane = Double(k + 1) * gaussianField(32, 24, image: trial, draw: k)
                    try map.add(plane)
                    try box.add(plane)
                }
                return try (which == 0 ? CumulativePeriodogram.test(map) : box.test()).pValue.value < 0.05
            }
        }
        let band = BinomialDistribution(trials: 400, probability: 0.05).band(confidence: 0.99)
        #expect(counts.allSatisfy(band.contains), "\(counts)")
    }

    @Test(arguments: tests.indices) func degenerateFieldsAreUndetermined(index: Int) throws {
        for field in degenerateFields {
            let error = try #require(throws: Undetermined.self) { try Self.tests[index].pValue(field.plane) }
            let reasons = [field.reason, "modes", "larger"]
            #expect(reasons.contains { error.description.contains($0) }, "\(Self.tests[index].name): \(error)")
        }
        #expect(throws: Undetermined.self) { try LjungBox(rowLag: 1, columnLag: 1).test() }
        #expect(throws: Undetermined.self) { try CumulativePeriodogram.test(PowerMap(height: 9, width: 9)) }
    }

    /// Power over all modes, weighted as the full plane, is the number of modes; a single row wave is one mode.
    @Test(arguments: [(7, 9), (8, 10), (8, 9), (2, 2), (16, 5)]) func powerMap(height: Int, width: Int) throws {
        let map = try PowerMap(of: gaussianField(height, width))
        let modes = map.modes
        #expect(modes.reduce(0) { $0 + Int($1.degreesOfFreedom) } == height * width - 1)
        let sum = modes.reduce(0) { $0 + $1.degreesOfFreedom * $1.power }
        #expect((sum / Double(height * width - 1) - 1).magnitude < 1e-12)
        for mode in modes {
            #expect(map.mode(mode.ky, mode.kx) == mode)
            #expect(map.mode(-mode.ky, -mode.kx) == mode)
            #expect(map.mode(height + mode.ky, width + mode.kx) == mode)
        }
    }
}
