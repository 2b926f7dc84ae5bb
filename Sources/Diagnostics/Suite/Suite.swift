import Fields
import Tensors

/// The main path of the diagnostics: a model and an evaluation set in, judged measurements out.
///
/// Pairs pass one after the other, each once in all directions; the checks keep sums, so memory does not grow with the number of images.
public struct Suite: Sendable {
    /// Makes a fresh set of checks, for each direction anew. Others may take the place of the standard ones.
    public var makeChecks: @Sendable () -> [any Check]
    /// Seed of probes, exchanges and bootstraps.
    public var seed: UInt64
    /// Called before each sample with the number of samples done and of all.
    public var progress: @Sendable (_ done: Int, _ total: Int) -> Void

    /// The standard checks.
    ///
    /// - Parameter margin: ε, the share of the target's noise that counts as none.
    public init(
        seed: UInt64, margin: Double = Suite.defaultMargin,
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) {
        makeChecks = { Suite.standardChecks(margin: margin) }
        self.seed = seed
        self.progress = progress
    }

    /// ε: a share of the target's noise below 1 % counts as none (docs/THEORY.md, section 4).
    public static let defaultMargin = 0.01

    /// Every check, in the order of the report.
    public static func standardChecks(margin: Double) -> [any Check] {
        let strata = LeakageByStratum.Kind.allCases.map { LeakageByStratum($0, margin: margin) as any Check }
        return [
            TargetPath(), TotalLeakage(margin: margin), TargetLeakageSwap(margin: margin),
            TargetLeakageJacobian(margin: margin), TargetLeakageObserved(margin: margin),
            TargetLeakageFresh(margin: margin), JointRegression(margin: margin), Memorisation(margin: margin),
            NoiseFloor(margin: margin), LeakageDisplaced(margin: margin), LeakageSpectrum(margin: margin),
            LeakageSymmetry(margin: margin), LeakageMoments(margin: margin), LeakageByPlace(margin: margin),
            FourierRing(margin: margin),
        ] + strata + [
            NoiseIndependence(), DecompositionZeroMean(margin: 0.05), DecompositionNoisePower(margin: 0.02),
            CleanReference(), RepeatLikeness(margin: margin), OutputOrientation(), OutputPairing(),
            OutputRisk(), OutputScale(), OutputIdentity(), SourcePassThrough(), ResidualPeaks(),
            OutputQuality.psnr, OutputQuality.gain, OutputQuality.ssim, LeakageAgreement(),
            SkipAttribution(), SkipAttributionSum(), JInvariance(), SpectralCoherence(), ResidualCrossCorrelation(),
            NoiseWhiteness(), NoiseStructure(), DecompositionIdentity(), DecompositionCrossTerm(), DecompositionStein(),
            DecompositionRisk(),
        ]
    }

    /// What the suite made of one model.
    public struct Findings: Sendable {
        /// Rows of both directions, b→a first, their curves and the verdict.
        public var subject: Subject
        /// What decides, or keeps open, the worst first.
        public var findings: [Finding]
        /// The first pairs in direction b→a, for the figures.
        public var gallery: [GalleryImage]
        /// What each unit says, for differences between models; why there is nothing, where there is not.
        var arms: [Direction: Result<ArmEvidence, ArmComparison.Failure>] = [:]
    }

