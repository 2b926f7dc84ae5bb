import Diagnostics
import Foundation

/// A model's spectra in one direction, ring by ring, neighbours merged until each holds enough modes: a ring of the lowest frequencies
/// holds a handful, and what chance makes of them says nothing.
struct MergedRings {
    /// Means over the modes of neighbouring rings.
    struct Ring {
        /// Cycles/pixel.
        var frequency = 0.0
        /// Effective number of independent modes.
        var modes = 0.0
        /// P_ee, P_nn and P_rr.
        var error = 0.0, noise = 0.0, residual = 0.0
        /// -2 Re P_en.
        var cross = 0.0
        /// Of Re T.
        var standardError = 0.0

        /// Re T = Re P_en / P_nn.
        var transfer: Double { -cross / 2 / noise }
        /// [lower, upper] of the 95 % interval of Re T.
        var interval: [Double] { [transfer - 1.96 * standardError, transfer + 1.96 * standardError] }
    }

    /// By rising frequency.
    let rings: [Ring]

    /// `nil` where the model has no such spectra.
    init?(_ subject: Subject, _ direction: Direction, fewestModes: Double = 100) {
        func values(_ name: String) -> [Double: Double] {
            guard let series = subject.series[name] else { return [:] }
            return Dictionary(zip(series.frequency, series.value)) { first, _ in first }
        }
        guard let noise = subject.series[SeriesName.powerNoise(direction)] else { return nil }
        let error = values(SeriesName.powerError(direction)), cross = values(SeriesName.powerCross(direction))
        let residual = values(SeriesName.powerResidual(direction))
        let thresholds = values(SeriesName.coherenceThreshold(direction))
        let coherence = values(SeriesName.coherence(direction))
        var merged: [Ring] = []
        var sum = Ring(), variance = 0.0
        for (frequency, power) in zip(noise.frequency, noise.value) {
            guard let e = error[frequency], let x = cross[frequency], let r = residual[frequency],
                let threshold = thresholds[frequency], power > 0
            else { continue }
            // The threshold is 1 - 0.05^(1/(K - 1)), and 1 for K ≤ 1.
            let modes = threshold < 1 ? 1 + log(0.05) / log(1 - threshold) : 1
            if sum.modes >= fewestModes {
                merged.append(Self.mean(sum, variance))
                (sum, variance) = (Ring(), 0)
            }
            sum.frequency += modes * frequency
            sum.modes += modes
            sum.error += modes * e
            sum.noise += modes * power
            sum.residual += modes * r
            sum.cross += modes * x
            // Of Re P_en: (1 - γ²) P_ee P_nn / 2K (Bendat and Piersol, Random Data, section 9.2).
            variance += modes * (1 - min(coherence[frequency] ?? 0, 1)) * e * power / 2
        }
        if sum.modes >= fewestModes / 2 || merged.isEmpty, sum.modes > 0 { merged.append(Self.mean(sum, variance)) }
        guard !merged.isEmpty else { return nil }
        rings = merged
    }

    private static func mean(_ sum: Ring, _ variance: Double) -> Ring {
        let modes = sum.modes
        return Ring(
            frequency: sum.frequency / modes, modes: modes, error: sum.error / modes, noise: sum.noise / modes,
            residual: sum.residual / modes, cross: sum.cross / modes, standardError: variance.squareRoot() / sum.noise)
    }
}
