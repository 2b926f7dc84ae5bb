/// The sentences of findings: subject first, each from the row that it is about.
struct FindingText {
    let name: String
    let facts: Facts
    let claims: Claims

    func error(_ row: CheckResult) -> Finding {
        finding(.error, row, "`\(row.id)`\(place(row)) could not be measured: \(clause(row.because))", next: "")
    }

    func leak(_ row: CheckResult) -> Finding {
        let text =
            row.split == .training
            ? "the network has memorised noise of its training targets: \(number(row))\(place(row))\(regime(row))"
            : "noise of the target is in the output: \(number(row))\(place(row))\(regime(row))\(contradiction(row))"
        return finding(.leakage, row, text, next: remedy(row))
    }

    func premise(_ row: CheckResult) -> Finding {
        let next =
            switch row.id {
            case "premise.independence": "Use captures whose noise is independent; `audit` shows what they share."
            case "premise.orientation", "premise.pairing":
                "Put outputs and targets in one order and orientation, and test again: leakage was not tested."
            case "decomposition.noise_power": "State the σ that is measured, or check the clean images."
            case "decomposition.zero_mean":
                "Train on data that are not clipped, rounded or magnitudes, or correct their bias."
            case "decomposition.reference":
                "Use a reference that does not contain the capture that it is compared with."
            default: "Run `audit` on the pairs: the observations share noise, or one noise occurs in several pairs."
            }
        return finding(.premise, row, "\(title(row)) is violated: \(clause(row.because))\(place(row))", next: next)
    }

    func open(_ row: CheckResult?, _ direction: Direction?) -> Finding {
        guard let row else {
            let arrow = direction.map { " \($0.arrow)" } ?? ""
            return Finding(
                kind: .open, subject: name, check: "", direction: direction, split: .heldout,
                text: "no leakage row was measured\(arrow)",
                next: "Give a second capture of every target, or a clean image, or the outputs for exchanged targets.")
        }
        let what = row.split == .training ? "memorised noise is not decided" : "leakage is not decided"
        return finding(.open, row, "\(what)\(place(row)): \(clause(row.because))", next: "")
    }

    func decided(_ row: CheckResult, _ direction: Direction, _ scope: LeakScope) -> Finding {
        let assumption =
            facts.independenceIsMeasured || claims.noiseIsAdded
            ? "" : "; that the noises of the captures are independent is assumed, not measured"
        let text =
            facts.closed.contains(direction)
            ? "no path leads from the target to the output: exactly 0\(place(row))\(assumption)"
            : "\(number(row))\(place(row))\(row.criterion.bound.map { ", margin \(NumberText.significant($0))" } ?? "")\(assumption)"
        return finding(.decided, row, text, next: "")
    }

    func quality(_ row: CheckResult) -> Finding {
        finding(.quality, row, "\(title(row)): \(clause(row.because))\(place(row))", next: "")
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

    private func place(_ row: CheckResult) -> String {
        let parts = [row.direction?.arrow, row.split.map { $0 == .heldout ? "held-out pairs" : "training pairs" }]
        let text = parts.compactMap(\.self).joined(separator: ", ")
        return text.isEmpty ? "" : " (\(text))"
    }

    private func regime(_ row: CheckResult) -> String {
        row.regime.map { ", \($0.rawValue): \(VerdictText.meaning($0))" } ?? ""
    }

    /// What was said of a model and is not so.
    private func contradiction(_ row: CheckResult) -> String {
        guard !claims.readsTarget else { return "" }
        switch row.regime {
        case .r3: return "; you declared that the target is not read, which this contradicts"
        case .r0 where !claims.noiseIsAdded:
            return
                "; you declared that the target is not read and that the noises are independent, which this contradicts"
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
