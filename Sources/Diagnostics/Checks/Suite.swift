import Engine

/// The main path of the diagnostics: a model and an evaluation set in, judged measurements out.
///
/// Samples pass one after the other; the checks keep sums, so memory does not grow with the number of images.
public struct Suite: Sendable {
    /// Makes a fresh set of checks, for each direction anew. Others may take the place of the standard ones.
    public var makeChecks: @Sendable () -> [any Check]
    /// Seed of probes, swaps' order and bootstraps.
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
        [
            TargetPath(), TargetLeakageObserved(margin: margin), TargetLeakageSwap(margin: margin),
            TargetLeakageJacobian(margin: margin), TargetLeakageFresh(margin: 2 * margin),
            LeakageAgreement(margin: 0.05),
            TotalLeakage(margin: margin), Memorisation(margin: margin), JointRegression.target(margin: margin),
            JointRegression.source, SkipAttribution(), SkipAttributionSum(), NoiseFloor(), SourcePassThrough(),
            JInvariance(), SpectralCoherence(), LeakageDependence(), LeakageDisplaced(), ResidualCrossCorrelation(),
            ResidualPeaks(), NoiseWhiteness(), NoiseStructure(), CleanReference(), DecompositionIdentity(),
            DecompositionCrossTerm(margin: margin),
            DecompositionStein(margin: 0.05), DecompositionRisk(margin: 2 * margin),
            DecompositionNoisePower(margin: 0.02), DecompositionZeroMean(margin: 0.05), OutputQuality.psnr,
            OutputQuality.gain, OutputQuality.ssim,
        ]
    }

    /// What the suite made of one model.
    public struct Findings: Sendable {
        /// Rows of both directions, b→a first, and their curves.
        public var subject: Subject
        /// The first pairs in direction b→a, for the figures.
        public var gallery: [GalleryImage]
    }

    /// Runs every check in both directions on the pairs of one split.
    ///
    /// A check that lacks evidence becomes a not-applicable row, one whose statistic the data leave open an inconclusive
    /// row, one that throws anything else an error row; the others go on.
    /// - Throws: what the predictor throws, and `SampleError` for an output of the wrong shape or not finite.
    public func run(_ predictor: any Predictor, on evaluation: EvaluationSet, split: Split = .heldout) throws
        -> Findings
    {
        let indices = evaluation.pairs.indices.filter { evaluation.pairs[$0].split == split }
        guard !indices.isEmpty else {
            throw Undetermined(description: "no \(split.rawValue) pair in \(evaluation.name)")
        }
        var outcomes: [Outcome] = []
        var series: [String: Series] = [:]
        var gallery: [GalleryImage] = []
        for (turn, direction) in evaluation.directions.enumerated() {
            var checks = makeChecks().map { (check: $0, failure: (any Error)?.none) }
            for (done, index) in indices.enumerated() {
                progress(turn * indices.count + done, evaluation.directions.count * indices.count)
                let sample = try Sample(predictor, evaluation, index: index, direction, seed: seed)
                for k in checks.indices where checks[k].failure == nil {
                    do { try checks[k].check.observe(sample) } catch { checks[k].failure = error }
                }
                if direction == .bToA && gallery.count < Suite.gallerySize { gallery.append(GalleryImage(sample)) }
            }
            let scope = Scope(
                direction: direction,
                regime: evaluation.regime(readsTarget: predictor.readsTarget, direction, split: split),
                split: split, imageCount: indices.count, seed: seed)
            for (check, failure) in checks {
                outcomes += Suite.outcomes(of: check, failure, scope)
                if failure == nil { series.merge(check.series(scope)) { first, _ in first } }
            }
        }
        progress(evaluation.directions.count * indices.count, evaluation.directions.count * indices.count)
        return Findings(
            subject: Subject(
                name: predictor.name, strategy: predictor.strategy, checks: Suite.judge(outcomes), series: series),
            gallery: gallery)
    }

    /// Pairs shown in the figures.
    private static let gallerySize = 4

    /// What became of a row of a check.
    enum Outcome {
        case measured(Measurement, any Condition)
        case notMeasured(CheckResult)

        /// Where that is what the row is judged by.
        fileprivate var decidingPValue: PValue? {
            if case .measured(let m, let condition) = self, condition.judgesPValue { m.pValue } else { nil }
        }
    }

    /// The rows of a check that has observed all samples, or was stopped by `failure`; one row where it did not measure.
    static func outcomes(of check: any Check, _ failure: (any Error)?, _ scope: Scope) -> [Outcome] {
        func notMeasured(_ status: Status, _ reason: any Error) -> [Outcome] {
            [
                .notMeasured(
                    CheckResult(
                        id: check.id, title: check.title, direction: scope.direction, status: status,
                        because: "Not measured: \(reason)."))
            ]
        }
        do {
            if let failure { throw failure }
            return try check.measurements(scope).map { .measured($0, check.condition) }
        } catch let error as SampleError where error.isMissingEvidence {
            return notMeasured(.notApplicable, error)
        } catch let error as Undetermined {
            return notMeasured(.inconclusive, error)
        } catch {
            return notMeasured(.error, error)
        }
    }

    /// Judges all rows of a model. Those that are judged by their p-value are several chances of a false alarm, so each is first
    /// corrected for all of them (Holm).
    static func judge(_ outcomes: [Outcome]) -> [CheckResult] {
        let tests = outcomes.indices.filter { outcomes[$0].decidingPValue != nil }
        let corrected = Multiplicity.holm.adjusted(tests.compactMap { outcomes[$0].decidingPValue })
        let adjusted = Dictionary(uniqueKeysWithValues: zip(tests, corrected))
        return outcomes.enumerated().map { index, outcome in
            switch outcome {
            case .notMeasured(let row): return row
            case .measured(var m, let condition):
                m.adjustedPValue = adjusted[index]
                return CheckResult(m, condition.judge(m))
            }
        }
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

extension Results.Verdict {
    /// The verdict over all rows: an error row or a failed one decides; a pass needs every row decided.
    public init(_ subjects: [Subject]) {
        let statuses = Set(subjects.flatMap { $0.checks.map(\.status) })
        self =
            statuses.contains(.error)
            ? .error : statuses.contains(.fail) ? .fail : statuses.contains(.inconclusive) ? .inconclusive : .pass
    }
}
