import Fields

/// The verdict over one model, with what decides it: from the rows, their roles and their evidence.
///
/// | verdict | when |
/// |---|---|
/// | error | a check could not run, or arithmetic is violated |
/// | fail | a leakage row is beyond its margin |
/// | premise | none is, and a premise row is; that of the repeat where other rows do not decide without it |
/// | inconclusive | in some direction no row decides, or memory was looked for and is not decided |
/// | pass | every direction is decided |
///
/// A direction is decided by the strongest evidence that it has: no path at all, or the exchange (scope `all`); else the regression in
/// place (scope `linear`). Rows of weaker evidence can fail, and do not reopen what is decided.
struct SubjectVerdict {
    let verdict: Verdict
    let scope: LeakScope
    /// The worst first.
    let findings: [Finding]

    /// - Parameters:
    ///   - name: of the model.
    ///   - claims: what its user said of it and of the data.
    init(_ judged: [Judge.Judged], _ facts: Facts, name: String, directions: [Direction], claims: Claims) {
        let text = FindingText(name: name, facts: facts, claims: claims)
        let rows = judged.map(\.row)
        let errors = rows.filter { $0.status == .error }
        let leaks = judged.filter { $0.row.role == .leakage && $0.row.status == .fail }
        let premises = Self.rootsFirst(judged.filter { $0.row.role == .premise && $0.row.status == .fail })
        let stale = Self.stale(judged, facts)
        let answers = directions.map { Self.answer($0, judged, facts, stale: stale) }
        let decided = Set(zip(directions, answers).filter { $0.1.decided != nil }.map(\.0))
        // A repeat that nothing needed is no reason against what was decided without it.
        func isSpared(_ premise: Judge.Judged) -> Bool {
            leaks.isEmpty && premise.measurement?.evidence == .likeness
                && premise.row.direction.map(decided.contains) == true
        }
        let (spared, violated) = (premises.filter(isSpared), premises.filter { !isSpared($0) })
        let memory = judged.filter { $0.measurement?.evidence == .memory && $0.row.status == .inconclusive }
        var findings = errors.map(text.error)
        findings += Self.strongestFirst(leaks).map { row in
            text.leak(row, assumesReference: Self.assumesReference(row, leaks, facts, claims))
        }
        findings += violated.map { premise in
            text.premise(
                premise.row, isStale: premise.row.direction.map(stale.contains) == true,
                open: Self.undecided(premise, judged))
        }
        let isOpen = answers.contains { $0.decided == nil } || !memory.isEmpty
        // A violated premise is the reason for what is open, and a leak that was found is an answer.
        let leaking = Set(leaks.filter { $0.row.split != .training }.map(\.row.direction))
        for (direction, answer) in zip(directions, answers)
        where answer.decided == nil && violated.isEmpty && !leaking.contains(direction) {
            findings.append(text.open(answer.row, direction))
        }
        findings += memory.map { text.open($0.row, $0.row.direction) }
        if errors.isEmpty && leaks.isEmpty && violated.isEmpty && !isOpen {
            findings += zip(directions, answers).compactMap { direction, answer in
                answer.row.map { text.decided($0, direction, answer.decided ?? .none) }
            }
        }
        findings += spared.map { text.spared($0.row) }
        findings += rows.filter { $0.role == .quality && $0.status == .warn }.map(text.quality)
        self.findings = findings
        verdict =
            !errors.isEmpty
            ? .error : !leaks.isEmpty ? .fail : !violated.isEmpty ? .premise : isOpen ? .inconclusive : .pass
        scope = answers.map(\.lookedAt).min() ?? .none
    }

    /// What decides a direction: the scope of what was looked at, that scope again if it is decided, and the row.
    private static func answer(
        _ direction: Direction, _ judged: [Judge.Judged], _ facts: Facts, stale: Set<Direction>
    ) -> (lookedAt: LeakScope, decided: LeakScope?, row: CheckResult?) {
        func rows(_ evidence: Evidence...) -> [CheckResult] {
            judged.compactMap { row, measurement in
                guard let measurement, row.direction == direction, row.role == .leakage,
                    evidence.contains(measurement.evidence)
                else { return nil }
                return row
            }
        }
        if facts.closed.contains(direction) {
            let zeros = rows(.exchange, .path)
            guard !stale.contains(direction) else { return (.none, nil, zeros.first) }
            return (.all, .all, zeros.first)
        }
        if let exchange = rows(.exchange).first {
            let isOpen = exchange.ci95 == nil
            return (isOpen ? .none : .all, exchange.status == .pass ? .all : nil, exchange)
        }
        let regressions = rows(.inPlace, .joint)
        if let passed = regressions.first(where: { $0.status == .pass }) { return (.linear, .linear, passed) }
        let measured = regressions.first { $0.ci95 != nil }
        return (measured == nil ? .none : .linear, nil, measured ?? regressions.first)
    }

