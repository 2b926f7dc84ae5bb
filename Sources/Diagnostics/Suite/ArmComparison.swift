import Fields
import Formats
import Tensors

/// What one model does on each unit, so that two models can be compared unit by unit.
struct ArmEvidence {
    /// One row for each unit of one kind.
    struct Table {
        let unit: ResamplingUnit
        let rows: [[Double]]
    }

    /// Per unit of the noise: ⟨e, n⟩, ⟨n, n⟩; or why the noise allows no such regression.
    let leakage: Result<Table, any Error>
    /// Per image or subject: Σ PSNR, Σ SSIM, number of images. SSIM is NaN where an image is too small for it.
    let quality: Table

    init(leakage: Result<Table, any Error>, quality: Table) {
        self.leakage = leakage
        self.quality = quality
    }

    /// Takes the samples of one direction in, as the suite runs them.
    struct Collector {
        private var terms = UnitTerms()
        private var scenes: [[Double]] = []
        private var scene: [String: Int] = [:]
        private var leakageFailure: (any Error)?
        private var qualityFailure: (any Error)?

        mutating func add(_ sample: Sample) {
            if leakageFailure == nil {
                do {
                    _ = try sample.clean()
                    let linear = try sample.linear()
                    terms.add([(linear.instrument, linear.error), (linear.instrument, linear.noise)], of: sample)
                } catch { leakageFailure = error }
            }
            guard qualityFailure == nil else { return }
            do {
                let output = sample.planes(sample.output), likeness = try sample.structuralSimilarity()
                let row: [Double] = [try sample.peakSignalToNoiseRatio(of: output), likeness ?? .nan, 1]
                let place = scene[sample.pair.subject, default: scenes.count]
                scene[sample.pair.subject] = place
                if place == scenes.count { scenes.append(row) } else { scenes[place] = zip(scenes[place], row).map(+) }
            } catch { qualityFailure = error }
        }

        /// What was collected; a failure without clean images.
        var evidence: Result<ArmEvidence, ArmComparison.Failure> {
            if let qualityFailure { return .failure(ArmComparison.Failure(reason: "\(qualityFailure)")) }
            let leakage: Result<Table, any Error> =
                leakageFailure.map { .failure($0) } ?? .success(Table(unit: terms.unit, rows: terms.units))
            return .success(ArmEvidence(leakage: leakage, quality: Table(unit: .scene, rows: scenes)))
        }
    }
}

/// Paired differences between arms in one quantity (docs/THEORY.md, section 4): one index set of units for all arms, so that
/// what a hard image does to all of them cancels.
struct ArmComparison {
    let id: String
    let title: String
    let better: RunComparison.Better
    /// The units of one model, or why it has none.
    let table: @Sendable (ArmEvidence) throws -> ArmEvidence.Table
    /// Which two terms of a row make the ratio.
    let numerator: Int
    let denominator: Int

    static let all = [
        ArmComparison(
            id: "leakage.target.observed", title: "λ_target (share of the target's noise)", better: .nearerZero,
            table: { try $0.leakage.get() }, numerator: 0, denominator: 1),
        ArmComparison(
            id: "quality.psnr", title: "PSNR against the clean image (dB)", better: .higher,
            table: { $0.quality }, numerator: 0, denominator: 2),
        ArmComparison(
            id: "quality.ssim", title: "SSIM against the clean image", better: .higher,
            table: { $0.quality }, numerator: 1, denominator: 2),
    ]

    /// Sign flips drawn where there are too many units to try all.
    static let draws = 9999

