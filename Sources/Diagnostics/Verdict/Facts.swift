import Fields

/// What the rows of a model say of where noise of its target could leak: measured, whatever was declared.
struct Facts {
    /// Directions in which nothing leads from the target to the output: the derivative or the exchange gave exactly 0 everywhere.
    private(set) var closed: Set<Direction> = []
    /// Those of them of which saved outputs alone say so: the output after the exchange equals the one before.
    private(set) var closedBySavedOutputs: Set<Direction> = []
    /// Directions in which something does, as the derivative or the exchange showed.
    private(set) var open: Set<Direction> = []
    /// Whether the noises of the two domains correlate beyond the margin, with confidence.
    private(set) var noisesCorrelate = false
    /// Whether the independence of the noises was measured at all.
    private(set) var independenceIsMeasured = false
    /// Whether it was measured against clean images, so that noise in these looks like shared noise.
    private(set) var correlationRestsOnReference = false
    /// Directions in which a further capture tests the clean reference.
    private(set) var referenceIsTested: Set<Direction> = []
    /// Whether the rows are about training pairs alone.
    private(set) var isTrainingAlone = false
    /// Whether outputs are turned, mirrored, or belong to other pairs.
    private(set) var isMisplaced = false

    init(_ outcomes: [Judge.Outcome]) {
        // Closed by more than saved outputs.
        var derived: Set<Direction> = [], splits: Set<Split> = []
        for case .measured(let m) in outcomes {
            splits.insert(m.split)
            guard let direction = m.direction else { continue }
            switch m.evidence {
            case .path, .exchange:
                guard m.value.number == 0 else {
                    open.insert(direction)
                    continue
                }
                if m.basis.contains(.saved) {
                    closedBySavedOutputs.insert(direction)
                } else {
                    derived.insert(direction)
                }
                closed.insert(direction)
            case .independence:
                independenceIsMeasured = independenceIsMeasured || m.interval95 != nil
                correlationRestsOnReference = correlationRestsOnReference || m.basis.contains(.reference)
                if Self.isBeyond(m) { noisesCorrelate = true }
            case .reference: if m.basis.contains(.repeated) { referenceIsTested.insert(direction) }
            case .placement: if Self.isBeyond(m) { isMisplaced = true }
            default: break
            }
        }
        isTrainingAlone = splits == [.training]
        // A derivative can be 0 where noise still arrives (a quantiser); what shows a path decides.
        closed.subtract(open)
        closedBySavedOutputs.formIntersection(closed.subtracting(derived))
    }

    private static func isBeyond(_ m: Measurement) -> Bool { (Judge.probability(m)?.value ?? 1) <= Judge.level }

    /// The measurement with the role and the regime that the facts give it.
    func settled(_ measurement: Measurement) -> Measurement {
        var m = measurement
        guard let direction = m.direction else { return m }
        m.regime = regime(declared: m.regime, direction)
        // Without held-out pairs to subtract, memory is a regression like the others.
        let isRegression = m.evidence.isRegression || m.evidence == .memory && isTrainingAlone
        guard isRegression, m.role == .leakage else { return m }
        if closed.contains(direction) && isTrainingAlone {
            // What no path brings in may still be remembered: that is what the row of memory says.
            guard m.evidence != .memory else { return m }
            (m.role, m.criterion) = (.description, .none)
            m.reading = "no path leads from the target; this is memory, or noise that the observations share"
        } else if closed.contains(direction) {
            m.role = .premise
            m.reading =
                closedBySavedOutputs.contains(direction)
                ? "the output is the same after the exchange, so a value beyond the margin is noise that the observations share, "
                    + "or the exchange was not made"
                : "no path leads from the target, so a value beyond the margin is noise that the observations share"
        } else if noisesCorrelate && m.evidence != .joint {
            (m.role, m.criterion) = (.description, .none)
            m.reading = "the noises correlate, and this holds the noise that they share"
        } else if isMisplaced && m.evidence != .turned {
            (m.role, m.criterion) = (.description, .none)
            m.reading = "the output does not show its target as it is, and regression in place sees nothing"
        }
        return m
    }

    /// R3 where a path is measured, R2 where the noises correlate; a declared R3 without a path is none.
    private func regime(declared: Regime, _ direction: Direction) -> Regime {
        if declared == .r1 || declared == .r4 { return noisesCorrelate ? .r2 : declared }
        if open.contains(direction) { return .r3 }
        if noisesCorrelate { return .r2 }
        if closed.contains(direction) && declared == .r3 { return .r0 }
        return declared
    }
}
