/// Fourier ring correlation of two images of one object, and of many such pairs together.
///
///     FRC(ring) = Σ Re U V* / √(Σ|U|² Σ|V|²)
///
/// (Saxton and Baumeister, Journal of Microscopy 127, 1982; van Heel and Schatz, Journal of Structural Biology 151, 2005).
/// The sums run over the modes of the ring, the channels and all pairs; the division comes last. Over the whole ring the
/// imaginary parts cancel, because the other half plane holds the conjugates.
///
/// Conventions: rings by frequency as in `FrequencyRings`; corners beyond 0.5 cycles/pixel and the mean are left out; the
/// mean of each channel is removed; a Hann window by default, because edges that do not meet when wrapped correlate.
///
/// FRC compares two outputs with each other and with nothing else. What they share raises it: content, invented edges and
/// leaked noise alike. A high FRC is therefore no sign of quality here.
public struct FourierRingCorrelation: Sendable {
    /// One ring that holds modes and in which both fields have power.
    public struct Ring: Sendable, Equatable {
        /// Its place among all rings, from 0.
        public let index: Int
        /// Mean ν of its modes, cycles/pixel.
        public let frequency: Double
        /// FRC, -1...1.
        public let correlation: Double
        /// K, the effective number of independent modes in all pairs (`RingSpectra.effectiveModeCount`).
        public let modeCount: Double
    }

    private static let fields = ["u", "v"]
    private var accumulator: SpectralAccumulator

    /// - Parameters:
    ///   - ringWidth: cycles/pixel.
    ///   - window: applied to each image whole.
    public init(ringWidth: Double, window: Window = .hann) {
        accumulator = SpectralAccumulator(fields: Self.fields, ringWidth: ringWidth, window: window)
    }

    /// Cycles/pixel; ring r begins at r times it.
    public var ringWidth: Double { accumulator.layout.ringWidth }

    /// Number of pairs.
    public var pairCount: Int { accumulator.rows.count }

    /// Adds one pair: the channels of both images, one plane each, all of one size.
    public mutating func add(_ u: [Plane], _ v: [Plane]) {
        precondition(
            u.count == v.count && !u.isEmpty,
            "FourierRingCorrelation.add: \(u.count) channels against \(v.count)")
        accumulator.add(unit: zip(u, v).map { [$0, $1] })
    }

    /// The rings in order of frequency. A ring without modes, or without power in either field, is left out.
    public var rings: [Ring] {
        let spectra = accumulator.spectra
        return spectra.rings.compactMap { ring in
            guard let frequency = spectra.frequency(ring), let cross = spectra.crossPower("u", "v", ring),
                let powers = spectra.power("u", ring).flatMap({ u in spectra.power("v", ring).map { u * $0 } }),
                powers > 0
            else { return nil }
            return Ring(
                index: ring, frequency: frequency, correlation: cross.real / powers.squareRoot(),
                modeCount: spectra.effectiveModeCount(ring))
        }
    }

    /// For each pair Σ Re U V*, Σ|U|² and Σ|V|² over the modes of all rings above a frequency: rows for an `IntervalEstimator`.
    ///
    /// - Parameter frequency: cycles/pixel; a ring counts where its lower edge is not below it.
    public func sums(above frequency: Double) -> [[Double]] {
        let layout = accumulator.layout
        let pairs = [layout.pair(0, 1), layout.pair(0, 0), layout.pair(1, 1)]
        let rings = (0..<layout.ringCount).filter { Double($0) * layout.ringWidth >= frequency - 1e-12 }
        return accumulator.rows.map { row in
            pairs.map { pair in rings.reduce(0) { $0 + row[$1 * layout.stride + 3 + 2 * pair] } }
        }
    }

    /// FRC of three sums as `sums(above:)` gives them; NaN where a power is 0.
    public static func correlation(_ sums: some Collection<Double>) -> Double {
        precondition(sums.count == 3, "FourierRingCorrelation.correlation: \(sums.count) sums, 3 expected")
        let sums = Array(sums)
        let powers = sums[1] * sums[2]
        return powers > 0 ? sums[0] / powers.squareRoot() : .nan
    }
}
