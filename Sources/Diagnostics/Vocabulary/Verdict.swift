/// A model, or all models of a report, in one word.
public enum Verdict: String, Codable, Sendable {
    /// A leak of energy ε² would have been seen by what was looked at (`LeakScope`), and was not.
    case pass
    /// Leakage beyond the margin.
    case fail
    /// The data do not meet what the leakage rows rest on; no leakage was shown.
    case premise
    /// Neither.
    case inconclusive
    /// The instrument failed.
    case error

    /// The one that speaks for several, the worst first.
    package var rank: Int {
        switch self {
        case .error: 0
        case .fail: 1
        case .premise: 2
        case .inconclusive: 3
        case .pass: 4
        }
    }
}
