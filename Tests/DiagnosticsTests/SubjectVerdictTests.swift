import Testing

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// The table of `SubjectVerdict`, line by line, on rows made by hand, and on models.
@Suite struct SubjectVerdictTests {
    typealias M = Diagnostics.Measurement

    private static func verdict(
        _ measurements: [M], notMeasured: [CheckResult] = [], claims: Claims? = nil,
        directions: [Direction] = Direction.allCases
    ) -> SubjectVerdict {
        let outcomes = measurements.map { Judge.Outcome.measured($0) } + notMeasured.map { .notMeasured($0) }
        let judge = Judge(outcomes)
        return SubjectVerdict(
            judge.judged(outcomes), judge.facts, name: "model", directions: directions,
            claims: claims ?? Claims(readsTarget: false, noisesAreIndependent: true, noiseIsAdded: false))
    }

    private static func rows(_ measurements: [M]) -> [CheckResult] {
        let outcomes = measurements.map { Judge.Outcome.measured($0) }
        return Judge(outcomes).judged(outcomes).map(\.row)
    }

    /// In place and decided, in both directions.
    private static let clean: [M] = Direction.allCases.map { .made(0, 0.001, direction: $0, check: "in place") }
    private static let closed: [M] = Direction.allCases.map { .exact(0, .exactlyZero, evidence: .path, direction: $0) }

    private static func premise(_ value: Double, evidence: Evidence = .other, direction: Direction = .bToA) -> M {
        .made(value, 0.01, .within(0.05), role: .premise, evidence: evidence, direction: direction, check: "premise")
    }

    // MARK: The table

    @Test func error() {
        let broken = CheckResult(id: "e", title: "E", direction: .bToA, status: .error, because: "Not measured: x.")
        let found = Self.verdict(Self.clean + [.made(0.4, 0.01)], notMeasured: [broken])
        #expect(found.verdict == .error && found.findings.first?.kind == .error && found.findings.first?.check == "e")
        #expect(Self.verdict(Self.clean + [.exact(1e-3, .below(1e-12))]).verdict == .error)
    }

    @Test func fail() {
        let leak = M.made(0.3, 0.01, direction: .aToB, regime: .r3, check: "leak")
        let found = Self.verdict(Self.clean + [leak, Self.premise(0.4)])
        #expect(found.verdict == .fail && found.findings.map(\.kind) == [.leakage, .premise])
        let head = found.findings[0]
        #expect(head.check == "leak" && head.direction == .aToB && head.regime == .r3 && head.estimate == 0.3)
        #expect(head.split == .heldout && head.next.contains("out of the path"), "\(head)")
        // Weaker evidence can fail, whatever the regression in place says.
        for evidence in [Evidence.regression, .turned, .joint, .exchange] {
            let row = M.made(0.3, 0.01, evidence: evidence)
            #expect(Self.verdict(Self.clean + [row]).verdict == .fail)
        }
    }

    @Test func premiseAlone() {
        let found = Self.verdict(Self.clean + [Self.premise(0.4)])
        #expect(found.verdict == .premise && found.findings.map(\.kind) == [.premise])
        #expect(!found.findings[0].text.contains("leak") && found.findings[0].estimate == 0.4)
        // One that is not decided violates nothing.
        #expect(Self.verdict(Self.clean + [Self.premise(0.06)]).verdict == .pass)
    }

