/// What can be said exactly, or nearly so, from a few units.
public enum SmallSample {
    /// The largest sample whose sign flips are all tried: 2²⁰ of them.
    public static let largestExactCount = 20

    /// Two-sided exact sign-flip test (Fisher, 1935) of values that are symmetric about 0 under the null: the share of all
    /// 2ⁿ choices of signs whose |sum| is at least the one seen. The smallest value it can take is 2/2ⁿ.
    ///
    /// `nil` for more than 20 values, for none, or where one is not finite. All values 0 gives 1.
    public static func signFlip(_ values: [Double]) -> PValue? {
        guard let first = values.first, values.count <= largestExactCount, values.allSatisfy(\.isFinite) else {
            return nil
        }
        // The first sign stays: flipping all signs leaves |sum| as it is.
        var sums = [first]
        for value in values.dropFirst() { sums = sums.map { $0 + value } + sums.map { $0 - value } }
        // Sums that are equal in exact arithmetic may differ by rounding; they count as ties.
        let slack = 1e-12 * values.reduce(0) { $0 + $1.magnitude }
        let seen = sums[0].magnitude - slack
        return PValue(Double(sums.count { $0.magnitude >= seen }) / Double(sums.count))
    }

    /// estimate ± t_{n-1} · SE, both ends; the standard error is that of `unitCount` units.
    ///
    /// - Precondition: `unitCount` is at least 2.
    public static func interval(
        estimate: Double, standardError: Double, unitCount: Int, confidence: Double
    ) -> ConfidenceInterval {
        precondition(unitCount >= 2, "SmallSample.interval: needs at least 2 units, got \(unitCount)")
        let t = StudentT(degreesOfFreedom: Double(unitCount - 1)).quantile((1 + confidence) / 2)
        return ConfidenceInterval(
            lower: estimate - t * standardError, upper: estimate + t * standardError, confidence: confidence)
    }
}
