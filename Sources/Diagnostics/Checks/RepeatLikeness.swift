import Fields
import Formats
import Tensors

/// Does a further capture x' differ from the target x by its noise alone? Regressions that take (x - x')/√2 for noise rest on it.
///
/// With d = x' - x, m = (x + x')/2, b the mean of m over the 5 × 5 pixels around each pixel without that pixel itself, and H what a pixel has
/// beyond b:
///
/// | row | number | bound |
/// |---|---|---|
/// | `power` | (σ'² - σ²)/(σ'² + σ²) = Σ Hd·H(x + x') / Σ (Hd)² | ε/2 |
/// | `gain` | g = Σ d·(b - b̄) / Σ (b - b̄)² | q (s_b = standard deviation of b in an image) |
/// | `offset` | (d̄ - g b̄)/σ, σ² = ½⟨d²⟩; d̄/σ where there is no content to tell it from a gain | q (s_b = σ) |
/// | `place` | -Σ d·∂b / Σ (∂b)² in pixels, the axis with the larger one (Bonferroni) | q (s_b = r.m.s. of ∂b) |
///
/// Neither the output nor a clean image is used: a leak, or noise in the reference, does not look like a fault of the repeat. (By the
/// output f for the content, ⟨d (x + x' - 2f)⟩/⟨d²⟩ is λ_target by the fresh capture itself, and says nothing of powers.)
///
/// Rows are those beyond their bounds with confidence, Bonferroni over the four; the one nearest to that, as `premise.repeat` alone, where none is.
/// The largest in units of its bound comes first; a power is counted beyond ((1 + g)² - 1)/((1 + g)² + 1), which a gain makes of it.
///
/// *Null.* Captures that could change places: d changes its sign and m stays, so that each numerator has mean 0, whatever the content, the noise
/// and its colour. For white noise gain, offset and place have mean 0 whatever the powers, because b leaves its own pixel out.
///
/// *Bounds.* λ by a fresh capture is off by (σ'² - σ²)/(σ'² + σ²) where powers differ. A part of d that follows a field b of standard
/// deviation s_b with slope g adds g⟨b (f - m)⟩/½⟨d²⟩, of which the systematic part is, by Cauchy and Schwarz, at most g s_b √M/½⟨d²⟩. It is
/// at most g s_b/√⟨d²⟩ for an output with M ≤ ¼⟨d²⟩ = σ²/2, better than the noisy image by 3 dB. That this stays below ε/2 gives
/// q = (ε/2) √⟨d²⟩/s_b.
///
/// *Degenerate.* A capture that is the target to the bit is told as such. A target that is constant or its own clean image is left out; where nothing varies the rows
/// are undetermined. Out of scope where the program itself draws further captures.
struct RepeatLikeness: Check {
    let id = "premise.repeat"
    let title = "The repeat differs from the target by its noise alone"
    let role = Role.premise
    let evidence = Evidence.likeness
    /// ε.
    let margin: Double
    private var terms = UnitTerms()
    private var same: [String] = []

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        guard !sample.evaluation.noiseIsAdded else {
            throw SampleError.outOfScope("the program draws further captures itself")
        }
        let fresh = try sample.capture(.fresh), noisy = sample.pair.noisy[sample.target]
        // Without noise every capture is the same.
        guard sample.targetVaries, sample.pair.clean(of: sample.target) != noisy else { return }
        guard fresh != noisy, (try? sample.capture(.swap)) != noisy else {
            same.append(sample.pair.id)
            return
        }
        let d = difference(fresh, noisy)
        let sum = zip(fresh.values, noisy.values).map { Double($0) + Double($1) }
        let b = Self.surround(sum.map { $0 / 2 }, sample.shape)
        let mean = b.reduce(0, +) / Double(b.count)
        let content = b.map { $0 - mean }
        let detail = zip(d, Self.surround(d, sample.shape)).map { $0 - $1 }
        let power = zip(sum, b).map { $0 - 2 * $1 }
        let one = [Double](repeating: 1, count: d.count)
        let slopes = (0..<2).map { Self.slope(of: b, axis: $0, sample.shape) }
        terms.add(
            [
                (detail, power), (detail, detail), (d, one), (one, one), (b, one), (d, content), (content, content),
                (d, d), (d, slopes[0]), (slopes[0], slopes[0]), (d, slopes[1]), (slopes[1], slopes[1]),
            ], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard same.isEmpty else {
            let names = same.prefix(4).joined(separator: ", ") + (same.count > 4 ? ", …" : "")
            return [
                row(
                    exactly: Double(same.count) / Double(scope.imageCount), "share of repeats that are their target",
                    count: scope.imageCount, .below(0), scope, pValue: PValue(0),
                    reading:
                        "a further capture (repeat or exchanged target) is the target itself, to the bit, in \(names)")
            ]
        }
        guard !terms.isEmpty else { throw Undetermined(description: "every target is constant or without noise") }
        let sums = UnitSums(terms.units).totals, half = margin / 2
        guard sums[7] > 0 else { throw Undetermined(description: "repeat and target do not differ") }
        func bound(_ column: Int) -> Double { half * (sums[7] / max(sums[column], 1e-12 * sums[7])).squareRoot() }
        // b of noise alone has the power σ²/48.
        let hasContent = sums[6] > sums[7] / 24
        let sigma: @Sendable ([Double]) -> Double = { ($0[7] / (2 * $0[3])).squareRoot() }
        let numbers: [(name: String, title: String, quantity: String, bound: Double, statistic: SumStatistic)] = [
            (
                "power", "Noise power of the repeat against that of the target", "(σ'² − σ²)/(σ'² + σ²)", half,
                { $0[0] / $0[1] }
            ),
            (
                "gain", "Gain of the repeat against the target", "gain − 1", bound(6), { $0[5] / $0[6] }
            ),
            (
                "offset", "Offset of the repeat against the target", "offset/σ", half * 2.0.squareRoot(),
                { ($0[2] - (hasContent ? $0[5] / $0[6] * $0[4] : 0)) / $0[3] / sigma($0) }
            ),
        ]
        func p(_ estimate: IntervalEstimate, _ bound: Double, _ comparisons: Int) -> PValue? {
            guard estimate.interval95 != nil, let error = estimate.standardError else { return nil }
            let one = BeyondBound.pValue(
                estimate.estimate, standardError: error, unitCount: estimate.unitCount, .within(bound))
            return one.map { PValue(min(1, Double(comparisons) * $0.value)) }
        }
        var rows = numbers.compactMap { number -> Measurement? in
            guard let estimate = try? terms.estimate(scope, comparisons: numbers.count + 1, number.statistic) else {
                return nil
            }
            return row(
                estimate, number.quantity, unit: terms.unit, .within(number.bound), scope, id: "\(id).\(number.name)",
                title: number.title, pValue: p(estimate, number.bound, numbers.count + 1))
        }
        let axes = [(8, "rows"), (10, "columns")].compactMap { column, axis in
            (try? terms.estimate(scope, comparisons: 2 * (numbers.count + 1)) { -$0[column] / $0[column + 1] }).map {
                (estimate: $0, axis: axis, bound: bound(column + 1))
            }
        }
        func size(_ k: Int) -> Double { axes[k].estimate.estimate.magnitude / axes[k].bound }
        if let worst = axes.indices.max(by: { size($0) < size($1) }).map({ axes[$0] }) {
            rows.append(
                row(
                    worst.estimate, "shift along \(worst.axis) in pixels", unit: terms.unit, .within(worst.bound),
                    scope,
                    id: "\(id).place", title: "Place of the repeat against the target",
                    pValue: p(worst.estimate, worst.bound, 2 * (numbers.count + 1))))
        }
        let gain =
            1 + (rows.first { $0.check == "\(id).gain" && ($0.pValue?.value ?? 1) <= Judge.level }?.value.number ?? 0)
        func excess(_ row: Measurement) -> Double {
            let explained = row.check == "\(id).power" ? (gain * gain - 1) / (gain * gain + 1) : 0
            return (row.value.number - explained).magnitude / (row.criterion.bound ?? 1)
        }
        let sorted = rows.sorted { excess($0) > excess($1) }
        let violated = sorted.filter { ($0.pValue?.value ?? 1) <= Judge.level }
        guard violated.isEmpty else { return violated }
        guard var nearest = sorted.min(by: { ($0.pValue?.value ?? 1) < ($1.pValue?.value ?? 1) }) else {
            throw Undetermined(description: "the statistic is not finite")
        }
        (nearest.check, nearest.title) = (id, title)
        return [nearest]
    }

