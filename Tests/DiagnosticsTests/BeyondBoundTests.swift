import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct BeyondBoundTests {
    private func p(_ estimate: Double, _ error: Double, _ units: Int, _ criterion: Criterion) -> Double? {
        BeyondBound.pValue(estimate, standardError: error, unitCount: units, criterion)?.value
    }

    /// Tails of t in closed form: ½ - atan(t)/π with one degree of freedom, ½ - t/(2√(2 + t²)) with two; and a table's 4.032143 at 0.995
    /// with five.
    @Test func byHand() throws {
        #expect(abs(try #require(p(0.03, 0.02, 2, .within(0.01))) - 0.5) < 1e-12)
        #expect(abs(try #require(p(-0.03, 0.02, 2, .within(0.01))) - 0.5) < 1e-12)
        #expect(abs(try #require(p(0.03, 0.02, 2, .below(0.01))) - 0.25) < 1e-12)
        let root = 2.0.squareRoot()
        #expect(abs(try #require(p(1 + root, 1, 3, .below(1))) - (0.5 - root / 4)) < 1e-12)
        #expect(abs(try #require(p(1 - root, 1, 3, .notBelow(1))) - (0.5 - root / 4)) < 1e-12)
        #expect(abs(try #require(p(4.032143, 1, 6, .within(0))) - 0.01) < 1e-8)
    }

    /// An effect within the bound is never rejected, however sure; one beyond it is rejected more surely with more data.
    @Test func withinTheBoundIsOne() throws {
        for error in [0, 1e-9, 1.0] {
            for (estimate, criterion) in [
                (0.01, Criterion.within(0.01)), (-0.009, .within(0.01)), (-5, .below(0.01)), (0.01, .below(0.01)),
                (0.98, .notBelow(0.98)), (7, .notBelow(0.98)),
            ] {
                #expect(p(estimate, error, 24, criterion) == 1)
            }
        }
        // Just beyond: two tails of one half are at most 1.
        #expect(try #require(p(0.01 + 1e-12, 1, 6, .within(0.01))) <= 1)
        var last = 1.0
        for units in [2, 3, 6, 24, 1000] {
            let next = try #require(p(0.04, 0.01, units, .within(0.01)))
            #expect(next < last)
            last = next
        }
    }

    /// Nothing varies: the estimate is exact.
    @Test func exact() {
        #expect(p(0.011, 0, 24, .within(0.01)) == 0 && p(-0.011, 0, 2, .within(0.01)) == 0)
        #expect(p(0.97, 0, 24, .notBelow(0.98)) == 0 && p(0.02, 0, 24, .below(0.01)) == 0)
    }

    /// Tails of t in closed form: ln(4)·4/SE and two degrees of freedom. Within the bound, exact, and of one unit as any other bound.
    @Test func energiesByHand() throws {
        func energy(_ estimate: Double, _ error: Double, _ units: Int) -> Double? {
            BeyondBound.pValue(ofEnergy: estimate, standardError: error, unitCount: units, above: 1e-4)?.value
        }
        let t = log(4.0) * 4 / 2
        #expect(abs(try #require(energy(4e-4, 2e-4, 3)) - (0.5 - t / (2 * (2 + t * t).squareRoot()))) < 1e-12)
        #expect(energy(1e-4, 1e-5, 24) == 1 && energy(0, 0, 24) == 1 && energy(2e-4, 0, 24) == 0)
        #expect(energy(2e-4, 1e-4, 1) == nil && energy(.nan, 1e-4, 9) == nil)
    }

    /// A mean of 24 squares of one degree of freedom each. On its bound it is beyond it at most as often as the level says, at 4 times the
    /// bound it is found, and far more often than by its difference from the bound.
    @Test func energiesKeepTheirLevelAndArePowerful() throws {
        func rate(_ energy: Double, _ p: (Double, Double) -> Double) -> Double {
            Double(
                (0..<2000).count { trial in
                    var stream = RandomStream(seed: 5, purpose: .noise, image: trial)
                    let squares = (0..<24).map { _ in energy * pow(stream.gaussian(), 2) }
                    let mean = squares.reduce(0, +) / 24
                    let variance = squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 23
                    return p(mean, (variance / 24).squareRoot()) <= 0.01
                }) / 2000
        }
        func byLogarithm(_ mean: Double, _ error: Double) -> Double {
            BeyondBound.pValue(ofEnergy: mean, standardError: error, unitCount: 24, above: 1)?.value ?? 1
        }
        func byDifference(_ mean: Double, _ error: Double) -> Double { p(mean, error, 24, .below(1)) ?? 1 }
        let (null, found, plain) = (rate(1, byLogarithm), rate(4, byLogarithm), rate(4, byDifference))
        // Simulated with NumPy, 200,000 times: 0.0075, 0.972 and 0.659; four standard errors of 2,000 trials.
        #expect(null <= 0.0152, "\(null)")
        #expect(abs(found - 0.972) < 0.015 && abs(plain - 0.659) < 0.043, "\(found) \(plain)")
    }

    @Test func noProbability() {
        #expect(p(1, 0.1, 1, .within(0.01)) == nil && p(1, 0.1, 0, .below(0)) == nil)
        for bad in [Double.nan, .infinity] {
            #expect(p(bad, 0.1, 9, .within(0.01)) == nil && p(1, bad, 9, .within(0.01)) == nil)
        }
        for criterion in [Criterion.none, .exactlyZero, .pBelow(0.01)] { #expect(p(1, 0.1, 9, criterion) == nil) }
    }

    /// An effect on its bound is found beyond it as often as the level says: ½ of both sides' 5 %, since the other side is far away.
    @Test(arguments: [6, 24]) func falseAlarmsOnTheBound(units: Int) throws {
        let count = try alarms(1000) { trial in
            let estimate = IntervalEstimator(unitSums: leakRows(units: units, coefficient: 0.3, image: trial), seed: 1)
                .ratio(0, over: 1)
            return p(estimate?.estimate ?? .nan, estimate?.standardError ?? .nan, units, .within(0.3)).map {
                $0 <= 0.05
            }
                ?? true
        }
        #expect(binomialBand(1000, rate: 0.025).contains(count), "\(count)")
    }
}
