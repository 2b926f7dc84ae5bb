import Engine

/// λ_target = X̂ / ½⟨(x_a - x_a')²⟩ with X̂ = ½(⟨(f - x_a')²⟩ - ⟨(f - x_a)²⟩) and x_a' a further capture of the target.
///
/// Needs no clean image: an output that holds noise of x_a is nearer to x_a than to x_a'. Both captures have noise of one power,
/// so that ½(σ_a'² - σ_a²) is 0. With d = x_a - x_a' the difference of squares is d·((f - x_a) + (f - x_a')), which is summed,
/// so that no digits are lost. Noisier than the observed route by the spread of the noise power itself, hence its wider margin
/// in the suite. That spread is that of tiles, or of whole images where noise runs along
/// rows.
///
/// Where the noise is not known to have one power everywhere, the sums are weighted by 1/R̂(m) with m = (x_a + x_a')/2 and R̂ the mean
/// of (f - m)² at like m (`VarianceFunction`): d·(f - m) has the variance 2σ²R, so that these weights make the estimate least uncertain.
/// Both captures have one part in them, so that a sum without leakage keeps its mean of 0; without them a few bright
/// tiles of photon counts decide, and the interval is too narrow.
struct TargetLeakageFresh: Check {
    let id = "leakage.target.fresh"
    let title = "Target noise in the output, by a fresh capture and no clean image"
    let condition: any Condition
    private var terms = TileTerms()

    init(margin: Double) { condition = PracticallyZero(margin: margin) }

    mutating func observe(_ sample: Sample) throws {
        let fresh = try sample.capture(.fresh)
        let change = difference(sample.pair.noisy[sample.target], fresh)
        let both = zip(sample.residual(), difference(sample.output, fresh)).map(+)
        let weighted = sample.evaluation.noiseIsGaussian ? change : Self.weighted(change, sample, fresh)
        terms.add([(weighted, both), (weighted, change)], of: sample)
    }

    /// d/R̂(m); d itself where the output is the mean of the captures.
    ///
    /// R̂ at a pixel leaves that pixel out. A leak makes d·(f - m) large where (f - m)² is, so that a pixel in its own weight lowers λ:
    /// by 4 % for bins of 42 pixels.
    private static func weighted(_ change: [Double], _ sample: Sample, _ fresh: Tensor) -> [Double] {
        let middle = zip(sample.pair.noisy[sample.target].values, fresh.values).map { (Double($0) + Double($1)) / 2 }
        let distance = zip(sample.output.values, middle).map { Double($0) - $1 }
        let fields = zip(sample.planes(distance), sample.planes(middle)).map {
            VarianceFunction.Field(pair: sample.index, noise: $0, intensity: $1)
        }
        guard let power = try? VarianceFunction(fields) else { return change }
        return change.indices.map { i in
            guard let bin = power.bin(of: middle[i]).map({ power.bins[$0] }) else { return 0 }
            let count = Double(bin.count)
            let others = (count * bin.variance - distance[i] * distance[i]) / max(count - 1, 1)
            return others > 0 ? change[i] / others : 0
        }
    }

    func measure(_ scope: Scope) throws -> Measurement {
        measurement(try terms.estimate(scope) { $0[0] / $0[1] }, "λ_target (fresh)", unit: terms.unit, scope)
    }
}
