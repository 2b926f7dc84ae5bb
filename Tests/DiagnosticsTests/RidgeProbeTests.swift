import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Studies
@testable import Tensors

@Suite struct RidgeProbeTests {
    private struct Golden: Decodable {
        struct Group: Decodable { let features, targets: [Double] }
        struct Case: Decodable { let penalty, determination: Double }
        let features, targets: Int
        let groups: [Group]
        let cases: [Case]
    }

    @Test func agreesWithLeastSquaresOfNumPy() throws {
        let golden: Golden = try fixture("statistics/ridge_probe.json")
        var probe = RidgeProbe(features: golden.features, targets: golden.targets)
        for group in golden.groups { probe.add(features: group.features, targets: group.targets) }
        for expected in golden.cases {
            #expect(abs(try probe.determination(penalty: expected.penalty) - expected.determination) < 1e-10)
        }
    }

    /// Groups of `rows` rows: `features` random numbers, of which the target is `share` times the first plus noise.
    private func probe(share: Double, features: Int = 12, groups: Int = 4, rows: Int = 600, draw: Int = 0) -> RidgeProbe
    {
        var probe = RidgeProbe(features: features, targets: 1)
        for group in 0..<groups {
            var stream = RandomStream(seed: 5, purpose: .test, image: group, draw: draw)
            var x: [Double] = [], y: [Double] = []
            for _ in 0..<rows {
                let row = (0..<features).map { _ in stream.gaussian() }
                x += row
                y.append(share * row[0] + (1 - share * share).squareRoot() * stream.gaussian())
            }
            probe.add(features: x, targets: y)
        }
        return probe
    }

    @Test(arguments: [(1.0, 1.0), (0.8, 0.64), (0.3, 0.09)]) func aPlantedShareIsFound(share: Double, expected: Double)
        throws
    {
        #expect(abs(try probe(share: share).determination(penalty: 1e-6) - expected) < 0.03)
    }

    /// Left-out R² of unrelated features scatters below and about 0: -p/m, and never looks like a finding.
    @Test func unrelatedFeaturesGiveNothing() throws {
        let found = try (0..<60).map {
            try probe(share: 0, groups: 3, rows: 200, draw: $0).determination(penalty: 1e-6)
        }
        #expect(found.reduce(0, +) / 60 < 0 && found.allSatisfy { abs($0) < 0.15 })
        #expect(found.count { $0 > 0.02 } <= 3)
    }

    @Test func aFeatureThatNeverVariesHasNoWeight() throws {
        var with = RidgeProbe(features: 2, targets: 1), without = RidgeProbe(features: 1, targets: 1)
        for group in 0..<3 {
            let x = (0..<8).map { Double(($0 * 7 + group * 3) % 11) }, y = x.map { 2 * $0 + Double(Int($0) % 3) }
            without.add(features: x, targets: y)
            with.add(features: x.flatMap { [$0, 4] }, targets: y)
        }
        let found = try with.determination(penalty: 0.01)
        #expect(abs(found - (try without.determination(penalty: 0.01))) < 1e-9)
    }

    @Test func whatCannotBeProbedIsSaid() throws {
        var probe = RidgeProbe(features: 1, targets: 1)
        probe.add(features: [1, 2], targets: [0, 0])
        #expect(throws: Undetermined.self) { try probe.determination(penalty: 1) }
        probe.add(features: [2, 3], targets: [0, 0])
        #expect(throws: Undetermined.self) { try probe.determination(penalty: 1) }
    }

    /// 4·x + 2·y = 2, 2·x + 3·y = 5: x = -0.5, y = 2.
    @Test func choleskyByHand() throws {
        let x = try CholeskySolver([4, .nan, 2, 3], side: 2).solve([2, 5])
        #expect(abs(x[0] + 0.5) < 1e-15 && abs(x[1] - 2) < 1e-15)
        #expect(throws: Undetermined.self) { try CholeskySolver([1, 0, 2, 1], side: 2) }
    }

    /// A cell of a map at half the resolution stands over a square of four pixels.
    @Test func cellsStandOverTheirPixels() {
        let noise = (0..<16).map(Double.init), features = Tensor([1, 2, 2, 1], [10, 11, 12, 13])
        let rows = FeatureProbe.cells(features, noise, shape: [4, 4, 1])
        #expect(rows.features == [10, 11, 12, 13] && rows.widths == (1, 4))
        #expect(rows.targets == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15])
    }
}
