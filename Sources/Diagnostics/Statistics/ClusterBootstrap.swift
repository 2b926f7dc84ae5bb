import Engine
import Synchronization

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
        let totals = Mutex([[Double]](repeating: [], count: replicates))
        Parallel.forRanges(replicates, length: 64) { range in
            let drawn = range.map { replicate in
                Self.resampledTotals(sums, RandomStream(seed: seed, purpose: .bootstrap, image: replicate))
            }
            totals.withLock { $0.replaceSubrange(range, with: drawn) }
        }
        replicateTotals = totals.withLock { $0 }
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

    private static func resampledTotals(_ sums: UnitSums, _ stream: RandomStream) -> [Double] {
        var stream = stream
        var totals = [Double](repeating: 0, count: sums.totals.count)
        for _ in 0..<sums.count {
            // Multiply and shift: no unit's probability is off by more than 2⁻³².
            let unit = Int((UInt64(stream.next32()) &* UInt64(sums.count)) >> 32)
            let row = sums.rows[unit]
            for term in totals.indices { totals[term] += row[term] }
        }
        return totals
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
