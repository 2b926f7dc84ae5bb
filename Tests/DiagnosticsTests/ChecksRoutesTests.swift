import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// The checks that find leakage without a clean image, in total, beside shared noise, in memory, and by derivatives.
@Suite struct ChecksRoutesTests {
    private static let evaluation = Scenes(imageCount: 4).evaluation
    private static let quiet = LinearOracle(evaluation: evaluation)

    private static func gaussian(_ scenes: Scenes) -> EvaluationSet {
        var evaluation = scenes.evaluation
        evaluation.noiseIsGaussian = true
        return evaluation
    }

    private static func repeated(_ scenes: Scenes) throws -> EvaluationSet {
        var evaluation = scenes.evaluation
        let redraw = try #require(evaluation.redraw)
        for index in evaluation.pairs.indices {
            evaluation.pairs[index].repeats = [try DomainPair { try redraw(index, $0, 9) }]
        }
        evaluation.redraw = nil
        return evaluation
    }

    // MARK: A fresh capture

    @Test(arguments: [Float(0), 0.05, 0.2, 1], Direction.allCases)
    func freshCapturesNeedNoCleanImage(leak: Float, direction: Direction) throws {
        let known = try Self.repeated(Scenes(imageCount: 4))
        let model = LinearOracle(evaluation: known, leak: leak)
        var bare = known
        for index in bare.pairs.indices { bare.pairs[index].clean = nil }
        bare.noiseVariance = nil
        let result = try Observed(model, bare, direction).judge(TargetLeakageFresh(margin: 0.01))
        #expect(
            try #require(result.ci95)[0] <= Double(leak) && Double(leak) <= result.ci95?[1] ?? 0, "\(result.because)")
        #expect(leak == 0 || result.status == .fail, "\(result.because)")
        #expect(leak != 0 || result.status != .fail, "\(result.because)")
    }

    /// X̂ and λ̂ by their definition, on one tile of one image.
    @Test func freshByDefinition() throws {
        var evaluation = Scenes(imageCount: 1, height: 40, width: 40).evaluation
        evaluation.noiseIsGaussian = true
        let observed = try Observed(LinearOracle(evaluation: evaluation, leak: 0.3), evaluation)
        let sample = observed.samples[0]
        let fresh = try sample.capture(.fresh), noisy = sample.pair.noisy.a
        func power(_ u: Tensor, _ v: Tensor) -> Double { difference(u, v).reduce(0) { $0 + $1 * $1 } }
        let expected = (power(sample.output, fresh) - power(sample.output, noisy)) / power(noisy, fresh)
        // The plain definition, whose error is not centred at like intensity: equal up to what that takes out.
        #expect(abs(try observed.measure(TargetLeakageFresh(margin: 0.01)).value.number - expected) < 0.05)
    }

    /// An exchange can also be made with a recorded repeat.
    @Test func exchangeWithARepeat() throws {
        let evaluation = try Self.repeated(Scenes())
        let model = LinearOracle(evaluation: evaluation, leak: 0.2)
        #expect(abs(try Observed(model, evaluation).measure(TargetLeakageSwap(margin: 0.01)).value.number - 0.2) < 1e-6)
        #expect(evaluation.sha256 != Scenes().evaluation.sha256)
    }

    // MARK: All of it

    /// η is λ0² for a plain leak, λ0²·Σh² for a filtered one, and sees a leak that is displaced, which λ does not.
    @Test func totalLeakage() throws {
        let evaluation = Self.evaluation
        #expect(try Observed(Self.quiet, evaluation).judge(TotalLeakage(margin: 0.01)).estimate == 0)
        let plain = try Observed(LinearOracle(evaluation: evaluation, leak: 0.2), evaluation).judge(
            TotalLeakage(margin: 0.01))
        #expect(plain.status == .fail && abs((plain.estimate ?? 0) - 0.04) < 1e-6)
        let displaced = OraclePredictor(name: "displaced", readsTarget: true) { x, direction in
            let image = x[direction.target], width = image.shape[1]
            let moved = Tensor(image.shape, image.values.indices.map { image.values[($0 + 5 * width) % image.count] })
            return combine(binomial(x[direction.source]), moved) { $0 + 0.5 * $1 }
        }
        let observed = try Observed(displaced, evaluation)
        let found = try observed.judge(TotalLeakage(margin: 0.01))
        #expect(found.status == .fail && abs((found.estimate ?? 0) - 0.25) < 0.02, "\(found.because)")
        #expect(try observed.judge(TargetLeakageSwap(margin: 0.01)).status != .fail)
        let filtered = OraclePredictor(name: "filtered", readsTarget: true) { x, direction in
            binomial(x[direction.target])
        }
        let energy = try Observed(filtered, evaluation).measure(TotalLeakage(margin: 0.01)).value.number
        #expect(abs(energy - 0.140625) < 0.01)
    }

