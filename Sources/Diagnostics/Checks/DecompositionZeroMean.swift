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
    private let ofSource: Bool

    /// - Parameter ofSource: whether the noise is that of the source; otherwise it is the target's.
    init(margin: Double, ofSource: Bool = false) {
        condition = PracticallyZero(margin: margin)
        self.ofSource = ofSource
    }

    mutating func observe(_ sample: Sample) throws {
        let domain = ofSource ? sample.target.other : sample.target
        if let known = sample.decileSums[domain] {
            terms.add(sums: known, of: sample)
            return
        }
        let noise = try ofSource ? sample.sourceNoise() : sample.targetNoise()
        guard let clean = sample.pair.clean(of: domain)?.values.map(Double.init) else {
            throw SampleError.noCleanReference(sample.pair.id)
        }
        let edges = try self.edges ?? sample.evaluation.cleanQuantiles(Self.bins, of: domain)
        self.edges = edges
        let bin = clean.map { value in edges.firstIndex { value <= $0 } ?? Self.bins - 1 }
        let members = (0..<Self.bins).map { k in bin.map { $0 == k ? 1.0 : 0.0 } }
        let one = [Double](repeating: 1, count: noise.count)
        let products = members.map { ($0, noise) } + members.map { ($0, one) } + [(noise, noise), (one, one)]
        let sums = terms.tiling.sums(products, shape: sample.shape)
        sample.decileSums[domain] = sums
        terms.add(sums: sums, of: sample)
    }

    func measure(_ scope: Scope) throws -> Measurement {
        let bins = Self.bins
        func mean(_ k: Int) -> SumStatistic {
            { $0[k] / $0[bins + k] / ($0[2 * bins] / $0[2 * bins + 1]).squareRoot() }
        }
        let units = terms.units
        guard !units.isEmpty else { throw Undetermined(description: "no tile was observed") }
        let totals = UnitSums(units).totals
        // A decile may be empty: many pixels of one value.
        let present = (0..<bins).filter { totals[bins + $0] > 0 }
        guard let worst = present.max(by: { abs(mean($0)(totals)) < abs(mean($1)(totals)) }) else {
            throw Undetermined(description: "no pixel was observed")
        }
        var estimate = IntervalEstimate(estimate: mean(worst)(totals), unitCount: units.count)
        guard estimate.estimate.isFinite else { throw Undetermined(description: "there is no noise") }
        let leaveOneOut = UnitSums(units).leaveOneOut(mean(worst))
        if units.count > 1, leaveOneOut.allSatisfy(\.isFinite) {
            estimate.standardError = Jackknife.standardError(leaveOneOut: leaveOneOut)
        }
        let flips = SignFlips(units, columns: present)
        let largest = flips.largest(Self.flips, scope)
        if units.count >= IntervalEstimator.fewestForInterval {
            let size = units.reduce(0) { $0 + $1[worst] * $1[worst] }.squareRoot()
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
            estimate, "mean noise/σ in decile \(worst + 1) of the clean image", unit: terms.unit, scope)
        let observed = flips.observed
        result.pValue = PValue(Double(1 + largest.count { $0 >= observed }) / Double(Self.flips + 1))
        return result
    }

    /// Stops a check whose null needs noise of zero mean at every intensity: noise whose mean follows the signal correlates with
    /// everything else that does, such as the error of any denoiser.
    ///
    /// - Parameter bound: a mean over σ, in the worst decile, that is let pass.
    /// - Throws: `SampleError.outOfScope` where p ≤ 0.01, which happens to 1 % of the data sets without such a bias, and the mean is
    ///   beyond `bound`.
    func requireZeroMean(_ scope: Scope, within bound: Double = 0) throws {
        let result = try measure(scope)
        guard let p = result.pValue?.value, p <= 0.01, result.value.number.magnitude > bound else { return }
        throw SampleError.outOfScope(
            "the mean of the noise follows the signal (\(result.described), p = \(NumberText.significant(p))), as that of "
                + "clipped or Rician noise does, and so does the error of any denoiser")
    }
}

/// T = |Σ s n|/√(Σ n²) of each column over units with signs s, the largest over columns.
private struct SignFlips {
    /// Units × columns, each column divided by the root of its sum of squares.
    private let values: [Double]
    private let units: Int
    private let columns: Int

    init(_ rows: [[Double]], columns chosen: [Int]) {
        let norms = chosen.map { k in rows.reduce(0) { $0 + $1[k] * $1[k] }.squareRoot() }
        values = rows.flatMap { row in zip(chosen, norms).map { $1 > 0 ? row[$0] / $1 : 0 } }
        units = rows.count
        columns = chosen.count
    }

    /// With every sign as it is.
    var observed: Double { largest { 1 } }

    /// Of `count` random choices of signs, in ascending order.
    func largest(_ count: Int, _ scope: Scope) -> [Double] {
        (0..<count).map { draw in
            var stream = RandomStream(
                seed: scope.seed, purpose: .permutation, domain: scope.direction.target.index, draw: draw)
            return largest { Double(stream.rademacher()) }
        }.sorted()
    }

    private func largest(_ sign: () -> Double) -> Double {
        var sums = [Double](repeating: 0, count: columns)
        for unit in 0..<units {
            let sign = sign()
            for column in 0..<columns { sums[column] += sign * values[unit * columns + column] }
        }
        return sums.reduce(0) { max($0, $1.magnitude) }
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
