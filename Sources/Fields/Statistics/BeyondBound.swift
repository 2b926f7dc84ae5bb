import RealModule

/// The probability of an estimate as far beyond a bound as the one seen, if the effect is within the bound: what fails a row.
///
///     within ±ε     2 P(T ≥ (|θ̂| - ε)/SE)
///     below b         P(T ≥ (θ̂ - b)/SE)
///     not below b     P(T ≥ (b - θ̂)/SE)
///
/// T has Student's distribution with n - 1 degrees of freedom, n the number of units that SE is from. Unlike a test of "exactly
/// nothing", it never rejects an effect that is too small to matter, however many data there are.
public enum BeyondBound {
    /// `nil` for a criterion without a bound on an effect, for fewer than 2 units and for a standard error that is not finite.
    /// Where nothing varies (SE = 0) the estimate is exact: 0 or 1.
    public static func pValue(
        _ estimate: Double, standardError: Double, unitCount: Int, _ criterion: Criterion
    ) -> PValue? {
        guard unitCount >= 2, estimate.isFinite, standardError.isFinite else { return nil }
        let (excess, sides): (Double, Double)
        switch criterion {
        case .within(let bound): (excess, sides) = (estimate.magnitude - bound, 2)
        case .below(let bound): (excess, sides) = (estimate - bound, 1)
        case .notBelow(let bound): (excess, sides) = (bound - estimate, 1)
        case .exactlyZero, .pBelow, .none: return nil
        }
        guard excess > 0 else { return PValue(1) }
        guard standardError > 0 else { return PValue(0) }
        let tail = StudentT(degreesOfFreedom: Double(unitCount - 1)).cdf(-excess / standardError)
        return PValue(min(1, sides * tail))
    }

    /// The same for an energy, a mean of squares over units: P(T ≥ θ̂ ln(θ̂/b) / SE).
    ///
    /// Squares are skewed, and a large mean has a large standard error: (θ̂ - b)/SE is then far below its nominal level and without power. The
    /// logarithm makes the standard error nearly independent of the mean (Bartlett, Biometrics 3, 1947).
    public static func pValue(
        ofEnergy estimate: Double, standardError: Double, unitCount: Int, above bound: Double
    ) -> PValue? {
        guard estimate > bound, bound > 0, standardError > 0 else {
            return pValue(estimate, standardError: standardError, unitCount: unitCount, .below(bound))
        }
        // With SE = θ̂ · SE(ln θ̂).
        return pValue(
            Double.log(estimate / bound), standardError: standardError / estimate, unitCount: unitCount, .below(0))
    }
}
