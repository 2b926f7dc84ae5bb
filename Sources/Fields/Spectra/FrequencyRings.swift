import RealModule

/// The modes of an H × W real field sorted into rings of spatial frequency ν = √(ν_y² + ν_x²), cycles/pixel.
///
/// Ring r holds rΔ < ν ≤ (r+1)Δ, by frequency and not by index, so that rings are round on grids that are not square. DC
/// and the corners beyond ν = 0.5, which only diagonal directions reach, are bins of their own behind the rings.
///
/// A mode and its conjugate are one: only the half plane k_x > 0, completed by k_y ≥ 0 on the self-conjugate columns, is
/// sorted. A mode stands for `weight` points of the full plane: 2, or 1 where it is its own conjugate (DC, and the Nyquist
/// points of even sides), so that weighted sums over bins are sums over the full plane (Parseval).
public struct FrequencyRings: Sendable {
    /// Rows of the field.
    public let height: Int
    /// Columns of the field.
    public let width: Int
    /// Δ, cycles/pixel.
    public let ringWidth: Double
    /// Number of rings up to ν = 0.5; also the index of the bin of corners.
    public let ringCount: Int
    /// Modes in each bin, each physical mode counted once.
    public private(set) var modeCounts: [Int]
    /// Points of the full plane in each bin; they add up to H·W.
    public private(set) var weights: [Double]
    /// Σ weight · ν in each bin: divided by the weight, the mean radius.
    public private(set) var weightedRadii: [Double]

    /// Bin of each coefficient of a `HalfSpectrum`; -1 for one that repeats another's conjugate.
    let bins: [Int]
    /// Positions in a `HalfSpectrum` of the modes that are counted, bin after bin.
    let modes: [Int32]
    /// What lies together in `modes`: modes of one bin and one weight.
    let groups: [Group]

    struct Group: Sendable {
        let bin: Int
        let weight: Double
        let range: Range<Int>
    }

    /// The bin of modes beyond ν = 0.5.
    public var corners: Int { ringCount }
    /// The bin of the mean.
    public var dc: Int { ringCount + 1 }
    /// Rings, corners and DC.
    public var binCount: Int { ringCount + 2 }

    /// How many rings of that width reach ν = 0.5; the last may be narrower.
    public static func count(ringWidth: Double) -> Int {
        precondition(
            ringWidth > 0 && ringWidth.isFinite, "FrequencyRings: ring width must be positive, got \(ringWidth)")
        return Int((0.5 / ringWidth - Self.slack).rounded(.up))
    }

    /// - Parameter ringWidth: cycles/pixel; without one 1/max(H, W), the finest that leaves no ring of a square image empty.
    public init(height: Int, width: Int, ringWidth: Double? = nil) {
        precondition(height > 0 && width > 0, "FrequencyRings: \(height) × \(width)")
        let ringWidth = ringWidth ?? 1 / Double(max(height, width))
        let ringCount = Self.count(ringWidth: ringWidth)
        var modeCounts = [Int](repeating: 0, count: ringCount + 2)
        var weights = [Double](repeating: 0, count: ringCount + 2)
        var weightedRadii = weights
        var bins = [Int]()
        bins.reserveCapacity(height * (width / 2 + 1))
        for ky in 0..<height {
            for kx in 0...width / 2 {
                let selfConjugateColumn = kx == 0 || 2 * kx == width
                guard !selfConjugateColumn || 2 * ky <= height else {
                    bins.append(-1)
                    continue
                }
                let fy = Double(2 * ky > height ? ky - height : ky) / Double(height)
                let fx = Double(kx) / Double(width)
                let radius = (fy * fy + fx * fx).squareRoot()
                let bin =
                    radius == 0
                    ? ringCount + 1
                    : radius > 0.5 + Self.slack ? ringCount : Int((radius / ringWidth - Self.slack).rounded(.up)) - 1
                let weight = Self.weight(ky, kx, height, width)
                bins.append(bin)
                modeCounts[bin] += 1
                weights[bin] += weight
                weightedRadii[bin] += weight * radius
            }
        }
        self.height = height
        self.width = width
        self.ringWidth = ringWidth
        self.ringCount = ringCount
        self.modeCounts = modeCounts
        self.weights = weights
        self.weightedRadii = weightedRadii
        self.bins = bins
        (modes, groups) = Self.grouped(bins, height, width)
    }

