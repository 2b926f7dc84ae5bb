import Fields

/// What a condition made of a measurement, the worst first.
public enum Status: String, Sendable, Codable, CaseIterable {
    case error, fail, inconclusive, warn, pass
    /// A number to know, which nothing was asked of.
    case info
    case notApplicable = "not-applicable"

    /// How bad: 0 for the worst. Reports sort by it, and the worst row speaks for all.
    package var rank: Int {
        switch self {
        case .error: 0
        case .fail: 1
        case .inconclusive: 2
        case .warn: 3
        case .pass: 4
        case .info: 5
        case .notApplicable: 6
        }
    }
}

/// A judgement in words, with the numbers in them.
public struct Judgement: Sendable, Equatable {
    /// What the measurement counts as.
    public var status: Status
    /// The probability that was judged, before correction; `nil` where none was.
    public var pValue: PValue?
    /// The probability that was judged, corrected for all rows of the subject in the same role.
    public var adjustedPValue: PValue?
    /// One sentence that holds the numbers it rests on.
    public var because: String

    /// - Parameter because: one sentence that holds the numbers it rests on.
    public init(
        _ status: Status, pValue: PValue? = nil, adjustedPValue: PValue? = nil, because: String
    ) {
        self.status = status
        self.pValue = pValue
        self.adjustedPValue = adjustedPValue
        self.because = because
    }
}
