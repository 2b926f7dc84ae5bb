import Testing

@testable import Diagnostics
@testable import Figures
@testable import Formats

@Suite struct FiguresAxisTests {
    private func labels(_ axis: Axis, _ count: Int) -> [String] { axis.ticks(count: count).compactMap(\.label) }

    @Test(
        "Linear ticks stand at multiples of 1, 2 or 5 times a power of ten",
        arguments: [
            (0.0, 1.0, 6, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (0.0, 1.0, 5, ["0.0", "0.5", "1.0"]),
            (0.0, 0.5, 11, ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30", "0.35", "0.40", "0.45", "0.50"]),
            (-0.04, 0.04, 5, ["−0.04", "−0.02", "0.00", "0.02", "0.04"]),
            (0.3, 41.0, 5, ["10", "20", "30", "40"]),
            (-7.0, -1.0, 4, ["−6", "−4", "−2"]),
            (1e6, 3e6, 3, ["1×10⁶", "2×10⁶", "3×10⁶"]),
            (0.0, 2e-6, 3, ["0", "1×10⁻⁶", "2×10⁻⁶"]),
        ])
    func linearTicks(lower: Double, upper: Double, count: Int, expected: [String]) {
        #expect(labels(Axis("", lower: lower, upper: upper), count) == expected)
    }

    @Test func logarithmicTicksLabelPowersOfTenAndMarkTheRest() {
        let ticks = Axis("", .log10, lower: 0.02, upper: 20).ticks(count: 6)
        #expect(ticks.compactMap(\.label) == ["0.1", "1", "10"])
        let minor = ticks.filter { $0.label == nil }.map(\.value)
        #expect(
            minor == [0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
                + [2, 3, 4, 5, 6, 7, 8, 9, 20])
    }

    @Test func shortLogarithmicRangesLabelTwosAndFives() {
        #expect(labels(Axis("", .log10, lower: 0.04, upper: 0.9), 6) == ["0.05", "0.1", "0.2", "0.5"])
        #expect(labels(Axis("", .log10, lower: 0.31, upper: 0.37), 4) == ["0.32", "0.34", "0.36"])
    }

    @Test func longLogarithmicRangesUsePowersAndSkipSome() {
        #expect(
            labels(Axis("", .log10, lower: 1e-6, upper: 0.5), 8) == ["10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹"])
        #expect(labels(Axis("", .log10, lower: 1e-8, upper: 1), 3) == ["10⁻⁶", "10⁻³", "10⁰"])
    }

    @Test func ticksNeverLeaveTheAxisNorExceedTheirCount() {
        for step in 0..<400 {
            let lower = -3 + 0.013 * Double(step)
            let axis = Axis("", lower: lower, upper: lower + 0.001 * Double(step * step + 1))
            let ticks = axis.ticks(count: 7)
            #expect(ticks.count <= 7 && ticks.count >= 2)
            #expect(ticks.allSatisfy { $0.value >= axis.lower - 1e-9 && $0.value <= axis.upper + 1e-9 })
            #expect(Set(ticks.map(\.label)).count == ticks.count)
        }
    }

    @Test func fittingSurvivesEveryKindOfData() {
        #expect(Axis("", fitting: []) == Axis("", lower: 0, upper: 1))
        #expect(Axis("", fitting: [.nan, .infinity]) == Axis("", lower: 0, upper: 1))
        #expect(Axis("", fitting: [0, 0]) == Axis("", lower: -1, upper: 1))
        #expect(Axis("", fitting: [5]) == Axis("", lower: 4.5, upper: 5.5))
        #expect(Axis("", .log10, fitting: [0, -1]) == Axis("", .log10, lower: 0.1, upper: 1))
        let single = Axis("", .log10, fitting: [1])
        #expect(abs(single.lower - 0.501) < 1e-3 && abs(single.upper - 1.995) < 1e-3)
        // Four decades below the largest, and 4 % of that on either side.
        let capped = Axis("", .log10, fitting: [1e-9, 1], decades: 4)
        #expect(abs(capped.lower / 6.918e-5 - 1) < 1e-3 && abs(capped.upper / 1.4454 - 1) < 1e-3)
        for extreme in [Double.leastNonzeroMagnitude, 1e300, -1e99, 1e99] {
            #expect(!Axis("", fitting: [extreme]).ticks(count: 6).isEmpty)
            #expect(!Axis("", .log10, fitting: [extreme]).ticks(count: 6).isEmpty)
        }
    }

    @Test func fractionsAreLinearInTheScale() {
        let linear = Axis("", lower: -1, upper: 3)
        #expect(linear.fraction(1) == 0.5 && linear.fraction(-1) == 0 && linear.fraction(5) == 1.5)
        #expect(linear.fraction(.nan) == nil && linear.fraction(.infinity) == nil)
        let logarithmic = Axis("", .log10, lower: 0.01, upper: 100)
        #expect(abs((logarithmic.fraction(1) ?? 0) - 0.5) < 1e-12)
        #expect(logarithmic.fraction(0) == nil && logarithmic.fraction(-1) == nil)
    }
}

@Suite struct FiguresNumberTextTests {
    @Test(
        arguments: [
            (24.7123, "24.7"), (0.03124, "0.0312"), (1830.4, "1830"), (0.0, "0"), (-0.5, "-0.500"),
            (3.1e-6, "3.10e-06"),
            (1e6, "1.00e+06"), (.nan, "–"), (.infinity, "–"),
        ])
    func significant(value: Double, expected: String) { #expect(NumberText.significant(value) == expected) }

    @Test(
        arguments: [
            (0.92134, 0.9102, 0.9324, "0.921 [0.910, 0.932]"), (0.92, 0.88, 0.96, "0.92 [0.88, 0.96]"),
            (0.0003, -0.001, 0.0016, "0.0003 [-0.0010, 0.0016]"), (-0.00001, -0.02, 0.02, "0.000 [-0.020, 0.020]"),
            (0, 0, 0, "0 [0, 0]"), (1e-9, -1e-9, 3e-9, "1.00e-09 [-1.00e-09, 3.00e-09]"),
            (12.0, 5.0, 19.0, "12 [5, 19]"), (.nan, 0, 1, "– [0, 1.00]"),
        ])
    func interval(value: Double, lower: Double, upper: Double, expected: String) {
        #expect(NumberText.interval(value, lower, upper) == expected)
    }

    @Test func zeroHasNoSign() {
        #expect(NumberText.fixed(-0.001, decimals: 2) == "0.00")
        #expect(NumberText.fixed(0.001, decimals: 2, signed: true) == "0.00")
        #expect(NumberText.fixed(4.521, decimals: 2, signed: true) == "+4.52")
    }
}
