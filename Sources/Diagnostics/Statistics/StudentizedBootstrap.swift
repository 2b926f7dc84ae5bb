import Engine

/// The bootstrap-t interval (Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982, section 10.10): the other
/// second-order accurate interval beside BCa, which it checks.
///
/// Each resample gets a standard error of its own (its jackknife's); t* = (θ* - θ)/SE* has nearly the distribution of
/// (θ - truth)/SE. The interval is [θ - t*₁₋α/₂ SE, θ - t*α/₂ SE]. It needs no widening for few units, but it is long where
/// a resample's SE can come out small, and, unlike percentiles, it depends on the scale the statistic is measured on.
public struct StudentizedBootstrap: Sendable {
    private let sums: UnitSums
    private let seed: UInt64
    private let replicates: Int

    /// - Precondition: at least 2 units and one replicate.
    public init(_ sums: UnitSums, seed: UInt64, replicates: Int = 2000) {
        precondition(sums.count > 1 && replicates > 0, "StudentizedBootstrap: \(sums.count) units, B = \(replicates)")
        self.sums = sums
        self.seed = seed
        self.replicates = replicates
    }

    /// The interval of a statistic; `nil` where it is not finite for all units, for one left out, or in any resample, or
    /// where a resample has a standard error of 0 (units that are all equal, or so few that a resample repeats one).
    public func interval(confidence: Double, of statistic: @escaping @Sendable ([Double]) -> Double)
        -> ConfidenceInterval?
    {
        precondition(confidence > 0 && confidence < 1, "interval: confidence must be inside 0...1, got \(confidence)")
        let estimate = statistic(sums.totals)
        let error = Jackknife.standardError(leaveOneOut: sums.leaveOneOut(statistic))
        guard estimate.isFinite, error.isFinite, error > 0,
            let quotients = try? Parallel.map(
                replicates,
                { replicate in
                    let sample = resample(replicate)
                    let error = Jackknife.standardError(leaveOneOut: sample.leaveOneOut(statistic))
                    return (statistic(sample.totals) - estimate) / error
                }
            ).sorted(), quotients.allSatisfy(\.isFinite)
        else { return nil }
        return ConfidenceInterval(
            lower: estimate - quotients.quantile((1 + confidence) / 2) * error,
            upper: estimate - quotients.quantile((1 - confidence) / 2) * error, confidence: confidence)
    }

    private func resample(_ replicate: Int) -> UnitSums {
        var stream = RandomStream(seed: seed, purpose: .bootstrap, image: replicate)
        return UnitSums((0..<sums.count).map { _ in sums.rows[stream.index(below: sums.count)] })
    }
}
