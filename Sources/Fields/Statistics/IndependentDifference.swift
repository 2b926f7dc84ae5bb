extension IntervalEstimate {
    /// This estimate less one from other units, independent of these.
    ///
    /// The intervals are recovered from the two (Zou and Donner, "Construction of confidence limits about effect measures",
    /// Statistics in Medicine 27, 2008), so that they keep their asymmetry:
    ///
    ///     lower = d - √((x - lower_x)² + (upper_y - y)²),   upper = d + √((upper_x - x)² + (y - lower_y)²)
    ///
    /// `nil` where one of the two has none. The number of units is that of the smaller sample, which limits what can be said.
    public func less(_ other: IntervalEstimate) -> IntervalEstimate {
        let d = estimate - other.estimate
        func recovered(_ x: ConfidenceInterval?, _ y: ConfidenceInterval?) -> ConfidenceInterval? {
            guard let x, let y else { return nil }
            func root(_ u: Double, _ v: Double) -> Double { (u * u + v * v).squareRoot() }
            return ConfidenceInterval(
                lower: d - root(estimate - x.lower, y.upper - other.estimate),
                upper: d + root(x.upper - estimate, other.estimate - y.lower), confidence: x.confidence)
        }
        var result = IntervalEstimate(estimate: d, unitCount: min(unitCount, other.unitCount))
        result.interval95 = recovered(interval95, other.interval95)
        result.interval90 = recovered(interval90, other.interval90)
        if let mine = standardError, let others = other.standardError {
            result.standardError = (mine * mine + others * others).squareRoot()
        }
        return result
    }
}
