/// The first lines of a report, for someone who reads nothing else: is there leakage, how much, how sure, and where. Chosen by
/// what was measured.
enum LeadText {
    /// One sentence: is there leakage?
    static func headline(_ rows: [VerdictRow], _ results: Results) -> String {
        let leaking = rows.count { kind(of: $0, results) == .leakage }
        let models = "\(rows.count) \(rows.count == 1 ? "model" : "models")"
        switch results.verdict {
        case _ where rows.isEmpty: return "Nothing was measured."
        case _ where leaking > 0: return "Leakage found in \(leaking) of \(models)."
        case .error: return "No answer: a check or a control failed to work."
        case .fail: return "No leakage found, but what the tests rest on does not hold."
        case .inconclusive: return "No leakage found, but the data do not rule it out."
        case .pass: return "No leakage in \(rows.count == 1 ? "this model" : "any of \(models)")."
        }
    }

    /// One bullet for each kind of outcome, the worst first: every model with its number, and where its leakage is.
    static func answer(_ rows: [VerdictRow], _ results: Results) -> String {
        let kinds = Dictionary(grouping: rows) { kind(of: $0, results) }.sorted { $0.key.rawValue < $1.key.rawValue }
        guard !kinds.isEmpty else { return "- **Nothing was measured.**\n" }
        return kinds.map { kind, rows in
            let items = rows.map { "`\($0.subject)` \($0.direction.arrow) (\(details($0, kind, results)))" }
            return "- **\(words(kind))** \(items.joined(separator: "; ")).\(power(rows, kind, results))\n"
        }.joined()
    }

    /// Whether leaks of known size were found on these images; the first line where they were not.
    static func controls(_ controls: [CheckResult]) -> (isBad: Bool, text: String) {
        let failed = controls.filter { $0.status == .fail || $0.status == .error }
        let open = controls.filter { $0.status == .inconclusive }
        let found = controls.count { $0.status == .pass }
        guard let worst = failed.first ?? open.first else {
            return (
                false,
                found == 0
                    ? ""
                    : "- **How sure:** all \(found) controls passed: leaks of known size, injected on the same images, were found as injected, "
                        + "and none was found where none was.\n"
            )
        }
        let place = worst.direction.map { " \($0.arrow)" } ?? ""
        let text =
            failed.isEmpty
            ? "- **Controls undecided:** \(open.count) of \(controls.count) injected leaks cannot be judged with these data, so that "
                + "nothing here is a pass; `\(worst.id)`\(place): \(worst.because)\n"
            : "- **Controls failed, do not trust this report:** \(failed.count) of \(controls.count) leaks of known size were not "
                + "found as injected; `\(worst.id)`\(place): \(worst.because)\n"
        return (true, text)
    }

    // MARK: - Outcomes

    /// What a row says about leakage, the worst first.
    enum Kind: Int { case error, leakage, premise, undecided, openPremise, warning, clean, unmeasurable }

    static func kind(of row: VerdictRow, _ results: Results) -> Kind {
        switch row.status {
        case .error: .error
        case .fail: failing(row, results).contains { isAboutLeakage($0.id) } ? .leakage : .premise
        case .inconclusive:
            checks(row, results).contains { $0.status == .inconclusive && !isAboutLeakage($0.id) }
                && !checks(row, results).contains { $0.status == .inconclusive && isAboutLeakage($0.id) }
                ? .openPremise : .undecided
        case .warn: .warning
        case .pass: .clean
        case .info, .notApplicable: .unmeasurable
        }
    }

    private static func words(_ kind: Kind) -> String {
        switch kind {
        case .error: "No answer, a check could not run, for"
        case .leakage: "Leakage in"
        case .premise: "No leakage shown, but another check fails, in"
        case .undecided: "Undecided, the interval is too wide, for"
        case .openPremise: "No leakage, but another check is undecided, in"
        case .warning: "No clear leakage, but with warnings, in"
        case .clean: "No leakage in"
        case .unmeasurable: "Not measurable with the data given:"
        }
    }

    private static func checks(_ row: VerdictRow, _ results: Results) -> [CheckResult] {
        results.subjects.first { $0.name == row.subject }?.checks ?? []
    }

    private static func failing(_ row: VerdictRow, _ results: Results) -> [CheckResult] {
        checks(row, results).filter { $0.status == .fail }
    }

