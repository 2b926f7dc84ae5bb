import Foundation

/// Turns a number in 0...1 into a colour. The maps are computed in Oklab, where equal steps of lightness look equal
/// (B. Ottosson, "A perceptual color space for image processing", 2020).
package enum ColorMap: Sendable, Equatable {
    /// Black to white, proportional to the sRGB byte, as an image viewer shows it.
    case grey
    /// Dark violet over green to yellow; lightness rises evenly, so it also reads in grey.
    case sequential
    /// Blue over white to red-orange, equally dark at both ends; the middle is 0.5.
    case diverging

    /// Values outside 0...1 take the end's colour; NaN is magenta, which no map contains.
    func color(_ fraction: Double) -> Color {
        guard !fraction.isNaN else { return Color(hex: 0xFF00FF) }
        let t = min(max(fraction, 0), 1)
        switch self {
        case .grey:
            return Color(red: t, green: t, blue: t)
        case .sequential:
            // Hue from violet (300°) to yellow (105°). sRGB has least room for chroma between, at blue-green: 0.092.
            let chroma = 0.088 + 0.15 * (t - 0.42) * (t - 0.42)
            return Self.oklab(lightness: 0.22 + 0.7 * t, chroma: chroma, hue: 300 - 195 * t)
        case .diverging:
            let side = abs(2 * t - 1)
            return Self.oklab(lightness: 0.98 - 0.5 * side, chroma: 0.13 * side, hue: t < 0.5 ? 250 : 40)
        }
    }

    /// Oklab in cylindrical coordinates (hue in degrees) to sRGB; the maps above stay inside what sRGB can show.
    private static func oklab(lightness: Double, chroma: Double, hue: Double) -> Color {
        let a = chroma * cos(hue * .pi / 180)
        let b = chroma * sin(hue * .pi / 180)
        let l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
        let m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
        let s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
        func encode(_ linear: Double) -> Double {
            let c = min(max(linear, 0), 1)
            return c <= 0.0031308 ? 12.92 * c : 1.055 * pow(c, 1 / 2.4) - 0.055
        }
        return Color(
            red: encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            green: encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            blue: encode(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
    }
}
