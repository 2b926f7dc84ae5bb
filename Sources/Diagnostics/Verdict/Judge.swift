import Fields
import Formats

/// The one place where rows are judged, all rows of a model together.
///
/// *One error rate.* Each leakage row has the probability of an estimate this far beyond its margin if the effect is within it
/// (`BeyondBound`, `RatioFamily`, `StratumEnergy`). A row fails where that probability, corrected for all leakage rows of the model in both
/// directions (Holm), is at most 1 %: the chance of any false fail is at most 1 %, however many rows there are. Where targets are exchanged,
/// one half of it is for the exchange, which sees every leak, and the other half for all other rows. Premise rows are judged in the same way as
/// a family of their own.
///
/// *Roles as measured.* Where nothing leads from the target to the output, exactly (`Facts.isClosed`), regression on noise can only find
/// noise that the observations share: its rows are premises there. Where the two noises correlate beyond the margin (regime R2), regression
/// on the target's noise alone speaks of both, and is a description; `leakage.joint.target` takes its place.
///
/// *What rows rest on.* Where a further capture differs from the target by more than its noise (`Evidence.likeness`), rows that take it for noise
/// are open, the one that tests the reference among them. Where the reference holds noise, or the noise against it has a mean
/// (`Evidence.reference`), regressions against it are open. Both are taken as violated at the level that names them violated. Such rows are no part
/// of the family of leakage rows: they can neither fail nor pass.
struct Judge {
    /// Chance of any false fail of a model, and of any premise called violated.
    static let level = 0.01

    let facts: Facts

    /// - Parameter outcomes: of all checks in all directions.
    init(_ outcomes: [Outcome]) { facts = Facts(outcomes) }

    /// What became of a row of a check.
    enum Outcome {
        case measured(Measurement)
        case notMeasured(CheckResult)
    }

    /// A row with what it was judged from; `nil` for one that was not measured.
    typealias Judged = (row: CheckResult, measurement: Measurement?)

    /// The rows with their status.
    func judged(_ outcomes: [Outcome]) -> [Judged] {
        let settled = outcomes.map { outcome -> Outcome in
            switch outcome {
            case .measured(let m): .measured(facts.settled(m))
            case .notMeasured: outcome
            }
        }
        var probabilities: [Int: (own: PValue, corrected: PValue)] = [:]
        var undermined: [Int: String] = [:]
        for role in [Role.premise, .leakage, .quality] {
            let tests = settled.indices.compactMap { index -> (Int, PValue)? in
                guard case .measured(let m) = settled[index], m.role == role, undermined[index] == nil else {
                    return nil
                }
                return Self.probability(m).map { (index, $0) }
            }
            let families = [true, false].map { isExchange in
                tests.filter { Self.isExchange(settled[$0.0], role) == isExchange }
            }.filter { !$0.isEmpty }
            for family in families {
                for ((index, own), corrected) in zip(family, Multiplicity.holm.adjusted(family.map(\.1))) {
                    probabilities[index] = (own, PValue(min(1, Double(families.count) * corrected.value)))
                }
            }
            if role == .premise { undermined = self.undermined(settled, probabilities.mapValues(\.corrected)) }
        }
        return settled.enumerated().map { index, outcome in
            switch outcome {
            case .notMeasured(let row): return (row, nil)
            case .measured(let m):
                if let reason = undermined[index] {
                    let number = "\(m.described)\(m.interval95.map { ", 95 % interval \($0.bracketed)" } ?? "")"
                    return (CheckResult(m, Judgement(.inconclusive, because: "\(number), not decided: \(reason).")), m)
                }
                let p = probabilities[index]
                return (CheckResult(m, judgement(m, own: p?.own, corrected: p?.corrected)), m)
            }
        }
    }

    private static func isExchange(_ outcome: Outcome, _ role: Role) -> Bool {
        guard case .measured(let m) = outcome else { return false }
        return role == .leakage && m.evidence == .exchange
    }

