import RealModule

/// How flat is the spectrum: the geometric over the arithmetic mean of the periodogram (Gray and Markel, IEEE Transactions on
/// Acoustics, Speech, and Signal Processing 22, 1974), 0...1, over the M modes of the half plane that are not their own
/// conjugate.
///
/// A periodogram is not smooth, so white Gaussian noise has about exp(-γ) = 0.5615 (γ Euler's constant) and not 1. Its
/// logarithm has expectation -γ - ψ(M) + log M and variance π²/(6M) - ψ′(M): the ratio of the means of independent
/// exponentials is independent of their sum (Basu's theorem). Colour of any kind lowers it, hence one-sided, from the normal
/// distribution.
public enum SpectralFlatness {
    /// The fewest modes for which the logarithm is normal enough.
    public static let fewestModes = 50

    /// The flatness with the probability of a lower one under the null.
    ///
    /// - Throws: `Undetermined` for fewer than 50 modes, a constant field, or a value that is not finite.
    public static func test(_ field: Plane) throws -> HypothesisTest {
        let powers = try PowerMap(of: field).modes.filter { $0.degreesOfFreedom == 2 }.map(\.power)
        guard powers.count >= fewestModes else {
            throw Undetermined(
                description: "spectral flatness needs \(fewestModes) modes, the field has \(powers.count)")
        }
        let m = Double(powers.count)
        let mean = powers.reduce(0, +) / m
        // A mode without any power makes the geometric mean 0, as flat as nothing can be.
        guard powers.allSatisfy({ $0 > 0 }) else { return HypothesisTest(statistic: 0, probability: 0) }
        let logarithm = powers.reduce(0) { $0 + Double.log($1 / mean) } / m
        // ψ(M) - log M and ψ′(M) by their asymptotic series (Abramowitz and Stegun 6.3.18, 6.4.12).
        let expectation = -eulerGamma + 1 / (2 * m) + 1 / (12 * m * m)
        let variance = Double.pi * Double.pi / (6 * m) - (1 / m + 1 / (2 * m * m) + 1 / (6 * m * m * m))
        let z = (logarithm - expectation) / variance.squareRoot()
        return HypothesisTest(statistic: .exp(logarithm), probability: NormalDistribution.cdf(z))
    }

    private static let eulerGamma = 0.577_215_664_901_532_9
}
