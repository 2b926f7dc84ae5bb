import Fields
import Formats
import Foundation
import Tensors

/// The sentences of findings: subject first, each from the row that it is about. Direction, split and regime are fields of their own.
struct FindingText {
    let name: String
    let facts: Facts
    let claims: Claims

    func error(_ row: CheckResult) -> Finding {
        finding(.error, row, "`\(row.id)` failed to run: \(clause(row.because))", next: "")
    }

    /// - Parameter assumesReference: whether noise in the clean image would explain it, and nothing tested that.
    func leak(_ row: CheckResult, assumesReference: Bool = false) -> Finding {
        let condition =
            assumesReference ? ", if the clean image holds no noise itself; a repeat acquisition would tell" : ""
        let isRead = facts.isTrainingAlone && row.regime != .r1
        let text =
            row.split == .training
            ? isRead
                ? "noise of its training targets is in the output, memorised or read from them, \(number(row))"
                : "the network has memorised noise of its training targets, \(number(row))"
            : "noise of the target is in the output, \(number(row))\(condition)\(contradiction(row))"
        return finding(.leakage, row, text, next: remedy(row))
    }

    /// - Parameters:
    ///   - isStale: whether saved outputs contradict each other in this direction.
    ///   - open: the row in place that cannot decide for it.
    func premise(_ row: CheckResult, isStale: Bool = false, open: CheckResult? = nil) -> Finding {
        let (fault, next) =
            switch row.id {
            case "premise.independence":
                (
                    "the noises of target and source are correlated"
                        + (mayHoldNoise(row) ? ", or their clean images hold one noise" : ""),
                    "Use captures whose noise is independent; `audit` shows what they share."
                )
            case "premise.orientation":
                (
                    "the outputs are mirrored or turned against their targets",
                    "Put outputs and targets in one orientation and test again: leakage was not tested."
                )
            case "premise.pairing":
                (
                    "the outputs belong to other targets",
                    "Put outputs and targets in one order and test again: leakage was not tested."
                )
            case "decomposition.noise_power":
                (
                    "the noise power differs from the stated σ²",
                    "State the σ that is measured, or check the clean images."
                )
            case "decomposition.zero_mean":
                (
                    "the mean of the noise is not 0: it follows the signal, or the clean image holds noise",
                    "Train on data that are not clipped, rounded or magnitudes, and use a clean image without noise of its own."
                )
            case "decomposition.reference":
                (
                    (row.estimate ?? 0) < 0
                        ? "the clean reference has noise of its own"
                        : "the clean reference contains noise of the target",
                    "Use a reference of more captures, which does not contain the one that it is compared with."
                )
            case let id where id.hasPrefix("premise.repeat"):
                (
                    "the repeat differs from the target in \(id.split(separator: ".").last ?? "")",
                    "Use a repeat that differs from its target by its noise alone: of one exposure, gain, offset and place."
                )
            default:
                (
                    "the observations share noise, although no path leads from the target to the output",
                    "Run `audit` on the pairs: noise is shared by the observations, or occurs in several pairs."
                )
            }
        if isStale && !row.id.hasPrefix("premise.") && !row.id.hasPrefix("decomposition.") {
            let share = row.estimate.map { NumberText.significant($0) } ?? ""
            return finding(
                .premise, row,
                "the output after the exchange equals the output before, yet holds \(share) of n_\(row.direction?.target.rawValue ?? "a"): "
                    + "it was not made from the exchanged target",
                next: "Run the model on the exchanged targets and save what it makes of them.")
        }
        // Equal observations are named with their pairs.
        if let range = row.because.range(of: "a further capture (repeat") {
            return finding(
                .premise, row, clause(String(row.because[range.lowerBound...])),
                next: "Give captures of their own as repeats and as exchanged targets: these are the targets again.")
        }
        if let range = row.because.range(of: "one observation stands") {
            return finding(.premise, row, clause(String(row.because[range.lowerBound...])), next: next)
        }
        let kept = open.map { "; \(number($0)) is open for that reason" } ?? ""
        return finding(.premise, row, "\(fault), \(number(row))\(bound(row))\(kept)", next: next)
    }

