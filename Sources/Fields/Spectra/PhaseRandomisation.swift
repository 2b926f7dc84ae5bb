import RealModule
import Tensors

/// Phases replaced by random ones beyond a frequency, amplitudes kept (Chen et al., Ultramicroscopy 135, 2013).
///
/// Two images whose phases were randomised apart share nothing beyond that frequency. What their FRC still shows there is made
/// by the window and by lower frequencies that spread into the ring: FRC_n of `FourierRingCriteria.corrected`.
public enum PhaseRandomisation {
    /// The plane with the phases of all modes with ν > `frequency` drawn anew, uniform on the circle. A mode that is its own
    /// conjugate gets a random sign. The field stays real; its mean and its power spectrum stay what they are.
    ///
    /// - Parameters:
    ///   - frequency: cycles/pixel.
    ///   - stream: one number is drawn for each mode beyond `frequency`, in the order of the half plane.
    public static func randomised(_ plane: Plane, beyond frequency: Double, _ stream: inout RandomStream) -> Plane {
        var spectrum = FourierTransform.forward(plane)
        let (height, width, columns) = (plane.height, plane.width, spectrum.columns)
        for ky in 0..<height {
            for kx in 0..<columns {
                let selfConjugateColumn = kx == 0 || 2 * kx == width
                // The other half of such a column holds the conjugates, written below.
                guard !selfConjugateColumn || 2 * ky <= height else { continue }
                let fy = Double(2 * ky > height ? ky - height : ky) / Double(height)
                let fx = Double(kx) / Double(width)
                guard (fy * fy + fx * fx).squareRoot() > frequency else { continue }
                let mode = 2 * (ky * columns + kx)
                let turn = stream.uniform()
                let amplitude = Double.hypot(spectrum.values[mode], spectrum.values[mode + 1])
                guard FrequencyRings.weight(ky, kx, height, width) == 2 else {
                    spectrum.values[mode] = turn < 0.5 ? -amplitude : amplitude
                    spectrum.values[mode + 1] = 0
                    continue
                }
                let (real, imaginary) = (amplitude * .cos(2 * .pi * turn), amplitude * .sin(2 * .pi * turn))
                (spectrum.values[mode], spectrum.values[mode + 1]) = (real, imaginary)
                guard selfConjugateColumn else { continue }
                let mirror = 2 * ((height - ky) % height * columns + kx)
                (spectrum.values[mirror], spectrum.values[mirror + 1]) = (real, -imaginary)
            }
        }
        return FourierTransform.inverse(spectrum)
    }
}
