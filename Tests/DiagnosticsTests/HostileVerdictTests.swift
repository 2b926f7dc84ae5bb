import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Formats
@testable import Reports
@testable import Tensors

/// No leak, and data that look like one: references with noise, repeats that are none, shared noise with a colour, saved outputs that
/// contradict each other. None of it may be called leakage, and leaks beside it that other evidence shows may.
@Suite struct HostileVerdictTests {
    typealias M = Diagnostics.Measurement

    private static func verdict(_ measurements: [M], noiseIsAdded: Bool = false) -> SubjectVerdict {
        let outcomes = measurements.map { Judge.Outcome.measured($0) }
        let judge = Judge(outcomes)
        return SubjectVerdict(
            judge.judged(outcomes), judge.facts, name: "model", directions: [.bToA],
            claims: Claims(readsTarget: true, noisesAreIndependent: true, noiseIsAdded: noiseIsAdded))
    }

    private static func row(
        _ value: Double, _ basis: Basis, _ criterion: Criterion = .within(0.01), role: Role = .leakage,
        evidence: Evidence = .inPlace, check: String = "x", caveat: String = ""
    ) -> M {
        var made = M.made(value, 0.001, criterion, role: role, evidence: evidence, check: check)
        (made.basis, made.caveat) = (basis, caveat)
        return made
    }

    private static let observed = row(0.14, .reference, check: "leakage.target.observed")
    private static let fresh = row(0.3, .repeated, check: "leakage.target.fresh")
    private static let quiet = row(0, .repeated, check: "leakage.target.fresh")
    private static let noisyReference = row(
        -0.2, .repeated, .within(0.02), role: .premise, evidence: .reference, check: "decomposition.reference")
    private static let otherRepeat = row(
        0.3, [], .within(0.005), role: .premise, evidence: .likeness, check: "premise.repeat.power")

    // MARK: Rows by hand

    @Test func noisyReferenceDecidesNothing() {
        let found = Self.verdict([Self.observed, Self.noisyReference])
        #expect(found.verdict == .premise && found.findings.map(\.check) == ["decomposition.reference"])
        #expect(found.findings[0].text.contains("is open for that reason"), "\(found.findings[0].text)")
        // Other evidence does: a repeat, the exchange.
        #expect(Self.verdict([Self.observed, Self.noisyReference, Self.quiet]).verdict == .premise)
        #expect(Self.verdict([Self.observed, Self.noisyReference, Self.fresh]).verdict == .fail)
        let exchange = Self.row(0.3, [], .below(1e-4), evidence: .exchange)
        #expect(Self.verdict([Self.observed, Self.noisyReference, exchange]).verdict == .fail)
        // So does the mean of the noise.
        let biased = Self.row(
            0.3, [], .within(0.05), role: .premise, evidence: .reference, check: "decomposition.zero_mean")
        #expect(Self.verdict([Self.observed, biased]).verdict == .premise)
    }

    /// Nothing tests the reference: a fail says what it assumes.
    @Test func untestedReferenceIsSaid() {
        let found = Self.verdict([Self.observed])
        #expect(found.verdict == .fail && found.findings[0].text.contains("if the clean image holds no noise itself"))
        let tested = Self.row(
            0, .repeated, .within(0.02), role: .premise, evidence: .reference, check: "decomposition.reference")
        for rows in [[Self.observed, tested], [Self.observed, Self.fresh]] {
            let found = Self.verdict(rows)
            #expect(found.verdict == .fail && !found.findings[0].text.contains("if the clean image"))
        }
        #expect(!Self.verdict([Self.observed], noiseIsAdded: true).findings[0].text.contains("if the clean image"))
    }

    @Test func repeatsThatAreNone() {
        let found = Self.verdict([Self.fresh, Self.otherRepeat])
        #expect(found.verdict == .premise && found.findings.map(\.check) == ["premise.repeat.power"])
        #expect(found.findings[0].text.contains("the repeat differs from the target in power"))
        // The reference is tested by the repeat, and is no longer accused.
        let both = Self.verdict([Self.observed, Self.noisyReference, Self.otherRepeat])
        #expect(both.verdict == .fail && both.findings[0].check == "leakage.target.observed")
        // What was decided without the repeat stays decided.
        let clean = Self.row(0, .reference, check: "leakage.target.observed")
        let decided = Self.verdict([clean, Self.fresh, Self.otherRepeat])
        #expect(decided.verdict == .pass && decided.findings.map(\.kind) == [.decided, .quality])
    }

    /// A caveat counts where the noises correlate, and only there.
    @Test func colouredSharedNoise() {
        let joint = Self.row(0.04, .reference, evidence: .joint, check: "leakage.joint.target", caveat: "a colour")
        let rho = Self.row(0.2, .reference, .within(0.02), role: .premise, evidence: .independence)
        let found = Self.verdict([joint, rho])
        #expect(found.verdict == .premise && found.findings.map(\.kind) == [.premise])
        #expect(found.findings[0].check == "x")
        #expect(Self.verdict([joint]).verdict == .fail)
        #expect(Self.verdict([Self.row(0.04, .reference, evidence: .joint), rho]).verdict == .fail)
    }

