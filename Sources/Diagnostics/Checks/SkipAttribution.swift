import Fields

/// Which skip carries the target's noise: Shapley values over the levels of v(S) = λ_target with only the skips in S carrying
/// features of the target (docs/THEORY.md, section 7).
///
/// The row of the id itself is v(all) - v(none); `id.patch.levelK` is the share φ of level K, 0 the finest, under one of the
/// stand-ins of `SkipPatch`. All come from the same tiles with one set of resamples. Not applicable to paths that read no skips of the
/// target.
struct SkipAttribution: Check {
    let id = "attribution.skips"
    let title = "Target noise through the skips, all levels together"
    let role = Role.description
    private var game = SkipGameTerms()

    mutating func observe(_ sample: Sample) throws { game.add(try sample.skipGame(), of: sample) }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let levels = try SkipPatch.allCases.flatMap { patch in
            try (0..<game.levels).map { level in
                let estimate = try game.estimate(scope, patch, Shapley.weights(of: level, among: game.levels))
                return row(
                    estimate, "φ of level \(level) (others: \(patch.rawValue))", unit: game.unit, .none, scope,
                    id: "\(id).\(patch.rawValue).level\(level)",
                    title: "Target noise through the skip of level \(level)\(level == 0 ? ", the finest" : "")")
            }
        }
        let all = try game.estimate(scope, .noise, game.membership { $0 == $1 })
        return [row(all, "λ_target through all skips", unit: game.unit, .none, scope)] + levels
    }

    /// φ of each level; v with that level's skip alone on, and with that alone off.
    func series(_ scope: Scope) -> [String: Series] {
        var result: [String: Series] = [:]
        for patch in SkipPatch.allCases {
            func curve(_ weights: (Int) -> [Double]) -> Series? {
                let estimates = (0..<game.levels).compactMap { try? game.estimate(scope, patch, weights($0)) }
                guard estimates.count == game.levels, game.levels > 0 else { return nil }
                let intervals = estimates.compactMap { $0.interval95.map { [$0.lower, $0.upper] } }
                return Series(
                    frequency: estimates.indices.map(Double.init), value: estimates.map(\.estimate),
                    ci95: intervals.count == estimates.count ? intervals : [])
            }
            result[SeriesName.skipShapley(patch, scope.direction)] = curve {
                Shapley.weights(of: $0, among: game.levels)
            }
            result[SeriesName.skipAlone(patch, scope.direction)] = curve { level in
                game.membership { set, _ in set == 1 << level }
            }
            result[SeriesName.skipOff(patch, scope.direction)] = curve { level in
                game.membership { set, all in set == all & ~(1 << level) }
            }
        }
        return result
    }
}

/// Σφ = v(all) - v(none), where v(all) is λ_target as the unpatched model has it: largest difference over patches and levels.
///
/// Arithmetic, which tests the plumbing: with all skips of the target the patched path must be the path itself.
struct SkipAttributionSum: Check {
    let id = "attribution.sum"
    let title = "Shapley values add up to the leakage of the unpatched model (arithmetic)"
    let role = Role.description
    private var game = SkipGameTerms()
    private var leaked = 0.0
    private var power = 0.0

    mutating func observe(_ sample: Sample) throws {
        game.add(try sample.skipGame(), of: sample)
        let swap = try sample.swap()
        leaked += dot(swap.output, swap.noise)
        power += dot(swap.noise, swap.noise)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard power > 0, leaked.isFinite else { throw Undetermined(description: "there is no noise to exchange") }
        let differences = try SkipPatch.allCases.map { patch in
            let values = try (0..<game.levels).map {
                try game.estimate(scope, patch, Shapley.weights(of: $0, among: game.levels)).estimate
            }
            return abs(values.reduce(0, +) - leaked / power)
        }
        return [
            row(
                exactly: differences.max() ?? 0, "max |Σφ - λ_target|", count: SkipPatch.allCases.count, .below(1e-6),
                scope)
        ]
    }
}

/// The games of all samples: one row of sums per unit.
struct SkipGameTerms {
    private(set) var levels = 0
    private var leaked: [SkipPatch: UnitTerms] = [:]
    private var power = UnitTerms()

    mutating func add(_ game: SkipGame, of sample: Sample) {
        levels = game.levels
        for (patch, rows) in game.leaked { leaked[patch, default: UnitTerms()].add(sums: rows, of: sample) }
        power.add(sums: game.power.map { [$0] }, of: sample)
    }

    /// What is resampled.
    var unit: ResamplingUnit { power.unit }

    /// One for the sets that `isMember` takes, zero for the others; it is given the set and the set of all levels.
    func membership(_ isMember: (_ set: Int, _ all: Int) -> Bool) -> [Double] {
        let all = (1 << levels) - 1
        return (0...all).map { isMember($0, all) ? 1 : 0 }
    }

    /// Σ_S weight(S)·v(S): linear in v, hence one ratio of sums over units.
    func estimate(_ scope: Scope, _ patch: SkipPatch, _ weights: [Double]) throws -> IntervalEstimate {
        let rows = zip(leaked[patch]?.units ?? [], power.units).map { leaked, power in
            [zip(weights, leaked).reduce(0) { $0 + $1.0 * $1.1 }, power[0]]
        }
        guard !rows.isEmpty, let estimate = IntervalEstimator(unitSums: rows, seed: scope.seed).ratio(0, over: 1) else {
            throw Undetermined(description: "there is no noise to exchange")
        }
        return estimate
    }
}
