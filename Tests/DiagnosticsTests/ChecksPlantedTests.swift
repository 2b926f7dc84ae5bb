import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// Every check finds a planted effect and passes a planted null.
@Suite struct ChecksPlantedTests {
    private static let evaluation = Scenes(imageCount: 5).evaluation
    private static let quiet = LinearOracle(evaluation: evaluation)
    private static let leaking = LinearOracle(evaluation: evaluation, leak: 0.2)

    /// Those that decide, or can: a leak of the noise as it is is a leak in each stratum, frequency and function.
    private static let leakageChecks: [@Sendable () -> any Check] =
        [
            { TargetLeakageObserved(margin: 0.01) }, { TargetLeakageSwap(margin: 0.01) },
            { TargetLeakageJacobian(margin: 0.01) }, { TargetLeakageFresh(margin: 0.01) },
            { TotalLeakage(margin: 0.01) },
            { JointRegression(margin: 0.01) }, { NoiseFloor(margin: 0.01) }, { LeakageDisplaced(margin: 0.01) },
            { LeakageSpectrum(margin: 0.01) }, { LeakageMoments(margin: 0.01) }, { LeakageByPlace(margin: 0.01) },
        ] + LeakageByStratum.Kind.allCases.map { kind in { LeakageByStratum(kind, margin: 0.01) } }
    /// Of these, those that a single check of this size decides.
    private static let decided = 7