    /// Runs every check in every direction on the pairs of the tested split.
    ///
    /// A check that lacks evidence becomes a not-applicable row, one whose statistic the data leave open an inconclusive
    /// row, one that throws anything else an error row; the others continue.
    /// - Throws: what the predictor throws, and `SampleError` for an output of the wrong shape or not finite.
    public func run(_ predictor: any Predictor, on evaluation: EvaluationSet) throws -> Findings {
        let split = evaluation.testedSplit, indices = evaluation.tested
        guard !indices.isEmpty else { throw Undetermined(description: "no pair in \(evaluation.name)") }
        let directions = evaluation.directions
        var sides = directions.map { _ in Side(makeChecks()) }
        var gallery: [GalleryImage] = []
        let resamplesTiles = evaluation.resamplesTiles(split)
        for (done, index) in indices.enumerated() {
            let samples = try directions.enumerated().map { turn, direction in
                progress(done * directions.count + turn, directions.count * indices.count)
                return try Sample(
                    predictor, evaluation, index: index, direction, seed: seed, resamplesTiles: resamplesTiles)
            }
            if samples.count == 2 { (samples[0].opposite, samples[1].opposite) = (samples[1], samples[0]) }
            for (k, sample) in samples.enumerated() { sides[k].observe(sample) }
            if let first = samples.first, first.direction == .bToA, gallery.count < Suite.gallerySize {
                gallery.append(GalleryImage(first))
            }
        }
        progress(directions.count * indices.count, directions.count * indices.count)
        var outcomes: [Judge.Outcome] = [], series: [String: Series] = [:]
        for (side, direction) in zip(sides, directions) {
            let scope = Scope(
                direction: direction,
                regime: evaluation.regime(readsTarget: predictor.readsTarget, direction, split: split),
                split: split, imageCount: indices.count, seed: seed,
                basis: evaluation.basis(of: indices, direction.target))
            outcomes += side.outcomes(scope)
            series.merge(side.series(scope)) { first, _ in first }
        }
        let judge = Judge(outcomes), judged = judge.judged(outcomes)
        let verdict = SubjectVerdict(
            judged, judge.facts, name: predictor.name, directions: directions,
            claims: evaluation.claims(readsTarget: predictor.readsTarget))
        var result = Findings(
            subject: Subject(
                name: predictor.name, strategy: predictor.strategy, verdict: verdict.verdict, scope: verdict.scope,
                checks: judged.map(\.row), series: series),
            findings: verdict.findings, gallery: gallery)
        for (side, direction) in zip(sides, directions) { result.arms[direction] = side.arm.evidence }
        return result
    }

    /// Pairs shown in the figures.
    private static let gallerySize = 4

    /// The checks of one direction.
    private struct Side {
        private var checks: [(check: any Check, failure: (any Error)?)]
        private(set) var arm = ArmEvidence.Collector()

        init(_ checks: [any Check]) { self.checks = checks.map { ($0, nil) } }

        mutating func observe(_ sample: Sample) {
            for k in checks.indices where checks[k].failure == nil {
                do { try checks[k].check.observe(sample) } catch { checks[k].failure = error }
            }
            arm.add(sample)
        }

        func outcomes(_ scope: Scope) -> [Judge.Outcome] {
            checks.flatMap { Suite.outcomes(of: $0.check, $0.failure, scope) }
        }

        func series(_ scope: Scope) -> [String: Series] {
            checks.reduce(into: [:]) { result, entry in
                if entry.failure == nil { result.merge(entry.check.series(scope)) { first, _ in first } }
            }
        }
    }

    /// The rows of a check that has observed all samples, or was stopped by `failure`; one row where it did not measure.
    static func outcomes(of check: any Check, _ failure: (any Error)?, _ scope: Scope) -> [Judge.Outcome] {
        func notMeasured(_ status: Status, _ reason: any Error) -> [Judge.Outcome] {
            [
                .notMeasured(
                    CheckResult(
                        id: check.id, title: check.title, role: check.role, direction: scope.direction, status: status,
                        because: "Not measured: \(reason)."))
            ]
        }
        do {
            if let failure { throw failure }
            return try check.measurements(scope).map { .measured($0) }
        } catch let error as SampleError where error.isMissingEvidence {
            return notMeasured(.notApplicable, error)
        } catch let error as Undetermined {
            return notMeasured(check.role == .leakage || check.role == .premise ? .inconclusive : .notApplicable, error)
        } catch {
            return notMeasured(.error, error)
        }
    }
}

extension EvaluationSet {
    /// What regressions of some pairs take the target's noise from; nothing that can be at fault where the program added the noise.
    func basis(of indices: [Int], _ target: Domain) -> Basis {
        guard !noiseIsAdded else { return [] }
        let known = indices.count { pairs[$0].clean(of: target) != nil }
        return (known > 0 ? Basis.reference : []).union(known < indices.count ? .repeated : [])
    }
}

/// The pictures of one pair, `[H, W, C]`: what the figures show.
public struct GalleryImage: Sendable {
    /// The pair's id.
    public let id: String
    /// `nil` without a clean reference.
    public let clean: Tensor?
    /// x_a.
    public let noisy: Tensor
    /// f_a.
    public let output: Tensor
    /// |f_a - x_a|.
    public let crossAbs: Tensor
    /// What PSNR of this image refers to.
    public let dataRange: Double
    /// What the data set calls black and white.
    public let intensities: ClosedRange<Double>

    init(_ sample: Sample) {
        id = sample.pair.id
        dataRange = sample.dataRange
        intensities = sample.evaluation.black...sample.evaluation.black + sample.dataRange
        clean = sample.pair.clean(of: sample.target)
        noisy = sample.pair.noisy[sample.target]
        output = sample.output
        crossAbs = Tensor(output.shape, zip(output.values, noisy.values).map { abs($0 - $1) })
    }
}