    /// Rows that cannot decide, with the reason, given the corrected probabilities of the premises.
    private func undermined(_ settled: [Outcome], _ corrected: [Int: PValue]) -> [Int: String] {
        var (repeated, reference): ([Direction: String], [Direction: String]) = ([:], [:])
        func collect(_ evidence: Evidence, _ add: (Measurement, Direction) -> Void) {
            for (index, p) in corrected.sorted(by: { $0.key < $1.key }) where p.value <= Self.level {
                guard case .measured(let m) = settled[index], m.evidence == evidence, let direction = m.direction else {
                    continue
                }
                add(m, direction)
            }
        }
        collect(.likeness) { m, direction in
            repeated[direction] = repeated[direction] ?? "the repeat differs from the target (`\(m.check)`)"
        }
        collect(.reference) { m, direction in
            // What tests the reference by the repeat falls with the repeat.
            guard !m.basis.contains(.repeated) || repeated[direction] == nil else { return }
            reference[direction] =
                reference[direction] ?? "the clean reference is not what it is taken for (`\(m.check)`)"
        }
        var reasons: [Int: String] = [:]
        for (index, outcome) in settled.enumerated() {
            guard case .measured(let m) = outcome, m.role == .leakage || m.role == .premise,
                m.evidence.isRegression || m.evidence == .reference, let direction = m.direction
            else { continue }
            if m.basis.contains(.repeated), let reason = repeated[direction] {
                reasons[index] = reason
            } else if m.evidence.isRegression, m.basis.contains(.reference),
                // Both references are in the joint regression.
                let reason = reference[direction] ?? (m.evidence == .joint ? reference.values.min() : nil)
            {
                reasons[index] = reason
            } else if noisesCorrelate(m), !m.caveat.isEmpty {
                reasons[index] = m.caveat
            }
        }
        return reasons
    }

    private func noisesCorrelate(_ m: Measurement) -> Bool { facts.noisesCorrelate && m.evidence.isRegression }

    /// What the row is judged by; rows of too few units are not.
    static func probability(_ m: Measurement) -> PValue? {
        switch m.role {
        case .description: return nil
        case .quality:
            if case .pBelow = m.criterion { return m.pValue }
            return nil
        case .leakage, .premise:
            if let known = m.pValue { return known }
            guard m.interval95 != nil, let error = m.standardError else { return nil }
            return BeyondBound.pValue(m.value.number, standardError: error, unitCount: m.unitCount, m.criterion)
        }
    }

    private func judgement(_ m: Measurement, own: PValue?, corrected: PValue?) -> Judgement {
        let (status, text) = Self.decided(m, corrected)
        let reading = m.reading.isEmpty ? "" : "; \(m.reading)"
        return Judgement(
            status, pValue: own ?? (m.role == .description ? m.pValue : nil), adjustedPValue: corrected,
            because: "\(text)\(reading).")
    }

    private static func decided(_ m: Measurement, _ corrected: PValue?) -> (Status, String) {
        let number = "\(m.value.quantity) \(NumberText.significant(m.value.number))"
        let interval = m.interval95.map { ", 95 % interval \($0.bracketed)" } ?? ""
        let p = corrected.map { ", \(NumberText.probability($0.value)) over all rows" } ?? ""
        switch (m.role, m.criterion) {
        case (.description, .below(let bound)):
            // Arithmetic: what is not below it is a fault of the program.
            let isMet = m.value.number < bound
            return (
                isMet ? .info : .error, "\(number), \(isMet ? "below" : "not below") \(NumberText.significant(bound))"
            )
        case (.description, _), (_, .none): return (.info, number + interval)
        case (_, .exactlyZero): return m.value.number == 0 ? (.pass, "\(number), exactly") : (.info, number)
        case (.quality, .pBelow(let level)):
            let isRare = (corrected?.value ?? 1) < level
            return (isRare ? .warn : .pass, "\(number)\(p)")
        case (.quality, let criterion):
            let (isMet, text) = met(m, criterion)
            return (isMet ? .pass : .warn, "\(number)\(interval), \(text)")
        case (_, let criterion):
            guard let corrected else { return (.inconclusive, "\(number) from \(m.tooFew)") }
            if corrected.value <= level { return (.fail, "\(number)\(interval), \(criterion.violated)\(p)") }
            if isInside(m.interval90, criterion, m.value.number) {
                return (.pass, "\(number)\(interval), \(criterion.met)")
            }
            return (
                .inconclusive, "\(number)\(interval), undecided (criterion \(criterion.words))\(m.needed(criterion))"
            )
        }
    }

