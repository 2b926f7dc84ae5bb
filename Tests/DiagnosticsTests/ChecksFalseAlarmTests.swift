import Testing

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// How often checks see something where there is nothing, counted over 400 independent null data sets: inside the 99 % band
/// of the nominal rate. Thresholds are not tuned here; a rate outside its band is a wrong estimator.
@Suite struct ChecksFalseAlarmTests {
    private static let trials = 400

    /// A question to one measurement.
    private struct Alarm: Sendable {
        let makeCheck: @Sendable () -> any Check
        let isRaised: @Sendable (Diagnostics.Measurement) -> Bool

        /// The 95 % interval excludes 0.
        static func interval(_ makeCheck: @escaping @Sendable () -> any Check) -> Alarm {
            Alarm(makeCheck: makeCheck) { $0.interval95?.contains(0) == false }
        }

        /// p < 0.05.
        static func probability(_ makeCheck: @escaping @Sendable () -> any Check) -> Alarm {
            Alarm(makeCheck: makeCheck) { ($0.pValue?.value ?? 0) < 0.05 }
        }
    }

    /// Counts each alarm over the null data sets; every data set answers all questions.
    private static func count(
        _ alarms: [Alarm], scenes: Scenes = Scenes(height: 96, width: 128, sharesContent: false),
        model: @Sendable (EvaluationSet) -> any Predictor
    ) throws -> [Int] {
        let raised = try Parallel.map(trials) { trial in
            var scenes = scenes
            scenes.seed = UInt64(trial)
            let evaluation = scenes.evaluation
            let observed = try Observed(model(evaluation), evaluation, seed: UInt64(trial))
            return try alarms.map { alarm in
                alarm.isRaised(try observed.measure(alarm.makeCheck())) ? 1 : 0
            }
        }
        return alarms.indices.map { k in raised.reduce(0) { $0 + $1[k] } }
    }

    private static let band = binomialBand(trials, rate: 0.05)

    /// f = h ∗ x_b with a signal error far above the noise at the lowest frequencies; 24 tiles, the bootstrap. Without a
    /// path from the target the three estimates of λ_target differ by the regression alone, so that the agreement,
    /// which allows for three random differences, is quieter than 5 %.
    @Test func aModelWithoutAPath() throws {
        let counts = try Self.count([
            .interval { TargetLeakageObserved(margin: 0.01) }, .interval { DecompositionCrossTerm() },
            .interval { DecompositionRisk() }, .interval { DecompositionNoisePower(margin: 0.02) },
            .interval { NoiseIndependence() }, .probability { SpectralCoherence() },
            .interval { DecompositionZeroMean(margin: 0.05) }, .interval { LeakageAgreement() },
        ]) { LinearOracle(evaluation: $0) }
        for count in counts[..<6] { #expect(Self.band.contains(count), "\(counts)") }
        for count in counts[6...] { #expect(count <= Self.band.upperBound, "\(counts)") }
    }

    /// Nine tiles on an odd grid: t intervals, and rings of other lengths.
    @Test func fewTiles() throws {
        let counts = try Self.count(
            [
                .interval { TargetLeakageObserved(margin: 0.01) }, .interval { DecompositionNoisePower(margin: 0.02) },
                .probability { SpectralCoherence() },
            ], scenes: Scenes(imageCount: 1, height: 97, width: 111)
        ) { LinearOracle(evaluation: $0) }
        for count in counts { #expect(Self.band.contains(count), "\(counts)") }
    }

    /// An output that depends on the target's noise without any linear part: exchange and derivatives are random, and so
    /// are all three differences between the estimates.
    @Test func anEvenResponse() throws {
        let counts = try Self.count([
            .interval { TargetLeakageSwap(margin: 0.01) }, .interval { TargetLeakageJacobian(margin: 0.01) },
            .interval { LeakageAgreement() },
        ]) { LinearOracle(evaluation: $0, even: 2) }
        for count in counts[..<2] { #expect(Self.band.contains(count), "\(counts)") }
        #expect(counts[2] <= Self.band.upperBound, "\(counts)")
    }

    /// A perfect denoiser stands on the noise floor: significantly below it in 2.5 %.
    @Test func aPerfectDenoiser() throws {
        let below = Alarm(makeCheck: { NoiseFloor(margin: 0.01) }) { ($0.interval95?.upper ?? 1) < 1 }
        let counts = try Self.count([below]) { evaluation in
            OraclePredictor(name: "clean", readsTarget: false) { evaluation.clean(of: $0, $1) }
        }
        // Centring lowers V a little, which is on the safe side.
        #expect(counts[0] <= binomialBand(Self.trials, rate: 0.025).upperBound, "\(counts)")
    }

    /// A model that does not look at its source.
    @Test func sourcePassThrough() throws {
        let counts = try Self.count([.interval { SourcePassThrough() }]) { _ in
            OraclePredictor(name: "target", readsTarget: true) { binomial($0[$1.target]) }
        }
        #expect(Self.band.contains(counts[0]), "\(counts)")
    }
}