    /// Equal outputs that hold the noise: not made from the exchanged target, where the noises are known not to correlate.
    @Test func staleExchange() {
        var zero = M.made(0, 0, .below(1e-4), evidence: .exchange, check: "leakage.total")
        zero.basis = .saved
        let rho = Self.row(0, .reference, .within(0.02), role: .premise, evidence: .independence)
        let found = Self.verdict([zero, Self.observed, rho])
        #expect(found.verdict == .premise && found.scope == .none)
        #expect(found.findings[0].text.contains("yet holds 0.140 of n_a"), "\(found.findings[0].text)")
        // A model that was run is what it says, and so is one whose outputs hold nothing.
        zero.basis = []
        #expect(Self.verdict([zero, Self.observed, rho]).scope == .all)
        zero.basis = .saved
        #expect(Self.verdict([zero, Self.row(0, .reference), rho]).verdict == .pass)
    }

    // MARK: Captures

    /// Sixteen pairs, known by one capture, its repeat as `change` makes it, and a smooth output of the source.
    private static func rows(_ change: (Int, Tensor) -> Tensor) throws -> [CheckResult] {
        let scenes = Scenes(imageCount: 16, height: 64, width: 64).evaluation
        var evaluation = scenes
        let redraw = try #require(scenes.redraw)
        let captures: [DomainPair<Tensor>] = try scenes.pairs.indices.map { index in
            DomainPair(
                a: change(index, try redraw(index, .a, 2)), b: change(index, try redraw(index, .b, 2)))
        }
        for index in evaluation.pairs.indices {
            evaluation.pairs[index].clean = nil
            evaluation.pairs[index].repeats = [captures[index]]
        }
        (evaluation.redraw, evaluation.noiseVariance) = (nil, nil)
        var suite = Suite(seed: 1)
        suite.makeChecks = { [RepeatLikeness(margin: 0.01)] }
        let model = OraclePredictor(name: "smooth", readsTarget: false) { binomial($0[$1.source]) }
        return try suite.run(model, on: evaluation).subject.checks.filter { $0.direction == .bToA }
    }

    private static func scaled(_ image: Tensor, _ gain: Float, _ offset: Float = 0) -> Tensor {
        Tensor(image.shape, image.values.map { gain * $0 + offset })
    }

    @Test func honestRepeat() throws {
        let rows = try Self.rows { $1 }
        #expect(rows.map(\.id) == ["premise.repeat"] && rows[0].status != .fail, "\(rows.map(\.because))")
    }

    @Test func faultsAreNamedWithTheirSize() throws {
        func failed(_ rows: [CheckResult]) -> [String] { rows.filter { $0.status == .fail }.map(\.id) }
        let gain = try Self.rows { Self.scaled($1, 1.1) }
        #expect(failed(gain).first == "premise.repeat.gain", "\(gain.map(\.because))")
        #expect(abs((gain[0].estimate ?? 0) - 0.1) < 0.03)
        let offset = try Self.rows { Self.scaled($1, 1, 0.05) }
        #expect(failed(offset) == ["premise.repeat.offset"], "\(offset.map(\.because))")
        let shifted = try Self.rows { _, x in
            let width = x.shape[1], values = x.values
            return Tensor(x.shape, values.indices.map { values[$0 / width * width + ($0 + width - 1) % width] })
        }
        #expect(failed(shifted).contains("premise.repeat.place"), "\(shifted.map(\.because))")
    }

    @Test func repeatThatIsItsTarget() throws {
        let scenes = Scenes(imageCount: 8, height: 32, width: 32).evaluation
        var evaluation = scenes
        for index in evaluation.pairs.indices {
            evaluation.pairs[index].clean = nil
            evaluation.pairs[index].repeats = [evaluation.pairs[index].noisy]
        }
        (evaluation.redraw, evaluation.noiseVariance) = (nil, nil)
        let model = OraclePredictor(name: "smooth", readsTarget: false) { binomial($0[$1.source]) }
        let found = try Suite(seed: 1).run(model, on: evaluation)
        #expect(found.subject.verdict == .premise)
        #expect(found.findings.contains { $0.text.contains("is the target itself, to the bit") })
    }

    // MARK: Pictures

    /// Any number of channels is drawn.
    @Test(arguments: [1, 2, 3, 4, 5, 8]) func channels(count: Int) {
        let image = Tensor([24, 24, count], (0..<24 * 24 * count).map { Float($0 % 7) / 7 })
        let record = ReportFigures.images(
            id: "s", clean: image, noisy: image, outputs: [("m", image)], dataRange: 1, intensities: 0...1)
        #expect(record.caption.contains("the first is drawn") == (count > 3))
    }
}
