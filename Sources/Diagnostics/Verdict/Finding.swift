/// What a verdict rests on, or what keeps it open: one line of the report's head.
public struct Finding: Codable, Sendable, Equatable {
    /// What kind of answer it is, the first to be read first.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The instrument failed: a check or a control.
        case error
        /// Noise of the target is in the output.
        case leakage
        /// The data do not meet what the leakage rows rest on.
        case premise
        /// A question that was asked and not decided.
        case open
        /// The output is no good, or not what was meant.
        case quality
        /// What decided that nothing leaks.
        case decided
    }

    /// What kind of answer it is.
    public var kind: Kind
    /// The model; `nil` for a control.
    public var subject: String?
    /// Id of the row that decides.
    public var check: String
    /// The row's direction; `nil` for what has none.
    public var direction: Direction?
    /// Whether the pairs were trained on.
    public var split: Split?
    /// Where this could leak, as measured.
    public var regime: Regime?
    /// The row's own number.
    public var estimate: Double?
    /// The row's own 95 % interval, `[lower, upper]`.
    public var ci95: [Double]?
    /// One sentence: what was found.
    public var text: String
    /// One sentence: what to do next; empty where there is nothing to do.
    public var next: String

    /// What has no number leaves it out.
    public init(
        kind: Kind, subject: String?, check: String, direction: Direction? = nil, split: Split? = nil,
        regime: Regime? = nil, estimate: Double? = nil, ci95: [Double]? = nil, text: String, next: String
    ) {
        self.kind = kind
        self.subject = subject
        self.check = check
        self.direction = direction
        self.split = split
        self.regime = regime
        self.estimate = estimate
        self.ci95 = ci95
        self.text = text
        self.next = next
    }
}

/// What a `pass` covers (docs/THEORY.md, section 4).
public enum LeakScope: String, Codable, Sendable, CaseIterable, Comparable {
    /// No leakage row was decided.
    case none
    /// Leaks at a fixed displacement or orientation, by strata, and the pointwise functions that were tried.
    case linear
    /// Everything that changes with the target's noise.
    case all

    private var rank: Int {
        switch self {
        case .none: 0
        case .linear: 1
        case .all: 2
        }
    }

    /// By how much was looked at.
    public static func < (a: LeakScope, b: LeakScope) -> Bool { a.rank < b.rank }
}

extension Finding {
    /// The findings of several subjects, the worst kinds first, and failed controls before all.
    public static func merged(_ all: [[Finding]], controls: [CheckResult]) -> [Finding] {
        let failed = controls.filter { $0.status == .fail || $0.status == .error }.map { row in
            Finding(
                kind: .error, subject: nil, check: row.id, direction: row.direction, split: row.split,
                estimate: row.estimate, ci95: row.ci95,
                text: "a leak of known size was not found as injected: \(row.because)",
                next: "Do not trust this report.")
        }
        let order = Kind.allCases
        let sorted = all.flatMap(\.self).enumerated().sorted { a, b in
            let ranks = (order.firstIndex(of: a.element.kind) ?? 0, order.firstIndex(of: b.element.kind) ?? 0)
            return (ranks.0, a.offset) < (ranks.1, b.offset)
        }
        return failed + sorted.map(\.element)
    }
}
