import Foundation

/// How far one image is displaced against another, by the phase of their cross spectrum.
///
/// The peak of the phase correlation (C. D. Kuglin and D. C. Hines, "The phase correlation image alignment method", IEEE
/// Int. Conf. Cybernetics and Society, 1975) gives whole pixels. What is left is the slope of the phase over the low frequencies,
/// weighted by its information: the variance of a phase is (1 - γ²)/2γ² (J. S. Bendat and A. G. Piersol, Random Data, 4th ed.,
/// 2010, table 9.1), γ² that of the ring around it.
struct Shift {
    /// Rows down and columns right.
    let dy, dx: Double
    /// 1/variance of either.
    let weight: Double

    /// Frequencies above this, cycles/pixel, carry more noise and aliasing than shift.
    private static let highest = 0.35
    private static let ringCount = 12
    /// Modes of a Hann window that are one independent mode (docs/THEORY.md, section 5).
    private static let modesPerIndependentOne = 3.5

    /// `nil` for images without structure, of less than 16 pixels a side, or whose correlation has no peak.
    init?(of moved: Plane, against reference: Plane) {
        let (height, width) = (reference.height, reference.width)
        guard moved.height == height, moved.width == width, min(height, width) >= 16, reference.varies, moved.varies
        else { return nil }
        let window = Window.hann
        let first = window.spectrum(of: reference), second = window.spectrum(of: moved)
        var cross = second
        for k in stride(from: 0, to: cross.values.count, by: 2) {
            let (a, b) = (first.values[k], first.values[k + 1]), (c, d) = (second.values[k], second.values[k + 1])
            (cross.values[k], cross.values[k + 1]) = (a * c + b * d, a * d - b * c)
        }
        let columns = width / 2 + 1
        func frequency(_ k: Int) -> (y: Double, x: Double) {
            let row = k / columns
            return (Double(2 * row > height ? row - height : row) / Double(height), Double(k % columns) / Double(width))
        }
        var whitened = cross
        for k in 0..<cross.values.count / 2 {
            let size = hypot(cross.values[2 * k], cross.values[2 * k + 1]), at = frequency(k)
            let keep = size > 0 && hypot(at.y, at.x) <= Self.highest && k > 0
            // The square root lies between phase correlation, which noise dominates, and correlation, which content does.
            let scale = keep ? 1 / size.squareRoot() : 0
            whitened.values[2 * k] *= scale
            whitened.values[2 * k + 1] *= scale
        }
        let correlation = FourierTransform.inverse(whitened)
        guard let peak = correlation.values.indices.max(by: { correlation.values[$0] < correlation.values[$1] }),
            correlation.values[peak] > 0
        else { return nil }
        func signed(_ index: Int, _ length: Int) -> Double { Double(2 * index > length ? index - length : index) }
        var (dy, dx) = (signed(peak / width, height), signed(peak % width, width))
        var information = 0.0
        // A few steps: each takes out the shift so far, so that later ones see small phases.
        for _ in 0..<5 {
            var modes: [(y: Double, x: Double, ring: Int, real: Double, imaginary: Double)] = []
            var common = [Double](repeating: 0, count: Self.ringCount), power = common, counts = common
            for k in 1..<cross.values.count / 2 {
                let at = frequency(k), radius = hypot(at.y, at.x)
                guard radius < Self.highest else { continue }
                let (real, imaginary) = (cross.values[2 * k], cross.values[2 * k + 1])
                let turn = 2 * Double.pi * (at.y * dy + at.x * dx),
                    ring = Int(radius / Self.highest * Double(Self.ringCount))
                let turned = (
                    real * cos(turn) - imaginary * sin(turn), real * sin(turn) + imaginary * cos(turn)
                )
                modes.append((-2 * Double.pi * at.y, -2 * Double.pi * at.x, ring, turned.0, turned.1))
                common[ring] += turned.0
                counts[ring] += 1
                let (a, b) = (first.values[2 * k], first.values[2 * k + 1])
                let (c, d) = (second.values[2 * k], second.values[2 * k + 1])
                power[ring] += (a * a + b * b + c * c + d * d) / 2
            }
            let weights = (0..<Self.ringCount).map { ring in
                let coherence = power[ring] > 0 ? common[ring] / power[ring] : 0
                // Below this a ring of noise alone would look as if it knew a phase.
                guard coherence > 3 * (Self.modesPerIndependentOne / max(counts[ring], 1)).squareRoot() else {
                    return 0.0
                }
                // No phase is known better than to 0.03 radians: aliasing and what differs between captures.
                return 1 / ((1 - coherence * coherence) / (2 * coherence * coherence) + 1e-3)
            }
            var (yy, yx, xx, yp, xp) = (0.0, 0.0, 0.0, 0.0, 0.0)
            for mode in modes {
                let weight = weights[mode.ring] / Self.modesPerIndependentOne
                let phase = atan2(mode.imaginary, mode.real)
                yy += weight * mode.y * mode.y
                yx += weight * mode.y * mode.x
                xx += weight * mode.x * mode.x
                yp += weight * mode.y * phase
                xp += weight * mode.x * phase
            }
            let determinant = yy * xx - yx * yx
            guard determinant > 1e-9 * yy * xx, determinant > 0 else { return nil }
            dy += (yp * xx - xp * yx) / determinant
            dx += (xp * yy - yp * yx) / determinant
            information = 2 * determinant / (yy + xx)
        }
        guard dy.isFinite, dx.isFinite, abs(dy) < Double(height) / 4, abs(dx) < Double(width) / 4 else { return nil }
        (self.dy, self.dx, weight) = (dy, dx, information)
    }
}
