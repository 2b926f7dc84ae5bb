@testable import Diagnostics
@testable import Engine

extension Calibration {
    /// One check and what it is asked.
    struct Question: Sendable {
        enum Alarm {
            /// p ≤ 0.05.
            case probability
            /// The 95 % interval does not hold this truth.
            case interval(truth: Double)
        }

        /// The row of the check.
        let test: String
        /// Further rows that are asked the same.
        var further: [String] = []
        var rows: [String] { [test] + further }
        var model = CalibrationData.Model.leaking(0)
        /// Of the held-out pairs.
        var images = Calibration.images
        let alarm: Alarm
        /// Noises for which the truth is known; all by default.
        var noises: Set<String>?
        /// Noises on which there is something to find, so that an alarm is no false one.
        var finds: Set<String> = []
        /// Whether the rate is to be at most 5 %: a test that corrects for more than it looks at here.
        var isBound = false
        let make: @Sendable () -> any Check

        /// Whether the suite judges its rows by their p-values, and they have nothing to find in this noise.
        func isTest(of noise: String) -> Bool {
            if case .probability = alarm { !finds.contains(noise) } else { false }
        }
    }

    static let images = 20
    static let trainingImages = 10
    private static let coloured: Set<String> = ["blurred 0.5 px", "blurred 1 px", "blurred 2 px", "rows"]
    private static let symmetric: Set<String> = coloured.union(["white"])

    /// f = h ∗ x_b: nothing leaks.
    static let withoutLeak: [Question] =
        intervals(leak: 0) + [
            Question(test: "leakage.memorised", alarm: .interval(truth: 0)) { Memorisation(margin: 0.01) },
            Question(test: "leakage.agreement", alarm: .interval(truth: 0), isBound: true) {
                LeakageAgreement()
            },
            Question(test: "leakage.target.swap", model: .even, alarm: .interval(truth: 0), noises: symmetric) {
                TargetLeakageSwap(margin: 0.01)
            },
            Question(test: "leakage.target.jacobian", model: .even, alarm: .interval(truth: 0), noises: symmetric) {
                TargetLeakageJacobian(margin: 0.01)
            },
            // With V for σ², c_a stands on the floor exactly.
            Question(test: "leakage.noise_floor", model: .perfect, alarm: .interval(truth: 1), noises: symmetric) {
                NoiseFloor(margin: 0.01)
            },
            Question(test: "decomposition.stein", alarm: .interval(truth: 0)) { DecompositionStein() },
            Question(test: "decomposition.reference", alarm: .interval(truth: 0), finds: ["Rician"], isBound: true) {
                CleanReference()
            },
            Question(
                test: "decomposition.zero_mean", alarm: .interval(truth: 0), finds: ["Rician"], isBound: true
            ) { DecompositionZeroMean(margin: 0.05) },
            Question(test: "premise.independence", alarm: .interval(truth: 0)) { NoiseIndependence() },
            Question(test: "leakage.displaced", alarm: .interval(truth: 0), isBound: true) {
                LeakageDisplaced(margin: 0.01)
            },
            Question(test: "leakage.symmetry", alarm: .interval(truth: 0), isBound: true) {
                LeakageSymmetry(margin: 0.01)
            },
            Question(test: "leakage.moments", alarm: .interval(truth: 0), isBound: true) {
                LeakageMoments(margin: 0.01)
            },
            Question(test: "spectrum.coherence", alarm: .probability) { SpectralCoherence() },
            // Measured at 2 to 4 % on every noise.
            Question(test: "spectrum.coherence.partial", alarm: .probability, isBound: true) { SpectralCoherence() },
            Question(test: "residual.peaks", alarm: .probability, isBound: true) { ResidualPeaks() },
            Question(test: "noise.whiteness", alarm: .probability, finds: coloured) { NoiseWhiteness() },
        ]

    /// f = h ∗ x_b + 0.05·n_a: the size of the leak is known.
    static let withLeak: [Question] = intervals(leak: 0.05)

    private static func intervals(leak: Double) -> [Question] {
        func question(_ test: String, truth: Double, _ make: @escaping @Sendable () -> any Check) -> Question {
            Question(test: test, model: .leaking(leak), alarm: .interval(truth: truth), make: make)
        }
        return [
            question("leakage.target.observed", truth: leak) { TargetLeakageObserved(margin: 0.01) },
            question("leakage.target.fresh", truth: leak) { TargetLeakageFresh(margin: 0.01) },
            question("leakage.joint.target", truth: leak) { JointRegression(margin: 0.01) },
            question("decomposition.cross_term", truth: leak) { DecompositionCrossTerm() },
            question("decomposition.noise_power", truth: 0) { DecompositionNoisePower(margin: 0.02) },
            question("decomposition.risk", truth: -2 * leak) { DecompositionRisk() },
        ]
    }
}
