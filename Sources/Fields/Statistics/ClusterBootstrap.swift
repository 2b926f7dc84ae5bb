import Synchronization
import Tensors

/// Resampling of whole units with replacement.
///
/// One set of resampled totals serves every statistic: numerator and denominator, and both arms of a comparison whose
/// terms stand side by side in the rows, see the same units, so what they share cancels as it does in the data.
public struct ClusterBootstrap: Sendable {
    /// What is resampled.
    public let sums: UnitSums
    /// Totals of each resample: replicates × terms.
    private let replicateTotals: [[Double]]

    /// Draws the resamples, each from its own random stream, so that their bytes do not depend on the thread count.
    ///
    /// - Precondition: at least one unit and one replicate.
    public init(_ sums: UnitSums, seed: UInt64, replicates: Int = 2000) {
        precondition(replicates > 0, "ClusterBootstrap: \(replicates) replicates")
        self.sums = sums
        let rows = PackedRows(sums.rows)
        replicateTotals = Self.map(replicates, piece: 32) { range in
            let counts = range.map { Self.counts(units: rows.count, seed: seed, replicate: $0) }
            return rows.totals(counts)
        }
    }

    /// The same for rows of sums: units × terms.
    public init(unitSums: [[Double]], seed: UInt64, replicates: Int = 2000) {
        self.init(UnitSums(unitSums), seed: seed, replicates: replicates)
    }

    /// How often a statistic takes which value when units are resampled; `nil` where it is not finite for all units, for
    /// one left out, or in any resample (a denominator that can vanish has no interval).
    public func distribution(of statistic: SumStatistic) -> BootstrapDistribution? {
        BootstrapDistribution(
            estimate: statistic(sums.totals), leaveOneOut: sums.leaveOneOut(statistic),
            replicates: replicateTotals.map(statistic))
    }

    /// The BCa interval of a statistic; `nil` in the degenerate cases of `distribution(of:)` and
    /// `BootstrapDistribution.interval(confidence:)`.
    public func interval(confidence: Double, of statistic: SumStatistic) -> ConfidenceInterval? {
        distribution(of: statistic)?.interval(confidence: confidence)
    }

    /// The standard deviation of the resampled statistic; `nil` in the degenerate cases of `distribution(of:)`.
    public func standardError(of statistic: SumStatistic) -> Double? {
        distribution(of: statistic)?.standardError
    }

    /// The same for several statistics at once, such as a curve over rings of frequency: `curve` returns as many numbers
    /// for any sums, and is called on all threads.
    public func distributions(of curve: @Sendable ([Double]) -> [Double]) -> [BootstrapDistribution?] {
        let estimates = curve(sums.totals)
        func values(_ count: Int, _ totals: @Sendable (Int) -> [Double]) -> [[Double]] {
            Self.map(count, piece: 16) { $0.map { curve(totals($0)) } }
        }
        let leaveOneOut = values(sums.count) { sums.totals(without: $0) }
        let replicates = values(replicateTotals.count) { replicateTotals[$0] }
        // Eight neighbouring numbers of a curve share a cache line.
        return Self.map(estimates.count, piece: 8) { range in
            range.map { index in
                BootstrapDistribution(
                    estimate: estimates[index], leaveOneOut: leaveOneOut.map { $0[index] },
                    replicates: replicates.map { $0[index] })
            }
        }
    }

    /// How often a resample holds each unit.
    static func counts(units: Int, seed: UInt64, replicate: Int) -> [Int] {
        var stream = RandomStream(seed: seed, purpose: .bootstrap, image: replicate)
        var counts = [Int](repeating: 0, count: units)
        for _ in 0..<units {
            // Multiply and shift: no unit's probability is off by more than 2⁻³².
            counts[Int((UInt64(stream.next32()) &* UInt64(units)) >> 32)] += 1
        }
        return counts
    }

    /// What `body` makes of each piece of `0..<count`, over all threads, joined in order.
    private static func map<T: Sendable>(_ count: Int, piece: Int, _ body: (Range<Int>) -> [T]) -> [T] {
        let results = Mutex([[T]](repeating: [], count: (count + piece - 1) / piece))
        Parallel.forRanges(count, length: piece) { range in
            let made = body(range)
            results.withLock { $0[range.lowerBound / piece] = made }
        }
        return Array(results.withLock { $0 }.joined())
    }
}

/// Rows of sums in vectors of 8 terms, for the product of a matrix of counts with them.
private struct PackedRows {
    private typealias Vector = SIMD8<Double>

    let count: Int
    private let terms: Int
    /// Of each 8 terms the vectors of all rows; they fit the first cache together.
    private let blocks: [[Vector]]

