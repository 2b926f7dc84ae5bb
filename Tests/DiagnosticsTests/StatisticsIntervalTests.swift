import Testing

@testable import Diagnostics
@testable import Fields

@Suite struct StatisticsIntervalTests {
    struct Golden: Decodable {
        struct Small: Decodable {
            let values, interval95: [Double]
            let signFlip: Double
        }
        let small: Small
    }

    private func means(_ values: [Double], seed: UInt64 = 1) -> IntervalEstimate? {
        IntervalEstimator(unitSums: values.map { [$0, 1] }, seed: seed).ratio(0, over: 1)
    }

    @Test func smallSampleMatchesSciPy() throws {
        let golden = try fixture("statistics/statistics.json", as: Golden.self).small
        let result = try #require(means(golden.values))
        let interval = try #require(result.interval95)
        #expect(relativeError([interval.lower, interval.upper], golden.interval95) < 1e-11)
        #expect(result.signFlip?.value == golden.signFlip)
    }

    @Test func signFlipByHand() {
        // Signs of (1, 2): |±1±2| is 3, 1, 1, 3.
        #expect(SmallSample.signFlip([1, 2])?.value == 0.5)
        #expect(SmallSample.signFlip(Array(repeating: 0.1, count: 10))?.value == 2.0 / 1024)
        #expect(SmallSample.signFlip([0, 0, 0])?.value == 1)
        // A tie that rounding would break: 0.1 + 0.2 against 0.3.
        #expect(SmallSample.signFlip([0.1, 0.2, -0.3])?.value == 1)
        #expect(SmallSample.signFlip(Array(repeating: 1, count: 20))?.value == 0x1p-19)
        #expect(SmallSample.signFlip(Array(repeating: 1, count: 21)) == nil)
        #expect(SmallSample.signFlip([]) == nil)
        #expect(SmallSample.signFlip([1, .nan]) == nil)
    }

    @Test func theRuleByNumberOfUnits() throws {
        for (count, hasError, hasInterval, hasTest) in [
            (1, false, false, false), (2, true, false, false), (5, true, false, false), (6, true, true, true),
            (19, true, true, true), (20, true, true, false),
        ] {
            let result = try #require(means((0..<count).map { Double($0 * $0 % 7) }))
            #expect(result.unitCount == count)
            #expect((result.standardError != nil) == hasError)
            #expect((result.interval95 != nil) == hasInterval && (result.interval90 != nil) == hasInterval)
            #expect((result.signFlip != nil) == hasTest)
            if let inner = result.interval90, let outer = result.interval95 {
                #expect(outer.lower < inner.lower && inner.upper < outer.upper && inner.contains(result.estimate))
            }
            #expect(result.minimumDetectableEffect == result.standardError.map { 2.8 * $0 })
        }
    }

    /// For a mean the pseudo-values are the observations, so the jackknife error is s/√n.
    @Test func pseudoValuesOfAMean() {
        let values = [3.0, -1, 4, 1, 5]
        let sums = UnitSums(values.map { [$0, 1] })
        let leaveOneOut = sums.leaveOneOut { $0[0] / $0[1] }
        let pseudo = Jackknife.pseudoValues(estimate: 12.0 / 5, leaveOneOut: leaveOneOut)
        #expect(relativeError(pseudo, values) < 1e-14)
        // Σ(x - 2.4)² = 23.2; s/√n = √(23.2/4/5).
        #expect((Jackknife.standardError(leaveOneOut: leaveOneOut) - 1.16.squareRoot()).magnitude < 1e-15)
    }

    @Test func whatNeverVariesIsExact() throws {
        for count in [6, 40] {
            // An output that does not depend on what was swapped: every numerator exactly 0.
            let zero = IntervalEstimator(unitSums: (0..<count).map { [0, 1 + Double($0)] }, seed: 1)
            let result = try #require(zero.ratio(0, over: 1))
            #expect(result.standardError == 0 && result.estimate == 0)
            #expect(result.interval95 == ConfidenceInterval(lower: 0, upper: 0, confidence: 0.95))
            #expect(Equivalence().verdict(result) == .pass)
        }
    }

