import Fields
import Formats

/// How leakage, risk and memory develop in training: the same few measurements on checkpoint after checkpoint of one run.
///
/// For each epoch and direction λ_target on held-out pairs and on training pairs with the noise that was trained on, their difference
/// (`Memorisation`), λ_source, and loss, risk and noise floor on the held-out pairs. Memorisation begins at the first epoch from which
/// on every difference is above ε with a 95 % interval above 0. The epochs are thus tested in a fixed order, from the last one
/// backwards, up to the first that shows nothing; each may then be tested at the full level, and the rate of a false onset is that of
/// the last epoch alone, however many were kept (Maurer, Hothorn and Lehmacher, 1995; `fixedSequence` of the citations).
public struct LeakHistory: Sendable {
    /// One row for each direction: the epoch at which memorisation begins.
    public private(set) var rows: [CheckResult] = []
    /// Curves under `SeriesName.history…`, the epoch in `frequency`; empty without clean references.
    public private(set) var series: [String: Series] = [:]

    /// Measures checkpoint after checkpoint, so that one network at a time is in memory.
    ///
    /// - Parameters:
    ///   - epochs: in ascending order, at least one.
    ///   - margin: ε, the share of the target's noise that counts as none.
    ///   - progress: called with the number of checkpoints done and of all.
    ///   - predictor: the model after an epoch.
    /// - Throws: what `predictor` throws; `SampleError` for an output that is not finite.
    public init(
        _ epochs: [Int], on evaluation: EvaluationSet, seed: UInt64, margin: Double = Suite.defaultMargin,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }, predictor: (Int) throws -> any Predictor
    ) throws {
        precondition(!epochs.isEmpty && epochs == epochs.sorted(), "LeakHistory: epochs \(epochs)")
        var points: [Direction: [Point]] = [:]
        var reasons: [Direction: any Error] = [:]
        for (done, epoch) in epochs.enumerated() {
            progress(done, epochs.count)
            let model = try predictor(epoch)
            for direction in Direction.allCases where reasons[direction] == nil {
                do {
                    let point = try Point(epoch, model, evaluation, direction, seed: seed, margin: margin)
                    points[direction, default: []].append(point)
                } catch let error as SampleError where error.isMissingEvidence {
                    reasons[direction] = error
                } catch let error as Undetermined {
                    reasons[direction] = error
                }
            }
        }
        progress(epochs.count, epochs.count)
        for direction in Direction.allCases {
            let measured = points[direction] ?? []
            rows.append(Self.row(measured, reasons[direction], direction, margin))
            if reasons[direction] == nil { series.merge(Self.curves(measured, direction)) { first, _ in first } }
        }
    }

    /// The first epoch from which on all are above ε with an interval above 0; `nil` where the last is not.
    static func onset(_ memorised: [(epoch: Int, estimate: IntervalEstimate)], margin: Double) -> Int? {
        memorised.reversed().prefix {
            $0.estimate.estimate > margin && ($0.estimate.interval95.map { $0.lower > 0 } ?? false)
        }.last?.epoch
    }

    private static func row(_ points: [Point], _ reason: (any Error)?, _ direction: Direction, _ margin: Double)
        -> CheckResult
    {
        let id = "history.memorisation", title = "Epoch at which memorisation of the targets' noise begins"
        func notMeasured(_ status: Status, _ because: String) -> CheckResult {
            CheckResult(id: id, title: title, direction: direction, status: status, because: because)
        }
        if let reason {
            return notMeasured(reason is SampleError ? .notApplicable : .inconclusive, "Not measured: \(reason).")
        }
        let memorised = points.compactMap { point in point.memorised.map { (epoch: point.epoch, estimate: $0) } }
        guard let last = memorised.last, let regime = points.last?.regime, let images = points.last?.images else {
            return notMeasured(
                .notApplicable, "Not measured: there are no training pairs with the noise that was trained on.")
        }
        let size =
            "λ_target (training - held out) \(NumberText.significant(last.estimate.estimate)) at epoch \(last.epoch)"
        if let epoch = onset(memorised, margin: margin) {
            let measurement = Measurement(
                check: id, title: title, direction: direction, regime: regime, split: .training,
                value: .effect(Effect(Double(epoch), "epoch")), unitCount: memorised.count, imageCount: images)
            return CheckResult(
                measurement,
                Judgement(
                    .info,
                    because:
                        "From epoch \(epoch) on, of \(memorised.count) epochs kept, memory is above \(NumberText.shortest(margin)) with an interval above 0; \(size)."
                ))
        }
        let isNone = Equivalence(margin: margin).verdict(last.estimate) == .pass
        return notMeasured(
            .info,
            "No epoch of the \(memorised.count) kept begins a memory that lasts: \(size)\(isNone ? "" : ", not known to be below \(NumberText.shortest(margin))")."
        )
    }

    private static func curves(_ points: [Point], _ direction: Direction) -> [String: Series] {
        func curve(_ value: (Point) -> IntervalEstimate?) -> Series? {
            let known = points.compactMap { point in value(point).map { (point.epoch, $0) } }
            guard !known.isEmpty else { return nil }
            let intervals = known.compactMap { $0.1.interval95.map { [$0.lower, $0.upper] } }
            return Series(
                frequency: known.map { Double($0.0) }, value: known.map(\.1.estimate),
                ci95: intervals.count == known.count ? intervals : [])
        }
        let curves: [SeriesName.History: Series?] = [
            .training: curve(\.training), .heldOut: curve(\.heldOut), .memorised: curve(\.memorised),
            .source: curve(\.source), .loss: curve(\.loss), .risk: curve(\.risk), .floor: curve(\.floor),
        ]
        return Dictionary(
            uniqueKeysWithValues: curves.compactMap { name, series in
                series.map { (SeriesName.history(name, direction), $0) }
            })
    }

    /// One checkpoint in one direction.
    private struct Point {
        let epoch: Int
        let regime: Regime
        let images: Int
        let heldOut: IntervalEstimate
        let source: IntervalEstimate
        let loss: IntervalEstimate
        let risk: IntervalEstimate
        let floor: IntervalEstimate
        private(set) var training: IntervalEstimate?
        private(set) var memorised: IntervalEstimate?

        init(
            _ epoch: Int, _ predictor: any Predictor, _ evaluation: EvaluationSet, _ direction: Direction, seed: UInt64,
            margin: Double
        ) throws {
            let indices = evaluation.pairs.indices.filter { evaluation.pairs[$0].split == .heldout }
            let base = evaluation.regime(readsTarget: predictor.readsTarget, direction, split: .heldout)
            let scope = Scope(
                direction: direction, regime: base, split: .heldout, imageCount: indices.count, seed: seed)
            var memory = evaluation.remembered.isEmpty ? nil : Memorisation(margin: margin)
            var terms = UnitTerms()
            for index in indices {
                let sample = try Sample(predictor, evaluation, index: index, direction, seed: seed)
                let e = try sample.error(), n = try sample.targetNoise(), m = try sample.sourceNoise()
                let r = sample.residual(), one = [Double](repeating: 1, count: e.count)
                terms.add([(e, n), (n, n), (e, m), (m, m), (r, r), (e, e), (one, one)], of: sample)
                try memory?.observe(sample)
            }
            self.epoch = epoch
            images = indices.count
            regime = base == .r0 ? .r1 : base
            heldOut = try terms.estimate(scope) { $0[0] / $0[1] }
            source = try terms.estimate(scope) { $0[2] / $0[3] }
            loss = try terms.estimate(scope) { $0[4] / $0[6] }
            risk = try terms.estimate(scope) { $0[5] / $0[6] }
            floor = try terms.estimate(scope) { $0[1] / $0[6] }
            if let memory {
                training = try memory.training?.estimate(scope) { $0[0] / $0[1] }
                memorised = try memory.difference(scope)
            }
        }
    }
}