    // MARK: Shared noise

    /// f = x_b + λ0·n_a under correlated noise: λ_target mixes both, the joint regression keeps them apart.
    @Test(arguments: [-0.4, 0, 0.6])
    func jointRegression(correlation: Double) throws {
        let scenes = Scenes(imageCount: 4, correlation: correlation)
        let evaluation = scenes.evaluation
        let model = LinearOracle(evaluation: evaluation, filters: false, leak: 0.1)
        for direction in Direction.allCases {
            let observed = try Observed(model, evaluation, direction)
            let rows = try observed.measurements(JointRegression(margin: 0.01))
            #expect(rows.map(\.check) == ["leakage.joint.target", "leakage.joint.source"])
            #expect(rows.map(\.role) == [.leakage, .description])
            for (row, truth) in zip(rows, [0.1, 1]) {
                #expect(row.interval95.map { $0.lower - 1e-6 <= truth && truth <= $0.upper + 1e-6 } == true, "\(row)")
            }
            let mixed = try observed.measure(TargetLeakageObserved(margin: 0.01)).value.number
            let ratio = scenes.sigma[direction.source] / scenes.sigma[direction.target]
            #expect(abs(mixed - (0.1 + correlation * ratio)) < 0.03)
        }
        let quiet = try Observed(LinearOracle(evaluation: evaluation), evaluation)
        let rows = try quiet.rows(JointRegression(margin: 0.01))
        #expect(rows[0].status == .pass && rows[1].status == .info, "\(rows.map(\.because))")
        #expect(rows[1].ci95.map { $0[0] <= 0.25 && 0.25 <= $0[1] } == true)
    }

    /// Both domains have one noise: nothing tells the two apart.
    @Test func aReusedSeedIsUndetermined() throws {
        let evaluation = Scenes(correlation: 1).evaluation
        let observed = try Observed(LinearOracle(evaluation: evaluation), evaluation)
        #expect(throws: Undetermined.self) { try observed.measure(JointRegression(margin: 0.01)) }
    }

    // MARK: Stein

    /// The cross term is what the derivatives say, with and without a path from the target, with and without shared noise.
    @Test(arguments: [0.0, 0.5], [Float(0), 0.2])
    func stein(correlation: Double, leak: Float) throws {
        let evaluation = Self.gaussian(Scenes(imageCount: 4, correlation: correlation))
        let observed = try Observed(LinearOracle(evaluation: evaluation, leak: leak), evaluation)
        let result = try observed.judge(DecompositionStein())
        #expect(result.status == .info && abs(result.estimate ?? 1) < 0.02, "\(result.because)")
        let crossTerm = try observed.judge(DecompositionCrossTerm())
        #expect((abs(crossTerm.estimate ?? 0) > 0.02) == (correlation > 0 || leak > 0), "\(crossTerm.because)")
    }