    @Test func notFiniteHasNoEstimate() {
        for count in [1, 8, 30] {
            let noPower = IntervalEstimator(unitSums: Array(repeating: [0, 0], count: count), seed: 1)
            #expect(noPower.ratio(0, over: 1) == nil)
            let hole = IntervalEstimator(unitSums: Array(repeating: [.nan, 1], count: count), seed: 1)
            #expect(hole.estimate { $0[0] / $0[1] } == nil)
        }
        // One unit holds all the power: without it the ratio is 0/0, so there is an estimate and nothing else.
        let lone = IntervalEstimator(unitSums: [[1, 2]] + Array(repeating: [0, 0], count: 7), seed: 1)
        #expect(lone.ratio(0, over: 1) == IntervalEstimate(estimate: 0.5, unitCount: 8))
    }

    /// Coverage of the t interval of a ratio of sums at 6 and 12 units, over 2,000 simulated data sets each.
    @Test(arguments: [6, 12])
    func smallSampleCoverage(units: Int) {
        let sets = 2000
        let covered = (0..<sets).count { set in
            let rows = leakRows(units: units, coefficient: 0.05, image: set)
            return IntervalEstimator(unitSums: rows, seed: 1).ratio(0, over: 1)?.interval95?.contains(0.05) == true
        }
        let band = BinomialDistribution(trials: sets, probability: 0.95).band(confidence: 0.99)
        #expect(band.contains(covered), "covered \(covered) of \(sets)")
    }
}

@Suite struct StatisticsEquivalenceTests {
    private func estimate(_ value: Double, error: Double, units: Int = 25) -> IntervalEstimate {
        func interval(_ half: Double, _ confidence: Double) -> ConfidenceInterval {
            ConfidenceInterval(lower: value - half * error, upper: value + half * error, confidence: confidence)
        }
        return IntervalEstimate(
            estimate: value, interval95: interval(1.96, 0.95), interval90: interval(1.645, 0.9), standardError: error,
            unitCount: units)
    }

    @Test func threeVerdicts() {
        let test = Equivalence(margin: 0.01)
        #expect(test.verdict(estimate(0.001, error: 0.001)) == .pass)
        #expect(test.verdict(estimate(0.3, error: 0.01)) == .fail)
        // λ < 0 is possible, and counts.
        #expect(test.verdict(estimate(-0.3, error: 0.01)) == .fail)
        // Certainly not 0, and certainly too small to matter.
        #expect(test.verdict(estimate(0.005, error: 0.0001)) == .pass)
        // No evidence of an effect is no evidence of its absence.
        #expect(test.verdict(estimate(0, error: 0.02)) == .inconclusive(unitsNeeded: 271))
        // Beyond the margin but not certainly different from 0: 25 · (1.96 · 0.02 / 0.03)² = 42.7.
        #expect(test.verdict(estimate(0.03, error: 0.02)) == .inconclusive(unitsNeeded: 43))
    }

    @Test func inconclusiveWithoutAnAnswer() {
        let test = Equivalence(margin: 0.01)
        #expect(test.verdict(IntervalEstimate(estimate: 0.5, unitCount: 1)) == .inconclusive(unitsNeeded: nil))
        #expect(test.verdict(estimate(0.01, error: 0.02)) == .inconclusive(unitsNeeded: nil))
        // Few units: at least as many as an interval needs.
        let few = IntervalEstimate(estimate: 0.5, standardError: 0.001, unitCount: 3)
        #expect(test.verdict(few) == .inconclusive(unitsNeeded: 6))
    }

    /// The number asked for decides: with it, the same estimate and a standard error shrunk by √n is no longer inconclusive.
    @Test(arguments: [(0.0, 0.02), (0.004, 0.008), (0.03, 0.02), (-0.012, 0.02)])
    func unitsNeededDecide(value: Double, error: Double) {
        let test = Equivalence(margin: 0.01)
        guard case .inconclusive(let units?) = test.verdict(estimate(value, error: error)) else {
            Issue.record("expected an inconclusive verdict with a number of units")
            return
        }
        // A part in a thousand more than asked for, because the intervals of this test use rounded quantiles.
        let shrunk = error * (25.0 / (1.001 * Double(units))).squareRoot()
        if case .inconclusive = test.verdict(estimate(value, error: shrunk, units: units)) {
            Issue.record("still inconclusive at \(units) units")
        }
    }
}
