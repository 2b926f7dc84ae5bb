import Engine
import Testing

@testable import Diagnostics

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
            let mean = members.reduce(0) { $0 + Double($1) } / 64
            #expect(members.allSatisfy { bins[$0] == Double($0) - mean })
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

    /// Less than 64 values are one bin: a mean of all.
    @Test func fewValuesAreOneBin() {
        #expect(ConditionalRanks(given: [0, 1, 2, 3]).centred([1, 2, 3, 6]) == [-2, -1, 0, 3])
    }
}