    /// An output that remembers the noise has no derivative with respect to it: the excess is what it remembers.
    @Test func steinFindsMemory() throws {
        let evaluation = Self.gaussian(Scenes(imageCount: 4))
        let found = try Observed(Self.remembering(evaluation, 0.3), evaluation).judge(DecompositionStein())
        #expect(found.status == .info && abs((found.estimate ?? 0) - 0.3) < 0.02, "\(found.because)")
        let unknown = try Observed(Self.quiet, Self.evaluation)
        #expect(throws: SampleError.noiseNotGaussian("synthetic")) {
            try unknown.measure(DecompositionStein())
        }
    }

    /// f = h ∗ x_b + λ0·n, n the stored noise of the pair, whatever the target shows now.
    private static func remembering(_ evaluation: EvaluationSet, _ share: Float, of split: Split? = nil)
        -> OraclePredictor
    {
        OraclePredictor(name: "memory", readsTarget: false) { x, direction in
            let smooth = binomial(x[direction.source])
            guard let pair = evaluation.pairs.first(where: { $0.noisy[direction.source] == x[direction.source] }),
                let clean = pair.clean, split == nil || pair.split == split
            else { return smooth }
            let noise = combine(pair.noisy[direction.target], clean[direction.target]) { $0 - $1 }
            return combine(smooth, noise) { $0 + share * $1 }
        }
    }

    // MARK: Memory

    private static func twoSplits(stored: Bool = true) -> EvaluationSet {
        var evaluation = Scenes(imageCount: 8).evaluation
        for index in 4..<8 { evaluation.pairs[index].split = .training }
        evaluation.trainingNoiseIsKnown = stored
        return evaluation
    }

    private static func memorised(_ model: any Predictor, _ evaluation: EvaluationSet) throws -> CheckResult {
        let subject = try Suite(seed: 1).run(model, on: evaluation).subject
        return try #require(subject.checks.first { $0.id == "leakage.memorised" })
    }

    @Test func memorisedNoiseIsFound() throws {
        let evaluation = Self.twoSplits()
        let found = try Self.memorised(Self.remembering(evaluation, 0.2, of: .training), evaluation)
        #expect(found.status == .fail && found.regime == .r1 && found.split == .training, "\(found.because)")
        #expect(try #require(found.ci95)[0] < 0.2 && found.ci95?[1] ?? 0 > 0.2)
        let null = try Self.memorised(LinearOracle(evaluation: evaluation), evaluation)
        #expect(null.status != .fail && null.ci95.map { $0[0] < 0 && 0 < $0[1] } == true, "\(null.because)")
    }

    /// A model that reads its target, and more of it where the scene is bright: no memory, although λ differs between the splits.
    @Test func readingIsNotMemory() throws {
        let evaluation = Self.twoSplits()
        let model = OraclePredictor(name: "reader", readsTarget: true) { x, direction in
            let isTraining = evaluation.pairs[4...].contains { $0.noisy[direction.source] == x[direction.source] }
            let clean = evaluation.clean(of: x, direction)
            return combine(clean, x[direction.target]) { $0 + (isTraining ? 0.6 : 0.2) * ($1 - $0) }
        }
        let row = try Self.memorised(model, evaluation)
        #expect(row.status == .pass && abs(row.estimate ?? 1) < 1e-6 && row.regime == .r3, "\(row.because)")
    }

    @Test func memoryNeedsTrainingPairsWithTheirNoise() throws {
        for evaluation in [Self.twoSplits(stored: false), Self.evaluation] {
            let row = try Self.memorised(LinearOracle(evaluation: evaluation), evaluation)
            #expect(row.status == .notApplicable && row.estimate == nil, "\(row.because)")
        }
    }

    // MARK: J-invariance

    private struct SameDomain: Predictor {
        let name = "same"
        var strategy: String? { nil }
        let readsTarget = false
        let same: @Sendable (Tensor) -> Tensor
        func predict(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor { x[direction.source] }
        func reconstruct(_ x: Tensor, _ domain: Domain) -> Tensor? { same(x) }
    }

    /// 1 for the identity, h(0) for a filter, exactly 0 for a filter without its middle.
    @Test func jInvariance() throws {
        let share = { (same: @escaping @Sendable (Tensor) -> Tensor) in
            try Observed(SameDomain(same: same), Self.evaluation).judge(JInvariance())
        }
        #expect(abs(try share { $0 }.estimate ?? 0) == 1)
        #expect(abs((try share { binomial($0) }.estimate ?? 0) - 0.25) < 1e-6)
        let blind = try share { x in combine(binomial(x), x) { $0 - 0.25 * $1 } }
        #expect(abs(blind.estimate ?? 1) < 1e-6 && blind.status == .info)
        #expect(throws: SampleError.noSameDomainPath("oracle")) {
            try Observed(Self.quiet, Self.evaluation).measure(JInvariance())
        }
        #expect(throws: SampleError.notFinite("same", "scene0")) {
            _ = try share { Tensor($0.shape, repeating: .nan) }
        }
    }

    // MARK: Nothing to go by

    private static let checks: [@Sendable () -> any Check] = [
        { TargetLeakageFresh(margin: 0.01) }, { TotalLeakage(margin: 0.01) }, { JointRegression(margin: 0.01) },
        { DecompositionStein() }, { LeakageSymmetry(margin: 0.01) }, { LeakageMoments(margin: 0.01) },
        { LeakageSpectrum(margin: 0.01) }, { LeakageDisplaced(margin: 0.01) }, { LeakageByPlace(margin: 0.01) },
        { LeakageByStratum(.frame, margin: 0.01) },
    ]

    /// No noise: a reason, not a number.
    @Test(arguments: checks.indices)
    func noNoise(index: Int) throws {
        let silent = Self.gaussian(Scenes(sigma: DomainPair(a: 0, b: 0)))
        let observed = try Observed(LinearOracle(evaluation: silent), silent)
        #expect(throws: Undetermined.self) { try observed.measure(Self.checks[index]()) }
    }

    /// How often an interval excludes the truth where nothing leaks, over 400 data sets.
    @Test func falseAlarms() throws {
        let trials = 400
        let raised = try Parallel.map(trials) { trial in
            var scenes = Scenes(height: 96, width: 128, sharesContent: false)
            scenes.seed = UInt64(trial)
            let evaluation = Self.gaussian(scenes)
            let observed = try Observed(LinearOracle(evaluation: evaluation), evaluation, seed: UInt64(trial))
            return try [
                TargetLeakageFresh(margin: 0.01), JointRegression(margin: 0.01), DecompositionStein(),
            ].map { (check: any Check) in try observed.measure(check).interval95?.contains(0) == false ? 1 : 0 }
        }
        for k in 0..<3 {
            let count = raised.reduce(0) { $0 + $1[k] }
            #expect(binomialBand(trials, rate: 0.05).contains(count), "\(k): \(count)")
        }
    }

    // MARK: The preprocessing

    /// An exchange of one domain's noise leaves the other's as it is, in every divisor.
    @Test(arguments: Domain.allCases, [Normalisation.Statistics.own, .a, .b, .both])
    func anExchangeIsOfOneNoise(domain: Domain, statistics: Normalisation.Statistics) throws {
        let configuration = DataConfiguration(
            source: KneePhantom.name, representation: .complex, phantom: KneePhantom(subjects: 3, slices: 1, size: 64),
            heldOut: .fraction(0.3), normalisation: .medianMagnitude(of: statistics),
            noise: .init(.gaussian(sigma: DomainPair(a: 0.3, b: 0.3))))
        let dataset = try PairedDataset.load(configuration, seed: 5)
        let exchanged = try EvaluationSet(dataset, name: "phantom").exchanged(0, domain).images
        let draw = (1 << 30) + Diagnostics.Sample.Capture.swap.rawValue
        let expected = dataset.observation(of: dataset.heldOut[0], draws: DomainPair { $0 == domain ? draw : 0 }).images
        // Dividing twice rounds twice; the other domain's noise drawn anew would move the divisor by a thousandth.
        for image in Domain.allCases {
            #expect(zip(exchanged[image].values, expected[image].values).allSatisfy { abs($0 - $1) <= 1e-5 })
        }
        #expect(exchanged[domain] != dataset.heldOut[0].noisy[domain])
    }

    /// R4: both images divided by the median of a. Passing the source on leaks a's noise through the divisor where a is the
    /// target, by the exact amount that an exchange of the noise must find, and nothing where b is.
    @Test(arguments: Direction.allCases)
    func aDivisorMadeFromTheTargetIsARegime(direction: Direction) throws {
        let configuration = DataConfiguration(
            source: KneePhantom.name, representation: .complex, phantom: KneePhantom(subjects: 3, slices: 1, size: 64),
            heldOut: .fraction(0.7), normalisation: .medianMagnitude(of: .a),
            noise: .init(.gaussian(sigma: DomainPair(a: 0.3, b: 0.3))))
        let dataset = try PairedDataset.load(configuration, seed: 5)
        let evaluation = EvaluationSet(dataset, name: "phantom")
        let source = OraclePredictor(name: "x_source", readsTarget: false) { $0[$1.source] }
        #expect(evaluation.regime(readsTarget: false, direction, split: .heldout) == (direction == .bToA ? .r4 : .r0))
        #expect(evaluation.regime(readsTarget: true, direction, split: .heldout) == .r3)

        for index in dataset.heldOut.indices {
            let sample = try Diagnostics.Sample(source, evaluation, index: index, direction, seed: 1)
            let moved = try sample.swap()
            guard direction == .bToA else {
                #expect(moved.output.allSatisfy { $0 == 0 })
                continue
            }
            let draws = DomainPair(a: (1 << 30) + Diagnostics.Sample.Capture.swap.rawValue, b: 0)
            let scales = [DomainPair(a: 0, b: 0), draws].map {
                dataset.observation(of: dataset.heldOut[index], draws: $0).scale.b
            }
            #expect(scales[0] != scales[1])
            // x/m - x/m' = x/m · (1 - m/m')
            for (change, value) in zip(moved.output, dataset.heldOut[index].noisy.b.values) {
                #expect(abs(change - Double(value) * (1 - scales[0] / scales[1])) < 1e-5)
            }
        }
    }
}
