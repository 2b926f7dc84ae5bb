import Tensors

/// A family of statistics as observed, and again in B draws under a null hypothesis: the one design of all permutation
/// tests here.
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

    /// Of one member of the family, as if it were the only one.
    public func pValue(_ member: Int = 0) -> PValue {
        pValue(observed[member], of: draws.map { $0[member] })
    }

    private func pValue(_ value: Double, of null: [Double]) -> PValue {
        PValue(Double(1 + null.count { $0 >= value }) / Double(null.count + 1))
    }
}
