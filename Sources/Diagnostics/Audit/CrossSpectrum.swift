import Fields
import Foundation

/// The modes of the spectra of one frame that show a shift.
///
/// Hann's window has a line constant along an axis in modes -1, 0, 1 of that axis: these say nothing about the shift along it.
struct ShiftModes {
    let height, width: Int
    /// Radians by which the phase of a mode changes for one pixel down, or right; 0 where the mode says nothing about it.
    let down, right: [Double]
    /// All but the mean, those above `highest`, and the conjugates in the first column.
    let isKept: [Bool]

    /// Frequencies above this, cycles/pixel, carry more noise and aliasing than shift.
    private static let highest = 0.4
    /// Modes of a Hann window that are one independent mode (docs/THEORY.md, section 5).
    static let perIndependentOne = 3.5

    /// Columns of a half spectrum.
    var columns: Int { width / 2 + 1 }
    var indices: Range<Int> { isKept.indices }

    init(height: Int, width: Int) {
        (self.height, self.width) = (height, width)
        let columns = width / 2 + 1
        var down: [Double] = [], right: [Double] = [], isKept: [Bool] = []
        for index in 0..<height {
            let row = 2 * index > height ? index - height : index
            for column in 0..<columns {
                let (fy, fx) = (Double(row) / Double(height), Double(column) / Double(width))
                down.append(abs(row) > 1 ? 2 * Double.pi * fy : 0)
                right.append(column > 1 ? 2 * Double.pi * fx : 0)
                isKept.append((row, column) != (0, 0) && hypot(fy, fx) < Self.highest && !(column == 0 && row < 0))
            }
        }
        (self.down, self.right, self.isKept) = (down, right, isKept)
    }
}

/// U V* of an image pair at every mode of a Hann window, and the mean of |U|² and |V|²; channels are summed.
struct CrossSpectrum {
    /// First and second image.
    struct Pair { let first, second: [Plane] }

    /// Real and imaginary parts of U* V in turn.
    private(set) var cross: [Double]
    private(set) var power: [Double]

    /// - Parameters:
    ///   - first: transforms of the first image.
    ///   - place: pixels by which the second image is moved back before it is windowed.
    init(_ first: [HalfSpectrum], _ second: [Plane], movedBack place: (y: Double, x: Double)) {
        let count = first[0].values.count / 2
        cross = [Double](repeating: 0, count: 2 * count)
        power = [Double](repeating: 0, count: count)
        for (u, plane) in zip(first, second) {
            let v = Window.hann.spectrum(
                of: place == (0, 0) ? plane : plane.displaced(rows: -place.y, columns: -place.x))
            for k in 0..<count {
                let (a, b) = (u.values[2 * k], u.values[2 * k + 1]), (c, d) = (v.values[2 * k], v.values[2 * k + 1])
                cross[2 * k] += a * c + b * d
                cross[2 * k + 1] += a * d - b * c
                power[k] += (a * a + b * b + c * c + d * d) / 2
            }
        }
    }

    /// The sum over pairs.
    ///
    /// - Precondition: there is one.
    init(sum all: [CrossSpectrum]) {
        self = all[0]
        for one in all.dropFirst() {
            for k in cross.indices { cross[k] += one.cross[k] }
            for k in power.indices { power[k] += one.power[k] }
        }
    }
}

extension Plane {
    /// Moved down and right by parts of pixels, in Fourier space: wrapped around.
    fileprivate func displaced(rows: Double, columns: Double) -> Plane {
        var spectrum = FourierTransform.forward(self)
        for ky in 0..<height {
            let y = Double(2 * ky > height ? ky - height : ky) / Double(height)
            for kx in 0..<spectrum.columns {
                let angle = -2 * Double.pi * (y * rows + Double(kx) / Double(width) * columns)
                let (c, s) = (cos(angle), sin(angle)), index = 2 * (ky * spectrum.columns + kx)
                let (a, b) = (spectrum.values[index], spectrum.values[index + 1])
                (spectrum.values[index], spectrum.values[index + 1]) = (a * c - b * s, a * s + b * c)
            }
        }
        return FourierTransform.inverse(spectrum)
    }
}
