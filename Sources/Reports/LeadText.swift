import Diagnostics
import Formats
import FoundationEssentials

/// The first lines of a report, for someone who reads nothing else: the answer, three numbers a model, what the answer covers, what was
/// declared and what measured, whether the instrument works, and what to do next. Made from the findings, each of which is made from the row
/// that decides it.
enum LeadText {
    /// One sentence: the answer.
    static func headline(_ results: Results) -> String {
        let answer = answer(results)
        guard let expectation = results.expectation else { return answer }
        return expectation.isMet
            ? "As expected: \(expectation.text)."
            : "Not as expected: \(lowercased(answer)) Expected: \(expectation.text)."
    }

    private static func answer(_ results: Results) -> String {
        let count = results.subjects.count
        func share(_ kind: Finding.Kind) -> String {
            let number = Set(results.findings.filter { $0.kind == kind }.map(\.subject)).count
            return count == 1 ? "" : " in \(number) of \(count) models"
        }
        switch results.verdict {
        case .error: return "No answer: a check or a control failed to run as it must."
        case .fail: return "Leakage found\(share(.leakage))."
        case .premise: return "No verdict on leakage: the data violate a premise of the test\(share(.premise))."
        case .inconclusive:
            let open = results.findings.filter { $0.kind == .open }
            return results.scope != .none && open.allSatisfy { $0.split == .training }
                ? "Memory of training noise is not decided\(share(.open)); nothing else leaks above the margin."
                : "Leakage is not decided\(share(.open))."
        case .pass:
            let models = count == 1 ? "this model" : "any of \(count) models"
            return "No \(results.scope == .linear ? "linear " : "")leakage above the margin in \(models)."
        }
    }

    /// The lines below it, one bullet each.
    static func bullets(_ results: Results) -> String {
        let models = results.subjects.sorted { $0.verdict.rank < $1.verdict.rank }
        let broken = results.findings.filter { $0.subject == nil }.map { "**Error.** \(sentence($0.text)) \($0.next)" }
        let lines =
            broken + models.map { bullet($0, results.findings) } + [
                (results.verdict == .inconclusive ? "**Looked at.** " : "**Scope.** ") + scope(results),
                declared(results), controls(results.controls ?? []),
                next(results),
            ]
        return lines.filter { !$0.isEmpty }.map { "- \($0)\n" }.joined()
    }

    // MARK: One model