    /// Directions in which saved outputs are the same after the exchange and yet hold noise of the target, which noise that the observations
    /// share does not explain: the outputs were not made from the exchanged targets.
    private static func stale(_ judged: [Judge.Judged], _ facts: Facts) -> Set<Direction> {
        guard facts.independenceIsMeasured, !facts.noisesCorrelate else { return [] }
        let found = judged.filter {
            $0.measurement?.evidence == .inPlace && $0.row.role == .premise && $0.row.status == .fail
        }
        return facts.closedBySavedOutputs.intersection(found.compactMap(\.row.direction))
    }

    /// Whether all that shows the leak rests on a clean image that nothing tested.
    private static func assumesReference(
        _ row: CheckResult, _ leaks: [Judge.Judged], _ facts: Facts, _ claims: Claims
    ) -> Bool {
        guard !claims.noiseIsAdded, let direction = row.direction, !facts.referenceIsTested.contains(direction) else {
            return false
        }
        return leaks.allSatisfy { leak in
            leak.row.direction != direction || leak.measurement?.basis.contains(.reference) ?? false
        }
    }

    /// The regression in place that a violated premise keeps open.
    private static func undecided(_ premise: Judge.Judged, _ judged: [Judge.Judged]) -> CheckResult? {
        let bases: Basis =
            switch premise.measurement?.evidence {
            case .likeness: .repeated
            case .reference: .reference
            default: []
            }
        return judged.first { row, measurement in
            guard let measurement, row.direction == premise.row.direction, row.status == .inconclusive else {
                return false
            }
            return [.inPlace, .joint].contains(measurement.evidence) && !measurement.basis.isDisjoint(with: bases)
        }?.row
    }

    /// Premises proper; of the regressions that found what the observations share one for each direction after them, and none where
    /// correlated noises explain them.
    private static func rootsFirst(_ violated: [Judge.Judged]) -> [Judge.Judged] {
        func isRegression(_ judged: Judge.Judged) -> Bool { judged.measurement?.evidence.isRegression ?? false }
        /// What explains others first: the repeat, then the reference that it tests.
        func rank(_ judged: Judge.Judged) -> Int {
            guard let m = judged.measurement else { return 2 }
            return m.evidence == .likeness ? 0 : m.evidence == .reference && m.basis.contains(.repeated) ? 1 : 2
        }
        let roots = violated.filter { !isRegression($0) }.enumerated().sorted { a, b in
            (rank(a.element), a.offset) < (rank(b.element), b.offset)
        }.map(\.element)
        let isExplained = roots.contains { $0.measurement?.evidence == .independence }
        guard !isExplained else { return roots }
        var told: Set<Direction?> = []
        return roots + violated.filter { isRegression($0) && told.insert($0.row.direction).inserted }
    }

    /// By how far the number is beyond its bound; one row for each direction and split is enough to tell a leak.
    private static func strongestFirst(_ leaks: [Judge.Judged]) -> [CheckResult] {
        func rank(_ judged: Judge.Judged) -> Int {
            switch judged.measurement?.evidence {
            case .memory: 0
            case .inPlace, .joint, .turned: 1
            default: 2
            }
        }
        var told: [String: CheckResult] = [:]
        // A share of amplitude says more to a reader than an energy or a floor.
        for leak in leaks.enumerated().sorted(by: {
            (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
        }) {
            let row = leak.element.row
            let key = "\(row.direction?.rawValue ?? "") \(row.split?.rawValue ?? "")"
            if told[key] == nil { told[key] = row }
        }
        // The largest first; equal ones in one order, whatever the dictionary's.
        return told.values.sorted { a, b in
            let sizes = ((a.estimate ?? 0).magnitude, (b.estimate ?? 0).magnitude)
            if sizes.0 != sizes.1 { return sizes.0 > sizes.1 }
            func key(_ row: CheckResult) -> String {
                "\(row.id) \(row.direction == .bToA ? 0 : 1) \(row.split?.rawValue ?? "")"
            }
            return key(a) < key(b)
        }
    }
}

/// What a user said of a model and of its data, or what is so by construction.
public struct Claims: Sendable {
    /// The target is an input of the path.
    public var readsTarget: Bool
    /// The noises of the two domains are independent.
    public var noisesAreIndependent: Bool
    /// The program itself added the noise, so that its independence needs no measurement.
    public var noiseIsAdded: Bool
}

extension EvaluationSet {
    /// For a model that is declared to read its target or not to.
    func claims(readsTarget: Bool) -> Claims {
        Claims(readsTarget: readsTarget, noisesAreIndependent: noisesAreIndependent, noiseIsAdded: noiseIsAdded)
    }
}
