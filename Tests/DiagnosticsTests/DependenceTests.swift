import Engine
import Testing

@testable import Diagnostics

@Suite struct DependenceTests {
    private static func distance(_ x: [Double], _ y: [Double]) throws -> Double {
        DistanceCorrelation.squared(try DistanceCorrelation(x), try DistanceCorrelation(y))
    }

    @Test func matchesDcorAndTheFormulas() throws {
        for golden in try LikenessGolden.load().pairs {
            #expect(
                (try Self.distance(golden.x, golden.y) - golden.distanceCorrelation).magnitude < 1e-9, "\(golden.kind)")
            if let hsic = golden.hsic, let alignment = golden.alignment {
                let u = try KernelIndependence(golden.x), v = try KernelIndependence(golden.y)
                #expect(relativeError([KernelIndependence.criterion(u, v)], [hsic]) < 1e-8, "\(golden.kind)")
                #expect(relativeError([KernelIndependence.alignment(u, v)], [alignment]) < 1e-8, "\(golden.kind)")
            }
            if let expected = golden.mutualInformation {
                #expect((try MutualInformation.estimate(golden.x, golden.y) - expected).magnitude < 1e-9)
            }
        }
    }

    /// A sample is wholly correlated with any multiple of itself. And four points by hand.
    @Test func byHand() throws {
        let x = [3.0, -1, 4, 1, 5, -9, 2, 6]
        for (scale, offset) in [(1.0, 0.0), (-2, 7), (1e-3, 1e3)] {
            #expect((try Self.distance(x, x.map { scale * $0 + offset }) - 1).magnitude < 1e-9)
        }
        // Distances of u have row sums (6, 4, 4, 6) and total 20, those of v (2, 2, 2, 2) and 8; Σ a_ij b_ij = 16,
        // Σ a_i· b_i· = 40, Σ a_ij² = 40, Σ b_ij² = 8. With n = 4: (Σ ab - Σ a_i· b_i· + a·· b··/6)/4.
        let u = [0.0, 1, 2, 3], v = [0.0, 0, 1, 1]
        let covariance = (16.0 - 40 + 20.0 * 8 / 6) / 4
        let varianceU = (40.0 - (36 + 16 + 16 + 36) + 400.0 / 6) / 4
        let varianceV = (8.0 - 16 + 64.0 / 6) / 4
        #expect((try Self.distance(u, v) - covariance / (varianceU * varianceV).squareRoot()).magnitude < 1e-12)
    }

    /// y = x² has correlation 0 and is found by all three.
    @Test func nonlinearDependence() throws {
        var stream = RandomStream(seed: 3, purpose: .test)
        let x = (0..<300).map { _ in stream.gaussian() }
        let y = x.map { $0 * $0 + 0.3 * stream.gaussian() }
        let z = x.map { _ in stream.gaussian() }
        #expect(try Self.distance(x, y) > 0.1 && (try Self.distance(x, z)).magnitude < 0.02)
        let kernels = try [x, y, z].map { try KernelIndependence($0) }
        #expect(KernelIndependence.alignment(kernels[0], kernels[1]) > 0.2)
        #expect(KernelIndependence.alignment(kernels[0], kernels[2]) < 0.02)
        #expect(try MutualInformation.estimate(x, y) > 0.5 && (try MutualInformation.estimate(x, z)).magnitude < 0.12)
    }

    /// Bivariate normal: I = -½ log(1 - ρ²).
    @Test func mutualInformationOfNormals() throws {
        var stream = RandomStream(seed: 4, purpose: .test)
        let x = (0..<1500).map { _ in stream.gaussian() }
        let y = x.map { 0.8 * $0 + 0.6 * stream.gaussian() }
        #expect((try MutualInformation.estimate(x, y) - 0.5108).magnitude < 0.06)
    }

    /// All as statistics of fields under the same permutations, at the nominal rate for correlated noise.
    @Test func falseAlarmsUnderRepairing() throws {
        let trials = 200
        let raised: [[Int]] = try Parallel.map(trials) { trial in
            let u = (0..<8).map { blurred(gaussianField(12, 12, image: trial, draw: $0)).values }
            let v = (0..<8).map { blurred(gaussianField(12, 12, image: trial, draw: 8 + $0)).values }
            let distances = try (u.map { try DistanceCorrelation($0) }, v.map { try DistanceCorrelation($0) })
            let kernels = try (u.map { try KernelIndependence($0) }, v.map { try KernelIndependence($0) })
            let tables = [
                distances.0.map { a in distances.1.map { DistanceCorrelation.squared(a, $0) } },
                kernels.0.map { a in kernels.1.map { KernelIndependence.alignment(a, $0) } },
                try u.map { a in try v.map { try MutualInformation.estimate(a, $0) } },
            ]
            return try tables.map {
                try PermutationTest(repairing: $0, count: 199, seed: UInt64(trial)).pValue().value <= 0.05 ? 1 : 0
            }
        }
        let counts = (0..<3).map { k in raised.reduce(0) { $0 + $1[k] } }
        let band = BinomialDistribution(trials: trials, probability: 0.05).band(confidence: 0.99)
        #expect(counts.allSatisfy(band.contains), "\(counts)")
    }

    /// Ranks within bins of the condition; ties share the middle.
    @Test func conditionalRanks() {
        #expect(ConditionalRanks(given: [0, 9, 5, 5]).ranks(of: [3, 1, 2, 2]) == [0.875, 0.125, 0.5, 0.5])
        #expect(ConditionalRanks(given: []).ranks(of: []).isEmpty)
        #expect(ConditionalRanks(given: [1]).ranks(of: [7]) == [0.5])
        // Zeros of both signs are one number; equal conditions keep their order.
        let signs = (0..<192).map { [Float(0), -1, -0, 2e-39, -3e38, 1][$0 % 6] }
        let sorted = signs.indices.sorted { (signs[$0], $0) < (signs[$1], $1) }
        let bins = ConditionalRanks(given: signs).centred(signs.indices.map(Double.init), bins: 3)
        for bin in 0..<3 {
            let members = sorted[bin * 64..<(bin + 1) * 64]
            let mean = members.reduce(0) { $0 + Double($1) } / 64
            #expect(members.allSatisfy { bins[$0] == Double($0) - mean })
        }
        // The condition sets level and mean of u; ranks know neither, and follow u in each bin.
        var stream = RandomStream(seed: 6, purpose: .test)
        let given = (0..<2048).map { _ in Float(stream.gaussian()) }
        let condition = given.map(Double.init)
        let u = condition.map { $0 + (0.1 + $0.magnitude) * stream.gaussian() }
        let ranks = ConditionalRanks(given: given).ranks(of: u)
        let order = condition.indices.sorted { condition[$0] < condition[$1] }
        for bin in 0..<32 {
            let members = order[bin * 64..<(bin + 1) * 64].sorted { u[$0] < u[$1] }
            #expect(members.map { ranks[$0] } == (0..<64).map { (Double($0) + 0.5) / 64 })
        }
    }

    @Test func subsample() {
        let fields = (0..<3).map { k in (0..<1000).map { Double(1000 * k + $0) } }
        let sample = KernelIndependence.fieldSample(fields, seed: 1, count: 50)
        #expect(sample.count == 3 && sample.allSatisfy { $0.count == 50 && Set($0).count == 50 })
        #expect(sample[1] == sample[0].map { $0 + 1000 } && sample[2] == sample[0].map { $0 + 2000 })
        #expect(sample == KernelIndependence.fieldSample(fields, seed: 1, count: 50))
        #expect(sample != KernelIndependence.fieldSample(fields, seed: 2, count: 50))
        #expect(KernelIndependence.fieldSample(fields, seed: 1, count: 2000) == fields)
        #expect(KernelIndependence.fieldSample([], seed: 1).isEmpty)
    }

    @Test func degenerate() throws {
        for values in [[], [1, 2, 3], [1, 1, 1, 1], [1, 2, 3, .nan], [1, 2, 3, .infinity]] as [[Double]] {
            #expect(throws: Undetermined.self) { try DistanceCorrelation(values) }
            #expect(throws: Undetermined.self) { try KernelIndependence(values) }
            #expect(throws: Undetermined.self) { try MutualInformation.estimate(values, values, neighbours: 3) }
        }
        #expect(throws: Undetermined.self) { try KernelIndependence([0, 0, 0, 0, 1]) }
        let repeated = (0..<40).map { Double($0 % 2) }
        #expect(throws: Undetermined.self) { try MutualInformation.estimate(repeated, repeated) }
    }
}
