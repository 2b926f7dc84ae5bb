import Engine
import Foundation
import Testing

@testable import Diagnostics

/// Every check finds a planted effect and passes a planted null.
@Suite struct ChecksPlantedTests {
    private static let evaluation = Scenes(imageCount: 3).evaluation
    private static let quiet = LinearOracle(evaluation: evaluation)
    private static let leaking = LinearOracle(evaluation: evaluation, leak: 0.2)

    private static let leakageChecks: [@Sendable () -> any Check] = [
        { TargetPath() }, { TargetLeakageObserved(margin: 0.01) }, { TargetLeakageSwap(margin: 0.01) },
        { TargetLeakageJacobian(margin: 0.01) }, { DecompositionCrossTerm(margin: 0.01) },
        { DecompositionRisk(margin: 0.02) }, { NoiseFloor() }, { SpectralCoherence() },
    ]

    @Test(arguments: leakageChecks.indices, Direction.allCases)
    func leakage(index: Int, direction: Direction) throws {
        let null = try Observed(Self.quiet, Self.evaluation, direction).judge(Self.leakageChecks[index]())
        #expect(null.status == .pass, "\(null.id): \(null.because)")
        let found = try Observed(Self.leaking, Self.evaluation, direction).judge(Self.leakageChecks[index]())
        #expect(found.status == .fail, "\(found.id): \(found.because)")
        #expect(found.regime == .r3 && null.regime == .r0)
    }

    /// No path is exactly 0; the faintest path is not.
    @Test func theFaintestPath() throws {
        let faint = LinearOracle(evaluation: Self.evaluation, leak: 1e-20)
        let result = try Observed(faint, Self.evaluation).judge(TargetPath())
        #expect(result.status == .fail && result.estimate == Double(Float(1e-20)))
        #expect(try Observed(Self.quiet, Self.evaluation).judge(TargetPath()).estimate == 0)
    }

    /// Noise that both domains share arrives without any path: the regression sees it, intervention and derivative do not.
    @Test func agreement() throws {
        let linear = try Observed(Self.leaking, Self.evaluation).judge(LeakageAgreement(margin: 0.05))
        #expect(linear.status == .pass, "\(linear.because)")
        let shared = Scenes(imageCount: 3, correlation: 0.8).evaluation
        let found = try Observed(LinearOracle(evaluation: shared, filters: false), shared)
            .judge(LeakageAgreement(margin: 0.05))
        #expect(found.status == .fail && found.quantity?.contains("observed") == true, "\(found.because)")
    }

    /// Only one spatial frequency leaks: 8 waves across 160 pixels. The coherence says which.
    @Test func coherenceFindsTheFrequency() throws {
        let evaluation = Self.evaluation
        let model = OraclePredictor(name: "one wave", readsTarget: true) { x, direction in
            let clean = evaluation.clean(of: x, direction)
            let noise = combine(x[direction.target], clean) { $0 - $1 }
            return combine(binomial(x[direction.source]), Self.wave(of: noise, periods: 8)) { $0 + $1 }
        }
        let observed = try Observed(model, evaluation)
        let found = try observed.judge(SpectralCoherence())
        #expect(found.status == .fail, "\(found.because)")
        let frequency = try #require(
            found.quantity?.split(separator: " ").dropFirst(2).first.flatMap { Double($0) }, "\(found.quantity ?? "")")
        #expect(abs(frequency - 8.0 / 160) < 1.0 / 64)
        // One frequency in 160² is invisible in λ_target.
        #expect(try observed.judge(TargetLeakageObserved(margin: 0.01)).status == .pass)
    }

    /// The part of a field that is a wave along each row, the same in all rows.
    private static func wave(of field: Tensor, periods: Int) -> Tensor {
        let (height, width) = (field.shape[0], field.shape[1])
        let angles = (0..<width).map { 2 * Float.pi * Float(periods * $0) / Float(width) }
        var (c, s): (Float, Float) = (0, 0)
        for (i, value) in field.values.enumerated() {
            c += value * cos(angles[i % width])
            s += value * sin(angles[i % width])
        }
        let scale = 2 / Float(height * width)
        return Tensor(field.shape, field.values.indices.map { scale * (c * cos(angles[$0 % width]) + s * sin(angles[$0 % width])) })
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
        let sensor: @Sendable (Double) -> Double = isDark ? { max($0, -0.5) } : { min($0, 0.5) }
        let evaluation = Scenes(imageCount: 3, sensor: sensor).evaluation
        for direction in Direction.allCases {
            let found = try Observed(LinearOracle(evaluation: evaluation), evaluation, direction)
                .judge(DecompositionZeroMean(margin: 0.05))
            #expect(found.status == .fail, "\(found.because)")
            #expect(found.quantity?.contains("decile \(isDark ? 1 : 10) ") == true, "\(found.because)")
            #expect((found.estimate ?? 0) > 0 == isDark && (found.pValue ?? 1) < 0.01)
        }
        let null = try Observed(Self.quiet, Self.evaluation).judge(DecompositionZeroMean(margin: 0.05))
        #expect(null.status != .fail && (null.pValue ?? 0) > 0.05, "\(null.because)")
    }

    /// With enough noise the mean is shown to be zero, and the check passes.
    @Test func zeroMeanPasses() throws {
        let evaluation = Scenes(imageCount: 8, height: 256, width: 256).evaluation
        let result = try Observed(LinearOracle(evaluation: evaluation), evaluation).judge(DecompositionZeroMean(margin: 0.05))
        #expect(result.status == .pass, "\(result.because)")
    }

    /// Known answers of the informative checks, for f = x_b with equal content.
    @Test func quality() throws {
        let scenes = Scenes(imageCount: 3)
        let model = OraclePredictor(name: "x_source", readsTarget: false) { $0[$1.source] }
        let observed = try Observed(model, Self.evaluation)
        let psnr = try observed.judge(OutputQuality.psnr)
        #expect(abs((psnr.estimate ?? 0) - 20 * log10(2 / scenes.sigma.b)) < 0.1)
        let gain = try observed.judge(OutputQuality.gain)
        #expect(abs((gain.estimate ?? 0) - 20 * log10(scenes.sigma.a / scenes.sigma.b)) < 0.1)
        let clean = OraclePredictor(name: "clean", readsTarget: false) { Self.evaluation.clean(of: $0, $1) }
        #expect(try Observed(clean, Self.evaluation).judge(OutputQuality.ssim).estimate == 1)
        for check in [psnr, gain] { #expect(check.status == .pass && check.unit == .scene) }
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
            #expect(abs(parts[0][ring] + parts[1][ring] + parts[2][ring] - parts[3][ring]) < 1e-12 * parts[1][ring] + 1e-12 * parts[0][ring])
        }
        let transfer = try #require(series[SeriesName.transfer(.bToA)])
        for (value, interval) in zip(transfer.value, transfer.ci95).dropFirst(4) {
            #expect(abs(value - 0.2) < 0.1 && interval[0] <= value && value <= interval[1])
        }
    }
}
