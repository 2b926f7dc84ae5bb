import Fields
import Foundation

/// The correlation of image pairs at whole pixels, from their weighted cross spectra.
struct LagCorrelation {
    private let values: Plane
    /// Standard deviation at no lag, of independent noises.
    private let deviation: Double

    /// - Parameters:
    ///   - cross: weighted; real and imaginary parts in turn.
    ///   - square: Σ over modes of the mean square of the real part that independent noises have.
    init(_ cross: [Double], square: Double, _ modes: ShiftModes) {
        let (height, width, columns) = (modes.height, modes.width, modes.columns)
        var product = cross
        // The column of its own conjugates needs both halves.
        for y in 1..<height where 2 * y < height {
            let (from, to) = (y * columns, (height - y) * columns)
            (product[2 * to], product[2 * to + 1]) = (product[2 * from], -product[2 * from + 1])
        }
        values = FourierTransform.inverse(HalfSpectrum(height: height, width: width, values: product))
        deviation = 2 * (ShiftModes.perIndependentOne * square).squareRoot() / Double(height * width)
    }

    private func lag(_ index: Int) -> (y: Int, x: Int) {
        let (y, x) = (index / values.width, index % values.width)
        return (2 * y > values.height ? y - values.height : y, 2 * x > values.width ? x - values.width : x)
    }

    /// The lag of the largest correlation; `nil` where it does not exceed 6 standard deviations. No lag, where that is within 2 of the
    /// largest.
    var peak: (y: Double, x: Double)? {
        guard deviation > 0,
            let best = values.values.indices.max(by: { values.values[$0] < values.values[$1] }),
            values.values[best] > 6 * deviation
        else { return nil }
        if values.values[0] > values.values[best] - 2 * deviation { return (0, 0) }
        let (y, x) = lag(best)
        return (Double(y), Double(x))
    }

    /// The lag, up to `farthest` of the frame along these axes, at which the correlation is largest against that of independent noises, whose
    /// spread falls with the lag as the overlap of the squared windows does.
    func mostUnlikely(upTo farthest: Double, _ axes: ShiftAxes) -> (y: Double, x: Double) {
        let rows = Self.overlap(values.height), columns = Self.overlap(values.width)
        var best = (score: -Double.infinity, y: 0, x: 0)
        for index in values.values.indices {
            let (y, x) = lag(index)
            guard abs(Double(y)) <= (axes.y ? farthest * Double(values.height) : 0),
                abs(Double(x)) <= (axes.x ? farthest * Double(values.width) : 0)
            else { continue }
            let score = values.values[index] / (rows[abs(y)] * columns[abs(x)])
            if score > best.score { best = (score, y, x) }
        }
        return (Double(best.y), Double(best.x))
    }

    /// √(Σ w²(t) w²(t + lag) / Σ w⁴) of Hann's window.
    private static func overlap(_ length: Int) -> [Double] {
        let squares = Window.hann.coefficients(length).map { $0 * $0 }
        func sum(_ lag: Int) -> Double { zip(squares, squares.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 } }
        let none = sum(0)
        return (0..<length).map { (sum($0) / none).squareRoot() }
    }
}
