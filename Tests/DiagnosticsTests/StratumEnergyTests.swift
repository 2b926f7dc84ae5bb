import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct StratumEnergyTests {
    /// C_us = λ_s V_s/n + √(V_s/n) · noise, whose covariance over strata is that of a moving sum of `width`.
    private static func units(
        _ trial: Int, units: Int, strata: Int, width: Int = 1, heavy: Bool = false,
        response: (Int) -> Double = { _ in 0 }
    ) -> [[Double]] {
        var stream = RandomStream(seed: 23, purpose: .test, domain: units * 1000 + strata, image: trial)
        return (0..<units).map { _ in
            let size = heavy ? 0.3 / stream.uniform().squareRoot() : 1
            let white = (0..<strata + width - 1).map { _ in size * stream.gaussian() }
            return (0..<strata).map { s in
                white[s..<s + width].reduce(0, +) / Double(width).squareRoot() + response(s)
            }
        }
    }

    private static func energy(_ units: [[Double]]) throws -> StratumEnergy {
        let strata = units[0].count
        return try StratumEnergy(
            units: units, power: [Double](repeating: 100, count: strata), total: 100 * Double(strata))
    }

    /// Six units of one stratum by hand: C = 1, V = 6, of which each unit holds one: λ = 1 and E = 1, without spread.
    @Test func byHand() throws {
        let energy = try StratumEnergy(units: [[Double]](repeating: [1], count: 6), power: [6], total: 6)
        #expect(abs(energy.estimate - 1) < 1e-12 && energy.standardError < 1e-9 && energy.unitCount == 6)
        #expect(energy.pValue(beyond: 0.5).value < 1e-12 && energy.pValue(beyond: 1.1).value == 1)
        // Opposite signs in two strata have the energy of one sign.
        let signs = try StratumEnergy(units: [[Double]](repeating: [1, -1], count: 6), power: [6, 6], total: 12)
        #expect(abs(signs.estimate - 1) < 1e-12)
        // 30 ordered pairs of 1 · 1, 6/5 of them, over 3 · 12; the second stratum has no power.
        let none = try StratumEnergy(units: [[Double]](repeating: [1, 9], count: 6), power: [3, 0], total: 12)
        #expect(abs(none.estimate - 1) < 1e-12)
        #expect(throws: Undetermined.self) {
            try StratumEnergy(units: [[1], [1], [1], [1], [1]], power: [1], total: 1)
        }
        #expect(throws: Undetermined.self) {
            try StratumEnergy(units: [[Double]](repeating: [0], count: 6), power: [0], total: 0)
        }
        let zero = try StratumEnergy(units: [[Double]](repeating: [0], count: 9), power: [1], total: 1)
        #expect(zero.estimate == 0 && zero.standardError == 0 && zero.pValue(beyond: 1e-4).value == 1)
    }

    /// The mean over draws is Σ V λ²/V, and the standard error is their spread, with and without a response, for strata that
    /// correlate too.
    @Test(arguments: [(6, 40, 1), (24, 40, 1), (24, 40, 8), (100, 12, 3)], [false, true])
    func meanAndSpread(shape: (units: Int, strata: Int, width: Int), responds: Bool) throws {
        let draws = 400
        let found = try (0..<draws).map { trial in
            // λ_s = ±0.03 of V_s = 100.
            try Self.energy(
                Self.units(trial, units: shape.units, strata: shape.strata, width: shape.width) { s in
                    responds ? (s % 3 == 0 ? -1 : 1) * 0.03 * 100 / Double(shape.units) : 0
                })
        }
        let mean = found.reduce(0) { $0 + $1.estimate } / Double(draws)
        let variance = found.reduce(0) { $0 + ($1.estimate - mean) * ($1.estimate - mean) } / Double(draws - 1)
        let truth = responds ? 0.0009 : 0
        #expect(abs(mean - truth) < 4 * (variance / Double(draws)).squareRoot(), "\(mean)")
        let claimed = found.reduce(0) { $0 + $1.standardError * $1.standardError } / Double(draws)
        #expect(claimed / variance > 0.7 && claimed / variance < 2, "\(claimed / variance)")
    }

    /// p ≤ 0.01 in no more of 1000 data sets without a response than it may, also for strata that correlate and units of very
    /// different power.
    @Test(arguments: [6, 24, 64], [4, 500]) func falseAlarms(units: Int, strata: Int) throws {
        let trials = strata == 4 ? 1000 : 300
        for (width, heavy) in [(1, false), (8, false), (1, true)] {
            let count = try alarms(trials) { trial in
                let all = Self.units(trial, units: units, strata: strata, width: min(width, strata), heavy: heavy)
                return try Self.energy(all).pValue(beyond: 0).value <= 0.01
            }
            #expect(count <= binomialBand(trials, rate: 0.01).upperBound, "\(width) \(heavy): \(count)")
        }
    }

    /// Few units do not hide a response in many strata: five standard deviations of chance in 500 strata.
    @Test(arguments: [6, 24]) func planted(units: Int) throws {
        // Σ_{u≠v} of products has a spread of √(2 n (n-1) S).
        let pairs = Double(units * (units - 1)), size = (5 * (2 * pairs * 500).squareRoot() / pairs / 500).squareRoot()
        let count = try alarms(100) { trial in
            try Self.energy(Self.units(trial, units: units, strata: 500) { $0 % 2 == 0 ? size : -size })
                .pValue(beyond: 0).value <= 0.01
        }
        #expect(count >= 50, "\(count)")
    }
}
