import Fields
import Formats
import Foundation

/// The sentences of findings: subject first, each from the row that it is about. Direction, split and regime are fields of their own.
struct FindingText {
    let name: String
    let facts: Facts
    let claims: Claims

    func error(_ row: CheckResult) -> Finding {
        finding(.error, row, "`\(row.id)` failed to run: \(clause(row.because))", next: "")
    }

    func leak(_ row: CheckResult) -> Finding {
        let text =
            row.split == .training
            ? "the network has memorised noise of its training targets, \(number(row))"
            : "noise of the target is in the output, \(number(row))\(contradiction(row))"
        return finding(.leakage, row, text, next: remedy(row))
    }

    func premise(_ row: CheckResult) -> Finding {
        let (fault, next) =
            switch row.id {
            case "premise.independence":
                (
                    "the noises of target and source are correlated",
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
                    "the mean of the noise is not 0",
                    "Train on data that are not clipped, rounded or magnitudes, or correct their bias."
                )
            case "decomposition.reference":
                (
                    "the clean reference contains noise of the target",
                    "Use a reference that does not contain the capture that it is compared with."
                )
            default:
                (
                    "the observations share noise, although no path leads from the target to the output",
                    "Run `audit` on the pairs: noise is shared by the observations, or occurs in several pairs."
                )
            }
        // Equal observations are named with their pairs.
        if let range = row.because.range(of: "one observation stands") {
            return finding(.premise, row, clause(String(row.because[range.lowerBound...])), next: next)
        }
        return finding(.premise, row, "\(fault), \(number(row))\(bound(row))", next: next)
    }

    func open(_ row: CheckResult?, _ direction: Direction?) -> Finding {
        guard let row, let estimate = row.estimate else {
            let reason = row.map { ": \(clause($0.because))" } ?? ""
            return Finding(
                kind: .open, subject: name, check: row?.id ?? "", direction: direction, split: row?.split ?? .heldout,
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
            next: "Give more images; the row below says how many.")
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

    func quality(_ row: CheckResult) -> Finding {
        finding(.quality, row, "\(title(row)), \(clause(row.because))", next: "")
    }

    // MARK: - Parts

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
        case .within(let bound): ", margin ±\(NumberText.shortest(bound))"
        case .below(let bound), .notBelow(let bound): ", bound \(NumberText.shortest(bound))"
        default: ""
        }
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
