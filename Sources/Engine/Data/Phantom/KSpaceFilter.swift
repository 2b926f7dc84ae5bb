/// A window over the spatial frequencies that a scanner has measured, which decides how sharp an edge can be.
///
/// Without one, an edge of the phantom is as wide as a pixel, whatever the pixel's size: sharper than any scanner shows. MR
/// reconstructions weight the outer frequencies down, because a sharp end of the measured range makes edges ring.
public enum KSpaceFilter: String, Sendable, CaseIterable, Encodable {
    /// Images as they are.
    case none
    /// w(ν) = 0.54 + 0.46·cos(2πν) along each axis, |ν| ≤ ½ in cycles per pixel (F. J. Harris, Proc. IEEE 66 (1978) 51-83).
    case hamming

    /// A picture of both contrasts' signals, row by row, filtered.
    ///
    /// A cosine of the frequency is a shift by one pixel either way, so the window is exactly the three numbers 0.23, 0.54, 0.23 along
    /// rows and along columns. At the border the outermost pixel stands for what lies beyond. The coil's sensitivity comes
    /// after this, although a scanner applies it before: it hardly changes within three pixels.
    func applied(to signals: [SIMD2<Double>], side: Int) -> [SIMD2<Double>] {
        guard self == .hamming else { return signals }
        func filtered(_ image: [SIMD2<Double>], stride: Int, place: (Int) -> Int) -> [SIMD2<Double>] {
            image.indices.map { index in
                let before = place(index) > 0 ? index - stride : index
                let after = place(index) < side - 1 ? index + stride : index
                return 0.54 * image[index] + 0.23 * (image[before] + image[after])
            }
        }
        let rows = filtered(signals, stride: 1) { $0 % side }
        return filtered(rows, stride: side) { $0 / side }
    }
}
