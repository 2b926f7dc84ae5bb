import Foundation
import Testing

@testable import Engine
@testable import Tensors

/// Poisson and gamma numbers, against SciPy's distributions.
@Suite struct DataDistributionTests {
    private struct Golden: Decodable {
        struct Cells: Decodable {
            let mean: Double?
            let shape: Double?
            /// Upper ends of all cells but the last.
            let ends: [Double]
            let cells: [Double]
        }
        let poisson: [Cells]
        let gamma: [Cells]
        let logFactorial: [[Double]]

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            poisson = try container.decode([Cells].self, forKey: .poisson)
            gamma = try container.decode([Cells].self, forKey: .gamma)
            logFactorial = try container.decode([[Double]].self, forKey: .logFactorial)
        }

        private enum Key: String, CodingKey {
            case poisson, gamma
            case logFactorial = "log_factorial"
        }

        static func load() throws -> Golden {
            try JSONDecoder().decode(Golden.self, from: Data(contentsOf: fixture("noise/expected.json")))
        }
    }

    /// χ² of 50000 draws over the cells lies below mean + 6 standard deviations of its distribution: with up to 19 degrees
    /// of freedom a false alarm once in more than a hundred thousand seeds.
    private func expectFit(_ cells: Golden.Cells, _ name: String, draw: () -> Double) {
        var counts = [Double](repeating: 0, count: cells.cells.count)
        let n = 50_000
        for _ in 0..<n {
            let value = draw()
            counts[cells.ends.firstIndex { value <= $0 } ?? cells.ends.count] += 1
        }
        let statistic = zip(counts, cells.cells).reduce(0) { sum, pair in
            let expected = pair.1 * Double(n)
            return sum + (pair.0 - expected) * (pair.0 - expected) / expected
        }
        let freedom = Double(counts.count - 1)
        #expect(statistic < freedom + 6 * (2 * freedom).squareRoot(), "\(name): χ² \(statistic) of \(freedom)")
    }

    @Test func poissonNumbersFitTheirDistribution() throws {
        for cells in try Golden.load().poisson {
            let mean = try #require(cells.mean)
            var stream = RandomStream(seed: 8, purpose: .test)
            expectFit(cells, "mean \(mean)") { stream.poisson(mean: mean) }
        }
    }

    @Test func gammaNumbersFitTheirDistribution() throws {
        for cells in try Golden.load().gamma {
            let shape = try #require(cells.shape)
            var stream = RandomStream(seed: 9, purpose: .test)
            expectFit(cells, "shape \(shape)") { stream.gamma(shape: shape) }
        }
    }

    @Test func logFactorials() throws {
        for pair in try Golden.load().logFactorial {
            #expect(abs(RandomStream.logFactorial(pair[0]) - pair[1]) <= 1e-12 * max(1, pair[1]))
        }
        #expect(abs(RandomStream.logFactorial(5) - log(120)) < 1e-12)
    }

    @Test func extremeMeans() {
        var stream = RandomStream(seed: 1, purpose: .test)
        #expect(stream.poisson(mean: 0) == 0)
        // 6 standard deviations.
        #expect(abs(stream.poisson(mean: 1e30) / 1e30 - 1) < 6e-15)
        #expect(stream.gamma(shape: 0.01) >= 0)
        let draws = (0..<1000).map { _ in stream.poisson(mean: 1e11) }
        #expect(draws.allSatisfy { abs($0 - 1e11) < 6 * 1e11.squareRoot() && $0 == $0.rounded() })
    }
}
