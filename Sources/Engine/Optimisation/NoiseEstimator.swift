import Formats
import Foundation
import Tensors

/// The section `noise_estimation`: whether the run logs what it takes the noise to be.
public struct NoiseEstimationConfiguration: Sendable, Codable, Equatable {
    /// How `NoiseEstimator` gets at σ.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// From the finest details of the noisy image alone.
        case mad
        /// From what the network leaves of it.
        case residual
    }

    /// Whether σ is estimated at all.
    public var enabled: Bool
    /// By which of the two.
    public var method: Method

    /// The defaults are those of a configuration file.
    public init(enabled: Bool = true, method: Method = .mad) {
        self.enabled = enabled
        self.method = method
    }

    /// - Throws: `InputError` for a value of the wrong type or an unknown method.
    init(reading reader: ConfigurationReader) throws {
        let standard = NoiseEstimationConfiguration()
        self.init(
            enabled: try reader.bool("enabled", default: standard.enabled),
            method: try reader.choice("method", default: standard.method))
    }
}

/// The standard deviation σ of the noise in an image `[H, W, C]`, in the image's units, without a clean reference.
public enum NoiseEstimator {
    /// σ by the method named.
    ///
    /// - Parameter output: the network's f for this image; read by `.residual` only.
    public static func sigma(
        noisy: Tensor, output: Tensor, by method: NoiseEstimationConfiguration.Method
    ) -> Double {
        switch method {
        case .mad: medianAbsoluteDeviation(noisy)
        case .residual: residual(noisy: noisy, output: output)
        }
    }

    /// median |d| / Φ⁻¹(3/4) of the diagonal details d of one level of the Daubechies-2 wavelet (Donoho and Johnstone 1994),
    /// half-sample symmetric at the borders, mean over channels: scikit-image's `estimate_sigma`. Details that are 0 (to
    /// rounding) are left out, as belonging to a masked background.
    ///
    /// The finest diagonal details hold little but noise, and the median ignores the few edges among them. It assumes
    /// **white** Gaussian noise: coloured noise has less power there than elsewhere, and its σ is underestimated, by half
    /// and more if it was smoothed. 0 for an image without any detail. NaN if it holds one.
    public static func medianAbsoluteDeviation(_ image: Tensor) -> Double {
        precondition(image.shape.count == 3, "NoiseEstimator: expected [H, W, C], got \(image.shape)")
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        let values = image.values
        let sigmas = (0..<channels).map { channel in
            let rows = (0..<height).map { row in
                details((0..<width).map { Double(values[(row * width + $0) * channels + channel]) })
            }
            let diagonal = (0..<(rows.first?.count ?? 0)).flatMap { column in details(rows.map { $0[column] }) }
            let rounding = 1e-12 * values.reduce(0) { max($0, Double(abs($1))) }
            return (diagonal.map(abs).filter { !($0 <= rounding) }.median ?? 0) / 0.674_489_750_196_081_7
        }
        return channels == 0 ? 0 : sigmas.reduce(0, +) / Double(channels)
    }

    /// Standard deviation over all elements of x - f, with x the noisy image and f the cross-domain output for it.
    ///
    /// Its square is M + V - 2X (THEORY.md, section 2) less the squared mean: the signal error M of the network raises it
    /// above σ, target noise that leaks into f lowers it. It needs no assumption on the noise's colour.
    public static func residual(noisy: Tensor, output: Tensor) -> Double {
        let count = Double(max(1, noisy.count))
        let difference = Elementwise.map(noisy, output) { $0 - $1 }.reshaped([noisy.count])
        let values = difference.values
        let mean = values.reduce(0.0) { $0 + Double($1) } / count
        return (values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count).squareRoot()
    }

    /// Details of one level of the Daubechies-2 transform of a signal that is mirrored at both ends: n samples give
    /// ⌊(n+3)/2⌋, d[k] = Σ_j g[j]·x[2k+1-j].
    private static func details(_ signal: [Double]) -> [Double] {
        let count = signal.count
        return (0..<(count + 3) / 2).map { k in
            (0..<4).reduce(0.0) { sum, j in
                let position = (2 * k + 1 - j + 2 * count) % (2 * count)
                return sum + highPass[j] * signal[position < count ? position : 2 * count - 1 - position]
            }
        }
    }

    /// The wavelet's filter g (Daubechies 1988): g[j] = (-1)^(j+1)·h[j] with h = (1+√3, 3+√3, 3-√3, 1-√3)/(4√2).
    private static let highPass: [Double] = {
        let root = 3.0.squareRoot(), scale = 1 / (4 * 2.0.squareRoot())
        return [-(1 + root) * scale, (3 + root) * scale, -(3 - root) * scale, (1 - root) * scale]
    }()
}
