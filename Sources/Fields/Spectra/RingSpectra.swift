import RealModule

/// A complex number by its parts.
public struct Phasor: Sendable, Equatable {
    /// In phase.
    public var real: Double
    /// In quadrature.
    public var imaginary: Double

    /// A complex number from its parts.
    public init(real: Double, imaginary: Double) {
        self.real = real
        self.imaginary = imaginary
    }

    /// A complex number from |z| and arg z in radians.
    public init(amplitude: Double, phase: Double) {
        self.init(real: amplitude * .cos(phase), imaginary: amplitude * .sin(phase))
    }

    /// |z|.
    public var amplitude: Double { .hypot(real, imaginary) }
    /// arg z in radians, -π...π. A field delayed by d pixels has phase -2πνd.
    public var phase: Double { .atan2(y: imaginary, x: real) }
}

/// The three curves that add up to the power spectrum of the cross residual r = e - n.
public struct ResidualSplit: Sendable, Equatable {
    /// P_ee: signal error, what structure in the residual is.
    public var signalError: Double
    /// P_nn: the target's noise.
    public var noise: Double
    /// -2 Re P_en: leaked noise *removes* power from the residual, so it is negative where noise leaks.
    public var leakage: Double

    /// P_rr.
    public var residual: Double { signalError + noise + leakage }
}

/// Ring-averaged spectra, made from sums (docs/THEORY.md, section 5).
///
/// `bin` is a ring, `layout.ringCount` for the corners beyond ν = 0.5, or one more for DC. Everything is `nil` in a bin
/// that holds no mode, and where the definition divides by a power that is 0.
public struct RingSpectra: Sendable {
    /// The meaning of the sums.
    public let layout: SpectralAccumulator.Layout
    private let sums: [Double]

    init(layout: SpectralAccumulator.Layout, sums: [Double]) {
        precondition(
            sums.count == layout.binCount * layout.stride,
            "RingSpectra: expected \(layout.binCount * layout.stride) sums, got \(sums.count)")
        self.layout = layout
        self.sums = sums
    }

    /// The rings that hold at least one mode.
    public var rings: [Int] { (0..<layout.ringCount).filter { sums[$0 * layout.stride] > 0 } }

    /// Mean ν of the modes in the bin, cycles/pixel.
    public func frequency(_ bin: Int) -> Double? { quotient(sums[bin * layout.stride + 2], weight(bin)) }

    /// K, the effective number of independent modes summed; 0 in an empty bin. See `FrequencyRings.correlatedWeight`.
    public func effectiveModeCount(_ bin: Int) -> Double {
        quotient(weight(bin) * weight(bin) / 4, sums[bin * layout.stride + 1]) ?? 0
    }

    /// P_uu, in the field's unit squared per mode: its mean over all ν is var(u).
    public func power(_ u: String, _ bin: Int) -> Double? { crossPower(u, u, bin)?.real }

    /// P_uv = Σ U V*. Exchanging u and v conjugates it.
    public func crossPower(_ u: String, _ v: String, _ bin: Int) -> Phasor? {
        let sum = crossSum(index(u), index(v), bin)
        guard weight(bin) > 0 else { return nil }
        return Phasor(real: sum.real / weight(bin), imaginary: sum.imaginary / weight(bin))
    }

    /// T = P_en / P_nn: what of `input` arrives in `output`, with its phase.
    public func transfer(from input: String, to output: String, _ bin: Int) -> Phasor? {
        let (output, input) = (index(output), index(input))
        let sum = crossSum(output, input, bin)
        let power = crossSum(input, input, bin).real
        guard power > 0 else { return nil }
        return Phasor(real: sum.real / power, imaginary: sum.imaginary / power)
    }

    /// γ² = |P_uv|² / (P_uu P_vv), 0...1. For unrelated fields its expectation is 1/K, so a single mode gives 1 always.
    public func coherence(_ u: String, _ v: String, _ bin: Int) -> Double? {
        let (u, v) = (index(u), index(v))
        let sum = crossSum(u, v, bin)
        let powers = crossSum(u, u, bin).real * crossSum(v, v, bin).real
        return quotient(sum.real * sum.real + sum.imaginary * sum.imaginary, powers)
    }

    /// (Kγ² - 1)/(K - 1): 0 in expectation for unrelated fields, hence negative half the time, and 1 for identical ones.
    /// `nil` for K ≤ 1, where coherence says nothing.
    public func debiasedCoherence(_ u: String, _ v: String, _ bin: Int) -> Double? {
        let count = effectiveModeCount(bin)
        guard count > 1, let coherence = coherence(u, v, bin) else { return nil }
        return (count * coherence - 1) / (count - 1)
    }

    /// 1 - α^{1/(K-1)}: coherence of unrelated fields exceeds it with probability α in one bin. 1 for K ≤ 1.
    public func coherenceThreshold(falseAlarmRate: Double, _ bin: Int) -> Double {
        precondition(
            falseAlarmRate > 0 && falseAlarmRate < 1, "coherenceThreshold: rate \(falseAlarmRate) is outside 0...1")
        let count = effectiveModeCount(bin)
        return count > 1 ? 1 - .pow(falseAlarmRate, 1 / (count - 1)) : 1
    }

    /// P_rr of r = error - noise in three parts.
    public func residualSplit(error: String, noise: String, _ bin: Int) -> ResidualSplit? {
        guard let e = power(error, bin), let n = power(noise, bin), let cross = crossPower(error, noise, bin) else {
            return nil
        }
        return ResidualSplit(signalError: e, noise: n, leakage: -2 * cross.real)
    }

    /// Mean of P_uv over all ν, every bin together: the mean over pixels of u·v with both means removed.
    public func meanProduct(_ u: String, _ v: String) -> Double? {
        let bins = 0..<layout.binCount
        return quotient(
            bins.reduce(0) { $0 + crossSum(index(u), index(v), $1).real }, bins.reduce(0) { $0 + weight($1) })
    }

    private func weight(_ bin: Int) -> Double { sums[bin * layout.stride] }

    private func index(_ field: String) -> Int {
        guard let index = layout.fields.firstIndex(of: field) else {
            preconditionFailure("RingSpectra: no field \(field) among \(layout.fields)")
        }
        return index
    }

    private func crossSum(_ u: Int, _ v: Int, _ bin: Int) -> Phasor {
        let term = bin * layout.stride + 3 + 2 * layout.pair(min(u, v), max(u, v))
        return Phasor(real: sums[term], imaginary: u <= v ? sums[term + 1] : -sums[term + 1])
    }

    private func quotient(_ numerator: Double, _ denominator: Double) -> Double? {
        denominator > 0 ? numerator / denominator : nil
    }
}
