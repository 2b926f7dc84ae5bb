import Engine
import RealModule

/// The Hilbert-Schmidt independence criterion: another measure that is 0 only for independent variables (Gretton et al.,
/// Algorithmic Learning Theory, 2005), more local than distance correlation.
///
/// HSIC = Σ_ij K_ij (H L H)_ij / n² with Gaussian kernels exp(-d²/(2s²)), H = I - 1/n, and s the median distance between
/// different points. Here divided by √(HSIC(u,u) HSIC(v,v)), the kernel alignment, 0...1; its null expectation is about 1/n
/// and above 0, so that only a permutation test gives it a meaning.
///
/// It costs n² and therefore takes a random *subsample* of pixels: `fieldSample` draws it.
public struct KernelIndependence: Sendable {
    /// Pixels that a field's subsample has where it has more.
    public static let standardCount = 400

    /// H K H, n × n.
    private let centred: [Double]
    private let count: Int
    /// Σ (H K H)².
    private let norm: Double

    /// The kernel of one sample; pairs then cost n² multiplications each.
    ///
    /// - Throws: `Undetermined` for fewer than 4 values, a value that is not finite, or a median distance of 0 (half of the
    ///   values are equal).
    public init(_ sample: [Double]) throws {
        guard sample.count >= 4, sample.allSatisfy(\.isFinite) else {
            throw Undetermined(description: "HSIC needs 4 finite values, there are \(sample.count)")
        }
        let n = sample.count
        var distances: [Double] = []
        distances.reserveCapacity(n * (n - 1) / 2)
        for i in 0..<n {
            for j in 0..<i { distances.append((sample[i] - sample[j]).magnitude) }
        }
        distances.sort()
        let middle = distances.count / 2
        let median = distances.count % 2 == 1 ? distances[middle] : (distances[middle - 1] + distances[middle]) / 2
        guard median > 0 else {
            throw Undetermined(description: "HSIC needs a median distance above 0, half of the values are equal")
        }
        var kernel = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for j in 0...i {
                let d = (sample[i] - sample[j]) / median
                let value = Double.exp(-d * d / 2)
                kernel[i * n + j] = value
                kernel[j * n + i] = value
            }
        }
        let means = (0..<n).map { i in (0..<n).reduce(0) { $0 + kernel[i * n + $1] } / Double(n) }
        let mean = means.reduce(0, +) / Double(n)
        for i in 0..<n {
            for j in 0..<n { kernel[i * n + j] += mean - means[i] - means[j] }
        }
        centred = kernel
        count = n
        norm = kernel.reduce(0) { $0 + $1 * $1 }
    }

    /// HSIC(u, v), the biased estimate, at least 0.
    public static func criterion(_ u: KernelIndependence, _ v: KernelIndependence) -> Double {
        product(u, v) / Double(u.count * u.count)
    }

    /// HSIC(u, v)/√(HSIC(u, u) HSIC(v, v)), 0...1.
    public static func alignment(_ u: KernelIndependence, _ v: KernelIndependence) -> Double {
        product(u, v) / (u.norm * v.norm).squareRoot()
    }

    private static func product(_ u: KernelIndependence, _ v: KernelIndependence) -> Double {
        precondition(u.count == v.count, "KernelIndependence: \(u.count) values against \(v.count)")
        return zip(u.centred, v.centred).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The same random pixels of every field, at most `standardCount`: what HSIC and mutual information are measured on.
    public static func fieldSample(_ fields: [[Double]], seed: UInt64, count: Int = standardCount) -> [[Double]] {
        guard let first = fields.first else { return [] }
        precondition(fields.allSatisfy { $0.count == first.count }, "fieldSample: fields of one size")
        var stream = RandomStream(seed: seed, purpose: .sampling)
        let pixels = stream.subsample(count, of: first.count)
        return fields.map { field in pixels.map { field[$0] } }
    }
}
