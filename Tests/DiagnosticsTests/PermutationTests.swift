import Engine
import Testing

@testable import Diagnostics

@Suite struct PermutationTests {
    @Test func probabilityByHand() throws {
        let test = try PermutationTest(observed: [3, 1], draws: [[1, 2], [3, 0], [4, 1], [2, 5]])
        // ≥ 3: two of four. ≥ 1: three of four.
        #expect(test.pValue(0).value == 0.6 && test.pValue(1).value == 0.8)
        // Step-down: row maxima 2, 3, 4, 5 reach 3 three times; then the second member alone.
        #expect(test.familywise.map(\.value) == [0.8, 0.8])
        #expect(try PermutationTest(observed: [9], draws: [[1], [2], [3]]).pValue().value == 0.25)
        #expect(throws: Undetermined.self) { try PermutationTest(observed: [.nan], draws: [[1]]) }
        #expect(throws: Undetermined.self) { try PermutationTest(observed: [1], draws: [[.nan]]) }
    }

    /// Max-T lies between the single p-values and Bonferroni's, and equals the single ones for copies of one statistic.
    @Test func familywiseBounds() throws {
        func family(_ copies: Bool) throws -> PermutationTest {
            try PermutationTest(observed: [2.5, 1, 2], count: 999, seed: 5) { stream in
                let first = stream.gaussian()
                return copies ? [first, first, first] : [first, stream.gaussian(), stream.gaussian()]
            }
        }
        let test = try family(false)
        for k in 0..<3 {
            let (single, adjusted) = (test.pValue(k).value, test.familywise[k].value)
            #expect(adjusted >= single && adjusted <= 3 * single + 0.03)
        }
        let copies = try family(true)
        #expect(copies.familywise == (0..<3).map { copies.pValue($0) })
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

    /// What each null keeps.
    @Test func invariants() throws {
        var stream = RandomStream(seed: 1, purpose: .test)
        let fields = (0..<6).map { k in blurred(gaussianField(12, 15 + (k == 9 ? 1 : 0), image: k)) }
        let repaired = try FieldNull.repairing.draw(fields, &stream)
        #expect(repaired != fields && fields.allSatisfy(repaired.contains))
        for (field, flipped) in zip(fields, try FieldNull.signFlip.draw(fields, &stream)) {
            #expect(flipped == field || flipped == -1 * field)
        }
        for _ in 0..<50 {
            let moved = try FieldNull.shift(beyond: 4).draw([fields[0]], &stream)[0]
            let lag = try CorrelationMap(fields[0], moved, border: .circular).strongest
            #expect((lag.correlation - 1).magnitude < 1e-12 && max(abs(lag.dy), abs(lag.dx)) > 4)
        }
        for field in fields {
            let surrogate = try FieldNull.phaseRandomised.draw([field], &stream)[0]
            let u = FourierTransform.forward(field).values, v = FourierTransform.forward(surrogate).values
            for k in stride(from: 0, to: u.count, by: 2) {
                let a = (u[k] * u[k] + u[k + 1] * u[k + 1]).squareRoot()
                #expect(((v[k] * v[k] + v[k + 1] * v[k + 1]).squareRoot() - a).magnitude < 1e-10)
            }
            #expect((surrogate.mean - field.mean).magnitude < 1e-13)
            let rho = try CorrelationMap(field, surrogate, rowLag: 0, columnLag: 0, border: .circular)[0, 0]
            #expect(rho.magnitude < 0.9)
        }
    }

    /// Correlation of two blurred fields, an effect of |ρ|: nominal under every valid null, and not when pixels are
    /// shuffled.
    @Test func falseAlarmsForCorrelatedNoise() throws {
        let trials = 300
        func rate(_ null: FieldNull) throws -> Int {
            try alarms(trials) { trial in
                let u = (0..<6).map { blurred(gaussianField(16, 16, image: trial, draw: $0)) }
                let v = (0..<6).map { blurred(gaussianField(16, 16, image: trial, draw: 6 + $0)) }
                return try PermutationTest(u, v, null: null, count: 99, seed: UInt64(trial)) { u, v in
                    [zip(u, v).reduce(0) { $0 + Plane.meanProduct($1.0, $1.1) }.magnitude]
                }.pValue().value <= 0.05
            }
        }
        let band = BinomialDistribution(trials: trials, probability: 0.05).band(confidence: 0.99)
        for null in [FieldNull.repairing, .signFlip, .shift(beyond: 3), .phaseRandomised] {
            let count = try rate(null)
            #expect(band.contains(count), "\(null): \(count)")
        }
        let shuffled = try alarms(trials) { trial in
            let u = blurred(gaussianField(16, 16, image: trial, draw: 0))
            let v = blurred(gaussianField(16, 16, image: trial, draw: 1))
            let observed = Plane.meanProduct(u, v).magnitude
            return try PermutationTest(observed: [observed], count: 99, seed: 1) { stream in
                let order = stream.permutation(v.values.count)
                let pixels = Plane(height: 16, width: 16, values: order.map { v.values[$0] })
                return [Plane.meanProduct(u, pixels).magnitude]
            }.pValue().value <= 0.05
        }
        #expect(shuffled > trials / 5, "\(shuffled)")
    }

    @Test func repairingATable() throws {
        // A strong diagonal: the identity alone reaches it, and 720 orders hold it now and then.
        let table = (0..<6).map { i in (0..<6).map { $0 == i ? 1.0 : 0 } }
        let test = try PermutationTest(repairing: table, count: 1999, seed: 1)
        #expect(test.pValue().value < 0.006)
        // Equal entries are ties in every order.
        let flat = Array(repeating: Array(repeating: 0.1, count: 7), count: 7)
        #expect(try PermutationTest(repairing: flat, count: 99, seed: 1).pValue().value == 1)
        #expect(throws: Undetermined.self) { try PermutationTest(repairing: [[1, 2], [3, 4]], count: 9, seed: 1) }
    }

    @Test func degenerate() throws {
        var stream = RandomStream(seed: 1, purpose: .test)
        let one = [gaussianField(8, 8)]
        #expect(throws: Undetermined.self) { try FieldNull.repairing.draw(one, &stream) }
        #expect(throws: Undetermined.self) {
            try FieldNull.repairing.draw([gaussianField(8, 8), gaussianField(8, 9)], &stream)
        }
        #expect(throws: Undetermined.self) { try FieldNull.shift(beyond: 4).draw(one, &stream) }
        // A row, and a constant field, stay what they are.
        let constant = Plane(height: 3, width: 3) { _, _ in 2 }
        let surrogate = try FieldNull.phaseRandomised.draw([constant], &stream)[0]
        #expect(relativeError(surrogate.values, constant.values) < 1e-12)
        #expect(try FieldNull.shift(beyond: 2).draw([gaussianField(1, 8)], &stream)[0].height == 1)
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

    /// The other second-order interval: it covers at the nominal rate, and agrees with BCa on a well-behaved statistic.
    @Test func studentizedBootstrap() throws {
        let covered = try alarms(400) { trial in
            let rows = leakRows(units: 25, coefficient: 0.05, image: trial)
            let interval = StudentizedBootstrap(UnitSums(rows), seed: UInt64(trial), replicates: 500)
                .interval(confidence: 0.95) { $0[0] / $0[1] }
            return interval?.contains(0.05) == true
        }
        #expect(
            BinomialDistribution(trials: 400, probability: 0.95).band(confidence: 0.99).contains(covered), "\(covered)")
        let sums = UnitSums(leakRows(units: 80, coefficient: 0.2, image: 1))
        let other = try #require(
            ClusterBootstrap(sums, seed: 3, replicates: 4000).interval(confidence: 0.95) { $0[0] / $0[1] })
        let interval = try #require(
            StudentizedBootstrap(sums, seed: 3, replicates: 4000).interval(confidence: 0.95) { $0[0] / $0[1] })
        let width = other.upper - other.lower
        #expect((interval.lower - other.lower).magnitude < 0.1 * width)
        #expect((interval.upper - other.upper).magnitude < 0.1 * width)
        let equal = StudentizedBootstrap(UnitSums(Array(repeating: [1, 2], count: 25)), seed: 1)
        #expect(equal.interval(confidence: 0.95) { $0[0] / $0[1] } == nil)
    }
}
