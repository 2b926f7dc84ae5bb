import Foundation

/// How far a scanner spreads a point, which decides how sharp an edge can be.
///
/// Without it an edge of the phantom is as wide as a pixel, whatever the pixel's size: sharper than any scanner shows. MR
/// reconstructions weight the outer spatial frequencies down, because a sharp end of the measured range makes edges ring,
/// and often give more pixels than were measured (zero filling): a Hamming window spreads a point over 1.8 measured pixels,
/// 3.6 of an image interpolated to twice as many. Here the weights are Gaussian, w(ν) = exp(-2π²s²ν²), s = FWHM/√(8 ln 2),
/// ν in cycles per pixel, as is the spread.
struct PointSpread: Equatable {
    /// Full width of the spread at half its maximum, in pixels; 0 for images as they are.
    let width: Double

    /// A picture of both contrasts' signals, row by row, spread along rows and along columns.
    ///
    /// Beyond the border the outermost pixel is repeated. The weights, out to 4 s, add up to 1. The coil's sensitivity
    /// comes after this, although a scanner applies it before: it hardly changes within the spread.
    func applied(to signals: [SIMD2<Double>], side: Int) -> [SIMD2<Double>] {
        guard width > 0 else { return signals }
        let deviation = width / (8 * log(2.0)).squareRoot()
        let reach = Int((4 * deviation).rounded(.up))
        let bell = (-reach...reach).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
        let weights = bell.map { $0 / bell.reduce(0, +) }
        func spread(_ image: [SIMD2<Double>], stride: Int, place: (Int) -> Int) -> [SIMD2<Double>] {
            image.indices.map { index in
                let here = place(index)
                return weights.indices.reduce(into: .zero) { sum, tap in
                    let there = min(max(here + tap - reach, 0), side - 1)
                    sum += weights[tap] * image[index + (there - here) * stride]
                }
            }
        }
        let rows = spread(signals, stride: 1) { $0 % side }
        return spread(rows, stride: side) { $0 / side }
    }
}
