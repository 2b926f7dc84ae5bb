import Engine
import Foundation
import Testing

@testable import Diagnostics

/// The checks on noise-likeness, dependence beyond correlation, displaced leaks and periodic artefacts: a planted effect, a
/// planted null, data that hold too little, and how often they see something where there is nothing.
@Suite struct ChecksLikenessTests {
    private static let evaluation = Scenes(imageCount: 4).evaluation
    private static let quiet = LinearOracle(evaluation: evaluation)

    /// f = h ∗ x_source + what `response` makes of the target's noise.
    private static func leaking(_ response: @escaping @Sendable (Tensor) -> Tensor) -> OraclePredictor {
        OraclePredictor(name: "leaking", readsTarget: true) { x, direction in
            let noise = combine(x[direction.target], evaluation.clean(of: x, direction)) { $0 - $1 }
            return combine(binomial(x[direction.source]), response(noise)) { $0 + $1 }
        }
    }

    /// u(y - dy, x - dx), wrapped around.
    private static func shifted(_ image: Tensor, _ dy: Int, _ dx: Int) -> Tensor {
        let (height, width) = (image.shape[0], image.shape[1])
        var result = image
        for y in 0..<height {
            for x in 0..<width { result[y, x, 0] = image[(y - dy + height) % height, (x - dx + width) % width, 0] }
        }
        return result
    }

    // MARK: Dependence

    @Test func dependenceWithoutCorrelation() throws {
        // |n| leaks: no linear part, so that λ_target is near 0.
        let model = Self.leaking { noise in Tensor(noise.shape, noise.values.map { 0.2 * abs($0) }) }
        let observed = try Observed(model, Self.evaluation)
        let found = try observed.judge(LeakageDependence())
        #expect(found.status == .fail && (found.pValue ?? 1) == 1e-4, "\(found.because)")
        #expect(try observed.judge(TargetLeakageObserved(margin: 0.01)).status != .fail)
        let null = try Observed(Self.quiet, Self.evaluation).judge(LeakageDependence())
        #expect(null.status == .pass && abs(null.estimate ?? 1) < 1e-3, "\(null.because)")
        #expect(null.unitCount == 64)
        let linear = try Observed(LinearOracle(evaluation: Self.evaluation, leak: 0.05), Self.evaluation)
        #expect(try linear.judge(LeakageDependence()).status == .fail)
    }

    /// HSIC and mutual information see the same leak in rows of their own, and nothing where nothing is.
    @Test func dependenceByOtherMeasures() throws {
        let model = Self.leaking { noise in Tensor(noise.shape, noise.values.map { 0.4 * abs($0) }) }
        let ids = ["leakage.dependence", "leakage.dependence.hsic", "leakage.dependence.information"]
        let found = try Observed(model, Self.evaluation).rows(LeakageDependence(draws: 1999))
        #expect(found.map(\.id) == ids && found.allSatisfy { $0.status == .fail }, "\(found.map(\.because))")
        #expect(found[1].unitCount == 16)
        let null = try Observed(Self.quiet, Self.evaluation).rows(LeakageDependence(draws: 1999))
        #expect(null.map(\.id) == ids && null.allSatisfy { $0.status != .fail }, "\(null.map(\.because))")
    }

    /// p ≤ 0.05 in as many of 200 null data sets as it may.
    @Test func falseAlarmsOfOtherMeasures() throws {
        let trials = 200
        let alarms: [[Int]] = try Parallel.map(trials) { trial in
            let scenes = Scenes(imageCount: 2, height: 96, width: 96, seed: UInt64(500 + trial)).evaluation
            let rows = try Observed(LinearOracle(evaluation: scenes), scenes).rows(LeakageDependence(draws: 199))
            return rows.dropFirst().map { ($0.pValue ?? 0) <= 0.05 ? 1 : 0 }
        }
        for k in 0..<2 {
            let count = alarms.reduce(0) { $0 + $1[k] }
            #expect(binomialBand(trials, rate: 0.05).contains(count), "\(k): \(count)")
        }
    }

    // MARK: Structure of the noise

