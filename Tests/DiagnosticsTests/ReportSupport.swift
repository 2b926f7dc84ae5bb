@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Reports
@testable import Tensors

/// Models with a few rows each, judged as the suite judges them.
enum ReportCase {
    /// A row of a quantity with a standard error; without one it is exact.
    static func row(
        _ check: String, _ value: Double, _ error: Double?, role: Role = .leakage,
        _ criterion: Criterion = .within(0.01),
        evidence: Evidence = .other, _ direction: Direction = .bToA, regime: Regime = .r0, split: Split = .heldout,
        quantity: String = "λ", units: Int = 64, unit: ResamplingUnit = .noise, reading: String = ""
    ) -> Judge.Outcome {
        func interval(_ z: Double, _ confidence: Double) -> ConfidenceInterval? {
            error.flatMap {
                units < 6
                    ? nil : ConfidenceInterval(lower: value - z * $0, upper: value + z * $0, confidence: confidence)
            }
        }
        return .measured(
            Measurement(
                check: check, title: "Title of \(check)", role: role, criterion: criterion, evidence: evidence,
                direction: direction, regime: regime, split: split, value: .effect(Effect(value, quantity)),
                interval95: interval(1.96, 0.95), interval90: interval(1.645, 0.9), unit: error == nil ? nil : unit,
                unitCount: units, imageCount: 4, standardError: error, reading: reading))
    }

    /// A row that was refused or does not apply.
    static func none(
        _ check: String, _ status: Status, _ because: String, role: Role = .leakage, _ direction: Direction = .bToA
    ) -> Judge.Outcome {
        .notMeasured(
            CheckResult(
                id: check, title: "Title of \(check)", role: role, direction: direction, status: status,
                because: "Not measured: \(because)."))
    }

    /// Rows of both directions, PSNR gain and λ_source with them.
    static func both(_ rows: (Direction) -> [Judge.Outcome]) -> [Judge.Outcome] {
        Direction.allCases.flatMap { direction in
            rows(direction) + [
                row(
                    "quality.psnr_gain", 4.5, nil, role: .description, .none, direction, quantity: "gain in dB"),
                row("passthrough.source", 0.3, 0.01, role: .quality, .below(0.5), direction, quantity: "λ_source"),
            ]
        }
    }

    /// λ by regression of so much in each direction.
    static func observed(_ value: Double, _ error: Double, _ direction: Direction, regime: Regime = .r0)
        -> Judge.Outcome
    {
        row(
            "leakage.target.observed", value, error, evidence: .inPlace, direction, regime: regime,
            quantity: "λ_target (observed)")
    }

    /// No path leads from the target to the output.
    static func closed(_ direction: Direction) -> Judge.Outcome {
        row("structure.target_path", 0, nil, .exactlyZero, evidence: .path, direction, quantity: "max |∂f/∂x_target|")
    }

    /// A path does, and what its exchange gives.
    static func open(_ direction: Direction, _ value: Double, _ error: Double) -> [Judge.Outcome] {
        [
            row(
                "structure.target_path", 0.9, nil, .exactlyZero, evidence: .path, direction, regime: .r3,
                quantity: "max |∂f/∂x_target|"),
            row(
                "leakage.target.swap", value, error, evidence: .exchange, direction, regime: .r3,
                quantity: "λ_target (swap)"),
        ]
    }

    static func results(
        _ models: [(name: String, readsTarget: Bool, rows: [Judge.Outcome])], noiseIsAdded: Bool = true,
        directions: [Direction] = Direction.allCases, controls: [CheckResult]? = nil
    ) -> Results {
        var findings: [[Finding]] = []
        let subjects = models.map { model -> Subject in
            let judge = Judge(model.rows), judged = judge.judged(model.rows)
            let verdict = SubjectVerdict(
                judged, judge.facts, name: model.name, directions: directions,
                claims: Claims(
                    readsTarget: model.readsTarget, noisesAreIndependent: true, noiseIsAdded: noiseIsAdded))
            findings.append(verdict.findings)
            var subject = Subject(
                name: model.name, strategy: nil, verdict: verdict.verdict, scope: verdict.scope,
                checks: judged.map(\.row), series: [:])
            subject.readsTarget = model.readsTarget
            return subject
        }
        let image = Tensor([48, 64, 1], repeating: 0.5)
        var set = EvaluationSet(
            name: "photographs",
            pairs: (0..<4).map {
                EvaluationPair(
                    id: "\($0)", split: .heldout, noisy: DomainPair { _ in image }, clean: DomainPair { _ in image })
            }, dataRange: 1, noiseVariance: DomainPair { _ in 0.01 }, noisesAreIndependent: true)
        set.noiseIsAdded = noiseIsAdded
        return Results(
            verdict: Verdict(subjects, controls: controls ?? []), scope: subjects.map(\.scope).min() ?? .none,
            findings: Finding.merged(findings, controls: controls ?? []),
            provenance: Provenance(
                version: "0.1.0", commit: "f71d679", command: "n2n-analyze demo --out reports/demo",
                checkpointSHA256: ["no_skip": "00ff"], seed: 7, libraries: ["cairo": "1.16.0"]),
            subjects: subjects, controls: controls, data: DataSummary(set, margin: 0.01))
    }

    static func report(_ results: Results, figures: [FigureRecord] = []) -> MarkdownReport {
        MarkdownReport(
            title: "Demo on photographs", results: results, rows: VerdictRow.rows(results), figures: figures,
            theory: "../docs/THEORY.md")
    }
}
