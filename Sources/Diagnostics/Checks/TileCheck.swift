import Engine

/// The shared shape of checks that are a statistic of sums over tiles: which products are summed, and what is made of them.
struct TileTerms {
    /// One row of sums per tile, in the order in which samples came.
    private(set) var rows: [[Double]] = []
    var tiling = Tiling.standard

    mutating func add(_ products: [([Double], [Double])], of sample: Sample) {
        rows += tiling.sums(products, shape: sample.shape)
    }

    /// The statistic of all tiles with its intervals.
    ///
    /// - Throws: `Undetermined` without tiles, or where the statistic is not finite.
    func estimate(_ scope: Scope, comparisons: Int = 1, _ statistic: @escaping SumStatistic) throws -> IntervalEstimate
    {
        guard !rows.isEmpty else { throw Undetermined(description: "no tile was observed") }
        let estimator = IntervalEstimator(unitSums: rows, seed: scope.seed)
        guard let estimate = estimator.estimate(of: statistic, comparisons: comparisons) else {
            throw Undetermined(description: "the statistic is not finite: no noise, or values that are not numbers")
        }
        return estimate
    }
}
