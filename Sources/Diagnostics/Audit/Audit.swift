import Engine
import Fields

/// One question that an audit asks of a data set.
protocol AuditQuestion: Sendable {
    /// Of the row that stands for a question which could not be answered.
    static var id: String { get }
    static var title: String { get }
    static var role: Role { get }

    /// Measures and judges at once: a row says what its number means for Noise2Noise.
    ///
    /// - Throws: `Undetermined`, which makes an inconclusive row.
    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer
}

/// Rows, and what the figures show of them.
struct AuditAnswer {
    var rows: [AuditRow] = []
    var series: [String: Series] = [:]
    /// Mean cross-correlation of n_a and n_b at lags -8...8 in both directions, row by row.
    var correlation: [Double]?
}

/// Are these pairs fit for Noise2Noise? Asked before anyone trains: no model is involved.
public struct Audit: Sendable {
    /// The answer in one word; the first of these that a row calls for.
    public enum Fitness: String, Sendable {
        /// A premise of Noise2Noise fails.
        case unfit
        /// The premises hold as far as they could be measured; some row limits what may be concluded, or could not be measured.
        case limited = "fit with limits"
        /// Every row passed.
        case fit
    }

    /// The rows in the order they were asked.
    public let rows: [CheckResult]
    /// Plotted curves.
    public let series: [String: Series]
    /// See `AuditAnswer.correlation`.
    package let correlation: [Double]?
    /// How noise was told from content, in words.
    public let source: String

    /// Every question but those about content, which decide which pairs the others are asked of.
    private static let questions: [any AuditQuestion] = [
        NoiseDependenceAudit(), IntensityAudit(), MagnitudeAudit(), ValuesAudit(), RegistrationAudit(),
        DuplicateAudit(),
        GainAudit(), PatternAudit(), AutocorrelationAudit(), ResolutionAudit(), StationarityAudit(),
    ]

    /// Asks everything.
    ///
    /// - Parameters:
    ///   - sameContent: whether both domains show one content in one contrast, as repeated captures do.
    ///   - progress: called with the number of questions answered and of all.
    /// - Throws: `Undetermined` where nothing tells the noise from the content.
    public init(
        _ dataset: PairedDataset, sameContent: Bool, seed: UInt64, progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        let evidence = try AuditEvidence(dataset, sameContent: sameContent, seed: seed)
        var rows = evidence.match.rows
        var series: [String: Series] = [:], correlation: [Double]?
        for (done, question) in Self.questions.enumerated() {
            progress(done, Self.questions.count)
            let kind = type(of: question)
            do {
                if let reason = evidence.missing { throw reason }
                let answer = try question.answer(evidence)
                rows += answer.rows
                series.merge(answer.series) { first, _ in first }
                correlation = correlation ?? answer.correlation
            } catch let reason as Undetermined {
                let status: Status = evidence.missing == nil ? .inconclusive : .notApplicable
                rows.append(
                    AuditRow(
                        CheckResult(audit: kind.id, kind.title, kind.role, status, because: "Not measured: \(reason)."))
                )
            }
        }
        progress(Self.questions.count, Self.questions.count)
        self.rows = AuditRow.judged(rows)
        self.series = series
        self.correlation = correlation
        source =
            switch evidence.source {
            case .clean: "x - c, with the clean images"
            case .repeats: "(x - x')/√2, with a second capture of each domain"
            case .difference: "(x_a - x_b)/√2: both domains show one content, and there is no further capture"
            }
    }

    /// The verdict over all rows.
    public var fitness: Fitness {
        let statuses = Set(rows.map(\.status))
        if !statuses.isDisjoint(with: [.fail, .error]) { return .unfit }
        return statuses.isDisjoint(with: [.warn, .inconclusive]) ? .fit : .limited
    }

    /// The rows that decide `fitness`, worst first.
    public var reasons: [CheckResult] {
        rows.filter { ![.pass, .info, .notApplicable].contains($0.status) }.sorted { $0.status.rank < $1.status.rank }
    }

    /// The verdict with the row that decides it: `unfit: Registration of b on a. b lies …`.
    public var headline: String {
        reasons.first.map { "\(fitness.rawValue): \($0.title). \($0.because)" } ?? fitness.rawValue
    }
}
