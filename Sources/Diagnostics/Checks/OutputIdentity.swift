import Fields
import Tensors

/// Is the output its input? ⟨(f - x_b)²⟩ over the power of what a 3 × 3 mean takes out of x_b: 0 for a model that hands its input through.
struct OutputIdentity: Check {
    let id = "quality.identity"
    let title = "The output differs from its input"
    let role = Role.quality
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        guard sample.pair.noisyDomains.contains(sample.target.other) else {
            throw SampleError.notSaved(sample.pair.id, array: "noisy_\(sample.target.other.rawValue)")
        }
        let input = sample.pair.noisy[sample.target.other]
        let change = difference(sample.output, input)
        let detail = sample.field(sample.planes(input).map { $0 - $0.boxMean })
        terms.add([(change, change), (detail, detail)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { $0[0] / $0[1] }
        return [
            row(
                estimate, "⟨(f - x_source)²⟩/detail power", unit: terms.unit, .notBelow(0.05), scope,
                reading: estimate.estimate < 0.05 ? "the output is its input" : "")
        ]
    }
}

extension Plane {
    /// The mean of each pixel's 3 × 3 neighbourhood; borders repeat.
    var boxMean: Plane {
        Plane(height: height, width: width) { y, x in
            var sum = 0.0
            for dy in -1...1 {
                for dx in -1...1 { sum += self[min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1)] }
            }
            return sum / 9
        }
    }
}

extension Sample {
    /// `[H, W, C]` in memory order from one plane per channel.
    func field(_ planes: [Plane]) -> [Double] {
        let channels = planes.count
        return (0..<output.count).map { planes[$0 % channels].values[$0 / channels] }
    }
}