    /// Without a measured reference there are values and no differences; where the noise allows no measurement, each row says why;
    /// without any arm that could be run, or with an infinite PSNR, there is nothing: `nil`.
    ///
    /// - Parameter evidence: of each arm, of each of its seeds, or why it has none.
    func quantity(
        _ evidence: [Result<[ArmEvidence], Failure>], names: [String], reference: Int, direction: Direction,
        imageCount: Int, seed: UInt64, correction: Multiplicity
    ) throws -> RunComparison.Quantity? {
        let tables = evidence.map { arm in
            arm.flatMap { models in
                Result { try models.map(table) }.mapError { Failure(reason: "\($0)") }
            }
        }
        let seeds = tables.map { try? $0.get().map(\.rows) }
        guard let some = tables.lazy.compactMap({ try? $0.get().first }).first else {
            guard evidence.contains(where: { (try? $0.get()) != nil }) else { return nil }
            return RunComparison.Quantity(
                id: id, title: title, direction: direction, better: better, unit: .noise, unitCount: 0,
                imageCount: imageCount, rows: zip(names, tables).compactMap(Self.failed))
        }
        let first = some.rows
        // Each unit: the denominator, then every arm's numerator, the mean over its seeds.
        let measured = seeds.indices.filter { seeds[$0] != nil }
        let units = first.indices.map { unit in
            [first[unit][denominator]]
                + measured.map { arm in
                    let values = (seeds[arm] ?? []).map { $0[unit][numerator] }
                    return values.reduce(0, +) / Double(values.count)
                }
        }
        guard units.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
        let column = Dictionary(uniqueKeysWithValues: zip(measured, 1...))
        let base = column[reference]
        let others = base == nil ? [] : measured.filter { $0 != reference }
        let estimator = IntervalEstimator(unitSums: units, seed: seed)
        let tests = try base.flatMap { try signFlips(units, others.compactMap { column[$0] }, $0, seed: seed) }
        let adjusted = tests.map { correction.adjusted($0) }

        var found: [RunComparison.Row] = []
        for (arm, name) in names.enumerated() {
            if let row = Self.failed(name, tables[arm]) {
                found.append(row)
                continue
            }
            guard let term = column[arm], let own = estimator.estimate(of: { $0[term] / $0[0] }) else { continue }
            var row = RunComparison.Row(arm: name, outcome: arm == reference ? .reference : .undecided, because: "")
            row.estimate = own.estimate
            row.standardError = own.standardError
            row.seedDeviation = deviation(of: seeds[arm] ?? [])
            if let base, let place = others.firstIndex(of: arm),
                let gap = estimator.estimate(
                    of: { ($0[term] - $0[base]) / $0[0] }, comparisons: max(others.count, 1))
            {
                row.difference = gap.estimate
                row.differenceInterval = gap.interval95.map { [$0.lower, $0.upper] }
                row.pValue = tests?[place].value
                row.adjustedPValue = adjusted?[place].value
                row.differenceSeedError = seedError(seeds[arm] ?? [], seeds[reference] ?? [])
                row.outcome =
                    (row.adjustedPValue ?? 1) < 0.05 ? (gap.estimate > 0 ? .higher : .lower) : .undecided
            }
            row.because = sentence(
                row, reference: names[reference], others: others.count, units: units.count, correction)
            found.append(row)
        }
        return RunComparison.Quantity(
            id: id, title: title, direction: direction, better: better, unit: some.unit, unitCount: units.count,
            imageCount: imageCount, rows: ranked(found))
    }

    /// Why an arm was not measured.
    struct Failure: Error {
        let reason: String
    }

    private static func failed(_ arm: String, _ table: Result<[ArmEvidence.Table], Failure>) -> RunComparison.Row? {
        guard case .failure(let failure) = table else { return nil }
        return RunComparison.Row(arm: arm, outcome: .error, because: "Not measured: \(failure.reason).")
    }

    /// Two-sided sign-flip tests of each arm's unit differences; `nil` with fewer units than an interval needs.
    private func signFlips(_ table: [[Double]], _ columns: [Int], _ base: Int, seed: UInt64) throws -> [PValue]? {
        guard table.count >= IntervalEstimator.fewestForInterval, !columns.isEmpty else { return nil }
        let gaps = columns.map { column in table.map { $0[column] - $0[base] } }
        let exact = gaps.compactMap(SmallSample.signFlip)
        if exact.count == gaps.count { return exact }
        // Sums that are equal in exact arithmetic stay ties.
        let slack = gaps.map { gap in 1e-12 * gap.reduce(0) { $0 + $1.magnitude } }
        let seen = zip(gaps, slack).map { gap, slack in gap.reduce(0, +).magnitude - slack }
        let test = try PermutationTest(observed: seen, count: Self.draws, seed: seed) { stream in
            let signs = table.map { _ in Double(stream.rademacher()) }
            return gaps.map { gap in zip(gap, signs).reduce(0) { $0 + $1.0 * $1.1 }.magnitude }
        }
        return columns.indices.map { test.pValue($0) }
    }

    /// Standard deviation over seeds of the value of one seed.
    private func deviation(of seeds: [[[Double]]]) -> Double? {
        guard seeds.count > 1 else { return nil }
        let values = seeds.map { rows in
            rows.reduce(0) { $0 + $1[numerator] } / rows.reduce(0) { $0 + $1[denominator] }
        }
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }

    private func seedError(_ arm: [[[Double]]], _ reference: [[[Double]]]) -> Double? {
        guard let mine = deviation(of: arm), let others = deviation(of: reference) else { return nil }
        return (mine * mine / Double(arm.count) + others * others / Double(reference.count)).squareRoot()
    }

