import Fields
import Tensors

/// Mean of n_a in each decile of c_a, over σ: noise has zero mean whatever the signal.
///
/// Not so for clipped or rounded noise and for magnitudes (Rician), whose mean depends on the signal: a network trained on them learns the
/// bias. Reports the decile farthest beyond the margin; p-value and intervals hold for all ten (`RatioFamily`). Edges are the deciles of
/// every 16th clean value of all pairs; a value that many pixels share may leave a decile empty.
struct DecompositionZeroMean: Check {
    let id = "decomposition.zero_mean"
    let title = "Zero mean of the noise at every intensity"
    let role = Role.premise
    let evidence = Evidence.reference
    private static let bins = 10
    let margin: Double
    private var sums = UnitTerms()
    private var counts = UnitTerms()
    private var power = (noise: 0.0, pixels: 0.0)
    private var edges: [Double]?

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        let noise = try sample.targetNoise()
        let clean = try sample.clean().values.map(Double.init)
        let edges = try self.edges ?? sample.evaluation.cleanQuantiles(Self.bins, of: sample.target)
        self.edges = edges
        let bin = clean.map { value in edges.firstIndex { value <= $0 } ?? Self.bins - 1 }
        let (width, channels) = (sample.shape[1], sample.shape[2])
        var means: [[Double]] = [], pixels: [[Double]] = []
        for part in sample.parts {
            var (mean, count) = ([Double](repeating: 0, count: Self.bins), [Double](repeating: 0, count: Self.bins))
            for y in part.rows {
                for i in (y * width + part.columns.lowerBound) * channels..<(y * width + part.columns.upperBound)
                    * channels
                {
                    mean[bin[i]] += noise[i]
                    count[bin[i]] += 1
                }
            }
            means.append(mean)
            pixels.append(count)
        }
        sums.add(sums: means, of: sample)
        counts.add(sums: pixels, of: sample)
        power.noise += dot(noise, noise)
        power.pixels += Double(noise.count)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard power.noise > 0 else { throw Undetermined(description: "there is no noise") }
        let sigma = (power.noise / power.pixels).squareRoot()
        let found = try RatioFamily(
            numerators: sums.units.map { $0.map { $0 / sigma } }, denominators: counts.units
        ).strongest(beyond: margin)
        return [
            row(
                found.estimate, "mean noise/σ in decile \(found.member + 1) of the clean image", unit: sums.unit,
                .within(margin), scope, pValue: found.pValue,
                reading:
                    "a bias that follows the signal is learned as part of the image (clipping, magnitudes, rounding)")
        ]
    }
}

extension EvaluationSet {
    /// Upper edges of `count` equally filled bins of the clean values of one domain, from every 16th value of each image.
    func cleanQuantiles(_ count: Int, of domain: Domain) throws -> [Double] {
        var values: [Double] = []
        for pair in pairs {
            guard let clean = pair.clean(of: domain) else { throw SampleError.noCleanReference(pair.id) }
            clean.withUnsafeBuffer { buffer in
                for i in stride(from: 0, to: buffer.count, by: 16) { values.append(Double(buffer[i])) }
            }
        }
        guard !values.isEmpty else { throw Undetermined(description: "there is no clean value") }
        values.sort()
        return (1...count).map { values[min(values.count - 1, $0 * values.count / count)] }
    }
}