    func open(_ row: CheckResult?, _ direction: Direction?) -> Finding {
        guard let row, let estimate = row.estimate else {
            let reason = row.map { ": \(clause($0.because))" } ?? ""
            return Finding(
                kind: .open, subject: name, check: row?.id ?? "", direction: direction,
                split: row?.split ?? (facts.isTrainingAlone ? .training : .heldout),
                regime: row?.regime, text: "leakage was not tested\(reason)",
                next:
                    "Give a repeat acquisition of every target, or a clean image, or the outputs for exchanged targets."
            )
        }
        let what = row.split == .training ? "memorised noise" : "leakage"
        guard row.ci95 != nil else {
            let (have, need) = (row.unitCount ?? 0, IntervalEstimator.fewestForInterval)
            let unit = row.unit == .scene ? "images or subjects" : "tiles of noise"
            return finding(
                .open, row,
                "\(what) was not tested, \(have) \(unit) where \(need) are needed; \(row.quantity ?? "") = \(NumberText.significant(estimate))",
                next: "Give more images.")
        }
        return finding(
            .open, row, "\(what) is not decided, \(number(row))\(bound(row))",
            next: needed(row))
    }

    func decided(_ row: CheckResult, _ direction: Direction, _ scope: LeakScope) -> Finding {
        let assumption =
            facts.independenceIsMeasured || claims.noiseIsAdded
            ? "" : "; the independence of the noises is assumed, not measured"
        let text =
            facts.closed.contains(direction)
            ? "no path leads from the target to the output, \(row.quantity ?? "its derivative") = 0 exactly"
            : "\(number(row))\(bound(row))"
        return finding(.decided, row, text + assumption, next: "")
    }

    /// A repeat that is no repeat where other rows decided.
    func spared(_ row: CheckResult) -> Finding {
        var told = premise(row)
        told.kind = .quality
        told.text += "; what rests on it is open, and other rows decide"
        return told
    }

    func quality(_ row: CheckResult) -> Finding {
        finding(.quality, row, "\(title(row)), \(clause(row.because))", next: "")
    }

    // MARK: - Parts

    /// Whether noise in the clean images would look like this, and nothing tested that.
    private func mayHoldNoise(_ row: CheckResult) -> Bool {
        !claims.noiseIsAdded && facts.correlationRestsOnReference
            && row.direction.map { !facts.referenceIsTested.contains($0) } == true
    }

    private func finding(_ kind: Finding.Kind, _ row: CheckResult, _ text: String, next: String) -> Finding {
        Finding(
            kind: kind, subject: name, check: row.id, direction: row.direction, split: row.split, regime: row.regime,
            estimate: row.estimate, ci95: row.ci95, text: text, next: next)
    }

    private func number(_ row: CheckResult) -> String {
        let value = row.estimate.map { estimate in
            row.ci95.map { NumberText.interval(estimate, $0[0], $0[1]) } ?? NumberText.significant(estimate)
        }
        return [row.quantity, value].compactMap(\.self).joined(separator: " = ")
    }

    private func bound(_ row: CheckResult) -> String {
        switch row.criterion {
        case .within(let bound): ", margin ±\(NumberText.significant(bound))"
        case .below(let bound), .notBelow(let bound): ", bound \(NumberText.shortest(bound))"
        default: ""
        }
    }

    /// The number of images that the row asks for.
    private func needed(_ row: CheckResult) -> String {
        guard let found = row.because.firstMatch(of: /about (\d+) images \(now (\d+)\) would decide/) else {
            return "Give more images."
        }
        return "Give more images: about \(found.1) (now \(found.2)) would decide if the estimate stays."
    }

    /// What was declared of a model and is not so.
    private func contradiction(_ row: CheckResult) -> String {
        guard !claims.readsTarget else { return "" }
        switch row.regime {
        case .r3: return "; this contradicts the declaration that the target is no input"
        case .r0 where !claims.noiseIsAdded:
            return "; this contradicts the declaration that the target is no input and the noises are independent"
        default: return ""
        }
    }

    private func remedy(_ row: CheckResult) -> String {
        switch row.regime {
        case .r3: "Take the target out of the path: use the source's skips, or none."
        case .r1: "Train on new noise in each epoch, on more pairs, or for fewer epochs."
        case .r2: "Use captures whose noise is independent."
        case .r4: "Normalise by what does not depend on the target's noise."
        case .r0, nil: "Find the route: run `audit` on the pairs, and test the outputs for an exchanged target."
        }
    }

    private func title(_ row: CheckResult) -> String { row.title.prefix(1).lowercased() + row.title.dropFirst() }

    private func clause(_ sentence: String) -> String {
        sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }
}
