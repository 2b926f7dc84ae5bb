import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct StatisticsShapleyTests {
    private static func game(_ players: Int, seed: UInt64) -> [Double] {
        var stream = RandomStream(seed: seed, purpose: .test)
        return (0..<1 << players).map { _ in stream.gaussian() }
    }

    /// v of {}, {1}, {2}, {12}, {3}, {13}, {23}, {123}. Player 1 joins: 12 alone, 90 - 24 = 66 after 2, 78 after 3, 120 - 60 = 60
    /// after both: (2·12 + 66 + 78 + 2·60)/6 = 48; and so on.
    @Test func handWorkedValues() {
        let values = Shapley.values([0, 12, 24, 90, 0, 78, 60, 120])
        #expect(zip(values, [48, 45, 27]).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    /// One right glove against two left ones (Shapley's own example): 2/3 for the rare one, 1/6 for the others.
    @Test func gloves() {
        let game = (0..<8).map { $0 & 1 == 1 && $0 & 6 != 0 ? 1.0 : 0 }
        let values = Shapley.values(game)
        #expect(zip(values, [2.0 / 3, 1.0 / 6, 1.0 / 6]).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test func onePlayerGetsEverything() {
        #expect(Shapley.values([2, 5]) == [3])
    }

    /// Against the definition: the mean over all orders in which players can arrive.
    @Test(arguments: 1...5)
    func theMeanOverOrders(players: Int) {
        let game = Self.game(players, seed: UInt64(players))
        var sums = [Double](repeating: 0, count: players)
        var orders = 0.0
        func arrive(_ present: Int, _ gains: [Double]) {
            if present == (1 << players) - 1 {
                for player in 0..<players { sums[player] += gains[player] }
                orders += 1
                return
            }
            for player in 0..<players where present >> player & 1 == 0 {
                var gains = gains
                gains[player] = game[present | 1 << player] - game[present]
                arrive(present | 1 << player, gains)
            }
        }
        arrive(0, [Double](repeating: 0, count: players))
        for (value, sum) in zip(Shapley.values(game), sums) { #expect(abs(value - sum / orders) < 1e-12) }
    }

    @Test(arguments: 1...8)
    func efficiencyLinearityAndNullPlayer(players: Int) {
        let (u, v) = (Self.game(players, seed: 10), Self.game(players, seed: 11))
        let values = Shapley.values(u)
        #expect(abs(values.reduce(0, +) - (u[u.count - 1] - u[0])) < 1e-12)
        let mixed = Shapley.values(zip(u, v).map { 2 * $0 - 3 * $1 })
        for (m, (a, b)) in zip(mixed, zip(values, Shapley.values(v))) { #expect(abs(m - (2 * a - 3 * b)) < 1e-11) }
        // A game that never looks at player 0.
        #expect(abs(Shapley.values(u.indices.map { u[$0 & ~1] })[0]) < 1e-12)
    }

    /// The intervals of a difference of independent means: Zou and Donner's recovery is the usual one where both are symmetric.
    @Test func differenceOfIndependentEstimates() throws {
        func estimate(_ value: Double, _ below: Double, _ above: Double, _ error: Double, _ units: Int)
            -> IntervalEstimate
        {
            let interval = ConfidenceInterval(lower: value - below, upper: value + above, confidence: 0.95)
            return IntervalEstimate(
                estimate: value, interval95: interval, interval90: nil, standardError: error, unitCount: units)
        }
        let d = estimate(5, 0.3, 0.6, 0.2, 40).less(estimate(3, 0.8, 0.4, 0.15, 9))
        #expect(abs(d.estimate - 2) < 1e-12 && d.unitCount == 9 && d.interval90 == nil && d.signFlip == nil)
        let interval = try #require(d.interval95)
        #expect(abs(interval.lower - (2 - 0.5)) < 1e-12 && abs(interval.upper - (2 + 1)) < 1e-12)
        #expect(abs((d.standardError ?? 0) - 0.25) < 1e-12)
    }
}
