/// Periodic artefacts: modes that stand out of their neighbourhood in the spectrum, whatever its colour.
///
/// The prominence of a mode is its power over the mean power of its neighbours 3 to 7 modes away. There are two such
/// neighbourhoods, along ν_y and along ν_x, and the smaller prominence counts: edges of a picture make ridges along the axes,
/// which are prominent across but not along. Modes less than 8 from DC are left out, where spectra of pictures are too steep.
///
/// Null: a Gaussian field whose spectrum is smooth over 15 modes. Power over mean power is then F-distributed; a Hann window
/// correlates neighbours, which leaves 1/1.94 of their degrees of freedom. Its p-value is Bonferroni's over the modes tested.
///
/// Harmonics of a period longer than an eighth of the field stand in each other's neighbourhood and hide each other.
public struct SpectralPeaks: Sendable {
    /// What makes a peak where it is.
    public enum Cause: Sendable, Equatable, CustomStringConvertible {
        /// A frequency of the lattice {j/s}²: an upsampling by `stride`, such as a transposed convolution of that stride
        /// (Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill, 2016).
        case upsampling(stride: Int)
        /// A harmonic of a tile that repeats.
        case tiling(period: Int)
        /// None that is known here.
        case unknown

        /// As the end of "which points to".
        public var description: String {
            switch self {
            case .upsampling(let stride): "upsampling by \(stride)"
            case .tiling(let period): "tiles of \(period) pixels"
            case .unknown: "no known cause"
            }
        }
    }

    /// A mode that stands out.
    public struct Peak: Sendable, Equatable {
        /// Where, with its power relative to the mean.
        public let mode: PowerMap.Mode
        /// Power over that of the neighbours; 1 in expectation.
        public let prominence: Double
        /// For all modes of the search together.
        public let pValue: PValue
        /// What is known to make peaks there.
        public let cause: Cause
    }

    /// Sides in pixels below which a spectrum has too few modes to compare.
    public static let smallestSide = 32

    private static let neighbours = 3...7
    private static let marginAroundDC = 8
    private static let strides = [2, 4, 8]
    private let map: PowerMap
    private let tilePeriods: [Int]

    /// - Parameter tilePeriods: periods in pixels that peaks are attributed to, of tiles in the processing.
    /// - Throws: `Undetermined` for sides below 32 pixels or a map without fields.
    public init(_ map: PowerMap, tilePeriods: [Int] = []) throws {
        guard min(map.height, map.width) >= Self.smallestSide, map.fieldCount > 0 else {
            throw Undetermined(
                description:
                    "spectral peaks need fields of \(Self.smallestSide) × \(Self.smallestSide) pixels or more, "
                    + "there are \(map.fieldCount) of \(map.height) × \(map.width)")
        }
        self.map = map
        self.tilePeriods = tilePeriods
    }

    /// All peaks whose p-value over the modes searched is below `falseAlarmRate`, the most prominent first. Of a peak that is
    /// wider than one mode, as a window makes it, only the top.
    public func peaks(falseAlarmRate: Double = 0.001) -> [Peak] {
        all.filter { peak in
            peak.pValue.value < falseAlarmRate
                && (-1...1).allSatisfy { dy in
                    (-1...1).allSatisfy { peak.mode.power >= map.mode(peak.mode.ky + dy, peak.mode.kx + $0).power }
                }
        }
    }

    /// Every mode that has neighbours to compare with, the most prominent first.
    public var all: [Peak] { ranked(map.modes) }

    /// The least likely of the modes that `isIncluded` chooses, by a rule that does not look at this map.
    ///
    /// - Throws: `Undetermined` if none can be compared.
    public func leastLikely(where isIncluded: (PowerMap.Mode) -> Bool = { _ in true }) throws -> Peak {
        guard let first = ranked(map.modes.filter(isIncluded)).min(by: { $0.pValue.value < $1.pValue.value }) else {
            throw Undetermined(description: "no mode has neighbours to compare with")
        }
        return first
    }