    /// White noise has the values of white noise; blurred noise is smooth, coloured and worth fewer pixels.
    @Test func noiseStructure() throws {
        let white = try Observed(Self.quiet, Self.evaluation).rows(NoiseStructure())
        #expect(
            white.map(\.id)
                == ["neighbours", "flatness", "peak", "pixels"].map { "noise.structure.\($0)" })
        for (row, expected) in zip(white, [0.0, 1, 1, 1]) {
            #expect(abs((row.estimate ?? 9) - expected) < 0.1 && row.unitCount == 16, "\(row.because)")
        }
        var evaluation = Self.evaluation
        for index in evaluation.pairs.indices {
            let clean = try #require(evaluation.pairs[index].clean), noisy = evaluation.pairs[index].noisy
            evaluation.pairs[index].noisy = DomainPair { domain in
                combine(clean[domain], binomial(combine(noisy[domain], clean[domain]) { $0 - $1 })) { $0 + $1 }
            }
        }
        let smooth = try Observed(Self.quiet, evaluation).rows(NoiseStructure()).compactMap(\.estimate)
        // [1 2 1]/4 twice: neighbours correlate 2/3, and Σρ² = (35/18)² pixels go into one.
        #expect(abs(smooth[0] - 2.0 / 3) < 0.03 && smooth[1] < 0.5 && smooth[2] > 2, "\(smooth)")
        #expect(abs(smooth[3] - 324.0 / 1225) < 0.03, "\(smooth)")
    }

    // MARK: Displacement

    @Test(arguments: [(0, 0), (3, -5), (-16, 16), (1, 0)]) func displacedLeak(dy: Int, dx: Int) throws {
        let observed = try Observed(
            Self.leaking { noise in
                let moved = Self.shifted(noise, dy, dx)
                return Tensor(moved.shape, moved.values.map { 0.1 * $0 })
            }, Self.evaluation)
        let found = try observed.judge(LeakageDisplaced())
        #expect(found.status == .fail, "\(found.because)")
        #expect(found.quantity == "λ_target at displacement (\(dy), \(dx))")
        #expect(abs((found.estimate ?? 0) - 0.1) < 0.02)
        if (dy, dx) != (0, 0) {
            #expect(try observed.judge(TargetLeakageObserved(margin: 0.01)).status != .fail)
        }
        let null = try Observed(Self.quiet, Self.evaluation).judge(LeakageDisplaced())
        #expect(null.status == .pass && abs(null.estimate ?? 1) < 0.02, "\(null.because)")
    }

    // MARK: Noise

    @Test func noiseWhiteness() throws {
        let white = try Observed(Self.quiet, Self.evaluation).judge(NoiseWhiteness())
        #expect(white.status == .pass && (white.pValue ?? 0) > 0.05, "\(white.because)")
        func judge(_ change: (Tensor, Int) -> Tensor) throws -> CheckResult {
            var evaluation = Self.evaluation
            for index in evaluation.pairs.indices {
                let clean = try #require(evaluation.pairs[index].clean)
                let noisy = evaluation.pairs[index].noisy
                evaluation.pairs[index].noisy = DomainPair { domain in
                    let noise = combine(noisy[domain], clean[domain]) { $0 - $1 }
                    return combine(clean[domain], change(noise, index)) { $0 + $1 }
                }
            }
            return try Observed(OraclePredictor(name: "x", readsTarget: false) { $0[$1.source] }, evaluation)
                .judge(NoiseWhiteness())
        }
        let coloured = try judge { noise, _ in combine(noise, Self.shifted(noise, 0, 1)) { $0 + 0.2 * $1 } }
        #expect(coloured.status == .warn && coloured.because.contains("correlation length"), "\(coloured.because)")
        #expect(coloured.quantity?.contains("(0, 1)") == true, "\(coloured.because)")
        #expect(abs((coloured.estimate ?? 0) - 0.2 / 1.04) < 0.02)
        // Interference at ν_x = 3/16, a fifth of the noise's amplitude.
        let wave = try judge { noise, index in
            var result = noise
            for y in 0..<noise.shape[0] {
                for x in 0..<noise.shape[1] {
                    result[y, x, 0] += 0.04 * Float(cos(2 * .pi * (0.1875 * Double(x) + 0.3 * Double(index))))
                }
            }
            return result
        }
        #expect(wave.status == .warn && wave.quantity?.contains("(0.000, 0.188)") == true, "\(wave.because)")
    }

    // MARK: All of them

    private static let checks: [@Sendable () -> any Check] = [
        { NoiseWhiteness() }, { LeakageDependence(draws: 199) }, { LeakageDisplaced(draws: 199) }, { ResidualPeaks() },
    ]

    /// p < 0.05 in 240 null data sets: white noise, an output that has nothing of it.
    @Test(arguments: checks.indices) func falseAlarms(index: Int) throws {
        let trials = 240
        let counts = try alarms(trials) { trial in
            let evaluation = Scenes(imageCount: 1, height: 128, width: 160, seed: UInt64(1000 + trial)).evaluation
            let observed = try Observed(LinearOracle(evaluation: evaluation), evaluation, seed: UInt64(trial))
            return try observed.alarms(Self.checks[index]())
        }
        let band = BinomialDistribution(trials: trials, probability: 0.05).band(confidence: 0.99)
        #expect(counts <= band.upperBound, "\(counts)")
        // Peaks take the smaller of two prominences and whiteness Bonferroni's bound: conservative by construction.
        if Self.checks[index]() is LeakageDependence || Self.checks[index]() is LeakageDisplaced {
            #expect(counts >= band.lowerBound, "\(counts)")
        }
    }

    /// Correlated noise, within the tiles' reach, raises no alarm either.
    @Test func falseAlarmsOfCorrelatedNoise() throws {
        let trials = 200
        let raised: [[Int]] = try Parallel.map(trials) { trial in
            var evaluation = Scenes(
                imageCount: 1, height: 128, width: 160, amplitude: 0, seed: UInt64(5000 + trial)
            ).evaluation
            evaluation.pairs[0].noisy = evaluation.pairs[0].noisy.map { binomial(binomial($0)) }
            let model = OraclePredictor(name: "x", readsTarget: false) { $0[$1.source] }
            let observed = try Observed(model, evaluation, seed: UInt64(trial))
            return try [LeakageDependence(draws: 199) as any Check, LeakageDisplaced(draws: 199)].map {
                try observed.alarms($0) ? 1 : 0
            }
        }
        let counts = (0..<2).map { k in raised.reduce(0) { $0 + $1[k] } }
        let band = BinomialDistribution(trials: trials, probability: 0.05).band(confidence: 0.99)
        #expect(counts.allSatisfy { $0 <= band.upperBound }, "\(counts)")
    }

    /// Noise whose level follows the signal, as does the error of any denoiser then: dependent, and no leak. Scaled by √(0.9 + c)
    /// as in photon noise, by |c| + 0.1, and clipped.
    @Test(arguments: 0..<3) func falseAlarmsOfNoiseThatFollowsTheSignal(kind: Int) throws {
        let trials = 200
        let count = try alarms(trials) { trial in
            var evaluation = Scenes(imageCount: 1, height: 128, width: 160, seed: UInt64(9000 + trial)).evaluation
            for index in evaluation.pairs.indices {
                let clean = try #require(evaluation.pairs[index].clean)
                let noisy = evaluation.pairs[index].noisy
                evaluation.pairs[index].noisy = DomainPair { domain in
                    let noise = combine(noisy[domain], clean[domain]) { $0 - $1 }
                    return combine(clean[domain], noise) { c, n in
                        switch kind {
                        case 0: c + n * (0.9 + c).squareRoot()
                        case 1: c + n * (0.1 + abs(c))
                        default: min(max(c + n, -0.6), 0.6)
                        }
                    }
                }
            }
            let model = OraclePredictor(name: "smooth", readsTarget: false) { binomial($0[$1.source]) }
            let observed = try Observed(model, evaluation, seed: UInt64(trial))
            return try (observed.measure(LeakageDependence(draws: 199)).pValue?.value ?? 0) <= 0.05
        }
        let band = BinomialDistribution(trials: trials, probability: 0.05).band(confidence: 0.99)
        #expect(count <= band.upperBound, "\(count)")
    }

    @Test func sameForEveryThreadCount() throws {
        let before = Parallel.threadCount
        defer { Parallel.threadCount = before }
        let rows = try [1, 3].map { threads in
            Parallel.threadCount = threads
            let observed = try Observed(Self.quiet, Self.evaluation)
            return try Self.checks.map { try observed.measure($0()) }
        }
        #expect(rows[0] == rows[1])
    }

    /// A reason and no number: no noise, no error, too small, one tile.
    @Test(arguments: checks.indices) func degenerate(index: Int) throws {
        func measure(_ scenes: Scenes, _ model: ((EvaluationSet) -> any Predictor)? = nil) throws {
            let evaluation = scenes.evaluation
            _ = try Observed(model?(evaluation) ?? LinearOracle(evaluation: evaluation), evaluation)
                .measure(Self.checks[index]())
        }
        for size in [(1, 1), (1, 64), (64, 1), (3, 40), (31, 31)] {
            #expect(throws: (any Error).self) { try measure(Scenes(imageCount: 2, height: size.0, width: size.1)) }
        }
        let isAboutNoise = Self.checks[index]().id != "residual.peaks"
        if isAboutNoise {
            #expect(throws: SampleError.self) { try measure(Scenes(sigma: DomainPair(a: 0, b: 0))) }
        } else {
            #expect(throws: SampleError.self) {
                try measure(Scenes()) { _ in OraclePredictor(name: "x", readsTarget: true) { $0[$1.target] } }
            }
            #expect(throws: SampleError.self) {
                try measure(Scenes()) { _ in
                    OraclePredictor(name: "0", readsTarget: false) { Tensor($0[$1.target].shape) }
                }
            }
        }
        if Self.checks[index]().id.hasPrefix("leakage") {
            // A perfect denoiser leaves no error to relate; one image holds four tiles.
            #expect(throws: SampleError.self) {
                try measure(Scenes()) { evaluation in
                    OraclePredictor(name: "c", readsTarget: false) { evaluation.clean(of: $0, $1) }
                }
            }
            #expect(throws: Undetermined.self) { try measure(Scenes(imageCount: 1, height: 96, width: 96)) }
        }
    }

    @Test func missingEvidence() throws {
        var bare = Scenes(height: 128, width: 128).evaluation
        bare.pairs = bare.pairs.map { EvaluationPair(id: $0.id, split: $0.split, noisy: $0.noisy, clean: nil) }
        let model = OraclePredictor(name: "smooth", readsTarget: false) { binomial($0[$1.source]) }
        let observed = try Observed(model, bare)
        for check in [
            NoiseWhiteness(), LeakageDependence(), LeakageDisplaced(), ResidualCrossCorrelation(),
        ] as [any Check] {
            #expect(throws: SampleError.noCleanReference("scene0")) { try observed.measure(check) }
        }
        #expect(try observed.measure(ResidualPeaks()).pValue != nil)
        #expect(throws: SampleError.tooSmall("scene0", side: 64)) {
            let small = Scenes(height: 63, width: 80).evaluation
            _ = try Observed(LinearOracle(evaluation: small), small).measure(NoiseWhiteness())
        }
        // No noise at all: the correlation of the residuals is that of two blurs, or 0/0 without any.
        let clean = Scenes(sigma: DomainPair(a: 0, b: 0)).evaluation
        let perfect = OraclePredictor(name: "c", readsTarget: false) { clean.clean(of: $0, $1) }
        #expect(throws: Undetermined.self) { try Observed(perfect, clean).measure(ResidualCrossCorrelation()) }
    }

    /// Colours: channels are tiles' pixels for dependence, planes for the others.
    @Test func channels() throws {
        let evaluation = Scenes(imageCount: 2, height: 128, width: 128, channels: 3).evaluation
        for check in Self.checks {
            let null = try Observed(LinearOracle(evaluation: evaluation), evaluation).judge(check())
            #expect([.pass, .warn].contains(null.status), "\(null.because)")
        }
        for check in [LeakageDependence() as any Check, LeakageDisplaced()] {
            let found = try Observed(LinearOracle(evaluation: evaluation, leak: 0.2), evaluation).judge(check)
            #expect(found.status == .fail, "\(found.because)")
        }
    }
}