    init(_ rows: [[Double]]) {
        count = rows.count
        let terms = rows[0].count
        self.terms = terms
        blocks = stride(from: 0, to: terms, by: 8).map { start in
            rows.map { row in Self.vector(start..<terms) { row[$0] } }
        }
    }

    /// Σ_i c_i · row_i for each resample's counts c, in the order of the rows; 8 resamples × 8 terms at a time.
    func totals(_ resamples: [[Int]]) -> [[Double]] {
        let counts = stride(from: 0, to: resamples.count, by: 8).map { start in
            (0..<count).map { row in Self.vector(start..<resamples.count) { Double(resamples[$0][row]) } }
        }
        var totals = resamples.map { _ in [Double](repeating: 0, count: terms) }
        for (block, vectors) in blocks.enumerated() {
            for (group, counts) in counts.enumerated() {
                var sums = InlineArray<8, Vector>(repeating: Vector())
                for (vector, counts) in zip(vectors, counts) {
                    for lane in 0..<8 { sums[lane].addProduct(Vector(repeating: counts[lane]), vector) }
                }
                for resample in 8 * group..<min(8 * group + 8, resamples.count) {
                    for term in 8 * block..<min(8 * block + 8, terms) {
                        totals[resample][term] = sums[resample - 8 * group][term - 8 * block]
                    }
                }
            }
        }
        return totals
    }

    /// The first 8 elements of the range, zeros where there are fewer.
    private static func vector(_ range: Range<Int>, _ element: (Int) -> Double) -> Vector {
        var vector = Vector()
        for index in range.prefix(8) { vector[index - range.lowerBound] = element(index) }
        return vector
    }
}

/// A statistic's values over resamples, with what a BCa interval needs beside them.
///
/// Bias-corrected and accelerated (Efron, "Better bootstrap confidence intervals", JASA 82, 1987): the percentiles are
/// shifted by z₀, how far the estimate is from the resamples' median, and by the acceleration a, how fast the standard
/// error changes with the estimate. Ends between two resamples are interpolated linearly, as SciPy does.
public struct BootstrapDistribution: Sendable {
    /// The statistic of all units.
    public let estimate: Double
    /// Resampled values in ascending order.
    public let replicates: [Double]
    private let leaveOneOut: [Double]

    /// `nil` unless every number is finite.
    public init?(estimate: Double, leaveOneOut: [Double], replicates: [Double]) {
        guard
            estimate.isFinite, !replicates.isEmpty, leaveOneOut.allSatisfy(\.isFinite),
            replicates.allSatisfy(\.isFinite)
        else { return nil }
        self.estimate = estimate
        self.leaveOneOut = leaveOneOut
        self.replicates = replicates.sorted()
    }

    /// Standard deviation of the resampled values.
    public var standardError: Double {
        let n = Double(replicates.count)
        let mean = replicates.reduce(0, +) / n
        return (replicates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)).squareRoot()
    }

    /// The BCa interval; `nil` where it does not exist: no unit changes the statistic (all units equal), all resamples lie
    /// on one side of the estimate, or the acceleration is so large that the shifted percentile runs past infinity.
    public func interval(confidence: Double) -> ConfidenceInterval? {
        precondition(confidence > 0 && confidence < 1, "interval: confidence must be inside 0...1, got \(confidence)")
        let below = replicates.count { $0 < estimate }
        let notAbove = replicates.count { $0 <= estimate }
        let shift = NormalDistribution.quantile(Double(below + notAbove) / Double(2 * replicates.count))
        let acceleration = Jackknife.acceleration(leaveOneOut: leaveOneOut)
        let z = NormalDistribution.quantile((1 + confidence) / 2)
        let steps = [shift - z, shift + z]
        guard shift.isFinite, acceleration.isFinite, steps.allSatisfy({ 1 - acceleration * $0 > 0 }) else { return nil }
        let ends = steps.map { replicates.quantile(NormalDistribution.cdf(shift + $0 / (1 - acceleration * $0))) }
        return ConfidenceInterval(lower: ends[0], upper: ends[1], confidence: confidence)
    }
}

extension [Double] {
    /// The quantile of values in ascending order, interpolated linearly between two of them, as SciPy does.
    ///
    /// - Precondition: not empty, and `probability` inside 0...1.
    func quantile(_ probability: Double) -> Double {
        let position = probability * Double(count - 1)
        let index = Swift.min(Int(position), count - 1)
        let next = Swift.min(index + 1, count - 1)
        return self[index] + (position - Double(index)) * (self[next] - self[index])
    }
}
