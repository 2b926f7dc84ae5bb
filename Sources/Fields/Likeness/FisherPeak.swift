import RealModule

/// Is there a periodic component in white noise? Fisher's g ("Tests of significance in harmonic analysis", Proceedings of the
/// Royal Society A 125, 1929): the largest share that one of the M modes of the half plane has of their power.
///
/// Null: white Gaussian noise; P(g > x) = Σ_j (-1)^(j-1) C(M,j) (1-jx)^(M-1) over j ≤ 1/x, exactly. Modes that are their own
/// conjugate (the Nyquist points) have another distribution and are left out; `SpectralPeaks` tests them, and coloured fields.
public enum FisherPeak {
    /// The largest mode.
    public struct Result: Sendable, Equatable {
        /// g and its probability under the null.
        public let test: HypothesisTest
        /// Where it is.
        public let mode: PowerMap.Mode
    }

    /// Tests one field.
    ///
    /// - Throws: `Undetermined` for fewer than 2 modes (a field less than 3 pixels wide and high), a constant field, or a
    ///   value that is not finite.
    public static func test(_ field: Plane) throws -> Result {
        let modes = try PowerMap(of: field).modes.filter { $0.degreesOfFreedom == 2 }
        let total = modes.reduce(0) { $0 + $1.power }
        guard modes.count >= 2, total > 0, let largest = modes.max(by: { $0.power < $1.power }) else {
            throw Undetermined(description: "Fisher's g needs two modes with power")
        }
        let g = largest.power / total
        return Result(
            test: HypothesisTest(statistic: g, probability: upperTail(g, modes: modes.count)), mode: largest)
    }

    /// P(g > x) for M modes.
    static func upperTail(_ x: Double, modes: Int) -> Double {
        guard x > 0 else { return 1 }
        let m = Double(modes)
        // The sum is close to 1 - exp(-a) with a its first term; above a = 15 its terms cancel too far to be added up, and
        // P > 1 - 1e-6.
        let first = m * Double.exp((m - 1) * .log(onePlus: -min(x, 1)))
        if first > 15 { return 1 }
        var sum = 0.0
        var logBinomial = 0.0
        for j in 1...modes where Double(j) * x < 1 {
            logBinomial += .log((m - Double(j) + 1) / Double(j))
            let term = Double.exp(logBinomial + (m - 1) * .log(onePlus: -Double(j) * x))
            sum += j % 2 == 1 ? term : -term
            if term < 1e-18 * sum { break }
        }
        return sum
    }
}