    private static func grouped(_ bins: [Int], _ height: Int, _ width: Int) -> ([Int32], [Group]) {
        /// Two keys to a bin: the modes that are their own conjugates, then the others.
        func key(_ mode: Int) -> Int {
            2 * bins[mode] + Int(weight(mode / (width / 2 + 1), mode % (width / 2 + 1), height, width)) - 1
        }
        var members = [[Int32]](repeating: [], count: 2 * ((bins.max() ?? 0) + 1))
        for mode in bins.indices where bins[mode] >= 0 { members[key(mode)].append(Int32(mode)) }
        var modes = [Int32]()
        var groups = [Group]()
        for (key, members) in members.enumerated() where !members.isEmpty {
            let range = modes.count..<modes.count + members.count
            groups.append(Group(bin: key / 2, weight: Double(key % 2 + 1), range: range))
            modes += members
        }
        return (modes, groups)
    }

    /// Mean ν of a bin; `nil` where it holds no mode.
    public func meanRadius(_ bin: Int) -> Double? { weights[bin] > 0 ? weightedRadii[bin] / weights[bin] : nil }

    /// 2, or 1 for a mode that is its own conjugate.
    static func weight(_ ky: Int, _ kx: Int, _ height: Int, _ width: Int) -> Double {
        (kx == 0 || 2 * kx == width) && (ky == 0 || 2 * ky == height) ? 1 : 2
    }

    /// Frequencies that are equal in exact arithmetic, such as a radius of 5/10 from 3/10 and 4/10, may differ by rounding;
    /// this much of a ring's width they still belong to the lower ring.
    private static let slack = 1e-9
}

extension FrequencyRings {
    /// For each bin Σ_jk ω_j ω_k |ρ_jk|² over its modes in all segments, with ω = weight/2 and ρ_jk the correlation of two
    /// modes of white noise under the window.
    ///
    /// The effective number of modes is K = (Σω)² / this: for independent modes their number, a self-conjugate one counting
    /// a little less; for a Hann window about half of it in a ring one mode wide, and 3.8 times fewer in a wide one. It is exact for the variance of a cross spectrum of two
    /// independent white fields, whatever the window, the overlap and the shape of the bin.
    ///
    /// - Parameters:
    ///   - rows: the segments' start distance and number along y; columns: along x.
    func correlatedWeight(
        window: Window, rows: (step: Int, count: Int), columns: (step: Int, count: Int)
    ) -> [Double] {
        let alongY = Self.modeCorrelation(window.coefficients(height), step: rows.step, count: rows.count)
        let alongX = Self.modeCorrelation(window.coefficients(width), step: columns.step, count: columns.count)
        let halfColumns = width / 2 + 1
        var sums = [Double](repeating: 0, count: binCount)
        for ky in 0..<height {
            for kx in 0..<halfColumns {
                let bin = bins[ky * halfColumns + kx]
                guard bin >= 0 else { continue }
                var sum = 0.0
                for (dy, correlationY) in alongY {
                    let row = (ky + dy) % height
                    for (dx, correlationX) in alongX {
                        let column = (kx + dx) % width
                        guard column < halfColumns, bins[row * halfColumns + column] == bin else { continue }
                        sum += Self.weight(row, column, height, width) * correlationY * correlationX
                    }
                }
                sums[bin] += Self.weight(ky, kx, height, width) * sum / 4
            }
        }
        return sums
    }

    /// Along one axis, the distances in 0..<N between modes that white noise correlates, with
    /// Σ_d (S - |d|) |Σ_n w(n) w(n + d·step) exp(2πi m n/N)|² / (Σw²)² for each: all pairs of S segments.
    private static func modeCorrelation(_ window: [Double], step: Int, count: Int) -> [(Int, Double)] {
        let length = window.count
        let power = window.reduce(0) { $0 + $1 * $1 }
        var correlation = [Double](repeating: 0, count: length)
        for distance in 0..<count where distance * step < length {
            let shift = distance * step
            let product = Plane(height: 1, width: length) { _, n in
                n + shift < length ? window[n] * window[n + shift] / power : 0
            }
            let transform = FourierTransform.forward(product).values
            let pairs = Double((count - distance) * (distance == 0 ? 1 : 2))
            for m in 0..<length {
                let k = min(m, length - m)
                correlation[m] +=
                    pairs * (transform[2 * k] * transform[2 * k] + transform[2 * k + 1] * transform[2 * k + 1])
            }
        }
        // The far tail of an overlapping boxcar costs time and adds nothing.
        return correlation.enumerated().filter { $0.element > 1e-4 * correlation[0] }.map { ($0.offset, $0.element) }
    }
}
