import Fields
import Foundation

/// What the phase of every mode counts for.
///
/// A phase is weighted by its information, γ²/(1 - γ²) (J. S. Bendat and A. G. Piersol, Random Data, 4th ed., 2010, table 9.1; the
/// maximum-likelihood delay of C. H. Knapp and G. C. Carter, IEEE Trans. ASSP 24, 1976), with γ the coherence over images and the
/// neighbouring modes. Modes whose γ is below a threshold are left out, so that shared white noise, which pulls to 0, has little weight.
struct ModeWeights {
    /// γ; 0 for modes that are left out.
    private(set) var coherence: [Double]
    /// Information over amplitude: what a cross spectrum is multiplied by.
    private(set) var factor: [Double]
    /// Power of one image that is not shared, the mean over the neighbouring modes.
    private(set) var noise: [Double]
    /// The modes that count.
    private(set) var used: [Int] = []

    /// Half the side of the square of modes over which a coherence is taken.
    private static let reach = 2
    private static let neighbours = Double((2 * reach + 1) * (2 * reach + 1))

    /// The spread of γ where both images are independent.
    static func spread(images: Int) -> Double {
        (ShiftModes.perIndependentOne / (neighbours * Double(images))).squareRoot()
    }

    /// - Parameters:
    ///   - sum: of all images.
    ///   - aligned: whether second images are moved back, so that what is shared is real.
    init(_ sum: CrossSpectrum, images: Int, _ modes: ShiftModes, above threshold: Double, aligned: Bool) {
        let columns = modes.columns, highestPower = sum.power.max() ?? 0
        coherence = [Double](repeating: 0, count: modes.isKept.count)
        (factor, noise) = (coherence, coherence)
        for k in modes.indices where modes.isKept[k] {
            var (real, imaginary, all) = (0.0, 0.0, 0.0)
            for dy in -Self.reach...Self.reach {
                for dx in -Self.reach...Self.reach {
                    var (y, x, sign) = (k / columns + dy, k % columns + dx, 1.0)
                    if x < 0 { (y, x, sign) = (-y, -x, -1) }
                    guard x < columns else { continue }
                    let index = ((y % modes.height) + modes.height) % modes.height * columns + x
                    real += sum.cross[2 * index]
                    imaginary += sign * sum.cross[2 * index + 1]
                    all += sum.power[index]
                }
            }
            guard all > 1e-9 * highestPower else { continue }
            let gamma = min(0.9999, (aligned ? real : hypot(real, imaginary)) / all)
            guard gamma > threshold else { continue }
            // No phase is known better than to 0.03 radians: aliasing and what differs between captures.
            let information = gamma * gamma / (1 - gamma * gamma + 1e-3)
            coherence[k] = gamma
            factor[k] = information / (gamma * all / Self.neighbours)
            noise[k] = (1 - gamma) * all / (Self.neighbours * Double(images))
            used.append(k)
        }
    }

    /// Standard deviation of Σ w g² Re C over pairs, along an axis with phases g, where both images are independent.
    func curvatureNoise(_ spectra: [CrossSpectrum], _ phase: [Double]) -> Double {
        var sum = 0.0
        for spectrum in spectra {
            for k in used {
                let term = factor[k] * phase[k] * phase[k] * spectrum.power[k]
                sum += term * term / 2
            }
        }
        return (ShiftModes.perIndependentOne * sum).squareRoot()
    }
}

/// The normal equations of the slope of phases, of one pair or of several together, and Σ w² g² (Im C)², which is what phases scatter by.
struct PhaseSlope {
    private(set) var uy = 0.0, ux = 0.0, yy = 0.0, yx = 0.0, xx = 0.0, vy = 0.0, vx = 0.0

    init() {}

    init(_ spectrum: CrossSpectrum, _ weights: ModeWeights, _ modes: ShiftModes) {
        for k in weights.used {
            let real = weights.factor[k] * spectrum.cross[2 * k],
                imaginary = weights.factor[k] * spectrum.cross[2 * k + 1]
            let (gy, gx) = (modes.down[k], modes.right[k])
            uy -= gy * imaginary
            ux -= gx * imaginary
            yy += gy * gy * real
            yx += gy * gx * real
            xx += gx * gx * real
            vy += gy * gy * imaginary * imaginary
            vx += gx * gx * imaginary * imaginary
        }
    }

    /// - Parameter sign: -1 to leave `other` out.
    func adding(_ other: PhaseSlope, sign: Double = 1) -> PhaseSlope {
        var sum = self
        sum.uy += sign * other.uy
        sum.ux += sign * other.ux
        sum.yy += sign * other.yy
        sum.yx += sign * other.yx
        sum.xx += sign * other.xx
        sum.vy += sign * other.vy
        sum.vx += sign * other.vx
        return sum
    }

    /// Whether structure runs so much along one direction that the other axis has no equation of its own.
    var isOneDirection: Bool { yy * xx - yx * yx < 0.05 * yy * xx }

    /// The shift that the phases call for, in pixels; 0 along an axis that is not measured.
    func solution(_ axes: ShiftAxes) -> (y: Double, x: Double) {
        if axes.y && axes.x {
            let determinant = yy * xx - yx * yx
            return ((uy * xx - ux * yx) / determinant, (ux * yy - uy * yx) / determinant)
        }
        return (axes.y ? uy / yy : 0, axes.x ? ux / xx : 0)
    }

    /// Variance of the solution along y and x by the scatter of the phases, pixels²; 0 along an axis that is not measured.
    func variance(_ axes: ShiftAxes) -> (y: Double, x: Double) {
        let factor = ShiftModes.perIndependentOne
        return (axes.y ? factor * vy / (yy * yy) : 0, axes.x ? factor * vx / (xx * xx) : 0)
    }
}

/// The axes along which a shift is measured.
struct ShiftAxes: Equatable {
    var y = true, x = true
    var count: Int { (y ? 1 : 0) + (x ? 1 : 0) }
}