    private func ranked(_ rows: [RunComparison.Row]) -> [RunComparison.Row] {
        func badness(_ row: RunComparison.Row) -> Double {
            guard let value = row.estimate else { return .infinity }
            return better == .higher ? -value : better == .lower ? value : value.magnitude
        }
        var sorted = rows.enumerated().sorted { (badness($0.element), $0.offset) < (badness($1.element), $1.offset) }
            .map(\.element)
        for index in sorted.indices where sorted[index].estimate != nil { sorted[index].rank = index + 1 }
        return sorted
    }

    private func sentence(
        _ row: RunComparison.Row, reference: String, others: Int, units: Int, _ correction: Multiplicity
    ) -> String {
        let value = NumberText.significant(row.estimate ?? .nan)
        guard let difference = row.difference else {
            return row.outcome == .reference
                ? "The reference: \(value)." : "\(value); the reference \(reference) was not measured."
        }
        let size = NumberText.significant(difference.magnitude)
        let side = difference < 0 ? "below" : "above"
        guard let ends = row.differenceInterval, let p = row.adjustedPValue else {
            return
                "\(value), \(size) \(side) \(reference); \(units) \(units == 1 ? "unit says" : "units say") nothing of how "
                + "sure that is, \(IntervalEstimator.fewestForInterval) are needed."
        }
        let interval = NumberText.interval(difference, ends[0], ends[1])
        let found = row.outcome == .undecided ? "not told apart from" : side
        return "\(value), \(found) \(reference): difference \(interval), p \(NumberText.significant(p, digits: 2)) "
            + "corrected for \(others) \(others == 1 ? "comparison" : "comparisons") (\(correction.rawValue))."
    }
}

extension Comparison {
    /// All models against the first arm's, or another's: paired differences on the held-out pairs with the same noise.
    ///
    /// - Parameters:
    ///   - models: those of one `arm` are seeds of one another.
    ///   - findings: what `test` found of each, in the same order.
    ///   - reference: an arm's name; the first arm unless given.
    /// - Returns: `nil` for fewer than two arms.
    /// - Throws: `InputError` where no arm is called `reference`.
    public func compare(
        _ models: [ModelUnderTest], _ findings: [Suite.Findings], reference: String? = nil,
        correction: Multiplicity = .holm
    ) throws -> RunComparison? {
        var arms: [(name: String, members: [Int])] = []
        for (index, model) in models.enumerated() {
            if let arm = arms.firstIndex(where: { $0.name == model.arm }) {
                arms[arm].members.append(index)
            } else {
                arms.append((model.arm, [index]))
            }
        }
        let names = arms.map(\.name)
        guard let base = reference.map({ names.firstIndex(of: $0) }) ?? 0 else {
            throw InputError(
                .usage, file: "--reference", problem: "no arm is called \(reference ?? "")",
                remedy: "the arms are \(names.joined(separator: ", "))")
        }
        guard arms.count > 1 else { return nil }
        let imageCount = evaluation.tested.count
        var found: [Direction: [RunComparison.Quantity]] = [:]
        // What some model was not given an output for is compared for none.
        let directions = evaluation.directions.filter { direction in
            models.allSatisfy { $0.knownOn?.directions.contains(direction) ?? true }
        }
        for direction in directions {
            let evidence = arms.map { arm in
                Result<[ArmEvidence], ArmComparison.Failure> {
                    () throws(ArmComparison.Failure) -> [ArmEvidence] in
                    var members: [ArmEvidence] = []
                    for member in arm.members {
                        let known = findings[member].arms[direction]
                        members.append(
                            try (known ?? .failure(ArmComparison.Failure(reason: "the model gave no usable output")))
                                .get())
                    }
                    return members
                }
            }
            found[direction] = try ArmComparison.all.compactMap {
                try $0.quantity(
                    evidence, names: names, reference: base, direction: direction, imageCount: imageCount, seed: seed,
                    correction: correction)
            }
        }
        return RunComparison(
            caveat: Self.caveat(models), reference: names[base], correction: correction,
            arms: arms.map { .init(name: $0.name, subjects: $0.members.map { models[$0].name }) },
            quantities: ArmComparison.all.flatMap { kind in
                Direction.allCases.compactMap { direction in found[direction]?.first { $0.id == kind.id } }
            })
    }

    /// Names losses and weights as trained where they are not the same in all models whose training is known.
    private static func caveat(_ models: [ModelUnderTest]) -> String? {
        let groups = TrainingSummary.groups(models.compactMap { model in model.training.map { (model.name, $0) } })
        guard groups.count > 1 else { return nil }
        let parts = groups.map { "`\($0.names.joined(separator: "`, `"))` with \($0.losses)" }
        return
            "These models were not trained with the same losses: \(parts.joined(separator: "; ")). A difference between them may be "
            + "that of the losses."
    }
}
