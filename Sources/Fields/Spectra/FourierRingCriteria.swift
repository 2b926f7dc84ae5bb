/// The lines that a Fourier ring correlation is held against, and where it crosses them.
public enum FourierRingCriteria {
    /// 1/7: at FRC = 1/7 of two halves of the data, the correlation of their average with the truth is
    /// √(2 FRC/(1 + FRC)) = 0.5 (Rosenthal and Henderson, Journal of Molecular Biology 333, 2003).
    public static let oneSeventh = 1.0 / 7

    /// The half-bit criterion: FRC at which the average of both images holds half a bit of information a mode, with what
    /// chance adds for n modes,
    ///
    ///     (0.2071 + 1.9102/√n) / (1.2071 + 0.9102/√n)
    ///
    /// (van Heel and Schatz, Journal of Structural Biology 151, 2005). log₂(1 + S) = ½ gives S = 0.4142 for the average and
    /// s = 0.2071 for one image, and the line is (s + 2√s/√n + 1/√n)/(s + 2√s/√n + 1). It falls to 0.1716 for n → ∞.
    ///
    /// - Parameter modeCount: n, independent modes; 1 for n ≤ 1.
    public static func halfBit(modeCount: Double) -> Double {
        guard modeCount > 1 else { return 1 }
        let root = modeCount.squareRoot()
        return (0.2071 + 1.9102 / root) / (1.2071 + 0.9102 / root)
    }

    /// How a curve meets a criterion.
    public enum Crossing: Sendable, Equatable {
        /// The first frequency at which it falls below, cycles/pixel, interpolated linearly between rings.
        case at(Double)
        /// It stays above to the last ring.
        case staysAbove
        /// The first ring lies below already, or there is no ring.
        case startsBelow
    }

    /// Where `curve` first falls below `criterion`.
    ///
    /// - Parameters:
    ///   - frequency: rising, cycles/pixel.
    ///   - curve, criterion: one number for each frequency.
    public static func crossing(frequency: [Double], curve: [Double], criterion: [Double]) -> Crossing {
        precondition(
            frequency.count == curve.count && curve.count == criterion.count,
            "FourierRingCriteria.crossing: \(frequency.count), \(curve.count) and \(criterion.count) numbers")
        let margins = zip(curve, criterion).map { $0 - $1 }
        guard let first = margins.first, first >= 0 else { return .startsBelow }
        guard let below = margins.firstIndex(where: { !($0 >= 0) }) else { return .staysAbove }
        let (high, low) = (margins[below - 1], margins[below])
        return .at(frequency[below - 1] + (frequency[below] - frequency[below - 1]) * high / (high - low))
    }

    /// (FRC - FRC_n)/(1 - FRC_n): what is left of a correlation once that of images with randomised phases is out
    /// (Chen et al., Ultramicroscopy 135, 2013). NaN where FRC_n is 1.
    public static func corrected(_ correlation: Double, randomised: Double) -> Double {
        randomised < 1 ? (correlation - randomised) / (1 - randomised) : .nan
    }

    /// λ/H of a linear leak from the FRC φ of two outputs in rings without signal: φ = 2Hλ/(H² + λ²) solved for
    /// the smaller root, (1 - √(1 - φ²))/φ, with the sign of φ. Its inverse solves it too. 0 for φ = 0; |φ| is cut to 1.
    public static func leakRatio(_ correlation: Double) -> Double {
        let phi = min(1, max(-1, correlation))
        // The same root in a form that does not cancel for small φ.
        return phi / (1 + (1 - phi * phi).squareRoot())
    }
}
