import Formats
import Foundation

/// One axis of a plot: which values it spans, where its ticks stand, how they are written.
package struct Axis: Equatable, Sendable {
    package enum Scale: Sendable { case linear, log10 }

    /// A place on the axis; only labelled ticks carry a grid line.
    struct Tick: Equatable, Sendable {
        var value: Double
        /// `nil` for a minor tick.
        var label: String?
    }

    /// What the axis shows, with its unit: "spatial frequency (cycles/pixel)".
    var label: String
    var scale: Scale
    var lower: Double
    var upper: Double

    /// - Precondition: `lower < upper`, both finite, and positive on a logarithmic axis.
    init(_ label: String, _ scale: Scale = .linear, lower: Double, upper: Double) {
        precondition(
            lower < upper && lower.isFinite && upper.isFinite && (scale == .linear || lower > 0),
            "Axis: \(lower)...\(upper) is no \(scale) range")
        self.label = label
        self.scale = scale
        self.lower = lower
        self.upper = upper
    }

    /// The range that holds all values that can be drawn, and 4 % more at either end. Without any value 0...1 (0.1...1
    /// logarithmic); around a single value, a tenth of it (a factor of two).
    ///
    /// - Parameter decades: a logarithmic axis reaches at most so far below its largest value.
    init(_ label: String, _ scale: Scale = .linear, fitting values: some Sequence<Double>, decades: Double = 6) {
        let drawable = values.filter { Self.isDrawable($0, scale) }
        guard let smallest = drawable.min(), let largest = drawable.max() else {
            self.init(label, scale, lower: scale == .linear ? 0 : 0.1, upper: 1)
            return
        }
        switch scale {
        case .linear:
            var margin = 0.04 * (largest - smallest)
            if margin <= 1e-9 * abs(largest) { margin = 0.1 * abs(largest) }
            if margin < 1e-100 { margin = 1 }
            self.init(label, scale, lower: smallest - margin, upper: largest + margin)
        case .log10:
            let top = Foundation.log10(largest)
            let bottom = max(Foundation.log10(smallest), top - decades)
            let margin = top - bottom < 1e-6 ? 0.3 : 0.04 * (top - bottom)
            self.init(label, scale, lower: pow(10, bottom - margin), upper: pow(10, top + margin))
        }
    }

    /// Numbers beyond 1e±100 are not worth a pixel, and would overflow the spacing of ticks.
    private static func isDrawable(_ value: Double, _ scale: Scale) -> Bool {
        scale == .linear ? abs(value) < 1e100 : value > 1e-100 && value < 1e100
    }

    /// Place of a value: 0 at `lower`, 1 at `upper`, outside that range beyond them. `nil` for what cannot be drawn:
    /// NaN, infinities, and on a logarithmic axis everything not positive.
    func fraction(_ value: Double) -> Double? {
        guard Self.isDrawable(value, scale) else { return nil }
        switch scale {
        case .linear: return (value - lower) / (upper - lower)
        case .log10: return Foundation.log10(value / lower) / Foundation.log10(upper / lower)
        }
    }

    /// Ticks in rising order. Linear: a step of 1, 2 or 5 times a power of ten, at most `count` of them. Logarithmic:
    /// powers of ten with minor ticks at 2...9 between; over less than two of them also 2 and 5 are labelled.
    func ticks(count: Int) -> [Tick] {
        switch scale {
        case .linear: linearTicks(count: max(count, 2))
        case .log10: logarithmicTicks(count: max(count, 2))
        }
    }

    private func linearTicks(count: Int) -> [Tick] {
        let rough = (upper - lower) / Double(count)
        let power = pow(10, Foundation.log10(rough).rounded(.down))
        // The first of 1, 2, 5, 10 (times the power) that leaves at most `count` ticks.
        let step = [1, 2, 5, 10, 20].map { $0 * power }.first { multiples(of: $0).count <= count } ?? 20 * power
        let indices = multiples(of: step)
        let largest = max(abs(lower), abs(upper))
        let exponent = NumberText.decimalExponent(largest)
        return indices.map { index in
            let value = index * step
            guard !(-4..<6).contains(exponent) else {
                let decimals = min(max(0, Int((-Foundation.log10(step) - 1e-9).rounded(.up))), 9)
                return Tick(value: value, label: Self.typeset(value, decimals: decimals))
            }
            let unit = pow(10, Double(exponent))
            let decimals = min(max(0, Int((-Foundation.log10(step / unit) - 1e-9).rounded(.up))), 9)
            let mantissa = Self.typeset(value / unit, decimals: decimals)
            return Tick(value: value, label: value == 0 ? "0" : "\(mantissa)×\(Self.powerOfTen(exponent))")
        }
    }

    /// The whole numbers k with `lower` ≤ k · `step` ≤ `upper`; a hair of rounding is forgiven at the ends.
    private func multiples(of step: Double) -> [Double] {
        let first = (lower / step - 1e-9).rounded(.up)
        let last = (upper / step + 1e-9).rounded(.down)
        guard first <= last, last - first < 1000 else { return first <= last ? [first] : [] }
        return stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 }
    }

    private func logarithmicTicks(count: Int) -> [Tick] {
        let bottom = Foundation.log10(lower)
        let top = Foundation.log10(upper)
        let firstDecade = Int(bottom.rounded(.down))
        let lastDecade = Int(top.rounded(.up))
        let powers = (firstDecade...lastDecade).filter { Double($0) >= bottom - 1e-9 && Double($0) <= top + 1e-9 }
        let labelled: Set<Int> = powers.count >= 2 ? [1] : [1, 2, 5]
        let every = max(1, (powers.count + count - 1) / count)
        let plain = firstDecade >= -3 && lastDecade <= 4
        var ticks: [Tick] = []
        for decade in firstDecade...lastDecade {
            for digit in 1...9 {
                // Read as decimal text, so that the tick at 0.3 is the number 0.3.
                let value = Double("\(digit)e\(decade)") ?? 0
                guard value >= lower * (1 - 1e-9), value <= upper * (1 + 1e-9) else { continue }
                let isLabelled = labelled.contains(digit) && decade.isMultiple(of: every)
                if every > 1 && digit > 1 { continue }
                let written = plain ? Self.typeset(value, decimals: max(0, -decade)) : Self.scientific(digit, decade)
                ticks.append(Tick(value: value, label: isLabelled ? written : nil))
            }
        }
        // A range inside one decade may hold none of 1, 2, 5, or only one; then it is read like a linear one.
        return ticks.count { $0.label != nil } >= 2 ? ticks : linearTicks(count: count)
    }

    private static func typeset(_ value: Double, decimals: Int) -> String {
        NumberText.typographic(NumberText.fixed(value, decimals: decimals))
    }

    private static func scientific(_ digit: Int, _ exponent: Int) -> String {
        digit == 1 ? powerOfTen(exponent) : "\(digit)×\(powerOfTen(exponent))"
    }

    /// `10⁻³` for -3.
    static func powerOfTen(_ exponent: Int) -> String {
        let raised = Dictionary(uniqueKeysWithValues: zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return "10" + String("\(exponent)".compactMap { raised[$0] })
    }
}