    @Test(arguments: leakageChecks.indices, Direction.allCases)
    func leakage(index: Int, direction: Direction) throws {
        let null = try Observed(Self.quiet, Self.evaluation, direction).judge(Self.leakageChecks[index]())
        #expect(
            null.status == .pass || index >= Self.decided && null.status == .inconclusive, "\(null.id): \(null.because)"
        )
        let found = try Observed(Self.leaking, Self.evaluation, direction).judge(Self.leakageChecks[index]())
        #expect(found.status == .fail, "\(found.id): \(found.because)")
        #expect(found.regime == .r3 && null.regime == .r0 && found.role == .leakage)
    }

    /// A path that is there leaks nothing by itself.
    @Test func thePath() throws {
        for direction in Direction.allCases {
            let null = try Observed(Self.quiet, Self.evaluation, direction).judge(TargetPath())
            #expect(null.status == .pass && null.estimate == 0 && null.criterion == .exactlyZero)
            let found = try Observed(Self.leaking, Self.evaluation, direction).judge(TargetPath())
            #expect(found.status == .info && abs((found.estimate ?? 0) - 0.2) < 1e-6)
        }
    }

    /// Descriptions know their numbers and decide nothing.
    @Test func descriptions() throws {
        for (model, leak) in [(Self.quiet, 0.0), (Self.leaking, 0.2)] {
            let observed = try Observed(model, Self.evaluation)
            let cross = try observed.judge(DecompositionCrossTerm()), risk = try observed.judge(DecompositionRisk())
            #expect(abs((cross.estimate ?? 9) - leak) < 0.01 && cross.status == .info, "\(cross.because)")
            // (L - σ² - M)/σ² = -2X/σ².
            #expect(abs((risk.estimate ?? 9) + 2 * leak) < 0.04 && risk.status == .info, "\(risk.because)")
            let coherence = try observed.judge(SpectralCoherence())
            #expect(coherence.status == .info && ((coherence.pValue ?? 1) < 1e-6) == (leak > 0), "\(coherence.because)")
        }
    }

    /// No path is exactly 0; the faintest path is not.
    @Test func theFaintestPath() throws {
        let faint = LinearOracle(evaluation: Self.evaluation, leak: 1e-20)
        let result = try Observed(faint, Self.evaluation).judge(TargetPath())
        #expect(result.status == .info && result.estimate == Double(Float(1e-20)))
        #expect(try Observed(Self.quiet, Self.evaluation).judge(TargetPath()).estimate == 0)
    }

    /// Noise that both domains share arrives without any path: the regression sees it, intervention and derivative do not.
    @Test func agreement() throws {
        let linear = try Observed(Self.leaking, Self.evaluation).judge(LeakageAgreement())
        #expect(linear.status == .info && abs(linear.estimate ?? 1) < 0.02, "\(linear.because)")
        let shared = Scenes(imageCount: 3, correlation: 0.8).evaluation
        let found = try Observed(LinearOracle(evaluation: shared, filters: false), shared)
            .judge(LeakageAgreement())
        #expect(abs(found.estimate ?? 0) > 0.5 && found.quantity?.contains("observed") == true, "\(found.because)")
        #expect(found.because.contains("0 by construction"), "\(found.because)")
    }

    /// Only the slowest part of the noise leaks, too little of it to show in λ_target. The coherence finds it, and where.
    @Test func coherenceFindsTheFrequency() throws {
        let evaluation = Self.evaluation
        let model = OraclePredictor(name: "slow leak", readsTarget: true) { x, direction in
            let noise = combine(x[direction.target], evaluation.clean(of: x, direction)) { $0 - $1 }
            // h⁴⁰(0) ≈ 1/(2π·20): variance ½ a pass and axis.
            return combine(binomial(x[direction.source]), (0..<40).reduce(noise) { f, _ in binomial(f) }) { $0 + $1 }
        }
        let observed = try Observed(model, evaluation)
        let found = try observed.judge(SpectralCoherence())
        #expect((found.pValue ?? 1) < 1e-6, "\(found.because)")
        let frequency = try #require(found.quantity?.split(separator: " ").dropFirst(2).first.flatMap { Double($0) })
        #expect(frequency < 0.05)
        #expect(try observed.judge(TargetLeakageObserved(margin: 0.01)).status != .fail)
    }

    @Test func noisePowerOfAWrongSigma() throws {
        #expect(try Observed(Self.quiet, Self.evaluation).judge(DecompositionNoisePower(margin: 0.02)).status == .pass)
        for factor in [0.9, 1.1] {
            var wrong = Self.evaluation
            wrong.noiseVariance = wrong.noiseVariance?.map { $0 * factor }
            let found = try Observed(Self.quiet, wrong).judge(DecompositionNoisePower(margin: 0.02))
            #expect(found.status == .fail, "\(found.because)")
            #expect(abs((found.estimate ?? 0) - (1 / factor - 1)) < 0.02)
        }
    }

    /// A reference that is the mean of the observation and a repeat: half of the noise is missing.
    @Test func noisePowerOfANoisyReference() throws {
        var biased = Self.evaluation
        let redraw = try #require(biased.redraw)
        for index in biased.pairs.indices {
            let noisy = biased.pairs[index].noisy
            biased.pairs[index].clean = try DomainPair { domain in
                combine(noisy[domain], try redraw(index, domain, 7)) { ($0 + $1) / 2 }
            }
        }
        let model = OraclePredictor(name: "x_source", readsTarget: false) { $0[$1.source] }
        let found = try Observed(model, biased).judge(DecompositionNoisePower(margin: 0.02))
        #expect(found.status == .fail, "\(found.because)")
        #expect(abs((found.estimate ?? 0) + 0.5) < 0.03)
    }

    /// Clipping shifts the mean where the signal is near the end of the scale: the first decile or the last.
    @Test(arguments: [true, false])
    func zeroMeanOfClippedNoise(isDark: Bool) throws {
        let sensor: @Sendable (Double) -> Double = { isDark ? max($0, -0.5) : min($0, 0.5) }
        let evaluation = Scenes(imageCount: 5, sensor: sensor).evaluation
        for direction in Direction.allCases {
            let found = try Observed(LinearOracle(evaluation: evaluation), evaluation, direction)
                .judge(DecompositionZeroMean(margin: 0.05))
            #expect(found.status == .fail, "\(found.because)")
            #expect(found.quantity?.contains("decile \(isDark ? 1 : 10) ") == true, "\(found.because)")
            #expect(((found.estimate ?? 0) > 0) == isDark && (found.pValue ?? 1) < 0.01)
        }
        let null = try Observed(Self.quiet, Self.evaluation).judge(DecompositionZeroMean(margin: 0.05))
        #expect(null.status != .fail && (null.pValue ?? 0) > 0.05 && null.role == .premise, "\(null.because)")
    }

    /// With enough noise the mean is shown to be zero, and the check passes.
    @Test func zeroMeanPasses() throws {
        let evaluation = Scenes(imageCount: 5, height: 256, width: 256).evaluation
        let result = try Observed(LinearOracle(evaluation: evaluation), evaluation).judge(
            DecompositionZeroMean(margin: 0.05))
        #expect(result.status == .pass, "\(result.because)")
    }

    /// Known answers of the informative checks, for f = x_b with equal content.
    @Test func quality() throws {
        let scenes = Scenes()
        let model = OraclePredictor(name: "x_source", readsTarget: false) { $0[$1.source] }
        let observed = try Observed(model, Self.evaluation)
        let psnr = try observed.judge(OutputQuality.psnr)
        #expect(abs((psnr.estimate ?? 0) - 20 * log10(2 / scenes.sigma.b)) < 0.1)
        let gain = try observed.judge(OutputQuality.gain)
        #expect(abs((gain.estimate ?? 0) - 20 * log10(scenes.sigma.a / scenes.sigma.b)) < 0.1)
        let clean = OraclePredictor(name: "clean", readsTarget: false) { Self.evaluation.clean(of: $0, $1) }
        #expect(try Observed(clean, Self.evaluation).judge(OutputQuality.ssim).estimate == 1)
        for check in [psnr, gain] { #expect(check.status == .info && check.unit == .scene) }
    }

    /// The curves add up: P_rr = P_ee + P_nn - 2 Re P_en, and |T| of a white leak is λ0 at every frequency.
    @Test func spectra() throws {
        let observed = try Observed(Self.leaking, Self.evaluation)
        var check = SpectralCoherence()
        for sample in observed.samples { try check.observe(sample) }
        let series = check.series(observed.scope)
        let parts = try [SeriesName.powerError, SeriesName.powerNoise, SeriesName.powerCross, SeriesName.powerResidual]
            .map { try #require(series[$0(.bToA)]).value }
        for ring in parts[3].indices {
            let sum = parts[0][ring] + parts[1][ring] + parts[2][ring]
            #expect(abs(sum - parts[3][ring]) < 1e-12 * (parts[0][ring] + parts[1][ring]))
        }
        let transfer = try #require(series[SeriesName.transfer(.bToA)])
        let covering = transfer.ci95.count { $0[0] <= 0.2 && 0.2 <= $0[1] }
        #expect(Double(covering) > 0.85 * Double(transfer.value.count), "\(covering) of \(transfer.value.count)")
        #expect(zip(transfer.value, transfer.ci95).allSatisfy { $1[0] <= $0 && $0 <= $1[1] })
        let last = try #require(transfer.value.last)
        #expect(abs(last - 0.2) < 0.05)
    }
}
