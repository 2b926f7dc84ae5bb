/// The words of a report about a verdict row: chosen by what was measured, without any arithmetic.
enum VerdictText {
    /// The first lines of a report: one bullet for each kind of outcome, the worst first, every row named with its
    /// number.
    static func answer(_ rows: [VerdictRow], _ results: Results) -> String {
        let outcomes = Dictionary(grouping: rows, by: \.status).sorted { $0.key.rank < $1.key.rank }
        guard !outcomes.isEmpty else { return "- **Nothing was measured.**\n" }
        return outcomes.map { status, rows in
            let items = rows.map { row in
                let amount = row.leakage.map { "λ_target = \($0.text)" } ?? "λ_target not measured"
                let agreement = agrees(row, results) ? ", three independent routes agree" : ""
                return "`\(row.subject)` \(row.direction.arrow) (\(amount)\(agreement))"
            }
            return "- **\(headline(status))** \(items.joined(separator: "; ")).\n"
        }.joined()
    }

    /// The first line of a report: nothing where all controls were recovered or none apply.
    static func controls(_ controls: [CheckResult]) -> String {
        let failed = controls.filter { $0.status == .fail || $0.status == .error }
        let open = controls.filter { $0.status == .inconclusive }
        guard let worst = failed.first ?? open.first else { return "" }
        let place = worst.direction.map { " \($0.arrow)" } ?? ""
        return failed.isEmpty
            ? "- **Controls undecided:** \(open.count) of \(controls.count) injected leaks cannot be judged with these data, so that "
                + "nothing here is a pass; `\(worst.id)`\(place): \(worst.because)\n"
            : "- **Controls failed, do not trust this report:** \(failed.count) of \(controls.count) leaks of known size were not "
                + "found as injected; `\(worst.id)`\(place): \(worst.because)\n"
    }

    private static func headline(_ status: Status) -> String {
        switch status {
        case .error: "No answer, a check could not run, for"
        case .fail: "Leakage in"
        case .inconclusive: "Undecided, the interval is too wide, for"
        case .warn: "No clear leakage, but with warnings, in"
        case .pass: "No leakage in"
        case .notApplicable: "Not measurable with the data given:"
        }
    }

    /// Whether the check that compares the three estimators of λ_target passed.
    private static func agrees(_ row: VerdictRow, _ results: Results) -> Bool {
        let subject = results.subjects.first { $0.name == row.subject }
        let checks = subject?.checks.filter {
            $0.id == "leakage.agreement" && ($0.direction ?? row.direction) == row.direction
        }
        return checks?.isEmpty == false && checks?.allSatisfy { $0.status == .pass } == true
    }

    /// One sentence that says what a row means for someone who wants to denoise.
    static func meaning(_ row: VerdictRow) -> String {
        var parts = [reason(row)]
        if let ratio = row.lossOverFloor, (ratio.interval?.upper ?? ratio.value) < 1 {
            parts.append(
                "its held-out loss, \(ratio.text) of the noise floor, is lower than any path without leakage can reach")
        }
        if let gain = row.gain {
            let decibels = NumberText.fixed(gain, decimals: 2, signed: true)
            parts.append("against the clean image it gains \(decibels) dB over the noisy input")
        }
        if row.status == .pass, let source = row.passThrough {
            parts.append("what noise remains is the input's own (λ_source = \(source.text)), not leakage")
        }
        return parts.joined(separator: "; ")
    }

    private static func reason(_ row: VerdictRow) -> String {
        switch (row.status, row.regime) {
        case (.fail, .r3):
            "the target image is an input of this path and its noise reaches the output, so a low loss rewards copying"
        case (.fail, .r1): "the network has memorised noise of the targets it was trained on"
        case (.fail, .r2):
            "the noises of the two domains are correlated, so the network learns to predict part of the target's noise"
        case (.fail, .r4): "the target's noise reaches the output through the preprocessing"
        case (.fail, .r0):
            "the target's noise is in the output although no route is known: the noises are dependent, or this is a bug"
        case (.pass, .r0):
            "the output sees the source image alone and carries none of the target's noise, so its loss can be trusted"
        case (.pass, _):
            "there is a route for the target's noise (\(meaning(row.regime))), but too little comes through to matter"
        case (.warn, _): "no clear leakage, but at least one check asks for a closer look"
        case (.inconclusive, _):
            "the interval holds both no leakage and leakage that matters; more images or noise draws would decide"
        case (.error, _): "at least one check could not run, so nothing can be concluded"
        case (.notApplicable, _): "the data given allow no statement about leakage"
        }
    }

    /// What a regime is, in a few words.
    static func meaning(_ regime: Regime) -> String {
        switch regime {
        case .r0: "held-out pairs, independent noise, the target is no input: nothing can leak"
        case .r1: "training pairs with stored noise: the network can memorise it"
        case .r2: "the noises of the two domains are correlated"
        case .r3: "the target image is an input of the path"
        case .r4: "the target reaches the output through the preprocessing"
        }
    }
}
