import Engine

/// The shared shape of checks that are a statistic of sums over tiles: which products are summed, and what is made of them.
///
/// Tiles are the units where the noise of one says nothing about that of another. Noise that runs along rows or columns
/// or is smooth over 8 pixels (`LongCorrelation`) does; then whole images are.
struct TileTerms {
    /// One row of sums per tile, in the order in which samples came.
    private(set) var rows: [[Double]] = []
    /// Which image each row is of.
    private var images: [Int] = []
    private var noise = LongCorrelation()
    var tiling = Tiling.standard

    mutating func add(_ products: [([Double], [Double])], of sample: Sample) {
        add(sums: tiling.sums(products, shape: sample.shape), of: sample)
    }

    /// Sums that were made before, tile by tile.
    mutating func add(sums: [[Double]], of sample: Sample) {
        let image = (images.last ?? -1) + 1
        rows += sums
        images += sums.map { _ in image }
        noise.add(sample.longCorrelation())
    }

    /// What is resampled.
    var unit: ResamplingUnit { noise.isLong ? .scene : .noise }

    /// The sums of what is resampled.
    var units: [[Double]] { noise.isLong ? rows.summed(by: images) : rows }

    /// The statistic of all tiles with its intervals.
    ///
    /// - Throws: `Undetermined` without tiles, or where the statistic is not finite.
    func estimate(_ scope: Scope, comparisons: Int = 1, _ statistic: @escaping SumStatistic) throws -> IntervalEstimate
    {
        guard !rows.isEmpty else { throw Undetermined(description: "every image is constant, or there is none") }
        let estimator = IntervalEstimator(unitSums: units, seed: scope.seed)
        guard let estimate = estimator.estimate(of: statistic, comparisons: comparisons) else {
            throw Undetermined(description: "the statistic is not finite: no noise, or values that are not numbers")
        }
        return estimate
    }
}

/// Sums over tiles of products with the noise of one observation, for statistics that are 0 without leakage because that noise has
/// zero mean whatever the signal. Where it has not (clipped, Rician), ⟨e, n⟩ also holds the product of two biases: the error of any
/// denoiser follows the signal as well.
struct NoiseTerms {
    private var terms = TileTerms()
    private var bias: DecompositionZeroMean
    private let refusesBias: Bool
    /// Largest bias, over σ, that is let pass: its square is what a denoiser that reproduces it adds to a share of the noise.
    private static let largestBias = 0.05

    /// - Parameters:
    ///   - ofSource: whether the noise is that of the source; otherwise it is the target's.
    ///   - tiling: of the products.
    ///   - refusesBias: `false` for an error that holds a known share of the noise, whatever its mean.
    init(ofSource: Bool = false, tiling: Tiling = .standard, refusesBias: Bool = true) {
        self.refusesBias = refusesBias
        bias = DecompositionZeroMean(margin: Self.largestBias, ofSource: ofSource)
        terms.tiling = tiling
    }

    mutating func add(_ products: [([Double], [Double])], of sample: Sample) throws {
        terms.add(products, of: sample)
        if refusesBias { try bias.observe(sample) }
    }

    /// What is resampled.
    var unit: ResamplingUnit { terms.unit }

    /// The sums of what is resampled.
    ///
    /// - Throws: `SampleError.outOfScope` where the mean of the noise follows the signal.
    func units(_ scope: Scope) throws -> [[Double]] {
        if refusesBias { try bias.requireZeroMean(scope, within: Self.largestBias) }
        return terms.units
    }

    /// The statistic of all tiles with its intervals.
    ///
    /// - Throws: as `TileTerms.estimate`, and as `units`.
    func estimate(_ scope: Scope, comparisons: Int = 1, _ statistic: @escaping SumStatistic) throws -> IntervalEstimate
    {
        let result = try terms.estimate(scope, comparisons: comparisons, statistic)
        _ = try units(scope)
        return result
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
