import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct PermutationTests {
    @Test func probabilityByHand() throws {
        let test = try PermutationTest(observed: [3, 1], draws: [[1, 2], [3, 0], [4, 1], [2, 5]])
        // ≥ 3: two of four. ≥ 1: three of four.
        #expect(test.pValue(0).value == 0.6 && test.pValue(1).value == 0.8)
        #expect(try PermutationTest(observed: [9], draws: [[1], [2], [3]]).pValue().value == 0.25)
        #expect(throws: Undetermined.self) { try PermutationTest(observed: [.nan], draws: [[1]]) }
        #expect(throws: Undetermined.self) { try PermutationTest(observed: [1], draws: [[.nan]]) }
    }

    @Test func sameForEveryThreadCount() throws {
        let before = Parallel.threadCount
        defer { Parallel.threadCount = before }
        let draws = try [1, 3].map { threads in
            Parallel.threadCount = threads
            return try PermutationTest(observed: [0], count: 100, seed: 8) { [$0.gaussian()] }.draws
        }
        #expect(draws[0] == draws[1])
        let other = try PermutationTest(observed: [0], count: 100, seed: 8, domain: 1) { [$0.gaussian()] }
        #expect(other.draws != draws[0])
    }

    @Test func multiplicityMatchesStatsmodels() throws {
        for golden in try LikenessGolden.load().multiplicity {
            let p = golden.p.map { PValue($0) }
            for (method, expected) in [
                (Multiplicity.bonferroni, golden.bonferroni), (.holm, golden.holm),
                (.benjaminiHochberg, golden.benjaminiHochberg), (.benjaminiYekutieli, golden.benjaminiYekutieli),
            ] {
                let adjusted = method.adjusted(p).map(\.value)
                #expect(zip(adjusted, expected).allSatisfy { ($0 - $1).magnitude < 1e-14 }, "\(method)")
            }
        }
        #expect(Multiplicity.holm.adjusted([]).isEmpty)
    }

    /// Each procedure keeps what it promises on 20 true nulls: a family error of 5 %.
    @Test func multiplicityErrorRate() throws {
        for method in Multiplicity.allCases {
            let count = try alarms(1000) { trial in
                var stream = RandomStream(seed: 31, purpose: .test, image: trial)
                let p = (0..<20).map { _ in PValue(stream.uniform()) }
                return method.adjusted(p).contains { $0.value < 0.05 }
            }
            let band = BinomialDistribution(trials: 1000, probability: 0.05).band(confidence: 0.99)
            #expect(count <= band.upperBound, "\(method): \(count)")
            // All but the method for any dependence reach the rate too.
            if method != .benjaminiYekutieli { #expect(count >= band.lowerBound, "\(method): \(count)") }
        }
    }
}