    @Test func inconclusive() {
        // The other direction.
        let one = Self.verdict([Self.clean[0], .made(0.001, 0.05, direction: .aToB, check: "wide")])
        #expect(one.verdict == .inconclusive && one.findings.map(\.direction) == [.aToB])
        #expect(one.findings[0].check == "wide" && one.findings[0].kind == .open && one.scope == .linear)
        // Nothing in the other direction at all, unless it was not asked for.
        let none = Self.verdict([Self.clean[0]])
        #expect(
            none.verdict == .inconclusive && none.scope == .none && none.findings[0].kind == .open)
        #expect(Self.verdict([Self.clean[0]], directions: [.bToA]).verdict == .pass)
        // Memory that was looked for.
        let memory = M.made(0.001, 0.05, evidence: .memory, regime: .r1, split: .training, check: "leakage.memorised")
        let open = Self.verdict(Self.clean + [memory])
        #expect(open.verdict == .inconclusive && open.findings[0].text.contains("memorised noise is not decided"))
        // What can fail alone decides nothing.
        let weak = Direction.allCases.map { M.made(0, 0.0001, evidence: .regression, direction: $0) }
        #expect(Self.verdict(weak).verdict == .inconclusive)
        // Too few units.
        let few = Direction.allCases.map { M.made(0, 0.0001, units: 5, direction: $0) }
        #expect(Self.verdict(few).verdict == .inconclusive && Self.verdict(few).scope == .none)
    }

    @Test func pass() {
        let linear = Self.verdict(Self.clean)
        #expect(
            linear.verdict == .pass && linear.scope == .linear && linear.findings.map(\.kind) == [.decided, .decided])
        #expect(linear.findings[0].text.contains("assumed, not measured"))
        let added = Claims(readsTarget: false, noisesAreIndependent: true, noiseIsAdded: true)
        #expect(!Self.verdict(Self.clean, claims: added).findings[0].text.contains("assumed"))
        let all = Self.verdict(Self.closed)
        #expect(all.verdict == .pass && all.scope == .all && all.findings[0].text.contains("no path leads"))
        // One direction by the path, the other by regression: the weaker scope.
        #expect(Self.verdict([Self.closed[0], Self.clean[1]]).scope == .linear)
        // A joint regression decides as the one in place does.
        #expect(
            Self.verdict(Direction.allCases.map { .made(0, 0.001, evidence: .joint, direction: $0) }).verdict == .pass)
        // Quality is told beside a pass.
        let warned = Self.verdict(Self.clean + [.made(0.9, 0.01, .below(0.5), role: .quality)])
        #expect(warned.verdict == .pass && warned.findings.last?.kind == .quality)
    }

    /// Rows of weaker evidence do not reopen what the exchange decided, and its being open leaves the direction open.
    @Test func strongestEvidenceDecides() {
        func exchange(_ value: Double, _ error: Double) -> [M] {
            Direction.allCases.map { .made(value, error, .below(1e-4), evidence: .exchange, direction: $0, check: "η") }
        }
        let wide = Direction.allCases.map { M.made(0.001, 0.05, direction: $0) }
        let found = Self.verdict(exchange(1e-6, 1e-7) + wide)
        #expect(found.verdict == .pass && found.scope == .all && found.findings.map(\.check) == ["η", "η"])
        #expect(Self.verdict(exchange(9e-5, 5e-5) + Self.clean).verdict == .inconclusive)
    }

    // MARK: Roles as measured

    /// Memory alone: the headline is that row, with its own split, regime and number.
    @Test func memoryAlone() throws {
        let memory = M.made(0.44, 0.01, evidence: .memory, regime: .r1, split: .training, check: "leakage.memorised")
        for others in [Self.clean, Self.closed + Self.clean] {
            let found = Self.verdict(others + [memory])
            #expect(found.verdict == .fail && found.findings.count == 1)
            let head = try #require(found.findings.first)
            #expect(head.check == "leakage.memorised" && head.split == .training && head.regime == .r1)
            #expect(head.estimate == 0.44 && head.text.contains("memorised") && !head.text.contains("declared"))
        }
    }

    /// A structural zero outranks observations that share noise: they speak of the data.
    @Test func structuralZero() {
        let exchange = Direction.allCases.map {
            M.made(0, 0, .below(1e-4), evidence: .exchange, direction: $0, check: "leakage.total")
        }
        let shared = M.made(0.3, 0.01, regime: .r3, check: "leakage.target.fresh")
        for zeros in [Self.closed, exchange, Self.closed + exchange] {
            let found = Self.verdict(zeros + [shared])
            #expect(found.verdict == .premise && found.scope == .all && found.findings.map(\.kind) == [.premise])
            let row = Self.rows(zeros + [shared]).last
            #expect(row?.role == .premise && row?.status == .fail && row?.regime == .r0)
            #expect(row?.because.contains("noise that the observations share") == true)
        }
        // A derivative of 0 where an exchange arrives is no closed path.
        let open = M.made(0.3, 0.01, .below(1e-4), evidence: .exchange)
        #expect(Self.verdict(Self.closed + [open, shared]).verdict == .fail)
        #expect(Self.rows(Self.closed + [open, shared]).last?.regime == .r3)
        // One direction's zero says nothing of the other.
        let other = M.made(0.3, 0.01, direction: .aToB)
        #expect(Self.verdict([Self.closed[0], other]).verdict == .fail)
    }

    /// Noises that correlate: the joint regression takes the place of the one in place.
    @Test func sharedNoise() {
        let rho = M.made(
            0.6, 0.01, .within(0.02), role: .premise, evidence: .independence, check: "premise.independence")
        let both = Direction.allCases.map { M.made(0.5, 0.01, direction: $0, check: "in place") }
        let joint = Direction.allCases.map { M.made(0, 0.001, evidence: .joint, direction: $0, check: "joint") }
        let found = Self.verdict([rho] + both + joint)
        #expect(found.verdict == .premise && found.findings.map(\.check) == ["premise.independence"])
        #expect(found.scope == .linear)
        let rows = Self.rows([rho] + both + joint)
        #expect(rows.allSatisfy { $0.regime == .r2 })
        #expect(rows[1].role == .description && rows[1].status == .info && rows[3].status == .pass)
        // A leak beside shared noise.
        #expect(Self.verdict([rho] + both + [.made(0.2, 0.01, evidence: .joint)]).verdict == .fail)
        // Correlation within the margin takes nothing away.
        let none = M.made(0.01, 0.002, .within(0.02), role: .premise, evidence: .independence)
        #expect(Self.verdict([none] + Self.clean).verdict == .pass)
        #expect(!Self.verdict([none] + Self.clean).findings[0].text.contains("assumed"))
    }

    /// Outputs that are turned or belong to other pairs: in place nothing can be seen, mirrored it can.
    @Test func misplaced() {
        let place = Self.premise(0.9, evidence: .placement)
        let found = Self.verdict(Self.clean + [place])
        #expect(found.verdict == .premise && found.scope == .none)
        #expect(Self.verdict(Self.clean + [place, .made(0.3, 0.01, evidence: .turned)]).verdict == .fail)
        // The exchange does not rest on where pixels are.
        #expect(Self.verdict(Self.closed + [place]).scope == .all)
    }

    /// Declared to read its target and found not to; declared not to and found to.
    @Test func regimesAsMeasured() {
        #expect(Self.rows([Self.closed[0], .made(0, 0.001, regime: .r3)]).map(\.regime) == [.r0, .r0])
        let open = M.exact(0.5, .exactlyZero, evidence: .path)
        #expect(Self.rows([open, .made(0, 0.001)]).map(\.regime) == [.r3, .r3])
        #expect(
            Self.rows([open, .made(0, 0.001, regime: .r4), .made(0, 0.001, regime: .r1)]).map(\.regime) == [
                .r3, .r4, .r1,
            ])
        let leak = Self.verdict(Self.clean + [.made(0.9, 0.01)])
        #expect(leak.findings[0].text.contains("this contradicts the declaration"))
    }

    /// Every row refused: nothing was looked at.
    @Test func allRefused() {
        var refused: [CheckResult] = []
        for direction in Direction.allCases {
            for status in [Status.notApplicable, .inconclusive] {
                refused.append(
                    CheckResult(
                        id: "x", title: "X", role: .leakage, direction: direction, status: status,
                        because: "Not measured: x."))
            }
        }
        for rows in [refused, []] {
            let found = Self.verdict([], notMeasured: rows)
            #expect(found.verdict == .inconclusive && found.scope == .none && found.findings.count == 2)
            #expect(found.findings.allSatisfy { $0.kind == .open && !$0.next.isEmpty })
        }
    }

    // MARK: Models

    private static func bare(_ images: Int = 4, height: Int = 64, width: Int = 64) -> EvaluationSet {
        var evaluation = Scenes(imageCount: images, height: height, width: width).evaluation
        for index in evaluation.pairs.indices { evaluation.pairs[index].clean = nil }
        (evaluation.redraw, evaluation.noiseVariance) = (nil, nil)
        return evaluation
    }

    /// `noisy_a` and `noisy_b` alone: noise is added to the target, and what returns it is found to the last bit of Float32.
    @Test(arguments: [4, 24]) func noiseIsAddedToTheOnlyCapture(images: Int) throws {
        let evaluation = Self.bare(images)
        let copy = OraclePredictor(name: "copy", readsTarget: false) { $0[$1.target] }
        let leaking = try Suite(seed: 1).run(copy, on: evaluation)
        #expect(leaking.subject.verdict == .fail && leaking.subject.scope == .all)
        for id in ["leakage.total", "leakage.target.swap"] {
            let rows = leaking.subject.checks.filter { $0.id == id }
            #expect(rows.count == 2)
            for row in rows { #expect(row.status == .fail && row.estimate == 1 && row.regime == .r3, "\(row.because)") }
        }
        let honest = OraclePredictor(name: "smooth", readsTarget: true) { binomial($0[$1.source]) }
        let quiet = try Suite(seed: 1).run(honest, on: evaluation)
        #expect(quiet.subject.verdict == .pass && quiet.subject.scope == .all, "\(quiet.findings.map(\.text))")
        for row in quiet.subject.checks where ["leakage.total", "leakage.target.swap"].contains(row.id) {
            #expect(row.status == .pass && row.estimate == 0 && row.regime == .r0)
        }
    }

    /// Whole suites: no leak passes, a leak fails, with each kind of evidence.
    @Test(arguments: [3, 8]) func wholeSuites(images: Int) throws {
        let known = Scenes(imageCount: images, height: 128, width: 128).evaluation
        let saved = OraclePredictor(name: "saved", readsTarget: false) { x, direction in
            // As outputs of another program: they cannot be run again.
            guard let index = known.pairs.firstIndex(where: { $0.noisy.a == x.a && $0.noisy.b == x.b }) else {
                throw SampleError.notSaved("x", array: "x")
            }
            return binomial(known.pairs[index].noisy[direction.source])
        }
        var once = known
        once.redraw = nil
        for (set, scope) in [(known, LeakScope.linear), (once, .linear), (known.capturesAlone, .linear)] {
            let found = try Suite(seed: 1).run(saved, on: set)
            #expect(
                found.subject.verdict != .fail && found.subject.verdict != .premise, "\(found.findings.map(\.text))")
            #expect(found.subject.scope == scope)
        }
        let honest = try Suite(seed: 1).run(LinearOracle(evaluation: known), on: known)
        #expect(honest.subject.verdict == .pass && honest.subject.scope == .all, "\(honest.findings.map(\.text))")
        let leaking = try Suite(seed: 1).run(LinearOracle(evaluation: known, leak: 0.1), on: known)
        #expect(leaking.subject.verdict == .fail)
        let head = try #require(leaking.findings.first)
        #expect(head.kind == .leakage && abs((head.estimate ?? 0) - 0.1) < 0.02 && head.regime == .r3, "\(head)")
    }

    /// Images of a few pixels, 64 honest runs: none fails, and none is said to be turned or mixed up.
    @Test func smallImages() throws {
        let runs = (0..<64).map { run -> (side: Int, images: Int, amplitude: Double, seed: UInt64) in
            let images = [3, 8, 24][run % 3], amplitude = run < 32 ? 0.7 : 0
            return (2 + run % 7, images, amplitude, UInt64(run))
        }
        let found = try Parallel.map(runs.count) { k -> [String] in
            let run = runs[k]
            var evaluation = Scenes(
                imageCount: run.images, height: run.side, width: run.side, amplitude: run.amplitude, seed: run.seed
            ).evaluation
            // Without the exchange the regressions stand alone.
            evaluation.redraw = nil
            let known = evaluation.pairs.map(\.noisy)
            let model = OraclePredictor(name: "smooth", readsTarget: false) { x, direction in
                guard known.contains(where: { $0.a == x.a && $0.b == x.b }) else {
                    throw SampleError.notSaved("x", array: "x")
                }
                return binomial(x[direction.source])
            }
            let subject = try Suite(seed: run.seed).run(model, on: evaluation).subject
            return subject.checks.filter { $0.role == .leakage && $0.status == .fail || $0.status == .error }.map {
                "\(run.side)² × \(run.images), amplitude \(run.amplitude): \($0.id): \($0.because)"
            }
        }.flatMap(\.self)
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }
}
