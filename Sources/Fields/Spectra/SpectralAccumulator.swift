import Tensors

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
    private let grids = SpectralGrids()

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
        var workspace = Workspace()
        rows.append(row(of: channels, &workspace))
    }

    /// Adds `count` units over all threads, in the order of their indices and with the bytes of adding one after the other.
    ///
    /// - Parameter unit: makes the channels of one unit; each is dropped once it is summed up.
    /// - Throws: what `unit` throws, and then adds nothing.
    public mutating func add(units count: Int, _ unit: @Sendable (Int) throws -> [[Plane]]) throws {
        let measure = self
        let length = 4
        let added = try Parallel.map((count + length - 1) / length) { piece in
            var workspace = Workspace()
            return try (piece * length..<min(count, (piece + 1) * length)).map {
                measure.row(of: try unit($0), &workspace)
            }
        }
        rows += added.joined()
    }

    /// Appends another's units behind these: accumulators filled in parallel are joined in a fixed order.
    public mutating func merge(_ other: SpectralAccumulator) {
        precondition(
            other.layout == layout && other.window == window && other.segmentation == segmentation,
            "SpectralAccumulator.merge: the two measure different things")
        rows += other.rows
    }

    private func row(of channels: [[Plane]], _ workspace: inout Workspace) -> [Double] {
        var row = [Double](repeating: 0, count: layout.binCount * layout.stride)
        for planes in channels { accumulate(planes, into: &row, &workspace) }
        return row
    }

    private func accumulate(_ planes: [Plane], into row: inout [Double], _ workspace: inout Workspace) {
        precondition(
            planes.count == layout.fields.count, "SpectralAccumulator: \(planes.count) planes for \(layout.fields)")
        let (height, width) = (planes[0].height, planes[0].width)
        precondition(
            planes.allSatisfy { $0.height == height && $0.width == width },
            "SpectralAccumulator: fields of one channel must have one size")
        let grid = grids.grid(height: height, width: width) {
            SpectralGrid(
                height: height, width: width, ringWidth: layout.ringWidth, window: window, segmentation: segmentation)
        }
        for bin in 0..<layout.binCount {
            row[bin * layout.stride] += grid.weights[bin]
            row[bin * layout.stride + 1] += grid.correlatedWeights[bin]
            row[bin * layout.stride + 2] += grid.weightedRadii[bin]
        }
        for top in grid.tops {
            for left in grid.lefts {
                workspace.transform(planes, grid.taper, top: top, left: left)
                for u in planes.indices {
                    for v in u..<planes.count {
                        let term = 3 + 2 * layout.pair(u, v)
                        workspace.crossSums(u, v, grid.rings) { bin, real, imaginary in
                            row[bin * layout.stride + term] += real
                            row[bin * layout.stride + term + 1] += imaginary
                        }
                    }
                }
            }
        }
    }
}