    /// The Nyquist-lattice test for checkerboards: for each stride 2, 4, 8 the least likely mode of its lattice that no
    /// smaller stride has, (½, 0), (0, ½) and (½, ½) for 2. A stride is left out unless it divides both sides of the field.
    public func lattice() -> [(stride: Int, peak: Peak)] {
        Self.strides.compactMap { stride in
            (try? leastLikely { Self.latticeStride($0, map) == stride }).map { (stride, $0) }
        }
    }

    /// The prominence of a mode, without its probability; `nil` near DC.
    public func prominence(_ ky: Int, _ kx: Int) -> Double? { compared(map.mode(ky, kx))?.prominence }

    /// The smallest stride whose lattice {j/s}² holds the mode exactly; `nil` for none.
    static func latticeStride(_ mode: PowerMap.Mode, _ map: PowerMap) -> Int? {
        strides.first {
            map.height % $0 == 0 && map.width % $0 == 0 && mode.ky % (map.height / $0) == 0
                && mode.kx % (map.width / $0) == 0
        }
    }

    private func ranked(_ modes: [PowerMap.Mode]) -> [Peak] {
        let found = modes.compactMap { mode in compared(mode).map { (mode, $0) } }
        return found.map { mode, compared in
            Peak(
                mode: mode, prominence: compared.prominence,
                pValue: PValue(min(1, compared.probability * Double(found.count))), cause: cause(of: mode))
        }.sorted { $0.prominence > $1.prominence }
    }

    private func compared(_ mode: PowerMap.Mode) -> (prominence: Double, probability: Double)? {
        let row = 2 * mode.ky > map.height ? mode.ky - map.height : mode.ky
        guard max(abs(row), mode.kx) >= Self.marginAroundDC else { return nil }
        let along = [
            background(Self.neighbours.flatMap { [(mode.ky + $0, mode.kx), (mode.ky - $0, mode.kx)] }),
            background(Self.neighbours.flatMap { [(mode.ky, mode.kx + $0), (mode.ky, mode.kx - $0)] }),
        ].compactMap { $0 }
        guard let highest = along.map(\.power).max(), highest > 0 else { return nil }
        let probability =
            along.map {
                FisherF(numerator: mode.degreesOfFreedom, denominator: $0.degreesOfFreedom)
                    .upperTail(mode.power / $0.power)
            }.max() ?? 1
        return (mode.power / highest, probability)
    }

    /// Mean power of the distinct physical modes among these; lattice modes and DC do not count.
    private func background(_ positions: [(Int, Int)]) -> (power: Double, degreesOfFreedom: Double)? {
        var seen: Set<Int> = []
        var power = 0.0
        var degreesOfFreedom = 0.0
        for (ky, kx) in positions {
            let mode = map.mode(ky, kx)
            guard seen.insert(mode.ky * map.width + mode.kx).inserted, (mode.ky, mode.kx) != (0, 0),
                Self.latticeStride(mode, map) == nil
            else { continue }
            power += mode.degreesOfFreedom * mode.power
            degreesOfFreedom += mode.degreesOfFreedom
        }
        guard degreesOfFreedom > 0, power > 0 else { return nil }
        // Σ|ρ|² = 1 + 2((2/3)² + (1/6)²) for the modes of a Hann window.
        return (power / degreesOfFreedom, degreesOfFreedom / (map.window == .hann ? 1.9444 : 1))
    }

    /// By the lattice frequency within half a mode of this one.
    private func cause(of mode: PowerMap.Mode) -> Cause {
        func repeats(_ period: Int) -> Bool {
            [(mode.frequencyY, map.height), (mode.frequencyX, map.width)].allSatisfy { frequency, length in
                let cycles = frequency * Double(period)
                return (cycles - cycles.rounded()).magnitude / Double(period) < 0.5 / Double(length)
            }
        }
        if let stride = Self.strides.first(where: repeats) { return .upsampling(stride: stride) }
        return tilePeriods.first(where: repeats).map { .tiling(period: $0) } ?? .unknown
    }
}