    /// The mean over the 5 × 5 pixels around each one, cut at the border, without that pixel itself, channel by channel.
    private static func surround(_ field: [Double], _ shape: [Int]) -> [Double] {
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        var (sums, result) = (field, field)
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels {
                    sums[(y * width + x) * channels + c] = (max(0, x - 2)...min(width - 1, x + 2)).reduce(0) {
                        $0 + field[(y * width + $1) * channels + c]
                    }
                }
            }
        }
        for y in 0..<height {
            let rows = max(0, y - 2)...min(height - 1, y + 2)
            for x in 0..<width {
                let count = rows.count * (min(width - 1, x + 2) - max(0, x - 2) + 1) - 1
                for c in 0..<channels {
                    let i = (y * width + x) * channels + c
                    let all = rows.reduce(0) { $0 + sums[($1 * width + x) * channels + c] }
                    result[i] = count > 0 ? (all - field[i]) / Double(count) : 0
                }
            }
        }
        return result
    }

    /// Half of the difference of the two neighbours along an axis, 0 the rows; 0 within three pixels of the border, where their means are of
    /// fewer pixels and the pixel between them does not cancel.
    private static func slope(of field: [Double], axis: Int, _ shape: [Int]) -> [Double] {
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        var result = [Double](repeating: 0, count: field.count)
        guard height > 6, width > 6 else { return result }
        let step = axis == 0 ? width * channels : channels
        for y in 3..<height - 3 {
            for i in (y * width + 3) * channels..<(y * width + width - 3) * channels {
                result[i] = (field[i + step] - field[i - step]) / 2
            }
        }
        return result
    }
}
