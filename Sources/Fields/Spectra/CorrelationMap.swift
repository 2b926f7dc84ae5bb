/// Auto- or cross-correlation of two fields at many lags at once, by the Fourier transform.
///
/// ρ(dy, dx) relates u(y, x) to v(y + dy, x + dx), both with their means removed and divided by their standard deviations: a
/// field v that shows u shifted down and right has its peak at positive lags.
public struct CorrelationMap: Sendable, Equatable {
    /// What stands beyond the border.
    public enum Border: Sendable, CaseIterable {
        /// Nothing: the mean is over the pairs inside both fields, (H-|dy|)(W-|dx|) of them. Far lags rest on few pairs and
        /// may exceed 1.
        case open
        /// The field again: the mean is over all H·W pixels. Lags repeat after H and W.
        case circular
    }

    /// Largest |dy|.
    public let rowLag: Int
    /// Largest |dx|.
    public let columnLag: Int
    /// ρ, (2·rowLag + 1) × (2·columnLag + 1), from the most negative lags.
    public let values: [Double]

    /// One lag with its correlation.
    public struct Lag: Sendable, Equatable {
        /// Rows down.
        public let dy: Int
        /// Columns right.
        public let dx: Int
        /// ρ.
        public let correlation: Double
    }

    /// ρ(h) of two fields of one size.
    ///
    /// - Parameters:
    ///   - rowLag: `nil` for all there are: H - 1, or H/2 on a circular border.
    ///   - columnLag: likewise.
    /// - Throws: `Undetermined` for a field that is constant or not finite.
    /// - Precondition: fields of one size, and lags that exist.
    public init(_ u: Plane, _ v: Plane, rowLag: Int? = nil, columnLag: Int? = nil, border: Border) throws {
        precondition(
            u.height == v.height && u.width == v.width,
            "CorrelationMap: \(u.height) × \(u.width) against \(v.height) × \(v.width)")
        let (height, width) = (u.height, u.width)
        let limits = border == .open ? (height - 1, width - 1) : (height / 2, width / 2)
        let rowLag = rowLag ?? limits.0
        let columnLag = columnLag ?? limits.1
        precondition(
            rowLag >= 0 && columnLag >= 0 && rowLag <= limits.0 && columnLag <= limits.1,
            "CorrelationMap: lags \(rowLag) and \(columnLag) of a field of \(height) × \(width)")
        let first = try u.centred(for: "a correlation"), second = try v.centred(for: "a correlation")
        // Padding by the largest lag keeps the ends from meeting.
        let isOpen = border == .open
        let rows = isOpen ? FourierTransform.fastLength(height + rowLag) : height
        let columns = isOpen ? FourierTransform.fastLength(width + columnLag) : width
        let products = Plane.laggedProducts(
            isOpen ? first.padded(height: rows, width: columns) : first,
            isOpen ? second.padded(height: rows, width: columns) : second)
        let count = Double(height * width)
        let scale = 1 / (Plane.meanProduct(first, first) * Plane.meanProduct(second, second)).squareRoot()
        var values: [Double] = []
        for dy in -rowLag...rowLag {
            for dx in -columnLag...columnLag {
                let pairs = isOpen ? Double((height - abs(dy)) * (width - abs(dx))) : count
                values.append(scale * products[(dy + rows) % rows, (dx + columns) % columns] / pairs)
            }
        }
        self.rowLag = rowLag
        self.columnLag = columnLag
        self.values = values
    }

    /// The autocorrelation: 1 at lag 0, equal at h and -h.
    public init(_ u: Plane, rowLag: Int? = nil, columnLag: Int? = nil, border: Border) throws {
        try self.init(u, u, rowLag: rowLag, columnLag: columnLag, border: border)
    }

    /// ρ(dy, dx).
    public subscript(dy: Int, dx: Int) -> Double {
        precondition(
            abs(dy) <= rowLag && abs(dx) <= columnLag, "CorrelationMap: lag (\(dy), \(dx)) was not measured")
        return values[(dy + rowLag) * (2 * columnLag + 1) + dx + columnLag]
    }

    /// The lag with the largest |ρ|. How likely such a one is by chance: a `PermutationTest` of this maximum.
    public var strongest: Lag {
        let index = values.indices.max { values[$0].magnitude < values[$1].magnitude } ?? 0
        let columns = 2 * columnLag + 1
        return Lag(dy: index / columns - rowLag, dx: index % columns - columnLag, correlation: values[index])
    }

    /// Mean ρ over all lags whose distance rounds to 0, 1, 2, … pixels, up to the shorter lag.
    public var radialMeans: [Double] {
        let last = min(rowLag, columnLag)
        var sums = [Double](repeating: 0, count: last + 1)
        var counts = sums
        for dy in -rowLag...rowLag {
            for dx in -columnLag...columnLag {
                let distance = Int(Double(dy * dy + dx * dx).squareRoot().rounded())
                guard distance <= last else { continue }
                sums[distance] += self[dy, dx]
                counts[distance] += 1
            }
        }
        return zip(sums, counts).map { $0 / $1 }
    }
}

extension Plane {
    /// Σ u(y, x) v(y + dy, x + dx) at all lags of two fields that repeat beyond their borders; negative lags at the far end.
    package static func laggedProducts(_ u: Plane, _ v: Plane) -> Plane {
        let first = FourierTransform.forward(u)
        var product = FourierTransform.forward(v)
        for k in stride(from: 0, to: product.values.count, by: 2) {
            let (a, b) = (first.values[k], first.values[k + 1])
            let (c, d) = (product.values[k], product.values[k + 1])
            product.values[k] = a * c + b * d
            product.values[k + 1] = a * d - b * c
        }
        return FourierTransform.inverse(product)
    }

    /// With zeros below and to the right.
    func padded(height: Int, width: Int) -> Plane {
        Plane(height: height, width: width) { $0 < self.height && $1 < self.width ? self[$0, $1] : 0 }
    }
}

extension FourierTransform {
    /// The smallest length from `length` on whose prime factors are 2, 3, 5 and 7.
    package static func fastLength(_ length: Int) -> Int {
        (length...).first { candidate in
            [2, 3, 5, 7].reduce(candidate) { rest, prime in
                var rest = rest
                while rest % prime == 0 { rest /= prime }
                return rest
            } == 1
        } ?? length
    }
}