    private static func bullet(_ subject: Subject, _ findings: [Finding]) -> String {
        let own = findings.filter { $0.subject == subject.name }, name = MarkdownTable.escaped(subject.name)
        // What a model is tested for comes first, however good its images are.
        guard let first = own.first(where: { subject.verdict == .pass && $0.kind == .decided }) ?? own.first else {
            return "**\(subject.verdict.rawValue.capitalized)** in `\(name)`."
        }
        let alike = own.filter { $0.kind == first.kind && $0.check == first.check && $0.split == first.split }
        let main = alike.max { ($0.estimate ?? 0).magnitude < ($1.estimate ?? 0).magnitude } ?? first
        let others = alike.filter { $0 != main }
        let quality = main.kind == .quality ? nil : own.first { $0.kind == .quality }
        let rest = own.filter { !alike.contains($0) && $0 != quality && $0.kind != .decided }.map(\.check)
            .filter { !$0.isEmpty && $0 != main.check && $0 != quality?.check }
        let split = subject.checks.contains { $0.split == .heldout } ? "held out" : "training pairs"
        let numbers = numbers(VerdictRow(subject), split, besides: main)
        return [
            "**\(word(main.kind))** in `\(name)`: \(main.text) (\(place(main, others)))" + repeated(main, others) + ".",
            numbers.isEmpty ? "" : sentence(numbers),
            quality.map { "**Quality:** \($0.text) (\(place($0, [])))." } ?? "",
            rest.isEmpty ? "" : "See also \(unique(rest).map { "`\($0)`" }.joined(separator: ", ")) below.",
        ].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func word(_ kind: Finding.Kind) -> String {
        switch kind {
        case .error: "Error"
        case .leakage: "Leakage"
        case .premise: "Violated premise"
        case .open: "Not decided"
        case .quality: "Quality"
        case .decided: "No leakage"
        }
    }

    /// "b→a, held-out pairs; R3, the target is an input of the path".
    private static func place(_ finding: Finding, _ others: [Finding]) -> String {
        let isSame = !others.isEmpty && others.allSatisfy { $0.estimate == finding.estimate && $0.text == finding.text }
        let direction = isSame ? "both directions" : finding.direction?.arrow
        let pairs = finding.split.map { $0 == .heldout ? "held-out pairs" : "training pairs" }
        let regime =
            finding.kind == .leakage
            ? finding.regime.map { "; \($0.rawValue), \(VerdictText.meaning($0))" } : nil
        return [direction, pairs].compactMap(\.self).joined(separator: ", ") + (regime ?? "")
    }

    /// The same row in the other direction.
    private static func repeated(_ finding: Finding, _ others: [Finding]) -> String {
        guard let other = others.first, let direction = other.direction, let value = other.estimate,
            other.estimate != finding.estimate || other.text != finding.text
        else { return "" }
        return
            "; \(direction.arrow) \(other.ci95.map { NumberText.interval(value, $0[0], $0[1]) } ?? NumberText.significant(value))"
    }

    /// λ_target unless the finding is about it, gain and λ_source.
    private static func numbers(_ row: VerdictRow, _ split: String, besides finding: Finding) -> String {
        let isTold =
            finding.check == "leakage.memorised" && finding.kind == .leakage
            || finding.check.hasPrefix("leakage.target.") && finding.direction == row.direction
        return [
            isTold ? nil : row.leakage.map { "λ_target = \($0.text) (\(row.direction.arrow), \(split))" },
            row.gain.map { "gain \(VerdictRow.text($0, decimals: 2, signed: true)) dB" },
            row.passThrough.map { "λ_source = \($0.text)" },
        ].compactMap(\.self).joined(separator: ", ")
    }

    // MARK: All models

    /// What the verdict covers, and what could still be there: of regressions only the kinds whose rows are decided everywhere.
    static func scope(_ results: Results) -> String {
        switch results.scope {
        case .all: return "Every leak that changes with the noise of the target, at every pixel of these pairs."
        case .none: return "Nothing: no leakage row was decided."
        case .linear:
            let rows = results.subjects.flatMap(\.checks).filter {
                $0.role == .leakage && $0.id != "leakage.memorised"
            }
            func isDecided(_ kind: (id: String, text: String)) -> Bool {
                let own = rows.filter { $0.id == kind.id }
                return !own.isEmpty && own.allSatisfy { $0.status == .pass || $0.status == .fail }
            }
            let open = kinds.filter { !isDecided($0) }.map(\.text)
            return [
                "Linear leaks \((["in place"] + kinds.filter(isDecided).map(\.text)).joined(separator: "; ")).",
                open.isEmpty ? nil : "Not decided: \(open.joined(separator: "; ")).",
                "Not seen: a sign that changes at random from pixel to pixel; a displacement that differs from image to image; single "
                    + "pixels or parts of an image smaller than a tile; noise averaged over more than 16 pixels; noise of other pairs; a "
                    + "contrast that follows the noise level of the target.",
                rows.allSatisfy { $0.split != .heldout } ? "Pairs that were not trained on were not tested." : nil,
                "Outputs for exchanged targets would show every leak.",
            ].compactMap(\.self).joined(separator: " ")
        }
    }

    /// What regressions other than the one in place look for, by their rows.
    private static let kinds: [(id: String, text: String)] = [
        ("leakage.displaced", "displaced by up to 32 pixels"), ("leakage.symmetry", "mirrored or turned"),
        ("leakage.spectrum", "filtered over less than 16 pixels"),
        ("leakage.by_place", "in single images, in tiles of 32 pixels"),
        ("leakage.by_parity", "by parity and channel"), ("leakage.by_intensity", "by intensity"),
        ("leakage.by_edges", "by edges"), ("leakage.by_frame", "by place in the frame"),
        (
            "leakage.moments",
            "as functions of the noise at a pixel, products with its neighbours, or in another channel"
        ),
    ]

    /// What the user said of data and models, apart from what was measured.
    private static func declared(_ results: Results) -> String {
        guard let data = results.data else { return "" }
        let noises =
            data.noiseIsAdded
            ? "the program added the noise, \(data.noisesAreIndependent ? "independent" : "correlated") in the two domains"
            : "the noises of the two domains are \(data.noisesAreIndependent ? "independent" : "correlated")"
        let reads = grouped(
            results.subjects, ["the target is an input of", "the target is no input of"]
        ) { subject in subject.readsTarget.map { $0 ? 0 : 1 } }
        // 2: nobody could look.
        func path(_ subject: Subject) -> Int {
            let values = subject.checks.filter { ["structure.target_path", "leakage.total"].contains($0.id) }
                .compactMap(\.estimate)
            return values.isEmpty ? 2 : values.contains { $0 != 0 } ? 0 : 1
        }
        let correlation = results.subjects.flatMap(\.checks)
            .filter { $0.id == "premise.independence" && $0.estimate != nil }
            .max { ($0.estimate ?? 0).magnitude < ($1.estimate ?? 0).magnitude }
            .map { row in
                let value = row.estimate ?? .nan
                let text = row.ci95.map { NumberText.interval(value, $0[0], $0[1]) } ?? NumberText.significant(value)
                return "correlation of the noises \(text)"
            }
        let measured =
            grouped(
                results.subjects,
                ["a path leads from the target to the output of", "no path leads from the target to the output of"],
                path)
            + [correlation].compactMap(\.self)
        let open =
            grouped(results.subjects, ["", "", "whether a path leads from the target to the output of"], path)
            + (correlation == nil ? ["the correlation of the noises"] : [])
        return [("Declared", [noises] + reads), ("Measured", measured), ("Not measured", open)]
            .filter { !$0.1.isEmpty }.map { "**\($0.0):** \($0.1.joined(separator: "; "))." }.joined(separator: " ")
    }

    /// The models of each class behind its words.
    private static func grouped(_ subjects: [Subject], _ words: [String], _ index: (Subject) -> Int?) -> [String] {
        words.indices.compactMap { k in
            let members = subjects.filter { index($0) == k }
            guard !members.isEmpty, !words[k].isEmpty else { return nil }
            let all = members.count == subjects.count
            let names = members.map { "`\(MarkdownTable.escaped($0.name))`" }.joined(separator: ", ")
            return "\(words[k]) \(all ? (subjects.count == 1 ? "the model" : "all models") : names)"
        }
    }

    private static func controls(_ rows: [CheckResult]) -> String {
        let tested = rows.filter { $0.status != .notApplicable }
        guard !tested.isEmpty else {
            return "**Controls.** None: without clean images no leak of known size can be injected."
        }
        let passed = tested.count { $0.status == .pass }
        if tested.contains(where: { $0.status == .fail || $0.status == .error }) {
            return "**Controls.** \(passed) of \(tested.count) passed. Do not trust this report."
        }
        return passed == tested.count
            ? "**Controls.** All \(passed) passed: leaks of 0 to 0.2 injected into these images were recovered, by regression and by exchange."
            : "**Controls.** \(passed) of \(tested.count) passed; the others have too few units."
    }

    private static func next(_ results: Results) -> String {
        let worst = results.findings.filter { $0.kind == results.findings.first?.kind }
        let steps = unique(worst.map(\.next).filter { !$0.isEmpty }).prefix(2)
        if !steps.isEmpty { return "**Next.** \(steps.joined(separator: " "))" }
        switch (results.verdict, results.scope) {
        case (.pass, .all): return "**Next.** Nothing: the held-out loss is the risk plus the noise power."
        case (.pass, _):
            return "**Next.** To widen the scope, give the outputs for exchanged targets (docs/your-own-model.md)."
        default: return ""
        }
    }

    private static func unique(_ texts: [String]) -> [String] {
        texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Begins with a capital unless it begins with a symbol, and ends with a full stop.
    private static func sentence(_ text: String) -> String {
        let begins = text.hasPrefix("λ") ? text : text.prefix(1).uppercased() + text.dropFirst()
        return begins.hasSuffix(".") ? begins : begins + "."
    }

    private static func lowercased(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }
}
