import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields

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
