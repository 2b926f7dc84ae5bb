import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// What outputs and residuals show by themselves, without the noise: periodic artefacts, and how the residuals of both directions
/// correlate.
@Suite struct ChecksResidualTests {
    private static let evaluation = Scenes(imageCount: 4).evaluation
    private static let quiet = LinearOracle(evaluation: evaluation)

    // MARK: Peaks

    /// An output that adds a fixed pattern of period s is named; a pattern that the target image has too is not the model's.
    @Test(arguments: [2, 4, 8]) func checkerboard(stride: Int) throws {
        @Sendable func patterned(_ image: Tensor) -> Tensor {
            var result = image
            for y in 0..<image.shape[0] {
                for x in 0..<image.shape[1] where y % stride == 0 && x % stride == 0 {
                    // Equal amplitude, 0.02, at each frequency of the lattice.
                    result[y, x, 0] += 0.02 * Float(stride * stride)
                }
            }
            return result
        }
        let model = OraclePredictor(name: "upsampled", readsTarget: false) { patterned(binomial($0[$1.source])) }
        let found = try Observed(model, Self.evaluation).judge(ResidualPeaks())
        #expect(found.status == .warn && found.quantity?.contains("upsampling by") == true, "\(found.because)")
        #expect((found.pValue ?? 1) < 1e-3, "\(found.because)")
        let null = try Observed(Self.quiet, Self.evaluation).judge(ResidualPeaks())
        #expect(null.status == .pass, "\(null.because)")
        var data = Self.evaluation
        for index in data.pairs.indices {
            data.pairs[index].noisy = data.pairs[index].noisy.map { patterned($0) }
            data.pairs[index].clean = data.pairs[index].clean?.map { patterned($0) }
        }
        let smooth = OraclePredictor(name: "smooth", readsTarget: false) { binomial(binomial($0[$1.source])) }
        let blocks = try Observed(smooth, data).judge(ResidualPeaks())
        #expect(blocks.status == .pass, "\(blocks.because)")
    }

    // MARK: Cross correlation

    /// The 3 × 3 binomial filter on pictures without content: -0.4384 at equal σ, -0.4425 at σ = 0.10 and 0.12.
    @Test(arguments: [(0.1, 0.1, -0.4384), (0.1, 0.12, -0.4425)])
    func residualCrossCorrelation(a: Double, b: Double, expected: Double) throws {
        let evaluation = Scenes(
            imageCount: 4, height: 224, width: 224, sigma: DomainPair(a: a, b: b), amplitude: 0
        ).evaluation
        for direction in Direction.allCases {
            let observed = try Observed(
                LinearOracle(evaluation: evaluation), evaluation, direction, withOpposite: true)
            let result = try observed.judge(ResidualCrossCorrelation())
            #expect(result.status == .info && result.ci95?.count == 2)
            #expect(abs((result.estimate ?? 0) - expected) < 0.01, "\(result.because)")
            let null = try Self.withoutLeak(observed.measure(ResidualCrossCorrelation()))
            #expect(abs(null - expected) < 0.01, "\(result.because)")
        }
        // A leak of 0.3 moves ρ and not what it is compared with beyond recognition: they part.
        let leak = try Observed(
            LinearOracle(evaluation: evaluation, leak: 0.3), evaluation, withOpposite: true)
        let terms = try leak.measure(ResidualCrossCorrelation())
        #expect(terms.interval95?.contains(try Self.withoutLeak(terms)) == false, "\(terms)")
        // One direction alone has no other residual.
        #expect(throws: SampleError.outOfScope("one direction alone was tested")) {
            try Observed(Self.quiet, Self.evaluation).measure(ResidualCrossCorrelation())
        }
    }

    /// The number that the reading begins with.
    private static func withoutLeak(_ measurement: Diagnostics.Measurement) throws -> Double {
        try #require(measurement.reading.split(separator: " ").first.flatMap { Double($0.replacing("−", with: "-")) })
    }
}
