import Engine

/// Mean of n_a in each decile of c_a, over σ: noise has zero mean whatever the signal.
///
/// Fails for clipped or rounded noise and for magnitudes (Rician), whose mean depends on the signal. Reports the decile with the
/// largest |mean|; p-value and intervals allow for having looked at ten: both come from the largest T over deciles under
/// sign flips of whole tiles, which keep the noise's spatial correlation. (Bootstrap intervals at Bonferroni's confidence
/// exclude 0 in 12 % of null data sets with 24 tiles, because a decile may lie in a few of them only.)
struct DecompositionZeroMean: Check {
    let id = "decomposition.zero_mean"
    let title = "Zero mean of the noise at every intensity"
    let condition: any Condition
    private static let bins = 10
    private static let flips = 1000
    /// Per tile: Σ n in each decile, then pixels in each decile, then Σ n² and the pixels of all.
    private var terms = TileTerms()
    private var edges: [Double]?

    init(margin: Double) { condition = PracticallyZero(margin: margin) }

    mutating func observe(_ sample: Sample) throws {
        let noise = try sample.targetNoise(), clean = try sample.clean().values.map(Double.init)
        let edges = try self.edges ?? sample.evaluation.cleanQuantiles(Self.bins, of: sample.target)
        self.edges = edges
        let bin = clean.map { value in edges.firstIndex { value <= $0 } ?? Self.bins - 1 }
        let members = (0..<Self.bins).map { k in bin.map { $0 == k ? 1.0 : 0.0 } }
        let one = [Double](repeating: 1, count: noise.count)
        terms.add(members.map { ($0, noise) } + members.map { ($0, one) } + [(noise, noise), (one, one)], of: sample)
    }

    func measure(_ scope: Scope) throws -> Measurement {
        let bins = Self.bins
        func mean(_ k: Int) -> SumStatistic {
            { $0[k] / $0[bins + k] / ($0[2 * bins] / $0[2 * bins + 1]).squareRoot() }
        }
        let totals = UnitSums(terms.rows).totals
        // A decile may be empty: many pixels of one value.
        let present = (0..<bins).filter { totals[bins + $0] > 0 }
        guard let worst = present.max(by: { abs(mean($0)(totals)) < abs(mean($1)(totals)) }) else {
            throw Undetermined(description: "no pixel was observed")
        }
        var estimate = try terms.estimate(scope, mean(worst))
        let largest = largestUnderFlips(present, scope)
        if terms.rows.count >= IntervalEstimator.fewestForInterval {
            let size = terms.rows.reduce(0) { $0 + $1[worst] * $1[worst] }.squareRoot()
            let unit = size / totals[bins + worst] / (totals[2 * bins] / totals[2 * bins + 1]).squareRoot()
            func interval(_ confidence: Double) -> ConfidenceInterval {
                let rank = min(Self.flips, Int((confidence * Double(Self.flips + 1)).rounded(.up)))
                let half = largest[rank - 1] * unit
                return ConfidenceInterval(
                    lower: estimate.estimate - half, upper: estimate.estimate + half, confidence: confidence)
            }
            estimate.interval95 = interval(0.95)
            estimate.interval90 = interval(0.90)
        }
        var result = measurement(
            estimate, "mean noise/σ in decile \(worst + 1) of the clean image", unit: .noise, scope)
        let observed = largestT(present) { _ in 1 }
        result.pValue = PValue(Double(1 + largest.count { $0 >= observed }) / Double(Self.flips + 1))
        return result
    }

    /// T = |Σ n|/√(Σ (Σ n)²), tile by tile with the given signs, the largest over deciles.
    private func largestT(_ present: [Int], _ sign: (Int) -> Double) -> Double {
        present.map { k in
            var sum = 0.0, square = 0.0
            for (tile, row) in terms.rows.enumerated() {
                sum += sign(tile) * row[k]
                square += row[k] * row[k]
            }
            return square > 0 ? abs(sum) / square.squareRoot() : 0
        }.max() ?? 0
    }

    /// The largest T of each of `flips` random choices of signs, in ascending order.
    private func largestUnderFlips(_ present: [Int], _ scope: Scope) -> [Double] {
        (0..<Self.flips).map { draw in
            var stream = RandomStream(
                seed: scope.seed, purpose: .permutation, domain: scope.direction.target.index, draw: draw)
            let signs = terms.rows.map { _ in Double(stream.rademacher()) }
            return largestT(present) { signs[$0] }
        }.sorted()
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
