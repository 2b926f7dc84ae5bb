import RealModule

/// Is the spectrum flat? Kolmogorov's test on the cumulative periodogram (Bartlett, An Introduction to Stochastic Processes,
/// 1955, section 9.2), the modes of the half plane ordered by their distance from zero frequency.
///
/// Null: white Gaussian noise. The powers of the M modes that are not their own conjugate are then independent exponentials,
/// and the running shares of their sum are the order statistics of n = M - 1 uniform numbers. D is the largest distance of
/// those shares from the diagonal; with F fields in the map, √F times as significant.
///
/// Modes of equal radius keep the order of their rows in the spectrum: any order fixed beforehand makes a valid test.
public enum CumulativePeriodogram {
    /// The fewest modes that the approximation of the p-value is good for (an absolute error below 0.001).
    public static let fewestModes = 20

    /// D with its probability under the null, Kolmogorov's limit at √n D corrected for finite n after Vrbik (Pioneer Journal of
    /// Theoretical and Applied Statistics 15, 2018); with several fields, whose D has no steps, at √(nF) D.
    ///
    /// - Parameter map: of boxcar windows; others correlate the modes.
    /// - Throws: `Undetermined` for fewer than 20 modes or a map without fields.
    public static func test(_ map: PowerMap) throws -> HypothesisTest {
        precondition(map.window == .boxcar, "CumulativePeriodogram: modes under a \(map.window) are not independent")
        guard map.fieldCount > 0 else { throw Undetermined(description: "the cumulative periodogram has no field") }
        let fields = Double(map.fieldCount)
        let powers = map.modes.filter { $0.degreesOfFreedom == 2 * fields }.enumerated()
            .sorted { ($0.element.radius, $0.offset) < ($1.element.radius, $1.offset) }.map(\.element.power)
        guard powers.count >= fewestModes else {
            throw Undetermined(
                description: "the cumulative periodogram needs \(fewestModes) modes, the field has \(powers.count)")
        }
        let total = powers.reduce(0, +)
        guard total > 0 else { throw Undetermined(description: "only modes that are their own conjugate have power") }
        var sum = 0.0
        var distance = 0.0
        // One field: the exact statistic of n uniform numbers, with both ends of each step. Several: the mean of their
        // powers has no such steps, and its expectation is the diagonal through k/M.
        let n = Double(powers.count - 1)
        for (index, power) in powers.dropLast().enumerated() {
            sum += power
            let share = sum / total
            let k = Double(index + 1)
            distance = max(
                distance,
                map.fieldCount == 1
                    ? max(k / n - share, share - (k - 1) / n) : (share - k / Double(powers.count)).magnitude)
        }
        let z = map.fieldCount == 1 ? corrected(distance, n) : (n * fields).squareRoot() * distance
        return HypothesisTest(statistic: distance, probability: kolmogorovUpperTail(z))
    }

    /// √n D + 1/(6√n) + (√n D - 1)/(4n).
    static func corrected(_ distance: Double, _ n: Double) -> Double {
        let z = n.squareRoot() * distance
        return z + 1 / (6 * n.squareRoot()) + (z - 1) / (4 * n)
    }

    /// P(K > z) = 2 Σ (-1)^(j-1) exp(-2j²z²), below z = 1 by the equal series 1 - √(2π)/z Σ exp(-(2j-1)²π²/(8z²)), each
    /// where three terms are exact to rounding.
    static func kolmogorovUpperTail(_ z: Double) -> Double {
        guard z > 0 else { return 1 }
        if z < 1 {
            let terms = [1.0, 3, 5, 7].reduce(0) { $0 + Double.exp(-$1 * $1 * .pi * .pi / (8 * z * z)) }
            return 1 - (2 * Double.pi).squareRoot() / z * terms
        }
        return 2
            * [(1.0, 1.0), (2, -1), (3, 1), (4, -1)].reduce(0) { $0 + $1.1 * Double.exp(-2 * $1.0 * $1.0 * z * z) }
    }
}
