import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct StatisticsBootstrapTests {
    struct Golden: Decodable {
        struct Case: Decodable {
            let product, power, replicates, leaveOneOut: [Double]
            let estimate, standardError, scipyBootstrapStandardError: Double
            let ends: [String: [Double]]
            let scipyBootstrap95: [Double]
            var rows: [[Double]] { zip(product, power).map { [$0, $1] } }
        }
        let bca: [Case]
    }

    private let ratio: SumStatistic = { $0[0] / $0[1] }

    @Test func endsMatchSciPysFormulaOnTheSameReplicates() throws {
        for golden in try fixture("statistics/statistics.json", as: Golden.self).bca {
            let leaveOneOut = UnitSums(golden.rows).leaveOneOut(ratio)
            #expect(relativeError(leaveOneOut, golden.leaveOneOut) < 1e-12)
            let distribution = try #require(
                BootstrapDistribution(
                    estimate: golden.estimate, leaveOneOut: leaveOneOut, replicates: golden.replicates))
            #expect((distribution.standardError / golden.standardError - 1).magnitude < 1e-12)
            for (confidence, ends) in golden.ends {
                let confidence = try #require(Double(confidence))
                let interval = try #require(distribution.interval(confidence: confidence))
                #expect(relativeError([interval.lower, interval.upper], ends) < 1e-10)
                #expect(interval.confidence == confidence)
            }
        }
    }

    /// SciPy draws other resamples, so its ends differ by the Monte Carlo error: about 1 % of the width at 20,000.
    @Test func agreesWithSciPyBootstrap() throws {
        for golden in try fixture("statistics/statistics.json", as: Golden.self).bca {
            let bootstrap = ClusterBootstrap(unitSums: golden.rows, seed: 5, replicates: 20_000)
            let interval = try #require(bootstrap.interval(confidence: 0.95, of: ratio))
            let expected = golden.scipyBootstrap95
            let width = expected[1] - expected[0]
            #expect((interval.lower - expected[0]).magnitude < 0.05 * width)
            #expect((interval.upper - expected[1]).magnitude < 0.05 * width)
            let error = try #require(bootstrap.standardError(of: ratio))
            #expect((error / golden.scipyBootstrapStandardError - 1).magnitude < 0.03)
        }
    }

    @Test func sameBytesForEveryThreadCount() {
        let rows = normalRows(units: 30, terms: 3, image: 1)
        let before = Parallel.threadCount
        defer { Parallel.threadCount = before }
        let intervals = [1, 2, 3].map { threads in
            Parallel.threadCount = threads
            return ClusterBootstrap(unitSums: rows, seed: 9, replicates: 500)
                .interval(confidence: 0.95) { $0[0] / $0[1] + $0[2] }
        }
        #expect(intervals[0] != nil)
        #expect(intervals[0] == intervals[1] && intervals[1] == intervals[2])
        let other = ClusterBootstrap(unitSums: rows, seed: 10, replicates: 500)
        #expect(other.interval(confidence: 0.95) { $0[0] / $0[1] + $0[2] } != intervals[0])
    }

    /// A curve's distributions are those of its points, whatever the number of threads.
    @Test func curveIsItsPoints() throws {
        let rows = normalRows(units: 37, terms: 11, image: 6)
        let before = Parallel.threadCount
        defer { Parallel.threadCount = before }
        for threads in [1, 3] {
            Parallel.threadCount = threads
            let bootstrap = ClusterBootstrap(unitSums: rows, seed: 4, replicates: 130)
            let curve = bootstrap.distributions { totals in totals.map { $0 * $0 } + [totals[0] / 0] }
            #expect(curve.count == 12 && curve[11] == nil)
            for term in 0..<11 {
                let point = try #require(bootstrap.distribution { $0[term] * $0[term] })
                let together = try #require(curve[term])
                #expect(together.estimate == point.estimate && together.replicates == point.replicates)
                #expect(together.interval(confidence: 0.9) == point.interval(confidence: 0.9))
            }
        }
    }

    /// The totals of a resample are its units' rows added up, each as often as it was drawn.
    @Test(arguments: [1, 8, 11])
    func totalsAreThoseOfTheUnitsDrawn(terms: Int) throws {
        let rows = normalRows(units: 23, terms: terms, image: 7)
        let replicates = 40
        let bootstrap = ClusterBootstrap(unitSums: rows, seed: 8, replicates: replicates)
        for term in 0..<terms {
            let measured = try #require(bootstrap.distribution { $0[term] }).replicates
            let expected = (0..<replicates).map { replicate in
                let counts = ClusterBootstrap.counts(units: 23, seed: 8, replicate: replicate)
                #expect(counts.reduce(0, +) == 23)
                return zip(counts, rows).reduce(0) { $0 + Double($1.0) * $1.1[term] }
            }.sorted()
            #expect(zip(measured, expected).allSatisfy { ($0 - $1).magnitude < 1e-12 })
        }
    }

    /// Both arms see the same resamples: an arm minus itself shifted by a constant per unit never varies.
    @Test func oneIndexSetForBothArms() throws {
        let rows = normalRows(units: 25, terms: 1, image: 2).map { [$0[0], $0[0] + 3] }
        let bootstrap = ClusterBootstrap(unitSums: rows, seed: 1)
        let single = try #require(bootstrap.standardError { $0[0] / 25 })
        let difference = try #require(bootstrap.standardError { ($0[1] - $0[0]) / 25 })
        #expect(single > 0.1)
        #expect(difference < 1e-14)
    }

    /// A mean of n numbers with ddof 0 variance v has bootstrap standard error √(v/n).
    @Test func standardErrorOfAMean() throws {
        let rows = (0..<40).map { [Double($0 % 5)] }
        let error = try #require(
            ClusterBootstrap(unitSums: rows, seed: 2, replicates: 20_000).standardError { $0[0] / 40 })
        #expect((error / (2.0 / 40).squareRoot() - 1).magnitude < 0.02)
    }

    @Test func ratioOfSumsIsNotTheMeanOfRatios() {
        let sums = UnitSums([[1, 10], [4, 5]])
        #expect(ratio(sums.totals) == 1.0 / 3)
        #expect(sums.leaveOneOut(ratio) == [0.8, 0.1])
    }

    @Test func degenerateSamplesHaveNoInterval() {
        let equal = ClusterBootstrap(unitSums: Array(repeating: [1, 2], count: 25), seed: 1)
        #expect(equal.interval(confidence: 0.95, of: ratio) == nil)
        #expect(equal.standardError(of: ratio) == 0)
        let zero = ClusterBootstrap(unitSums: Array(repeating: [1, 0], count: 25), seed: 1)
        #expect(zero.interval(confidence: 0.95, of: ratio) == nil)
        #expect(zero.standardError(of: ratio) == nil)
        var rows = normalRows(units: 25, terms: 2, image: 3)
        rows[7][0] = .nan
        #expect(ClusterBootstrap(unitSums: rows, seed: 1).interval(confidence: 0.95, of: ratio) == nil)
        // One unit only: leaving it out leaves 0/0.
        #expect(ClusterBootstrap(unitSums: [[1, 2]], seed: 1).interval(confidence: 0.95, of: ratio) == nil)
        // Every resample on one side of the estimate: no bias correction exists.
        let oneSided = BootstrapDistribution(estimate: 5, leaveOneOut: [4, 5, 7], replicates: [1, 2, 3])
        #expect(oneSided != nil && oneSided?.interval(confidence: 0.9) == nil)
    }

    /// Coverage of the 95 % interval of a ratio of sums whose units differ in power, over 2,000 simulated data sets.
    @Test(arguments: [20, 60])
    func coverage(units: Int) {
        let sets = 2000
        let band = BinomialDistribution(trials: sets, probability: 0.95).band(confidence: 0.99)
        let truth = 0.05
        let expanded = (0..<sets).count { set in
            let rows = leakRows(units: units, coefficient: truth, image: set)
            let estimator = IntervalEstimator(unitSums: rows, seed: UInt64(set), replicates: 1000)
            return estimator.ratio(0, over: 1)?.interval95?.contains(truth) == true
        }
        #expect(band.contains(expanded), "covered \(expanded) of \(sets)")
    }

    /// Why `IntervalEstimator` expands the percentiles: the plain BCa interval covers too rarely at 20 units.
    @Test func plainIntervalCoversTooRarely() {
        let sets = 2000
        let plain = (0..<sets).count { set in
            let rows = leakRows(units: 20, coefficient: 0.05, image: set)
            let bootstrap = ClusterBootstrap(unitSums: rows, seed: UInt64(set), replicates: 1000)
            return bootstrap.interval(confidence: 0.95, of: ratio)?.contains(0.05) == true
        }
        let band = BinomialDistribution(trials: sets, probability: 0.95).band(confidence: 0.99)
        #expect(plain < band.lowerBound && plain > sets * 9 / 10, "covered \(plain) of \(sets)")
    }
}

/// Independent standard normal numbers, units × terms.
func normalRows(units: Int, terms: Int, image: Int) -> [[Double]] {
    var stream = RandomStream(seed: 77, purpose: .test, image: image)
    return (0..<units).map { _ in (0..<terms).map { _ in stream.gaussian() } }
}

/// Rows ⟨e,n⟩, ⟨n,n⟩ with expected ratio `coefficient`: noise power uniform on 0.5...1.5, products scattered in proportion.
func leakRows(units: Int, coefficient: Double, image: Int) -> [[Double]] {
    var stream = RandomStream(seed: 78, purpose: .test, domain: units, image: image)
    return (0..<units).map { _ in
        let power = 0.5 + stream.uniform()
        return [coefficient * power + 0.1 * power.squareRoot() * stream.gaussian(), power]
    }
}
