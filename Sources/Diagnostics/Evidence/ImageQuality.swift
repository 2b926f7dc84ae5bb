import Fields
import RealModule

/// How close an image is to a reference. Channels are planes of one size; the data range has no default, because it
/// changes the meaning of every number here.
public enum ImageQuality {
    /// Peak signal-to-noise ratio, 10 log₁₀(range² / MSE) in dB, the MSE taken over all channels together.
    ///
    /// +∞ for identical images. Against a noisy reference it is capped by the reference's own noise (20.17 dB at
    /// σ = 25/255) and says nothing about the image.
    ///
    /// - Parameter dataRange: largest minus smallest value that a pixel can take: 1, 2 or 255, not what this image holds.
    /// - Precondition: at least one channel, equal sizes, a positive finite range.
    public static func peakSignalToNoiseRatio(_ image: [Plane], reference: [Plane], dataRange: Double) -> Double {
        requireComparable(image, reference, dataRange, "peakSignalToNoiseRatio")
        let errors = zip(image, reference).map { plane, reference in
            let error = plane - reference
            return Plane.meanProduct(error, error)
        }
        let meanSquaredError = errors.reduce(0, +) / Double(errors.count)
        return 10 * (.log10(dataRange * dataRange) - .log10(meanSquaredError))
    }

    /// Mean structural similarity, at most 1, with the constants of Wang, Bovik, Sheikh and Simoncelli ("Image quality
    /// assessment: from error visibility to structural similarity", IEEE Transactions on Image Processing 13, 2004):
    ///
    ///     SSIM = (2μxμy + C1)(2σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2)),   C1 = (0.01 L)², C2 = (0.03 L)²
    ///
    /// with moments under an 11 × 11 Gaussian of σ = 1.5 pixels, averaged over the pixels whose window lies inside the
    /// image, then over channels: scikit-image's `structural_similarity` with `gaussian_weights=True, sigma=1.5,
    /// use_sample_covariance=False`.
    ///
    /// 1 for identical images, constant ones included. `nil` for images with a side under 11 pixels, which hold no window.
    ///
    /// - Parameter dataRange: L, as for `peakSignalToNoiseRatio`.
    /// - Precondition: at least one channel, equal sizes, a positive finite range.
    public static func structuralSimilarity(_ image: [Plane], reference: [Plane], dataRange: Double) -> Double? {
        requireComparable(image, reference, dataRange, "structuralSimilarity")
        guard image[0].height >= windowLength, image[0].width >= windowLength else { return nil }
        let channels = zip(image, reference).map { structuralSimilarity($0, $1, dataRange: dataRange) }
        return channels.reduce(0, +) / Double(channels.count)
    }

    private static let windowLength = 11

    /// exp(-x²/2σ²), σ = 1.5, over -5...5, normalised to sum 1.
    private static let gaussian: [Double] = {
        let weights = (0..<windowLength).map { index in
            let x = Double(index - windowLength / 2) / 1.5
            return Double.exp(-0.5 * x * x)
        }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }()

    private static func structuralSimilarity(_ x: Plane, _ y: Plane, dataRange: Double) -> Double {
        let c1 = (0.01 * dataRange) * (0.01 * dataRange)
        let c2 = (0.03 * dataRange) * (0.03 * dataRange)
        // Covariances do not see a common offset; without it their differences of squares keep their digits.
        let offset = y.mean
        let (u, v) = (shifted(x, by: -offset), shifted(y, by: -offset))
        let (meanX, meanY) = (smoothed(u), smoothed(v))
        let (squareX, squareY, product) = (smoothed(u, u), smoothed(v, v), smoothed(u, v))
        var sum = 0.0
        for index in meanX.values.indices {
            let (mx, my) = (meanX.values[index], meanY.values[index])
            let variances = squareX.values[index] - mx * mx + squareY.values[index] - my * my
            let covariance = product.values[index] - mx * my
            let (luminanceX, luminanceY) = (mx + offset, my + offset)
            sum +=
                (2 * luminanceX * luminanceY + c1) * (2 * covariance + c2)
                / ((luminanceX * luminanceX + luminanceY * luminanceY + c1) * (variances + c2))
        }
        return sum / Double(meanX.values.count)
    }

    private static func shifted(_ plane: Plane, by offset: Double) -> Plane {
        Plane(height: plane.height, width: plane.width, values: plane.values.map { $0 + offset })
    }

    private static func smoothed(_ u: Plane, _ v: Plane) -> Plane {
        smoothed(Plane(height: u.height, width: u.width, values: zip(u.values, v.values).map(*)))
    }

    /// Gaussian moments where the window lies inside: (H - 10) × (W - 10), rows first, then columns.
    private static func smoothed(_ plane: Plane) -> Plane {
        let columns = plane.width - windowLength + 1
        let alongX = Plane(height: plane.height, width: columns) { y, x in
            var sum = 0.0
            for tap in 0..<windowLength { sum += gaussian[tap] * plane[y, x + tap] }
            return sum
        }
        return Plane(height: plane.height - windowLength + 1, width: columns) { y, x in
            var sum = 0.0
            for tap in 0..<windowLength { sum += gaussian[tap] * alongX[y + tap, x] }
            return sum
        }
    }

    private static func requireComparable(
        _ image: [Plane], _ reference: [Plane], _ dataRange: Double, _ operation: String
    ) {
        precondition(
            !image.isEmpty && image.count == reference.count,
            "\(operation): \(image.count) channels against \(reference.count)")
        precondition(
            (image + reference).allSatisfy { $0.height == image[0].height && $0.width == image[0].width },
            "\(operation): planes of different sizes")
        precondition(dataRange > 0 && dataRange.isFinite, "\(operation): data range \(dataRange)")
    }
}
