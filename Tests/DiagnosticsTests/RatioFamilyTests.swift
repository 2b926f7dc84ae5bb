import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct RatioFamilyTests {
    /// Two units, two members: θ = (4/2, 2/4). Residuals of the first are 3 - 2 and 1 - 2, so that its SE is √(2 · 2)/2 = 1; the second has
    /// none.
    @Test func byHand() throws {
        let family = RatioFamily(numerators: [[3, 1], [1, 1]], denominators: [[1, 2], [1, 2]])
        #expect(family.unitCount == 2)
        let first = try family.strongest(beyond: 1)
        #expect(first.member == 0 && first.estimate.estimate == 2 && first.estimate.standardError == 1)
        // Two units have an error, and neither interval nor probability.
        #expect(first.pValue == nil && first.estimate.interval95 == nil && first.estimate.unitCount == 2)
        // Exact, and beyond ±0.25: farther in its own errors than anything.
        let second = try family.strongest(beyond: 0.25)
        #expect(second.member == 1 && second.estimate.estimate == 0.5 && second.estimate.standardError == 0)
        // One denominator for all: θ = (1, ½), residuals ±1 over 4.
        let shared = try RatioFamily(numerators: [[3, 1], [1, 1]], denominators: [[2], [2]]).strongest(beyond: 0.7)
        #expect(shared.member == 0 && shared.estimate.estimate == 1 && shared.estimate.standardError == 0.5)
        let lone = try RatioFamily(numerators: [[3, 1]], denominators: [[2]]).strongest(beyond: 0)
        #expect(lone.estimate.standardError == nil && lone.pValue == nil)
    }

    /// Twelve units, C = θV ± r: p and intervals are those of one member times, or for, all members that have a denominator.
    @Test func bonferroni() throws {
        let signs = (0..<12).map { $0 % 2 == 0 ? 1.0 : -1 }
        let numerators = signs.map { [0.2 + 0.05 * $0, -0.9 + 0.01 * $0, 5, 0.001 * $0] }
        let denominators = signs.map { _ in [1.0, 1, 0, 1] }
        let found = try RatioFamily(numerators: numerators, denominators: denominators).strongest(beyond: 0.1)
        // 12/11 · 12 · 0.01² is the sum of squares of the second, over a total of 12.
        let error = (12.0 / 11 * 12 * 1e-4).squareRoot() / 12
        #expect(found.member == 1 && abs(found.estimate.estimate + 0.9) < 1e-12)
        #expect(abs(try #require(found.estimate.standardError) - error) < 1e-12)
        let one = try #require(BeyondBound.pValue(-0.9, standardError: error, unitCount: 12, .within(0.1)))
        #expect(abs(try #require(found.pValue).value / one.value - 3) < 1e-6)
        let interval = try #require(found.estimate.interval95)
        let t = StudentT(degreesOfFreedom: 11).quantile(1 - 0.025 / 3)
        #expect(abs(interval.upper - (-0.9 + t * error)) < 1e-12 && interval.confidence == 0.95)
        // What is negative is not above a bound.
        let family = RatioFamily(numerators: numerators, denominators: denominators)
        #expect(try family.largest(beyond: 0.1).member == 0)
        #expect(
            try RatioFamily(numerators: signs.map { [-1 + 0.1 * $0] }, denominators: signs.map { _ in [1] })
                .largest(beyond: 0.1).pValue?.value == 1)
        #expect(throws: Undetermined.self) {
            try RatioFamily(numerators: [[1, 2]], denominators: [[0, -1]]).strongest(beyond: 0.1)
        }
    }

    private static func family(_ trial: Int, units: Int, effect: Double = 0, shift: Double = 0) -> RatioFamily {
        var stream = RandomStream(seed: 17, purpose: .test, domain: units, image: trial)
        let powers = (0..<units).map { _ in [0.5 + stream.uniform()] }
        let products = powers.map { power in
            (0..<100).map { (($0 == 17 ? effect : shift) + 0.1 * stream.gaussian()) * power[0] }
        }
        return RatioFamily(numerators: products, denominators: powers)
    }

    /// A hundred members, nothing in any, or all of them on the margin: p ≤ 0.05 in no more of 400 data sets than it may.
    @Test(arguments: [6, 24, 64]) func falseAlarms(units: Int) throws {
        let band = binomialBand(400, rate: 0.05)
        let exact = try alarms(400) {
            try Self.family($0, units: units).strongest(beyond: 0).pValue?.value ?? 0 <= 0.05
        }
        #expect(exact <= band.upperBound, "\(exact)")
        let bound = try alarms(400) {
            try Self.family($0, units: units, effect: 0.1, shift: 0.1).strongest(beyond: 0.1).pValue?.value ?? 0 <= 0.05
        }
        #expect(bound <= band.upperBound, "\(bound)")
        let none = try alarms(200) {
            try Self.family($0, units: units).strongest(beyond: 0.1).pValue?.value ?? 0 <= 0.05
        }
        #expect(none == 0 || units == 6 && none <= 10)
    }

    @Test func planted() throws {
        for trial in 0..<100 {
            let found = try Self.family(trial, units: 24, effect: 0.3).strongest(beyond: 0.01)
            #expect(found.member == 17 && found.pValue?.value ?? 1 < 0.001 && abs(found.estimate.estimate - 0.3) < 0.1)
        }
    }
}
