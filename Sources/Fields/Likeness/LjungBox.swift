/// Is a field uncorrelated at short lags? Ljung and Box's portmanteau test ("On a measure of lack of fit in time series
/// models", Biometrika 65, 1978) with the lags of a half plane.
///
/// Q = N(N+2) Σ_h ρ(h)²/N(h), where N(h) = Σ (H-|dy|)(W-|dx|) is the number of pairs at lag h and N the number of pixels.
/// Null: independent pixels of one variance; Q is then χ² with one degree of freedom per lag. On a single row it is the
/// one-dimensional test.
///
/// Fields are pooled after division by their own variance, so that pictures of different noise may be tested together.
public struct LjungBox: Sendable {
    /// Largest |dy|.
    public let rowLag: Int
    /// Largest |dx|.
    public let columnLag: Int
    /// Number of fields added.
    public private(set) var fieldCount = 0
    private var pixels = 0.0
    private var correlation: [Double]
    private var pairs: [Double]

    /// A lag and the autocorrelation there.
    public struct Lag: Sendable, Equatable {
        /// Rows down, at least 0.
        public let dy: Int
        /// Columns right; positive where `dy` is 0.
        public let dx: Int
        /// ρ(h), the pooled autocorrelation.
        public let correlation: Double
    }

    /// A test without data: lags 0...rowLag × -columnLag...columnLag, of h and -h only one.
    ///
    /// - Precondition: neither lag is negative and one is positive.
    public init(rowLag: Int, columnLag: Int) {
        precondition(
            rowLag >= 0 && columnLag >= 0 && rowLag + columnLag > 0, "LjungBox: lags \(rowLag) and \(columnLag)")
        self.rowLag = rowLag
        self.columnLag = columnLag
        let count = rowLag * (2 * columnLag + 1) + columnLag
        correlation = [Double](repeating: 0, count: count)
        pairs = correlation
    }

    /// Adds one field.
    ///
    /// - Throws: `Undetermined` for a field no larger than its lags, constant, or not finite.
    public mutating func add(_ field: Plane) throws {
        guard field.height > rowLag && field.width > columnLag else {
            throw Undetermined(
                description: "Ljung-Box needs fields larger than \(rowLag) × \(columnLag), "
                    + "one has \(field.height) × \(field.width) pixels")
        }
        let u = try field.centred(for: "Ljung-Box")
        let count = Double(u.values.count)
        let power = u.values.reduce(0) { $0 + $1 * $1 }
        for (index, lag) in Self.lags(rowLag, columnLag).enumerated() {
            correlation[index] += count * u.laggedProduct(dy: lag.dy, dx: lag.dx) / power
            pairs[index] += Double((u.height - lag.dy) * (u.width - abs(lag.dx)))
        }
        pixels += count
        fieldCount += 1
    }

    /// Q and its probability under the null.
    ///
    /// - Throws: `Undetermined` without a field.
    public func test() throws -> HypothesisTest {
        guard fieldCount > 0 else { throw Undetermined(description: "Ljung-Box has no field") }
        var sum = 0.0
        for (correlation, pairs) in zip(correlation, pairs) {
            sum += correlation / pixels * correlation / pixels / pairs
        }
        let statistic = pixels * (pixels + 2) * sum
        return HypothesisTest(
            statistic: statistic,
            probability: ChiSquared(degreesOfFreedom: Double(correlation.count)).upperTail(statistic))
    }

    /// The lag with the largest ρ²·N²/N(h); `nil` without a field.
    public var strongest: Lag? {
        guard fieldCount > 0 else { return nil }
        let lags = Self.lags(rowLag, columnLag)
        func weight(_ k: Int) -> Double { correlation[k] * correlation[k] / pairs[k] }
        return correlation.indices.max { weight($0) < weight($1) }.map {
            Lag(dy: lags[$0].dy, dx: lags[$0].dx, correlation: correlation[$0] / pixels)
        }
    }

    private static func lags(_ rowLag: Int, _ columnLag: Int) -> [(dy: Int, dx: Int)] {
        (0...rowLag).flatMap { dy in (-columnLag...columnLag).map { (dy, $0) } }.filter { $0.0 > 0 || $0.1 > 0 }
    }
}

extension Plane {
    /// Σ u(y, x) u(y + dy, x + dx) over the pairs inside the field.
    fileprivate func laggedProduct(dy: Int, dx: Int) -> Double {
        var total = 0.0
        for y in 0..<height - dy {
            let (line, other) = (y * width, (y + dy) * width + dx)
            var sum = 0.0
            for x in max(0, -dx)..<min(width, width - dx) { sum += values[line + x] * values[other + x] }
            total += sum
        }
        return total
    }
}