    /// Other checks are about what the tests rest on: unbiased noise, the noise's power, arithmetic.
    private static func isAboutLeakage(_ id: String) -> Bool {
        (id.hasPrefix("leakage.") && id != "leakage.agreement") || id == "structure.target_path"
            || id == "decomposition.cross_term" || id == "history.memorisation"
    }

    // MARK: - Details

    private static func details(_ row: VerdictRow, _ kind: Kind, _ results: Results) -> String {
        let checks = checks(row, results)
        var parts = [row.leakage.map { "λ_target = \($0.text)" } ?? "λ_target not measured"]
        let agreement = checks.filter {
            $0.id == "leakage.agreement" && ($0.direction ?? row.direction) == row.direction
        }
        if !agreement.isEmpty, agreement.allSatisfy({ $0.status == .pass }) {
            parts.append("three independent routes agree")
        }
        switch kind {
        case .leakage: parts += places(row, results)
        case .premise: parts += failing(row, results).prefix(2).map { "`\($0.id)`: \(clause($0.because))" }
        case .openPremise:
            parts += checks.filter { $0.status == .inconclusive }.prefix(2).map { "`\($0.id)`: \(clause($0.because))" }
        case .error: parts += checks.filter { $0.status == .error }.prefix(1).map { clause($0.because) }
        case .warning: parts.append(warnings(checks))
        default: break
        }
        return parts.joined(separator: "; ")
    }

    /// Which checks warn, each named once.
    private static func warnings(_ checks: [CheckResult]) -> String {
        var ids: [String] = []
        for check in checks where check.status == .warn && !ids.contains(check.id) { ids.append(check.id) }
        return "see " + ids.map { "`\($0)`" }.joined(separator: ", ")
    }

    /// Which input, which skip, which frequencies.
    private static func places(_ row: VerdictRow, _ results: Results) -> [String] {
        var parts = ["where: \(VerdictText.meaning(row.regime)) (\(row.regime.rawValue))"]
        let levels = checks(row, results).filter {
            $0.direction == row.direction && $0.id.hasPrefix("attribution.skips.noise.level") && $0.estimate != nil
        }
        if let most = levels.max(by: { ($0.estimate ?? 0) < ($1.estimate ?? 0) }), let share = most.estimate {
            let level = most.id.replacing("attribution.skips.noise.level", with: "")
            parts.append("of that φ = \(NumberText.significant(share)) through the skip of level \(level)")
        }
        if let transfer = results.subjects.first(where: { $0.name == row.subject })?.series[
            SeriesName.transfer(row.direction)], let text = frequencies(transfer)
        {
            parts.append(text)
        }
        return parts
    }

    /// The strongest frequency by the lower end of its interval and the weakest by the upper one, which chance moves least.
    private static func frequencies(_ transfer: Series) -> String? {
        guard !transfer.ci95.isEmpty else { return nil }
        let known = transfer.value.indices.filter {
            transfer.value[$0].isFinite && transfer.ci95[$0].allSatisfy(\.isFinite)
        }
        guard let strongest = known.max(by: { transfer.ci95[$0][0] < transfer.ci95[$1][0] }),
            let weakest = known.min(by: { transfer.ci95[$0][1] < transfer.ci95[$1][1] }), strongest != weakest
        else { return nil }
        func at(_ index: Int) -> String {
            "|T| = \(NumberText.fixed(transfer.value[index], decimals: 2)) at "
                + "\(NumberText.fixed(transfer.frequency[index], decimals: 2)) cycles/pixel"
        }
        return "by frequency from \(at(weakest)) to \(at(strongest))"
    }

    /// What would have been found, where nothing was.
    private static func power(_ rows: [VerdictRow], _ kind: Kind, _ results: Results) -> String {
        guard kind == .clean || kind == .undecided || kind == .openPremise else { return "" }
        let detectable = rows.compactMap { row in
            ["observed", "fresh"].lazy.compactMap { route in
                checks(row, results).first { $0.id == "leakage.target.\(route)" && $0.direction == row.direction }?
                    .minimumDetectableEffect
            }.first
        }
        guard detectable.count == rows.count, let largest = detectable.max() else { return "" }
        return
            " A leak of \(NumberText.significant(100 * largest, digits: 2)) % of the noise would have been found with 80 % power."
    }

    /// A sentence as part of another.
    private static func clause(_ sentence: String) -> String {
        sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }
}
