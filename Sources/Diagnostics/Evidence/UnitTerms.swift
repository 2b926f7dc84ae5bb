import Fields

/// Sums of products over the units that intervals resample, for statistics that are functions of such sums.
///
/// | subjects | units |
/// |---|---|
/// | 6 and more | subjects (`unit: scene`): whatever noise has in common within an image or a subject is within a unit |
/// | 1 to 5, one image each | tiles of 32 pixels (`unit: noise`), where the noise of one tile says nothing about that of another |
/// | the same, noise that reaches from tile to tile (`LongCorrelation`) | images: too few for an interval |
/// | 1 to 5, several images each | subjects: too few for an interval |
public struct UnitTerms: Sendable {
    private var rows: [[Double]] = []
    /// Which image or subject each row is of.
    private var groups: [Int] = []
    private var subjects: [String: Int] = [:]
    private var resamplesTiles = true
    private var noise = LongCorrelation()

    /// Without units.
    public init() {}

    /// ⟨u, v⟩ summed over each unit's part of the sample, for each pair of fields.
    public mutating func add(_ products: [([Double], [Double])], of sample: Sample) {
        add(sums: sample.sums(products), of: sample)
    }

    /// Sums that were made before: one row for each of `sample.parts`.
    mutating func add(sums: [[Double]], of sample: Sample) {
        resamplesTiles = sample.resamplesTiles
        // Images of fewer channels than others have nothing in the strata of the rest.
        let width = max(rows.first?.count ?? 0, sums.first?.count ?? 0)
        rows.pad(to: width)
        var sums = sums
        sums.pad(to: width)
        let group = subjects[sample.pair.subject] ?? subjects.count
        subjects[sample.pair.subject] = group
        if resamplesTiles {
            rows += sums
            groups += sums.map { _ in group }
            noise.add(sample.longCorrelation())
        } else if let row = groups.firstIndex(of: group) {
            for sum in sums { for k in sum.indices { rows[row][k] += sum[k] } }
        } else {
            rows += sums
            groups.append(group)
        }
    }

    /// Whether nothing was added.
    public var isEmpty: Bool { rows.isEmpty }

    /// What is resampled.
    public var unit: ResamplingUnit { resamplesTiles && !noise.isLong ? .noise : .scene }

    /// The sums of each unit.
    var units: [[Double]] { unit == .noise ? rows : rows.summed(by: groups) }

    /// The statistic of all units with its intervals.
    ///
    /// - Parameters:
    ///   - comparisons: number of statistics of which one is picked for its size.
    ///   - statistic: of the sums in the order of `add`'s products.
    /// - Throws: `Undetermined` without units, or where the statistic is not finite.
    public func estimate(
        _ scope: Scope, comparisons: Int = 1, _ statistic: @escaping SumStatistic
    ) throws -> IntervalEstimate {
        guard !rows.isEmpty else { throw Undetermined(description: "every image is constant, or there is none") }
        let estimator = IntervalEstimator(unitSums: units, seed: scope.seed)
        guard let estimate = estimator.estimate(of: statistic, comparisons: comparisons) else {
            throw Undetermined(description: "there is no noise")
        }
        return estimate
    }
}

extension [[Double]] {
    /// Appends zeros to rows that are shorter.
    fileprivate mutating func pad(to width: Int) {
        guard let first, first.count < width else { return }
        for k in indices { self[k] += [Double](repeating: 0, count: width - self[k].count) }
    }
}

extension EvaluationSet {
    /// Whether intervals on a split resample tiles: fewer than 6 subjects, each with one image.
    func resamplesTiles(_ split: Split) -> Bool {
        var counts: [String: Int] = [:]
        // Of training pairs as many are looked at as there are held-out ones.
        let most = split == .training ? remembered.count : pairs.count
        for pair in pairs.lazy.filter({ $0.split == split }).prefix(most) { counts[pair.subject, default: 0] += 1 }
        return counts.count < IntervalEstimator.fewestForInterval && counts.values.allSatisfy { $0 == 1 }
    }
}

extension Sample {
    /// The parts of the image that units are made of: tiles, or the whole image.
    var parts: [(rows: Range<Int>, columns: Range<Int>)] {
        resamplesTiles
            ? Tiling.standard.tiles(height: shape[0], width: shape[1]) : [(0..<shape[0], 0..<shape[1])]
    }

    /// Σ u·v over each of `parts`, one row for each, one column for each pair of fields.
    func sums(_ products: [([Double], [Double])]) -> [[Double]] {
        guard !resamplesTiles else { return Tiling.standard.sums(products, shape: shape) }
        return [products.map { u, v in dot(u, v) }]
    }
}
