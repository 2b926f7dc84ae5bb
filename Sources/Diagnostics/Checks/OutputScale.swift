import Fields
import Formats
import Tensors

/// Scale and offset of the output: x_a = α + β f by least squares. Needs no clean image, since E[x_a | f] = f for a denoiser in the units of
/// its target.
///
/// β - 1 and ⟨x_a - f⟩ over the data range; of networks whose output is in other units, centred twice or scaled by the statistics of its
/// input. They are no leak, and `LinearEvidence` does not see them.
struct OutputScale: Check {
    let id = "quality.scale"
    let title = "Scale of the output against its target"
    let role = Role.quality
    /// β - 1 and share of the data range that count as none.
    static let slopeMargin = 0.1, offsetMargin = 0.05
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        let f = sample.output.values.map(Double.init), x = sample.pair.noisy[sample.target].values.map(Double.init)
        let one = [Double](repeating: 1, count: f.count)
        let range = [Double](repeating: sample.dataRange, count: f.count)
        terms.add([(f, one), (x, one), (f, f), (f, x), (one, one), (range, one)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        func slope(_ s: [Double]) -> Double { (s[3] - s[0] * s[1] / s[4]) / (s[2] - s[0] * s[0] / s[4]) }
        let slopes = try terms.estimate(scope) { slope($0) - 1 }
        let offsets = try terms.estimate(scope) { ($0[1] - $0[0]) / $0[5] }
        let intercept = try terms.estimate(scope) { $0[1] / $0[4] - slope($0) * $0[0] / $0[4] }.estimate
        let line =
            "x_a = \(NumberText.significant(intercept)) + \(NumberText.significant(1 + slopes.estimate)) f by least squares"
        return [
            row(slopes, "β - 1", unit: terms.unit, .within(Self.slopeMargin), scope, reading: line),
            row(
                offsets, "⟨x_a - f⟩/data range", unit: terms.unit, .within(Self.offsetMargin), scope,
                id: "quality.offset", title: "Offset of the output against its target", reading: line),
        ]
    }
}
