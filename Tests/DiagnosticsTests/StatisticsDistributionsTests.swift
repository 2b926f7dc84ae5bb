import Testing

@testable import Diagnostics
@testable import Fields

@Suite struct StatisticsDistributionsTests {
    struct Golden: Decodable {
        struct Normal: Decodable { let points, cdf, probabilities, quantile: [Double] }
        struct Student: Decodable {
            let degreesOfFreedom: Double
            let points, cdf, probabilities, quantile: [Double]
        }
        struct Binomial: Decodable {
            let trials: Int
            let probability: Double
            let successes, band99: [Int]
            let cdf: [Double]
        }
        let normal: Normal
        let student: [Student]
        let binomial: [Binomial]
    }

    @Test func normalMatchesReference() throws {
        let golden = try fixture("statistics/statistics.json", as: Golden.self).normal
        #expect(relativeError(golden.points.map(NormalDistribution.cdf), golden.cdf) < 1e-13)
        let quantiles = golden.probabilities.map(NormalDistribution.quantile)
        #expect(relativeError(quantiles, golden.quantile) < 1e-13)
    }

    @Test func studentMatchesReference() throws {
        for golden in try fixture("statistics/statistics.json", as: Golden.self).student {
            let distribution = StudentT(degreesOfFreedom: golden.degreesOfFreedom)
            #expect(relativeError(golden.points.map(distribution.cdf), golden.cdf) < 1e-11)
            #expect(relativeError(golden.probabilities.map(distribution.quantile), golden.quantile) < 1e-11)
        }
    }

    @Test func binomialMatchesSciPy() throws {
        for golden in try fixture("statistics/statistics.json", as: Golden.self).binomial {
            let distribution = BinomialDistribution(trials: golden.trials, probability: golden.probability)
            #expect(relativeError(golden.successes.map(distribution.cdf), golden.cdf) < 1e-11)
            #expect(distribution.band(confidence: 0.99) == golden.band99[0]...golden.band99[1])
        }
    }

    @Test func handWorkedValues() {
        #expect(NormalDistribution.quantile(0) == -.infinity)
        #expect(NormalDistribution.quantile(1) == .infinity)
        #expect(NormalDistribution.quantile(0.5) == 0)
        // Cauchy: P(T ≤ 1) = 3/4. Two degrees of freedom: P(T ≤ √2) = (1 + 1/√2)/2.
        #expect((StudentT(degreesOfFreedom: 1).cdf(1) - 0.75).magnitude < 1e-15)
        #expect((StudentT(degreesOfFreedom: 2).cdf(2.0.squareRoot()) - (1 + 0.5.squareRoot()) / 2).magnitude < 1e-15)
        #expect(StudentT(degreesOfFreedom: 3).cdf(-.infinity) == 0)
        #expect(StudentT(degreesOfFreedom: 3).cdf(.infinity) == 1)
        // Two fair coins: 1/4, 3/4, 1.
        let coins = BinomialDistribution(trials: 2, probability: 0.5)
        #expect(relativeError([-1, 0, 1, 2].map(coins.cdf), [0, 0.25, 0.75, 1]) < 1e-14)
    }

    @Test(arguments: [1e-12, 0.01, 0.2, 0.49, 0.6, 0.999])
    func quantileInvertsTheDistribution(probability: Double) {
        let normal = NormalDistribution.cdf(NormalDistribution.quantile(probability))
        #expect((normal / probability - 1).magnitude < 1e-12)
        for df in [0.7, 3, 19, 250] {
            let student = StudentT(degreesOfFreedom: df)
            #expect((student.cdf(student.quantile(probability)) / probability - 1).magnitude < 1e-11)
        }
    }
}
