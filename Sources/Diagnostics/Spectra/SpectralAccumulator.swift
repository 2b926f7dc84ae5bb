/// Auto- and cross-spectra of several named fields, summed over rings, segments, channels and images, divided last.
///
/// P_uv(ν) = Σ U V* / (S Σw²), so that the mean over all ν of P_uu is var(u); means are removed per segment. The sums of
/// each unit (an image, or a subject's images) are kept, because an interval resamples units.
///
/// Fields of different sizes may be pooled: a mode counts as one mode, so a larger image, having more of them, weighs more.
public struct SpectralAccumulator: Sendable {
    /// Where each number lies in a row of sums.
    public struct Layout: Sendable, Equatable {
        /// Names of the fields, such as `e`, `n_a`, `n_b`.
        public let fields: [String]
        /// Δ, cycles/pixel.
        public let ringWidth: Double
        /// Rings up to ν = 0.5; behind them the bins of corners and DC.
        public let ringCount: Int

        var binCount: Int { ringCount + 2 }
        var pairCount: Int { fields.count * (fields.count + 1) / 2 }
        /// Weight, correlated weight, weighted radius, then real and imaginary part of each pair.
        var stride: Int { 3 + 2 * pairCount }

        /// Position of P_uv among the pairs u ≤ v, row by row.
        func pair(_ u: Int, _ v: Int) -> Int { u * fields.count - u * (u - 1) / 2 + v - u }
    }

    /// The meaning of the rows.
    public let layout: Layout
    /// Applied to each segment.
    public let window: Window
    /// `nil`: each field whole.
    public let segmentation: Segmentation?
    /// One row of sums per unit, in the order added: what a `ClusterBootstrap` or `IntervalEstimator` resamples.
    public private(set) var rows: [[Double]] = []

    /// - Parameters:
    ///   - fields: distinct names, at least one.
    ///   - ringWidth: cycles/pixel; 1/max(H, W) of the smallest field or segment is the finest that it can fill.
    public init(fields: [String], ringWidth: Double, window: Window, segmentation: Segmentation? = nil) {
        precondition(!fields.isEmpty && Set(fields).count == fields.count, "SpectralAccumulator: fields \(fields)")
        layout = Layout(fields: fields, ringWidth: ringWidth, ringCount: FrequencyRings.count(ringWidth: ringWidth))
        self.window = window
        self.segmentation = segmentation
    }

    /// The sums of all units together.
    public var spectra: RingSpectra {
        var totals = [Double](repeating: 0, count: layout.binCount * layout.stride)
        for row in rows {
            for term in totals.indices { totals[term] += row[term] }
        }
        return RingSpectra(layout: layout, sums: totals)
    }

    /// The spectra that a row of sums stands for: one unit's, or a resample's totals inside a `SumStatistic`.
    public func spectra(of sums: [Double]) -> RingSpectra { RingSpectra(layout: layout, sums: sums) }

    /// Adds one unit: for each of its channels (or images) the fields in the order of their names, all of one size.
    ///
    /// Channels are counted as independent when the effective number of modes is added up.
    public mutating func add(unit channels: [[Plane]]) {
        var row = [Double](repeating: 0, count: layout.binCount * layout.stride)
        for planes in channels { accumulate(planes, into: &row) }
        rows.append(row)
    }

    /// Appends another's units behind these: accumulators filled in parallel are joined in a fixed order.
    public mutating func merge(_ other: SpectralAccumulator) {
        precondition(
            other.layout == layout && other.window == window && other.segmentation == segmentation,
            "SpectralAccumulator.merge: the two measure different things")
        rows += other.rows
    }

    private func accumulate(_ planes: [Plane], into row: inout [Double]) {
        precondition(
            planes.count == layout.fields.count, "SpectralAccumulator: \(planes.count) planes for \(layout.fields)")
        let (height, width) = (planes[0].height, planes[0].width)
        precondition(
            planes.allSatisfy { $0.height == height && $0.width == width },
            "SpectralAccumulator: fields of one channel must have one size")
        let overlap = segmentation?.overlap ?? 0
        let (rowLength, rowStep, tops) = Segmentation.starts(
            length: height, segment: segmentation?.height ?? height, overlap: overlap)
        let (columnLength, columnStep, lefts) = Segmentation.starts(
            length: width, segment: segmentation?.width ?? width, overlap: overlap)
        let rings = FrequencyRings(height: rowLength, width: columnLength, ringWidth: layout.ringWidth)
        let correlated = rings.correlatedWeight(
            window: window, rows: (rowStep, tops.count), columns: (columnStep, lefts.count))
        let segments = Double(tops.count * lefts.count)
        for bin in 0..<layout.binCount {
            row[bin * layout.stride] += segments * rings.weights[bin]
            row[bin * layout.stride + 1] += correlated[bin]
            row[bin * layout.stride + 2] += segments * rings.weightedRadii[bin]
        }
        for top in tops {
            for left in lefts {
                let spectra = planes.map {
                    window.spectrum(of: $0.cropped(top: top, left: left, height: rowLength, width: columnLength))
                }
                for u in spectra.indices {
                    for v in u..<spectra.count {
                        sum(spectra[u], spectra[v], over: rings, pair: layout.pair(u, v), into: &row)
                    }
                }
            }
        }
    }

    private func sum(
        _ u: HalfSpectrum, _ v: HalfSpectrum, over rings: FrequencyRings, pair: Int, into row: inout [Double]
    ) {
        let columns = u.columns
        for ky in 0..<u.height {
            for kx in 0..<columns {
                let mode = ky * columns + kx
                let bin = rings.bins[mode]
                guard bin >= 0 else { continue }
                let weight = FrequencyRings.weight(ky, kx, u.height, u.width)
                let (a, b) = (u.values[2 * mode], u.values[2 * mode + 1])
                let (c, d) = (v.values[2 * mode], v.values[2 * mode + 1])
                let term = bin * layout.stride + 3 + 2 * pair
                row[term] += weight * (a * c + b * d)
                row[term + 1] += weight * (b * c - a * d)
            }
        }
    }
}
