import Fields

/// An intensity by which pixels may be sorted without selecting their noise.
///
/// The mean m of two captures depends on their difference d where the captures have different noise powers, cov(m, d) = (σ₂² - σ₁²)/2, so
/// that pixels sorted by m have differences with a mean of their own. m - β·d with β = cov(m, d)/var(d) is the mean weighted by the
/// inverse noise powers: independent of d for Gaussian noise, and for counts of any two exposures.
struct UnselectedIntensity {
    /// β at each of the intensities; empty where the powers agree.
    private var places: [(intensity: Double, beta: Double)] = []
    /// β beyond it is taken out; below, sorting shifts means by less than 0.04 σ.
    private static let smallest = 0.02
    private static let binCount = 8

    /// - Parameter captures: first and second capture of each image and channel.
    init(_ captures: [(first: Plane, second: Plane)], stride: Int) {
        /// Place by the neighbours' mean: the pixel's own noise is not in it. Differences to that mean hold little content.
        var samples: [(place: Double, product: Double, square: Double)] = []
        var counter = 0
        for (first, second) in captures where first.height > 2 && first.width > 2 {
            for y in 1..<first.height - 1 {
                for x in 1..<first.width - 1 {
                    counter += 1
                    guard counter % stride == 0 else { continue }
                    func around(_ p: Plane) -> Double { (p[y - 1, x] + p[y + 1, x] + p[y, x - 1] + p[y, x + 1]) / 4 }
                    let (u, v) = (around(first), around(second))
                    let (a, b) = (first[y, x] - u, second[y, x] - v)
                    samples.append(((u + v) / 2, (a + b) / 2 * (b - a), (b - a) * (b - a)))
                }
            }
        }
        let product = samples.reduce(0) { $0 + $1.product }, square = samples.reduce(0) { $0 + $1.square }
        guard square > 0, abs(product / square) > Self.smallest else { return }
        samples.sort { $0.place < $1.place }
        let size = max(1, samples.count / Self.binCount)
        for start in Swift.stride(from: 0, to: samples.count, by: size) where start + size <= samples.count {
            let bin = samples[start..<start + size]
            let power = bin.reduce(0) { $0 + $1.square }
            guard power > 0 else { continue }
            let beta = bin.reduce(0) { $0 + $1.product } / power
            places.append((bin.reduce(0) { $0 + $1.place } / Double(size), min(0.5, max(-0.5, beta))))
        }
    }

    /// m - β·d.
    func callAsFunction(_ first: Plane, _ second: Plane) -> Plane {
        Plane(height: first.height, width: first.width) { y, x in
            let mean = (first[y, x] + second[y, x]) / 2
            return places.isEmpty ? mean : mean - beta(mean) * (second[y, x] - first[y, x])
        }
    }

    /// The mean over the four nearest pixels that are measured; the pixel itself where there is none.
    ///
    /// Uncorrelated is not independent: of noises of different powers with heavy tails, m - β·d selects a mean of d. The neighbours of white
    /// noise are independent of it whatever its distribution, and of Gaussian noise correlated alike in both captures they are, too.
    static func around(_ intensity: Plane, _ mask: ImageMask) -> Plane {
        let (height, width) = (intensity.height, intensity.width)
        return Plane(height: height, width: width) { y, x in
            var (sum, count) = (0.0, 0.0)
            for (row, column) in [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
            where row >= 0 && row < height && column >= 0 && column < width && !mask[row * width + column] {
                sum += intensity[row, column]
                count += 1
            }
            return count > 0 ? sum / count : intensity[y, x]
        }
    }

    /// Half the relative difference of the noise powers, (σ₂² - σ₁²)/2(σ₁² + σ₂²), at an intensity.
    func beta(_ intensity: Double) -> Double {
        guard let last = places.last else { return 0 }
        guard let next = places.firstIndex(where: { $0.intensity >= intensity }) else { return last.beta }
        guard next > 0 else { return places[0].beta }
        let (low, high) = (places[next - 1], places[next])
        guard high.intensity > low.intensity else { return high.beta }
        return low.beta + (intensity - low.intensity) / (high.intensity - low.intensity) * (high.beta - low.beta)
    }
}
