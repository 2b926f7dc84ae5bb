import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// Models whose answers are known in closed form (docs/THEORY.md, section 7).
@Suite struct OracleTests {
    private static let identity = OraclePredictor(name: "x_source", readsTarget: false) { $0[$1.source] }

    /// f = x_b: all of the source's noise, M = σ_b², and as much of the target's as the two share.
    @Test(arguments: [-0.4, 0, 0.3, 0.8])
    func theInputItself(correlation: Double) throws {
        let scenes = Scenes(imageCount: 3, correlation: correlation)
        for direction in Direction.allCases {
            let evaluation = scenes.evaluation
            let observed = try Observed(Self.identity, evaluation, direction)
            #expect(observed.scope.regime == (correlation == 0 ? .r0 : .r2))
            let source = try observed.measure(SourcePassThrough())
            #expect(abs(source.value.number - 1) < 1e-12)
            let (sigmaT, sigmaS) = (scenes.sigma[direction.target], scenes.sigma[direction.source])
            let target = try observed.measure(TargetLeakageObserved(margin: 0.01))
            // Eight intervals: four standard errors hold for all.
            let distance = (target.value.number - correlation * sigmaS / sigmaT).magnitude
            #expect(distance < 4 * (target.standardError ?? 0), "\(target)")
            let risk = try observed.samples.flatMap { try $0.error().map { $0 * $0 } }
            let mean = risk.reduce(0, +) / Double(risk.count)
            // The standard error of a mean of squares is √2 σ²/√N.
            #expect(abs(mean / (sigmaS * sigmaS) - 1) < 4 * (2 / Double(risk.count)).squareRoot())
            // Nothing of the target is read, whatever the noises share.
            #expect(try observed.measure(TargetLeakageSwap(margin: 0.01)).value.number == 0)
        }
    }

    /// f = c_a: no noise at all in the output, the loss is the noise.
    @Test func theCleanTarget() throws {
        let evaluation = Scenes(imageCount: 3).evaluation
        let clean = OraclePredictor(name: "c_target", readsTarget: false) { x, direction in
            evaluation.clean(of: x, direction)
        }
        for direction in Direction.allCases {
            let observed = try Observed(clean, evaluation, direction)
            for check: any Check in [
                TargetLeakageObserved(margin: 0.01), TargetLeakageSwap(margin: 0.01), SourcePassThrough(),
                DecompositionCrossTerm(), TotalLeakage(margin: 0.01),
            ] {
                let result = try observed.measure(check)
                #expect(result.value.number == 0 && result.interval95?.lower == 0 && result.interval95?.upper == 0)
            }
            let floor = try observed.measure(NoiseFloor(margin: 0.01)).value.number
            // V is over its degrees of freedom: 64 of 25,600 are fitted.
            #expect(abs(floor - 1) < 0.003, "\(floor)")
            #expect(try observed.judge(DecompositionIdentity()).estimate == 0)
        }
    }

    /// f = h ∗ x_b: λ_source = h(0), and no leakage although the output is full of noise.
    @Test func aFilterOfTheInput() throws {
        let evaluation = Scenes(imageCount: 3).evaluation
        let observed = try Observed(LinearOracle(evaluation: evaluation), evaluation)
        #expect(try observed.measure(SourcePassThrough()).interval95?.contains(0.25) == true)
        #expect(try observed.judge(TargetLeakageObserved(margin: 0.01)).status == .pass)
    }

    /// f = g(x_b) + λ0·n_a: recovered by regression within its interval, by the swap and by derivatives to rounding;
    /// L = risk(g) + (1 - λ0)²σ².
    @Test(arguments: [Float(0), 0.01, 0.05, 0.2], Direction.allCases)
    func anInjectedLeak(leak: Float, direction: Direction) throws {
        let scenes = Scenes(imageCount: 3, sharesContent: false)
        let evaluation = scenes.evaluation
        let observed = try Observed(LinearOracle(evaluation: evaluation, leak: leak), evaluation, direction)
        let truth = Double(leak)
        let regression = try observed.measure(TargetLeakageObserved(margin: 0.01))
        #expect(regression.interval95?.contains(truth) == true, "\(regression)")
        let exchanged = try observed.measure(TargetLeakageSwap(margin: 0.01))
        #expect(abs(exchanged.value.number - truth) < 1e-7)
        let derivative = try observed.measure(TargetLeakageJacobian(margin: 0.01))
        #expect(abs(derivative.value.number - truth) < 1e-7)

        let sharp = try Observed(LinearOracle(evaluation: evaluation), evaluation, direction)
        let errors = try sharp.samples.flatMap { try $0.error() }
        let risk = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
        let variance = scenes.sigma[direction.target] * scenes.sigma[direction.target]
        let floor = try observed.measure(NoiseFloor(margin: 0.01))
        let expected = (1 - truth) * (1 - truth) + risk / variance
        #expect(floor.interval95?.contains(expected) == true, "\(floor) \(expected)")
    }

    /// The interval of the regression covers the truth as often as it says.
    @Test(arguments: [Float(0.01), 0.05, 0.2])
    func coverageOfTheInjectedLeak(leak: Float) throws {
        let trials = 200
        let covered = try alarms(trials) { trial in
            let evaluation = Scenes(height: 96, width: 128, seed: UInt64(1000 + trial)).evaluation
            let observed = try Observed(
                LinearOracle(evaluation: evaluation, leak: leak), evaluation, seed: UInt64(trial))
            return try observed.measure(TargetLeakageObserved(margin: 0.01)).interval95?.contains(Double(leak)) == true
        }
        #expect(binomialBand(trials, rate: 0.95).contains(covered), "\(covered)")
    }

    /// The identity holds for any f: to rounding, on every image and in every direction, also far from zero mean.
    @Test(arguments: [0.0, 100])
    func theIdentityHoldsForEveryModel(offset: Double) throws {
        let evaluation = Scenes(channels: 2, offset: offset).evaluation
        let models: [any Predictor] = [
            Self.identity, LinearOracle(evaluation: evaluation, leak: 0.2),
            OraclePredictor(name: "constant", readsTarget: false) { x, direction in
                Tensor(x[direction.target].shape, repeating: 3)
            },
            OraclePredictor(name: "cube", readsTarget: true) { x, _ in combine(x.a, x.b) { $0 * $0 * $0 - $1 } },
        ]
        for model in models {
            for direction in Direction.allCases {
                let result = try Observed(model, evaluation, direction).judge(DecompositionIdentity())
                #expect(result.status == .info && (result.estimate ?? 1) < 1e-12, "\(model.name): \(result.because)")
            }
        }
    }
}
