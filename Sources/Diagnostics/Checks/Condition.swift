import Foundation

/// Turns a measurement into a status with a sentence. Conditions measure nothing.
public protocol Condition: Sendable {
    /// Whether the p-value decides: such rows of a model are corrected for each other. `false` unless said otherwise.
    var judgesPValue: Bool { get }

    /// The status with its reason; one sentence that holds the numbers it rests on.
    func judge(_ measurement: Measurement) -> Judgement
}

extension Condition {
    /// Most rows are judged by an interval or a bound.
    public var judgesPValue: Bool { false }
}

/// An effect is practically zero: the three-way equivalence verdict (docs/THEORY.md, section 4).
struct PracticallyZero: Condition {
    /// Largest effect that still counts as none, in the measurement's quantity.
    let margin: Double

    func judge(_ m: Measurement) -> Judgement {
        let number = m.described
        guard let interval90 = m.interval90, let interval95 = m.interval95 else {
            return Judgement(
                .inconclusive, threshold: margin,
                because: "\(number) from \(m.tooFew).")
        }
        let estimate = IntervalEstimate(
            estimate: m.value.number, interval95: interval95, interval90: interval90,
            standardError: m.standardError, unitCount: m.unitCount)
        let bound = NumberText.significant(margin)
        switch Equivalence(margin: margin).verdict(estimate) {
        case .pass:
            return Judgement(
                .pass, threshold: margin,
                because: "\(number): the 90 % interval \(interval90.bracketed) lies inside ±\(bound).")
        case .fail:
            return Judgement(
                .fail, threshold: margin,
                because:
                    "\(number): the 95 % interval \(interval95.bracketed) excludes 0 and the size is above \(bound).")
        case .inconclusive(let needed):
            let more =
                needed.map {
                    "about \($0) \(m.unit == .scene ? "whole images" : "units") (now \(m.unitCount)), \(m.images(for: $0)) images (now \(m.imageCount)), would decide"
                } ?? "more units are needed"
            return Judgement(
                .inconclusive, threshold: margin,
                because: "\(number), 90 % interval \(interval90.bracketed) against ±\(bound): \(more).")
        }
    }
}

/// A size is exactly zero.
struct ExactlyZero: Condition {
    /// What a size above zero means.
    let otherwise: String

    func judge(_ m: Measurement) -> Judgement {
        m.value.number == 0
            ? Judgement(.pass, threshold: 0, because: "\(m.described), exactly.")
            : Judgement(.fail, threshold: 0, because: "\(m.described): \(otherwise).")
    }
}

/// A size stays below a bound.
struct Below: Condition {
    let bound: Double

    func judge(_ m: Measurement) -> Judgement {
        let isBelow = m.value.number < bound
        return Judgement(
            isBelow ? .pass : .fail, threshold: bound,
            because: "\(m.described), \(isBelow ? "below" : "not below") \(NumberText.significant(bound)).")
    }
}

/// An effect is not below a bound that holds without leakage.
struct NotBelow: Condition {
    let bound: Double
    /// What an effect below it proves.
    let otherwise: String

    func judge(_ m: Measurement) -> Judgement {
        guard let interval = m.interval95 else {
            return Judgement(
                .inconclusive, threshold: bound,
                because: "\(m.described) from \(m.tooFew).")
        }
        let text = "\(m.described), 95 % interval \(interval.bracketed)"
        if interval.upper < bound {
            return Judgement(
                .fail, threshold: bound, because: "\(text), below \(NumberText.significant(bound)): \(otherwise).")
        }
        if interval.lower >= bound {
            return Judgement(.pass, threshold: bound, because: "\(text), not below \(NumberText.significant(bound)).")
        }
        return Judgement(.inconclusive, threshold: bound, because: "\(text) contains \(NumberText.significant(bound)).")
    }
}

/// A measurement is no more extreme than chance makes it: fails below p = 0.001, warns below 0.05 after correction for all
/// such tests of the model.
///
/// The bound of failing is strict because a report holds several such tests; how large an effect is, the others say.
struct Unlikely: Condition {
    /// What `unitCount` counts.
    var units = "rings"
    var judgesPValue: Bool { true }

    func judge(_ m: Measurement) -> Judgement {
        guard let p = m.pValue else { return m.withoutPValue }
        let isRare = (m.adjustedPValue ?? p).value < 0.05
        let status: Status = p.value < 0.001 ? .fail : isRare ? .warn : .pass
        let verdict =
            switch status {
            case .fail: "chance does not make this"
            case .warn: "chance makes this rarely"
            default: "within what chance makes"
            }
        return Judgement(status, threshold: 0.001, because: "\(m.tested(units)): \(verdict).")
    }
}

/// A property of the data that other rows assume: its absence is no fault of the model, so it warns and never fails.
struct Assumption: Condition {
    /// What follows where it does not hold.
    let consequence: String
    /// What `Measurement.unitCount` counts.
    var units = "tiles"
    var judgesPValue: Bool { true }

    func judge(_ m: Measurement) -> Judgement {
        guard let p = m.pValue else { return m.withoutPValue }
        return (m.adjustedPValue ?? p).value < 0.05
            ? Judgement(
                .warn, threshold: 0.05, because: "\(m.tested(units)): it does not hold, and \(consequence).")
            : Judgement(.pass, threshold: 0.05, because: "\(m.tested(units)): nothing speaks against it.")
    }
}

/// A number to know, with nothing to pass or fail.
struct Informative: Condition {
    /// How to read it.
    let meaning: String

    func judge(_ m: Measurement) -> Judgement {
        let interval = m.interval95.map { ", 95 % interval \($0.bracketed)" } ?? ""
        return Judgement(.pass, because: "\(m.described)\(interval): \(meaning).")
    }
}

extension Measurement {
    /// Name of the quantity and its value, the beginning of every sentence.
    var described: String { "\(value.quantity) \(NumberText.significant(value.number))" }

    /// The number with its p-value, as found and as corrected for the other tests.
    fileprivate func tested(_ units: String) -> String {
        let p = pValue.map { ", p = \(NumberText.significant($0.value)) over \(unitCount) \(units)" } ?? ""
        let corrected = adjustedPValue.map {
            ", \(NumberText.significant($0.value)) corrected for all tests of the model"
        }
        return described + p + (corrected ?? "")
    }

    fileprivate var withoutPValue: Judgement {
        Judgement(.inconclusive, because: "\(described), without a p-value.")
    }

    /// What `unitCount` counts where tiles were asked for.
    var unitName: String { unit == .scene ? "whole images, because the noise reaches from tile to tile," : "units" }

    /// How many images like these hold so many units.
    func images(for units: Int) -> Int { unitCount > 0 ? (units * imageCount + unitCount - 1) / unitCount : units }

    /// The end of "from": how many units there are and how many images would hold enough for an interval.
    var tooFew: String {
        let fewest = IntervalEstimator.fewestForInterval
        return
            "\(unitCount) \(unitName)\(unit == .scene ? "" : ",") fewer than the \(fewest) that an interval needs: \(images(for: fewest)) images of this size "
            + "(now \(imageCount)) hold as many"
    }
}

extension ConfidenceInterval {
    /// `[0.910, 0.932]`.
    var bracketed: String { "[\(NumberText.significant(lower)), \(NumberText.significant(upper))]" }
}
