import Synchronization

/// What the spectra of all fields of one size have in common: where their segments lie, how they are tapered, and what
/// each ring's modes weigh.
struct SpectralGrid: Sendable {
    /// First rows and first columns of the segments.
    let tops, lefts: [Int]
    let taper: Taper
    let rings: FrequencyRings
    /// Of each bin, over all segments; see `FrequencyRings`.
    let weights, correlatedWeights, weightedRadii: [Double]

    init(height: Int, width: Int, ringWidth: Double, window: Window, segmentation: Segmentation?) {
        let overlap = segmentation?.overlap ?? 0
        let rows = Segmentation.starts(length: height, segment: segmentation?.height ?? height, overlap: overlap)
        let columns = Segmentation.starts(length: width, segment: segmentation?.width ?? width, overlap: overlap)
        let rings = FrequencyRings(height: rows.segment, width: columns.segment, ringWidth: ringWidth)
        let segments = Double(rows.starts.count * columns.starts.count)
        (tops, lefts) = (rows.starts, columns.starts)
        taper = Taper(window, height: rows.segment, width: columns.segment)
        self.rings = rings
        weights = rings.weights.map { segments * $0 }
        correlatedWeights = rings.correlatedWeight(
            window: window, rows: (rows.step, rows.starts.count), columns: (columns.step, columns.starts.count))
        weightedRadii = rings.weightedRadii.map { segments * $0 }
    }
}

/// The grids an accumulator has met, one for each size of field; shared by its copies and by threads.
final class SpectralGrids: Sendable {
    private struct Size: Hashable { let height, width: Int }

    private let known = Mutex<[Size: SpectralGrid]>([:])

    /// The grid of a size, made by `make` the first time.
    func grid(height: Int, width: Int, make: () -> SpectralGrid) -> SpectralGrid {
        known.withLock { known in
            let size = Size(height: height, width: width)
            if let grid = known[size] { return grid }
            let grid = make()
            known[size] = grid
            return grid
        }
    }
}

/// Memory for the transforms of one segment of every field, used again for the next segment and the next unit.
struct Workspace {
    /// As in `HalfSpectrum`, one field behind the other.
    private var spectra: [[Double]] = []

    /// Replaces the spectra by those of the segment at (top, left) of each plane, with the normalisation of
    /// `Window.spectrum(of:)`.
    mutating func transform(_ planes: [Plane], _ taper: Taper, top: Int, left: Int) {
        let count = taper.height * (taper.width / 2 + 1) * 2
        if spectra.count != planes.count || spectra[0].count != count {
            spectra = planes.map { _ in Array(repeating: 0, count: count) }
        }
        for (field, plane) in planes.enumerated() {
            spectra[field].withUnsafeMutableBufferPointer { taper.transform(plane, top: top, left: left, into: $0) }
        }
    }

    /// Σ weight · U V* over the modes of each group of a bin, in a fixed order.
    func crossSums(
        _ u: Int, _ v: Int, _ rings: FrequencyRings, _ add: (_ bin: Int, _ real: Double, _ imaginary: Double) -> Void
    ) {
        spectra[u].withUnsafeBytes { u in
            spectra[v].withUnsafeBytes { v in
                rings.modes.withUnsafeBufferPointer { modes in
                    for group in rings.groups {
                        // Two sums, so that an addition need not wait for the one before.
                        var even = ProductSum(), odd = ProductSum()
                        var index = group.range.lowerBound
                        while index + 1 < group.range.upperBound {
                            even.add(u, v, modes[index])
                            odd.add(u, v, modes[index + 1])
                            index += 2
                        }
                        if index < group.range.upperBound { even.add(u, v, modes[index]) }
                        add(
                            group.bin, group.weight * (even.real + odd.real),
                            group.weight * (even.imaginary + odd.imaginary))
                    }
                }
            }
        }
    }
}

/// Σ U V* in the form in which it takes fewest instructions: (Σ Re U Re V, Σ Im U Re V) and (Σ Im U Im V, Σ Re U Im V).
private struct ProductSum {
    private var withReal = SIMD2<Double>()
    private var withImaginary = SIMD2<Double>()

    var real: Double { withReal[0] + withImaginary[0] }
    var imaginary: Double { withReal[1] - withImaginary[1] }

    @inline(__always)
    mutating func add(_ u: UnsafeRawBufferPointer, _ v: UnsafeRawBufferPointer, _ mode: Int32) {
        let a = u.loadUnaligned(fromByteOffset: 16 * Int(mode), as: SIMD2<Double>.self)
        let b = v.loadUnaligned(fromByteOffset: 16 * Int(mode), as: SIMD2<Double>.self)
        withReal += a * b[0]
        withImaginary += SIMD2(a[1], a[0]) * b[1]
    }
}
