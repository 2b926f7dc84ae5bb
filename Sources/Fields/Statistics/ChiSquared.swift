import RealModule

/// The chi-squared distribution.
public struct ChiSquared: Sendable {
    /// k, not necessarily whole.
    public let degreesOfFreedom: Double

    /// - Precondition: `degreesOfFreedom` is positive and finite.
    public init(degreesOfFreedom: Double) {
        precondition(
            degreesOfFreedom > 0 && degreesOfFreedom.isFinite,
            "ChiSquared: degrees of freedom must be positive and finite, got \(degreesOfFreedom)")
        self.degreesOfFreedom = degreesOfFreedom
    }

    /// P(X > x) = Q(k/2, x/2), with full relative accuracy in the tail; 1 for x ≤ 0.
    public func upperTail(_ x: Double) -> Double {
        guard x > 0 else { return x.isNaN ? .nan : 1 }
        guard x < .infinity else { return 0 }
        return regularizedUpperGamma(degreesOfFreedom / 2, x / 2)
    }
}

/// Fisher's F distribution, the ratio of two mean squares.
public struct FisherF: Sendable {
    /// Degrees of freedom of the numerator.
    public let numerator: Double
    /// Degrees of freedom of the denominator.
    public let denominator: Double

    /// - Precondition: both are positive and finite.
    public init(numerator: Double, denominator: Double) {
        precondition(
            numerator > 0 && denominator > 0 && numerator.isFinite && denominator.isFinite,
            "FisherF: degrees of freedom must be positive and finite, got \(numerator) and \(denominator)")
        self.numerator = numerator
        self.denominator = denominator
    }

    /// P(F > f) = I_x(d₂/2, d₁/2) with x = d₂/(d₂ + d₁f) (Abramowitz and Stegun 26.6.2); 1 for f ≤ 0.
    public func upperTail(_ f: Double) -> Double {
        guard f > 0 else { return f.isNaN ? .nan : 1 }
        guard f < .infinity else { return 0 }
        let sum = denominator + numerator * f
        return regularizedIncompleteBeta(
            denominator / sum, complement: numerator * f / sum, denominator / 2, numerator / 2)
    }
}

/// Q(a, x) = Γ(a, x)/Γ(a): the series for x < a + 1 (Abramowitz and Stegun 6.5.29), else the continued fraction (6.5.31).
private func regularizedUpperGamma(_ a: Double, _ x: Double) -> Double {
    let front = Double.exp(a * .log(x) - x - .logGamma(a))
    if x < a + 1 {
        var term = 1 / a
        var sum = term
        var k = a
        while term > sum * 1e-17 {
            k += 1
            term *= x / k
            sum += term
        }
        return max(0, 1 - front * sum)
    }
    // Lentz's method; the fraction converges fast to the right of a.
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var fraction = d
    for k in 1...100_000 {
        let numerator = -Double(k) * (Double(k) - a)
        b += 2
        d = 1 / (b + numerator * d)
        c = b + numerator / c
        fraction *= c * d
        if (c * d - 1).magnitude < 1e-16 { break }
    }
    return front * fraction
}
