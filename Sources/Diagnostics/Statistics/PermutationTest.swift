import Engine

/// A family of statistics as observed, and again in B draws under a null hypothesis: the one design of all permutation
/// tests here. Whatever draws the null (`FieldNull`, signs of tiles, fresh noise), the p-values are made here.
///
/// p = (1 + #{T* ≥ T})/(B + 1): the observed value is one of the equally likely ones, so p is never 0 and the test is exact
/// for exchangeable draws (Phipson and Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010).
public struct PermutationTest: Sendable {
    /// T of each member of the family; the larger, the stronger the evidence.
    public let observed: [Double]
    /// T* of each draw, draws × family.
    public let draws: [[Double]]

    /// - Precondition: at least one statistic and one draw, rows as long as the family.
    /// - Throws: `Undetermined` for a statistic that is NaN.
    public init(observed: [Double], draws: [[Double]]) throws {
        precondition(
            !observed.isEmpty && !draws.isEmpty && draws.allSatisfy { $0.count == observed.count },
            "PermutationTest: \(observed.count) statistics, \(draws.count) draws")
        guard !observed.contains(where: \.isNaN), !draws.contains(where: { $0.contains(where: \.isNaN) }) else {
            throw Undetermined(description: "a permuted statistic is not a number")
        }
        self.observed = observed
        self.draws = draws
    }

    /// Draws the null, each draw from a random stream of its own: the same for every thread count.
    ///
    /// - Parameters:
    ///   - count: B. The smallest p-value is 1/(B + 1).
    ///   - domain: separates the streams of several tests with one seed.
    ///   - draw: the statistics of one draw under the null.
    /// - Throws: what `draw` throws, and `Undetermined` for a statistic that is NaN.
    public init(
        observed: [Double], count: Int, seed: UInt64, domain: Int = 0,
        draw: @Sendable (inout RandomStream) throws -> [Double]
    ) throws {
        try self.init(
            observed: observed,
            draws: try Parallel.map(count) { index in
                var stream = RandomStream(seed: seed, purpose: .permutation, domain: domain, draw: index)
                return try draw(&stream)
            })
    }

    /// Tests two sets of fields, pair by pair: `null` draws the second set anew.
    ///
    /// - Parameter statistic: of all pairs together, one number or a family of them.
    /// - Precondition: as many fields on either side.
    /// - Throws: what `null` and `statistic` throw, and `Undetermined` for a statistic that is NaN.
    public init(
        _ u: [Plane], _ v: [Plane], null: FieldNull, count: Int, seed: UInt64,
        statistic: @Sendable ([Plane], [Plane]) throws -> [Double]
    ) throws {
        precondition(u.count == v.count && !u.isEmpty, "PermutationTest: \(u.count) fields against \(v.count)")
        try self.init(observed: try statistic(u, v), count: count, seed: seed) { stream in
            try statistic(u, null.draw(v, &stream))
        }
    }

    /// Tests a statistic that is a sum over pairs of fields by re-pairing: all n² pairs are measured once, and any number of
    /// orders costs no more.
    ///
    /// - Parameter pairs: pairs[i][j] relates field i of the first set to field j of the second.
    /// - Throws: `Undetermined` for fewer than 6 fields, whose 120 orders or less decide nothing, or a NaN.
    public init(repairing pairs: [[Double]], count: Int, seed: UInt64, domain: Int = 0) throws {
        precondition(pairs.allSatisfy { $0.count == pairs.count }, "PermutationTest: pairs must be square")
        guard pairs.count >= IntervalEstimator.fewestForInterval else {
            throw Undetermined(
                description: "re-pairing needs \(IntervalEstimator.fewestForInterval) fields, there are \(pairs.count)")
        }
        // Sums in different orders round differently; what is equal in exact arithmetic must stay a tie.
        let slack = 1e-12 * pairs.joined().reduce(0) { $0 + $1.magnitude } / Double(pairs.count)
        let observed = pairs.indices.reduce(0) { $0 + pairs[$1][$1] } - slack
        try self.init(observed: [observed], count: count, seed: seed, domain: domain) { stream in
            [stream.permutation(pairs.count).enumerated().reduce(0) { $0 + pairs[$1.offset][$1.element] }]
        }
    }

    /// Of one member of the family, as if it were the only one.
    public func pValue(_ member: Int = 0) -> PValue {
        pValue(observed[member], of: draws.map { $0[member] })
    }

    /// Of each member, corrected for having looked at all: max-T, step-down (Westfall and Young, Resampling-Based Multiple
    /// Testing, 1993, algorithm 4.1). Members must have one scale: studentise them.
    public var familywise: [PValue] {
        let order = observed.indices.sorted { (observed[$1], $0) < (observed[$0], $1) }
        var largest = [Double](repeating: -.infinity, count: draws.count)
        var adjusted = [Double](repeating: 1, count: observed.count)
        for member in order.reversed() {
            for index in draws.indices { largest[index] = max(largest[index], draws[index][member]) }
            adjusted[member] = pValue(observed[member], of: largest).value
        }
        var running = 0.0
        for member in order {
            running = max(running, adjusted[member])
            adjusted[member] = running
        }
        return adjusted.map { PValue($0) }
    }

    private func pValue(_ value: Double, of null: [Double]) -> PValue {
        PValue(Double(1 + null.count { $0 >= value }) / Double(null.count + 1))
    }
}