    /// The two one-sided tests at 5 %: the 90 % interval is within the criterion.
    private static func isInside(_ interval90: ConfidenceInterval?, _ criterion: Criterion, _ value: Double) -> Bool {
        // An exact number has no interval.
        let (lower, upper) = (interval90?.lower ?? value, interval90?.upper ?? value)
        switch criterion {
        case .within(let bound): return lower > -bound && upper < bound
        case .below(let bound): return upper < bound
        case .notBelow(let bound): return lower >= bound
        default: return false
        }
    }

    /// Quality: within ±bound unless the 95 % interval is outside; below or not below a bound only with confidence.
    private static func met(_ m: Measurement, _ criterion: Criterion) -> (Bool, String) {
        let (lower, upper) = (m.interval95?.lower ?? m.value.number, m.interval95?.upper ?? m.value.number)
        switch criterion {
        case .within(let bound):
            let isOutside = lower > bound || upper < -bound
            return (!isOutside, isOutside ? "outside \(criterion.words)" : "not outside \(criterion.words)")
        case .below(let bound):
            let isMet = m.value.number < bound && upper < bound
            return (isMet, isMet ? criterion.words : "not shown to be \(criterion.words)")
        case .notBelow(let bound):
            let isMet = lower >= bound
            return (isMet, isMet ? criterion.words : "below \(NumberText.significant(bound))")
        default: return (true, "")
        }
    }
}

extension Criterion {
    /// "outside ±0.0100".
    var violated: String {
        switch self {
        case .below(let bound): "above \(NumberText.significant(bound))"
        case .notBelow(let bound): "below \(NumberText.significant(bound))"
        default: "outside \(words)"
        }
    }

    /// "inside ±0.0100".
    var met: String {
        if case .within = self { "inside \(words)" } else { words }
    }

    /// "±0.0100".
    var words: String {
        switch self {
        case .within(let bound): "±\(NumberText.significant(bound))"
        case .below(let bound): "below \(NumberText.significant(bound))"
        case .notBelow(let bound): "not below \(NumberText.significant(bound))"
        case .exactlyZero: "exactly 0"
        case .pBelow(let level): "p < \(NumberText.significant(level))"
        case .none: ""
        }
    }
}

extension Measurement {
    /// Name of the quantity and its value, the beginning of every sentence.
    var described: String { "\(value.quantity) \(NumberText.significant(value.number))" }

    /// How many images like these hold so many units.
    func images(for units: Int) -> Int { unitCount > 0 ? (units * imageCount + unitCount - 1) / unitCount : units }

    /// The end of "from": how many units there are and how many images would hold enough for an interval.
    var tooFew: String {
        let fewest = IntervalEstimator.fewestForInterval
        let name = unit == .scene ? "images or subjects" : "units"
        return
            "\(unitCount) \(name), fewer than the \(fewest) that an interval needs: \(images(for: fewest)) images "
            + "(now \(imageCount))"
    }

    /// The number of images that would decide, if the estimate stays and its standard error shrinks with √n.
    func needed(_ criterion: Criterion) -> String {
        guard case .within(let bound) = criterion, let error = standardError, error > 0 else { return "" }
        let room = bound - value.number.magnitude
        guard room > 0 else { return "" }
        let ratio = NormalDistribution.quantile(0.95) * error / room
        let units = (Double(unitCount) * ratio * ratio).rounded(.up)
        guard units > Double(unitCount), units < 1e7 else { return "" }
        return ": about \(images(for: Int(units))) images (now \(imageCount)) would decide"
    }
}

extension ConfidenceInterval {
    /// `[0.910, 0.932]`.
    var bracketed: String { "[\(NumberText.significant(lower)), \(NumberText.significant(upper))]" }
}
