import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct ConditionalRanksTests {
    /// Ranks within bins of the condition; ties share the middle.
    @Test func conditionalRanks() {
        #expect(ConditionalRanks(given: [0, 9, 5, 5]).ranks(of: [3, 1, 2, 2]) == [0.875, 0.125, 0.5, 0.5])
        #expect(ConditionalRanks(given: []).ranks(of: []).isEmpty)
        #expect(ConditionalRanks(given: [1]).ranks(of: [7]) == [0.5])
        // Zeros of both signs are one number; equal conditions keep their order.
        let signs = (0..<192).map { [Float(0), -1, -0, 2e-39, -3e38, 1][$0 % 6] }
        let sorted = signs.indices.sorted { (signs[$0], $0) < (signs[$1], $1) }
        let bins = ConditionalRanks(given: signs).centred(signs.indices.map(Double.init), bins: 3)
        for bin in 0..<3 {
            let members = sorted[bin * 64..<(bin + 1) * 64]
            // Neither a mean nor a slope over the condition is left.
            #expect(abs(members.reduce(0) { $0 + bins[$1] }) < 1e-9)
            let scale = members.map { Double(signs[$0].magnitude) }.max() ?? 1
            #expect(abs(members.reduce(0) { $0 + bins[$1] * Double(signs[$1]) / max(scale, 1e-300) }) < 1e-6)
        }
        // The condition sets level and mean of u; ranks know neither, and follow u in each bin.
        var stream = RandomStream(seed: 6, purpose: .test)
        let given = (0..<2048).map { _ in Float(stream.gaussian()) }
        let condition = given.map(Double.init)
        let u = condition.map { $0 + (0.1 + $0.magnitude) * stream.gaussian() }
        let ranks = ConditionalRanks(given: given).ranks(of: u)
        let order = condition.indices.sorted { condition[$0] < condition[$1] }
        for bin in 0..<32 {
            let members = order[bin * 64..<(bin + 1) * 64].sorted { u[$0] < u[$1] }
            #expect(members.map { ranks[$0] } == (0..<64).map { (Double($0) + 0.5) / 64 })
        }
    }

    /// Sixteen bins of equally many values in the order of the condition, whatever the order of the values.
    @Test func equallyFilledBins() {
        let bins = ConditionalRanks(given: [5, 1, 4, 2, 3, 0, 7, 6]).bins(4)
        #expect(bins == [2, 0, 2, 1, 1, 0, 3, 3])
        // Fewer values than bins: none twice, none beyond the last.
        #expect(ConditionalRanks(given: [3, 1, 2]).bins(16) == [10, 0, 5])
        #expect(ConditionalRanks(given: []).bins(16).isEmpty)
    }

    /// Less than 64 values are one bin: a straight line through all, 0.6 + 1.6 c by hand; a mean where the condition is constant.
    @Test func fewValuesAreOneBin() {
        let found = ConditionalRanks(given: [0, 1, 2, 3]).centred([1, 2, 3, 6])
        #expect(zip(found, [0.4, -0.2, -0.8, 0.6]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(found)")
        #expect(ConditionalRanks(given: [5, 5, 5, 5]).centred([1, 2, 3, 6]) == [-2, -1, 0, 3])
    }
}
