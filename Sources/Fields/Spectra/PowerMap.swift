/// Mean power of each mode over fields of one size: the two-dimensional spectrum, which rings average away.
///
/// A field is divided by its own power before it is added, so that no field speaks louder than another: the mean over all
/// modes but DC is 1, and white noise has expectation 1 everywhere. Row noise shows at ν_x = 0, a checkerboard at (½, ½).
public struct PowerMap: Sendable {
    /// Rows of each field.
    public let height: Int
    /// Columns of each field.
    public let width: Int
    /// Applied to each field.
    public let window: Window
    /// Number of fields added.
    public private(set) var fieldCount = 0
    /// Σ of normalised powers, height × (width/2 + 1).
    private var sums: [Double]

    /// One mode of the half plane.
    public struct Mode: Sendable, Equatable {
        /// Row index of the spectrum, 0..<H.
        public let ky: Int
        /// Column index, 0...W/2.
        public let kx: Int
        /// ν_y in cycles/pixel, above -½ and up to ½.
        public let frequencyY: Double
        /// ν_x in cycles/pixel, 0...½.
        public let frequencyX: Double
        /// Relative to the mean over all modes.
        public let power: Double
        /// Of the power, over all fields: 2 each, or 1 for a mode that is its own conjugate.
        public let degreesOfFreedom: Double

        /// ν = √(ν_y² + ν_x²).
        public var radius: Double { (frequencyY * frequencyY + frequencyX * frequencyX).squareRoot() }
    }

    /// A map without fields.
    public init(height: Int, width: Int, window: Window = .boxcar) {
        precondition(height > 0 && width > 0, "PowerMap: \(height) × \(width)")
        self.height = height
        self.width = width
        self.window = window
        sums = [Double](repeating: 0, count: height * (width / 2 + 1))
    }

    /// The map of one field.
    ///
    /// - Throws: what `add` throws.
    public init(of field: Plane, window: Window = .boxcar) throws {
        self.init(height: field.height, width: field.width, window: window)
        try add(field)
    }

    /// Adds one field.
    ///
    /// - Throws: `Undetermined` for a field less than 2 pixels high or wide, constant (under the window), or not finite.
    /// - Precondition: the field has the map's size.
    public mutating func add(_ field: Plane) throws {
        precondition(
            field.height == height && field.width == width,
            "PowerMap: \(field.height) × \(field.width) into \(height) × \(width)")
        let spectrum = window.spectrum(of: try field.centred(for: "a spectrum", side: 2)).values
        var powers = [Double](repeating: 0, count: sums.count)
        var total = 0.0
        for index in powers.indices where index > 0 {
            powers[index] =
                spectrum[2 * index] * spectrum[2 * index] + spectrum[2 * index + 1] * spectrum[2 * index + 1]
            total += (selfConjugateColumn(index % columns) ? 1 : 2) * powers[index]
        }
        guard total > 0 else { throw Undetermined(description: "a spectrum needs a field that varies") }
        let scale = Double(height * width - 1) / total
        for index in powers.indices { sums[index] += scale * powers[index] }
        fieldCount += 1
    }

    /// The half plane without DC, each physical mode once, by rows of the spectrum.
    public var modes: [Mode] {
        (0..<height).flatMap { ky in
            (0..<columns).compactMap { kx in
                (ky, kx) == (0, 0) || (selfConjugateColumn(kx) && 2 * ky > height) ? nil : mode(ky, kx)
            }
        }
    }

    /// The mode at any whole (ky, kx), wrapped around and folded into the half plane.
    ///
    /// - Precondition: at least one field was added.
    public func mode(_ ky: Int, _ kx: Int) -> Mode {
        precondition(fieldCount > 0, "PowerMap.mode: no field was added")
        let (row, column) = folded(ky, kx)
        return Mode(
            ky: row, kx: column, frequencyY: Double(2 * row > height ? row - height : row) / Double(height),
            frequencyX: Double(column) / Double(width), power: sums[row * columns + column] / Double(fieldCount),
            degreesOfFreedom: FrequencyRings.weight(row, column, height, width) * Double(fieldCount))
    }

    private var columns: Int { width / 2 + 1 }

    private func selfConjugateColumn(_ kx: Int) -> Bool { kx == 0 || 2 * kx == width }

    private func folded(_ ky: Int, _ kx: Int) -> (ky: Int, kx: Int) {
        func wrap(_ k: Int, _ length: Int) -> Int { (k % length + length) % length }
        let (row, column) = (wrap(ky, height), wrap(kx, width))
        let isConjugate = 2 * column > width || (selfConjugateColumn(column) && 2 * row > height)
        return isConjugate ? (wrap(-row, height), wrap(-column, width)) : (row, column)
    }
}
