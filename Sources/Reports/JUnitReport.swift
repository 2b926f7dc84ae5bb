import Diagnostics

/// `junit.xml`: the rows of `Results` as test cases, for programs that show the outcome of tests.
///
/// A failed check is a failure, one that could not run an error, an undecided one and one that does not apply are skipped with
/// their reason; a warning passes, with its reason in the output.
public struct JUnitReport: Sendable {
    /// Everything that was measured.
    public var results: Results

    /// A report about `results`.
    public init(_ results: Results) { self.results = results }

    /// The whole file, ended by a newline: a suite for each subject, and one for the controls.
    public var text: String {
        var suites = results.subjects.map { ($0.name, $0.checks) }
        if let controls = results.controls { suites.append(("controls", controls)) }
        let body = suites.map { JUnitReport.suite($0.0, $0.1) }.joined()
        let all = JUnitReport.counts(suites.flatMap(\.1))
        return
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"n2n-analyze\" \(all)>\n\(body)</testsuites>\n"
    }

    private static func suite(_ name: String, _ checks: [CheckResult]) -> String {
        let cases = checks.map { testCase($0, of: name) }.joined()
        return "  <testsuite name=\"\(escaped(name))\" \(counts(checks))>\n\(cases)  </testsuite>\n"
    }

    private static func counts(_ checks: [CheckResult]) -> String {
        let skipped = checks.count { $0.status == .inconclusive || $0.status == .notApplicable }
        return "tests=\"\(checks.count)\" failures=\"\(checks.count { $0.status == .fail })\" "
            + "errors=\"\(checks.count { $0.status == .error })\" skipped=\"\(skipped)\""
    }

    private static func testCase(_ check: CheckResult, of suite: String) -> String {
        let place = check.direction.map { " \($0.rawValue)" } ?? ""
        let head = "    <testcase classname=\"\(escaped(suite))\" name=\"\(escaped(check.id + place))\""
        let reason = "message=\"\(escaped(check.because))\""
        let inside: String
        switch check.status {
        case .pass, .info: return head + "/>\n"
        case .warn: inside = "<system-out>\(escaped(check.because))</system-out>"
        case .fail: inside = "<failure type=\"fail\" \(reason)/>"
        case .error: inside = "<error type=\"error\" \(reason)/>"
        case .inconclusive, .notApplicable:
            inside = "<skipped message=\"\(check.status.rawValue): \(escaped(check.because))\"/>"
        }
        return "\(head)>\n      \(inside)\n    </testcase>\n"
    }

    /// Text for an attribute or an element (XML 1.0, section 2.4); characters that no XML file may hold (section 2.2) become �.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // A bare line break or tab in an attribute would be read as a blank.
            case "\n": result += "&#10;"
            case "\r": result += "&#13;"
            case "\t": result += "&#9;"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
