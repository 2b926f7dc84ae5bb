import Foundation

/// How every displayed number is written, in figures, reports and on the terminal. A minus is a hyphen; figures
/// replace it (`typographic`). What is not a finite number is an en dash.
package enum NumberText {
    package static let missing = "–"

    /// A fixed number of decimals; never "-0.00".
    package static func fixed(_ value: Double, decimals: Int, signed: Bool = false) -> String {
        guard value.isFinite else { return missing }
        let text = String(format: signed ? "%+.*f" : "%.*f", decimals, value)
        let isZero = !text.contains { "123456789".contains($0) }
        return isZero ? String(format: "%.*f", decimals, 0.0) : text
    }

    /// So many significant digits: 0.0312, 24.7, 1830; powers of ten below 0.0001 and from a million on: 3.1e-06.
    package static func significant(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite else { return missing }
        guard value != 0 else { return "0" }
        let exponent = decimalExponent(value)
        guard (-4..<6).contains(exponent) else { return String(format: "%.*e", digits - 1, value) }
        return fixed(value, decimals: max(0, digits - 1 - exponent))
    }

    /// "p = 0.042"; smaller than any real tail is known, "p < 1e-30".
    package static func probability(_ p: Double) -> String {
        p < 1e-30 ? "p < 1e-30" : "p = \(significant(p, digits: 2))"
    }

    /// A chosen number rather than a measured one, without trailing zeros: 0.01.
    package static func shortest(_ value: Double) -> String { value.isFinite ? String(format: "%g", value) : missing }

    /// `0.921 [0.910, 0.932]`: as many decimals as the interval's half width deserves, two digits of it below 3.2, else
    /// one.
    package static func interval(_ value: Double, _ lower: Double, _ upper: Double) -> String {
        let half = (upper - lower) / 2
        let largest = max(abs(value), abs(lower), abs(upper))
        guard value.isFinite, half.isFinite, half > 0, (-4..<6).contains(decimalExponent(largest)) else {
            return "\(significant(value)) [\(significant(lower)), \(significant(upper))]"
        }
        let decimals = min(max(Int((0.5 - log10(half)).rounded(.up)), 0), 6)
        let parts = [value, lower, upper].map { fixed($0, decimals: decimals) }
        return "\(parts[0]) [\(parts[1]), \(parts[2])]"
    }

    /// For text drawn in a figure: a true minus sign.
    package static func typographic(_ text: String) -> String { text.replacingOccurrences(of: "-", with: "−") }

    /// The power of ten of the first digit: 2 for 100...999.
    package static func decimalExponent(_ value: Double) -> Int {
        value == 0 ? 0 : Int(log10(abs(value)).rounded(.down))
    }
}
