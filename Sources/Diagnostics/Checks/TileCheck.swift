import Engine

/// The shared shape of checks that are a statistic of sums over tiles: which products are summed, and what is made of them.
///
/// Tiles are the units where the noise of one says nothing about that of another. Noise that runs along rows or columns
/// (`LineCorrelation`) does; then whole images are.
struct TileTerms {
    /// One row of sums per tile, in the order in which samples came.
    private(set) var rows: [[Double]] = []
    /// Which image each row is of.
    private var images: [Int] = []
    private var lines = LineCorrelation()
    var tiling = Tiling.standard

    mutating func add(_ products: [([Double], [Double])], of sample: Sample) {
        add(sums: tiling.sums(products, shape: sample.shape), of: sample)
    }

    /// Sums that were made before, tile by tile.
    mutating func add(sums: [[Double]], of sample: Sample) {
        let image = (images.last ?? -1) + 1
        rows += sums
        images += sums.map { _ in image }
        lines.add(sample.lines())
    }

    /// What is resampled.
    var unit: ResamplingUnit { lines.isLong ? .scene : .noise }

    /// The sums of what is resampled.
    var units: [[Double]] { lines.isLong ? rows.summed(by: images) : rows }

    /// The statistic of all tiles with its intervals.
    ///
    /// - Throws: `Undetermined` without tiles, or where the statistic is not finite.
    func estimate(_ scope: Scope, comparisons: Int = 1, _ statistic: @escaping SumStatistic) throws -> IntervalEstimate
    {
        guard !rows.isEmpty else { throw Undetermined(description: "no tile was observed") }
        let estimator = IntervalEstimator(unitSums: units, seed: scope.seed)
        guard let estimate = estimator.estimate(of: statistic, comparisons: comparisons) else {
            throw Undetermined(description: "the statistic is not finite: no noise, or values that are not numbers")
        }
        return estimate
    }
}

extension [[Double]] {
    /// Column sums of the rows of each group; groups follow each other.
    func summed(by groups: [Int]) -> [[Double]] {
        var result: [[Double]] = []
        var last: Int?
        for (row, group) in zip(self, groups) {
            if group != last {
                result.append(row)
                last = group
            } else {
                for k in row.indices { result[result.count - 1][k] += row[k] }
            }
        }
        return result
    }
}
