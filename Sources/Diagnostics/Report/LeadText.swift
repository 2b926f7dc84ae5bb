/// The first lines of a report, for someone who reads nothing else: what was found, how sure that is, what it covers and what to do next.
/// Made from the findings, each of which is made from the row that decides it.
enum LeadText {
    /// One sentence: the answer.
    static func headline(_ results: Results) -> String {
        let count = results.subjects.count
        let models = "\(count) \(count == 1 ? "model" : "models")"
        func subjects(_ kind: Finding.Kind) -> Int { Set(results.findings.filter { $0.kind == kind }.map(\.subject)).count }
        switch results.verdict {
        case .error: return "No answer: a check or a control could not be measured."
        case .fail: return "Leakage found in \(subjects(.leakage)) of \(models)."
        case .premise:
            return "A premise is violated in \(subjects(.premise)) of \(models): the data do not allow a verdict on leakage."
        case .inconclusive: return "Leakage is not decided in \(subjects(.open)) of \(models)."
        case .pass: return "No leakage above the margin in \(count == 1 ? "this model" : models)\(covered(results.scope))."
        }
    }

    private static func covered(_ scope: LeakScope) -> String {
        switch scope {
        case .all: ", whatever its form"
        case .linear: ", as far as regression on the noise can see"
        case .none: ""
        }
    }

    /// One bullet for each finding.
    static func bullets(_ results: Results) -> String {
        results.findings.map { finding in
            let subject = finding.subject.map { "`\($0)`: " } ?? ""
            let next = finding.next.isEmpty ? "" : " \(finding.next)"
            return "- **\(word(finding.kind))** \(subject)\(finding.text).\(next)\n"
        }.joined()
    }

    private static func word(_ kind: Finding.Kind) -> String {
        switch kind {
        case .error: "Error."
        case .leakage: "Leakage."
        case .premise: "Premise."
        case .open: "Open."
        case .quality: "Quality."
        case .decided: "No leakage."
        }
    }

    /// What the verdict covers, and what could still be there.
    static func scope(_ scope: LeakScope) -> String {
        switch scope {
        case .all: "Scope: every leak that changes with the noise of the target, at every pixel."
        case .linear:
            "Scope: leaks at a fixed displacement up to 32 pixels or at an orientation, filtered ones, by place, parity, channel, intensity and edges, and ten "
                + "functions of the noise. Not seen: a sign that changes at random from pixel to pixel, a displacement that differs from image to image, a contrast that follows the "
                + "noise level of the target. The outputs for exchanged targets would show all."
        case .none: "Scope: nothing was looked at with enough data."
        }
    }
}
