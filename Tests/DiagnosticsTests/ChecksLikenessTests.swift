import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// The checks on noise-likeness, displaced leaks and periodic artefacts: a planted effect, a planted null, data that hold too little,
/// and how often they see something where there is nothing.
@Suite struct ChecksLikenessTests {
    private static let evaluation = Scenes(imageCount: 4).evaluation
    private static let quiet = LinearOracle(evaluation: evaluation)

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

    // MARK: Noise

    @Test func noiseWhiteness() throws {
        let white = try Observed(Self.quiet, Self.evaluation).judge(NoiseWhiteness())
        #expect(white.status == .info && (white.pValue ?? 0) > 0.05, "\(white.because)")
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
        let coloured = try judge { noise, _ in combine(noise, shifted(noise, 0, 1)) { $0 + 0.2 * $1 } }
        #expect((coloured.pValue ?? 1) < 1e-6, "\(coloured.because)")
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
        #expect((wave.pValue ?? 1) < 0.01 && wave.quantity?.contains("(0.000, 0.188)") == true, "\(wave.because)")
    }

    // MARK: All of them

    private static let checks: [@Sendable () -> any Check] = [{ NoiseWhiteness() }, { ResidualPeaks() }]

    /// p < 0.05 in 240 null data sets: white noise, an output that has nothing of it. Peaks take the smaller of two prominences and
    /// whiteness Bonferroni's bound: conservative by construction.
    @Test(arguments: checks.indices) func falseAlarms(index: Int) throws {
        let trials = 240
        let count = try alarms(trials) { trial in
            let evaluation = Scenes(imageCount: 1, height: 128, width: 128, seed: UInt64(1000 + trial)).evaluation
            let observed = try Observed(LinearOracle(evaluation: evaluation), evaluation, seed: UInt64(trial))
            return try observed.alarms(Self.checks[index]())
        }
        #expect(count <= binomialBand(trials, rate: 0.05).upperBound, "\(count)")
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
    }

    @Test func missingEvidence() throws {
        var bare = Scenes(height: 128, width: 128).evaluation
        bare.pairs = bare.pairs.map { EvaluationPair(id: $0.id, split: $0.split, noisy: $0.noisy, clean: nil) }
        let model = OraclePredictor(name: "smooth", readsTarget: false) { binomial($0[$1.source]) }
        let observed = try Observed(model, bare)
        #expect(throws: SampleError.noCleanReference("scene0")) { try observed.measure(NoiseWhiteness()) }
        #expect(try observed.measure(ResidualPeaks()).pValue != nil)
        #expect(throws: SampleError.tooSmall("scene0", side: 64)) {
            let small = Scenes(height: 63, width: 80).evaluation
            _ = try Observed(LinearOracle(evaluation: small), small).measure(NoiseWhiteness())
        }
        // No noise at all: the correlation of the residuals is that of two blurs, or 0/0 without any.
        let clean = Scenes(sigma: DomainPair(a: 0, b: 0)).evaluation
        let perfect = OraclePredictor(name: "c", readsTarget: false) { clean.clean(of: $0, $1) }
        #expect(throws: Undetermined.self) {
            try Observed(perfect, clean, withOpposite: true).measure(ResidualCrossCorrelation())
        }
    }

    /// Colours: planes of their own.
    @Test func channels() throws {
        let evaluation = Scenes(imageCount: 2, height: 128, width: 128, channels: 3).evaluation
        for check in Self.checks {
            let null = try Observed(LinearOracle(evaluation: evaluation), evaluation).judge(check())
            #expect((null.pValue ?? 0) > 0.01 && null.status != .warn, "\(null.because)")
        }
    }
}
