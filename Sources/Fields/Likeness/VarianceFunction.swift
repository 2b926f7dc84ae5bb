/// Variance of the noise as a function of the intensity: means over bins of equally many pixels, and the straight line
/// σ² = σ₀² + g·m through them, which is that of a sensor with read-out noise σ₀ and g units per photon.
package struct VarianceFunction {
    /// Noise and the intensity below each pixel, in one channel of one image.
    package struct Field {
        /// Number of the image in its data set.
        package let pair: Int
        package let noise: Plane
        package let intensity: Plane

        package init(pair: Int, noise: Plane, intensity: Plane) {
            self.pair = pair
            self.noise = noise
            self.intensity = intensity
        }
    }

    /// One bin of intensity.
    package struct Bin: Equatable {
        /// Mean, and the largest, which ends the bin.
        package let intensity, last: Double
        /// ⟨n²⟩, and ⟨n⟩, which is 0 where the noise has no bias.
        package let variance: Double
        package let mean: Double
        package let count: Int

        init(_ pixels: ArraySlice<(intensity: Double, noise: Double)>) {
            let count = Double(pixels.count)
            intensity = pixels.reduce(0) { $0 + $1.intensity } / count
            variance = pixels.reduce(0) { $0 + $1.noise * $1.noise } / count
            mean = pixels.reduce(0) { $0 + $1.noise } / count
            last = pixels.last?.intensity ?? 0
            self.count = pixels.count
        }
    }

    /// In ascending intensity, those without noise left out; at least one.
    package let bins: [Bin]
    /// σ₀² and g, fitted with weights of equal relative error; g is 0 with fewer than 3 bins.
    package let intercept, slope: Double
    /// Intensities up to here have no noise at all: a masked background; `nil` where there is none.
    package let silentBelow: Double?
    /// Share of pixels without noise.
    package let silentShare: Double

    private static let binCount = 24

    /// - Throws: `Undetermined` where there is no noise anywhere.
    package init(_ fields: [Field]) throws {
        // A fixed stride keeps large sets affordable: a quarter of a million pixels fix each bin's variance to 1.4 %.
        let total = fields.reduce(0) { $0 + $1.noise.values.count }
        let stride = max(1, total / 250_000)
        var pixels: [(intensity: Double, noise: Double)] = []
        pixels.reserveCapacity(total / stride + fields.count)
        for field in fields {
            for index in Swift.stride(from: 0, to: field.noise.values.count, by: stride) {
                pixels.append((field.intensity.values[index], field.noise.values[index]))
            }
        }
        pixels.sort { $0.intensity < $1.intensity }
        // Background that was set to one value is silent; it would make an intensity of its own.
        // Its pixels have the lowest intensity, all of them without noise.
        var silent = 0
        while silent < pixels.count && pixels[silent].noise == 0 { silent += 1 }
        if silent < pixels.count && silent > 0 && pixels[silent].intensity == pixels[silent - 1].intensity {
            silent = 0
        }
        let isMasked = silent > pixels.count / 100
        silentBelow = isMasked ? pixels[silent - 1].intensity : nil
        silentShare = isMasked ? Double(silent) / Double(pixels.count) : 0
        let noisy = isMasked ? pixels[silent...] : pixels[...]
        guard noisy.contains(where: { $0.noise != 0 }) else {
            throw Undetermined(description: "there is no noise: all captures are equal")
        }
        // Pixels of one intensity stay in one bin: cut apart by their noise, halves of it would be left.
        let size = max(2, noisy.count / Self.binCount)
        var found: [Bin] = [], start = noisy.startIndex
        while start < noisy.endIndex {
            var end = min(start + size, noisy.endIndex)
            while end < noisy.endIndex && noisy[end].intensity == noisy[end - 1].intensity { end += 1 }
            if noisy.endIndex - end < size / 2 { end = noisy.endIndex }
            found += [Bin(noisy[start..<end])].filter { $0.variance > 0 }
            start = end
        }
        bins = found
        guard !bins.isEmpty else { throw Undetermined(description: "there is no noise: all captures are equal") }
        (intercept, slope) = Self.line(bins)
    }

    /// σ² at an intensity, between bins linearly, beyond the ends that of the end; 0 in a silent background.
    package func callAsFunction(_ intensity: Double) -> Double { moments(intensity).power }

    /// ⟨n⟩ and ⟨n²⟩ at an intensity, as the function itself. ⟨n²⟩ - ⟨n⟩² is not negative: it is not in any bin, and the square of a
    /// mean between two is below the mean of the squares.
    package func moments(_ intensity: Double) -> (mean: Double, power: Double) {
        if let silentBelow, intensity <= silentBelow { return (0, 0) }
        guard let next = bins.firstIndex(where: { $0.intensity >= intensity }) else {
            return (bins[bins.count - 1].mean, bins[bins.count - 1].variance)
        }
        guard next > 0, bins[next].intensity > bins[next - 1].intensity else {
            return (bins[next].mean, bins[next].variance)
        }
        let (low, high) = (bins[next - 1], bins[next])
        let share = (intensity - low.intensity) / (high.intensity - low.intensity)
        return (low.mean + share * (high.mean - low.mean), low.variance + share * (high.variance - low.variance))
    }

    /// The bin that an intensity belongs to; `nil` in a silent background.
    package func bin(of intensity: Double) -> Int? {
        if let silentBelow, intensity <= silentBelow { return nil }
        return bins.firstIndex { intensity <= $0.last } ?? bins.count - 1
    }

    /// Least squares with weights 1/variance²: a variance from many pixels has a relative error that does not depend on it.
    private static func line(_ bins: [Bin]) -> (intercept: Double, slope: Double) {
        var (w, wx, wy, wxx, wxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for bin in bins {
            let weight = 1 / (bin.variance * bin.variance)
            w += weight
            wx += weight * bin.intensity
            wy += weight * bin.variance
            wxx += weight * bin.intensity * bin.intensity
            wxy += weight * bin.intensity * bin.variance
        }
        let determinant = w * wxx - wx * wx
        guard bins.count >= 3, determinant > 1e-12 * w * wxx else { return (wy / w, 0) }
        let slope = (w * wxy - wx * wy) / determinant
        return ((wy - slope * wx) / w, slope)
    }
}
