import RealModule

/// The standard normal distribution.
public enum NormalDistribution {
    /// P(Z ≤ z), from the complementary error function, so that a small tail keeps its relative accuracy.
    public static func cdf(_ z: Double) -> Double { 0.5 * Double.erfc(-z / 2.0.squareRoot()) }

    /// The z with P(Z ≤ z) = `probability`; -∞ at 0 and +∞ at 1.
    public static func quantile(_ probability: Double) -> Double {
        symmetricQuantile(
            probability, lowerTail: cdf,
            density: { .exp(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot() })
    }
}

/// Student's t distribution.
public struct StudentT: Sendable {
    /// ν, not necessarily whole.
    public let degreesOfFreedom: Double

    /// - Precondition: `degreesOfFreedom` is positive and finite.
    public init(degreesOfFreedom: Double) {
        precondition(
            degreesOfFreedom > 0 && degreesOfFreedom.isFinite,
            "StudentT: degrees of freedom must be positive and finite, got \(degreesOfFreedom)")
        self.degreesOfFreedom = degreesOfFreedom
    }

    /// P(T ≤ t) = ½ I_x(ν/2, ½) with x = ν/(ν+t²) for t ≤ 0, and by symmetry above (Abramowitz and Stegun 26.7.1).
    public func cdf(_ t: Double) -> Double {
        let square = t * t
        let sum = degreesOfFreedom + square
        guard sum.isFinite else { return t < 0 ? 0 : t > 0 ? 1 : .nan }
        let tail =
            0.5
            * regularizedIncompleteBeta(
                degreesOfFreedom / sum, complement: square / sum, degreesOfFreedom / 2, 0.5)
        return t < 0 ? tail : 1 - tail
    }

    /// The t with P(T ≤ t) = `probability`; -∞ at 0 and +∞ at 1.
    public func quantile(_ probability: Double) -> Double {
        let nu = degreesOfFreedom
        let scale = Double.exp(.logGamma((nu + 1) / 2) - .logGamma(nu / 2)) / (nu * .pi).squareRoot()
        return symmetricQuantile(
            probability, lowerTail: cdf,
            density: { scale * .exp(-(nu + 1) / 2 * .log(onePlus: $0 * $0 / nu)) })
    }
}

/// The number of successes in independent trials: what a counted false-alarm rate or coverage is compared with.
public struct BinomialDistribution: Sendable {
    /// Number of trials.
    public let trials: Int
    /// Probability of success in one trial.
    public let probability: Double

    /// - Precondition: `trials` is positive and `probability` inside 0...1.
    public init(trials: Int, probability: Double) {
        precondition(
            trials > 0 && probability >= 0 && probability <= 1,
            "BinomialDistribution: got \(trials) trials with probability \(probability)")
        self.trials = trials
        self.probability = probability
    }

    /// P(X ≤ successes) = I_{1-p}(n-k, k+1).
    public func cdf(_ successes: Int) -> Double {
        guard successes >= 0 else { return 0 }
        guard successes < trials else { return 1 }
        return regularizedIncompleteBeta(
            1 - probability, complement: probability, Double(trials - successes), Double(successes + 1))
    }

    /// The central band: at most (1 - confidence)/2 of the probability lies below it and at most as much above.
    public func band(confidence: Double) -> ClosedRange<Int> {
        let tail = (1 - confidence) / 2
        return quantile(tail)...quantile(1 - tail)
    }

    /// The smallest number of successes whose cumulative probability reaches `cumulative`.
    private func quantile(_ cumulative: Double) -> Int {
        var below = -1
        var reached = trials
        while reached - below > 1 {
            let middle = (below + reached) / 2
            if cdf(middle) >= cumulative { reached = middle } else { below = middle }
        }
        return reached
    }
}

/// Inverts the distribution function of a density symmetric about 0, by Newton's method on the logarithm of the
/// lower tail, kept inside a bracket by bisection.
private func symmetricQuantile(
    _ probability: Double, lowerTail: (Double) -> Double, density: (Double) -> Double
) -> Double {
    precondition(
        probability >= 0 && probability <= 1, "quantile: probability must be inside 0...1, got \(probability)")
    if probability > 0.5 {
        return -symmetricQuantile(1 - probability, lowerTail: lowerTail, density: density)
    }
    if probability == 0 { return -.infinity }
    if probability == 0.5 { return 0 }
    var lower = -1.0
    while lowerTail(lower) > probability { lower *= 2 }
    var upper = 0.0
    var x = lower / 2
    for _ in 0..<200 {
        let tail = lowerTail(x)
        if tail > probability { upper = x } else { lower = x }
        var next = x - .log(tail / probability) * tail / density(x)
        if !(next > lower && next < upper) { next = (lower + upper) / 2 }
        if (next - x).magnitude <= 4 * x.ulp { return next }
        x = next
    }
    return x
}

/// I_x(a, b), the regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8)
/// evaluated with Lentz's method. Relative error below 1e-12 while a and b stay below 1e4.
///
/// - Parameters:
///   - x: inside 0...1.
///   - complement: 1 - x; given apart because near x = 1 the caller knows it to full precision.
func regularizedIncompleteBeta(_ x: Double, complement: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if complement <= 0 { return 1 }
    // The fraction converges quickly only left of the mean.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedIncompleteBeta(complement, complement: x, b, a) }
    let logFront =
        .logGamma(a + b) - .logGamma(a) - .logGamma(b) + a * .log(x) + b * .log(complement) - Double.log(a)
    let tiny = 1e-300
    var c = 1.0
    var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
    var fraction = d
    for m in 1...100_000 {
        let k = Double(m)
        for numerator in [
            k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k)),
            -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1)),
        ] {
            d = 1 / nonzero(1 + numerator * d)
            c = nonzero(1 + numerator / c)
            fraction *= c * d
        }
        if (c * d - 1).magnitude < 1e-16 { break }
    }
    return .exp(logFront) * fraction

    func nonzero(_ value: Double) -> Double { value.magnitude < tiny ? tiny : value }
}
