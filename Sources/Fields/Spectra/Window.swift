import RealModule

/// A taper against leakage between frequencies, the outer product of one vector per axis.
public enum Window: String, Sendable, CaseIterable, Codable {
    /// All ones: right for noise-like fields, whose modes stay independent.
    case boxcar
    /// ½ - ½ cos(2πn/N), the periodic form: right for images, whose edges do not match when wrapped. Neighbouring modes
    /// become correlated, so a ring holds fewer independent ones (`FrequencyRings.correlatedWeight`).
    case hann

    /// The vector of one axis. A single pixel is left alone.
    public func coefficients(_ length: Int) -> [Double] {
        guard self == .hann, length > 1 else { return Array(repeating: 1, count: length) }
        return (0..<length).map { 0.5 - 0.5 * .cos(2 * .pi * Double($0) / Double(length)) }
    }

    /// Σw² over the H × W outer product.
    public func sumOfSquares(height: Int, width: Int) -> Double {
        [height, width].reduce(1) { product, length in
            product * coefficients(length).reduce(0) { $0 + $1 * $1 }
        }
    }

    /// Transform of the plane with its mean removed and the window applied, divided by √Σw²: the mean of |U|² over all
    /// H·W frequencies is then var(u), exactly for the boxcar and in expectation for a stationary field otherwise.
    public func spectrum(of plane: Plane) -> HalfSpectrum {
        let taper = Taper(self, height: plane.height, width: plane.width)
        let count = plane.height * (plane.width / 2 + 1) * 2
        let values = [Double](unsafeUninitializedCapacity: count) { output, initialised in
            taper.transform(plane, top: 0, left: 0, into: output)
            initialised = count
        }
        return HalfSpectrum(height: plane.height, width: plane.width, values: values)
    }
}

/// A window over segments of one size.
struct Taper: Sendable {
    /// Along y, divided by √Σw².
    private let rows: [Double]
    /// Along x.
    private let columns: [Double]

    var height: Int { rows.count }
    var width: Int { columns.count }

    init(_ window: Window, height: Int, width: Int) {
        let scale = 1 / window.sumOfSquares(height: height, width: width).squareRoot()
        rows = window.coefficients(height).map { scale * $0 }
        columns = window.coefficients(width)
    }

    /// The transform of the segment of the plane whose first pixel is (top, left), with its own mean removed and the
    /// window applied; see `Window.spectrum(of:)`.
    func transform(_ plane: Plane, top: Int, left: Int, into output: UnsafeMutableBufferPointer<Double>) {
        precondition(
            top >= 0 && left >= 0 && top + height <= plane.height && left + width <= plane.width,
            "Taper: \(height) × \(width) at (\(top), \(left)) leaves the \(plane.height) × \(plane.width) plane")
        plane.values.withUnsafeBufferPointer { pixels in
            columns.withUnsafeBufferPointer { columns in
                guard let pixels = pixels.baseAddress else { return }
                let first = pixels + top * plane.width + left
                let mean = Self.sum(first, height, width, stride: plane.width) / Double(height * width)
                FourierTransform.forward(height, width, into: output) { y, row in
                    let source = first + y * plane.width
                    let weight = rows[y]
                    for x in 0..<width { row[x] = (source[x] - mean) * (weight * columns[x]) }
                }
            }
        }
    }

    /// In eight interleaved sums, which a processor adds up at once.
    private static func sum(_ first: UnsafePointer<Double>, _ height: Int, _ width: Int, stride: Int) -> Double {
        var lanes = SIMD8<Double>()
        var rest = 0.0
        for y in 0..<height {
            let row = first + y * stride
            for x in Swift.stride(from: 0, to: width - 7, by: 8) {
                lanes += UnsafeRawPointer(row + x).loadUnaligned(as: SIMD8<Double>.self)
            }
            for x in width / 8 * 8..<width { rest += row[x] }
        }
        return lanes.sum() + rest
    }
}

/// How a field is cut into overlapping pieces whose spectra are averaged (Welch, IEEE Transactions on Audio and
/// Electroacoustics 15, 1967): less variance for a coarser frequency grid.
public struct Segmentation: Sendable, Equatable {
    /// Rows of a segment.
    public let height: Int
    /// Columns of a segment.
    public let width: Int
    /// Share of a segment that its neighbour along one axis repeats, in 0..<1; ½ suits the Hann window.
    public let overlap: Double

    /// - Precondition: positive sides and an overlap in 0..<1.
    public init(height: Int, width: Int, overlap: Double = 0.5) {
        precondition(
            height > 0 && width > 0 && overlap >= 0 && overlap < 1,
            "Segmentation: \(height) × \(width) with overlap \(overlap)")
        self.height = height
        self.width = width
        self.overlap = overlap
    }

    /// Where the segments of one axis start. A segment longer than the axis is cut to it; pixels beyond the last
    /// whole segment are not used.
    static func starts(length: Int, segment: Int, overlap: Double) -> (segment: Int, step: Int, starts: [Int]) {
        let segment = min(segment, length)
        let step = max(1, segment - Int((overlap * Double(segment)).rounded()))
        return (segment, step, Array(stride(from: 0, through: length - segment, by: step)))
    }
}
