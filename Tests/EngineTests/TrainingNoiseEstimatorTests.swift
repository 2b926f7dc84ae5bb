import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Tensors

@Suite struct TrainingNoiseEstimatorTests {
    struct Golden: Decodable {
        struct Case: Decodable {
            let shape: [Int]
            let values: [Float]
            let sigma: Double
        }

        let cases: [Case]
    }

    /// Tests/Fixtures/noise-estimation/make_estimates.py. Where scikit-image finds only rounding (one row), ours is 0.
    @Test func asScikitImage() throws {
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: Fixtures.url("noise-estimation/estimates.json")))
        #expect(golden.cases.count == 7)
        for example in golden.cases {
            let ours = NoiseEstimator.medianAbsoluteDeviation(Tensor(example.shape, example.values))
            #expect(abs(ours - example.sigma) < 1e-12, "\(example.shape)")
        }
    }

    func white(_ side: Int) -> Tensor { GradientCheck.random([side, side, 1], seed: 3) }

    /// 256² details of variance 1: the standard error of the estimate is 1.17/√(128²) = 0.9 %.
    @Test func whiteNoiseAndItsScale() {
        let noise = white(256)
        let sigma = NoiseEstimator.medianAbsoluteDeviation(noise)
        #expect(abs(sigma - 1) < 0.03)
        let scaled = Elementwise.map(noise) { $0 * 0.25 + 8 }
        #expect(abs(NoiseEstimator.medianAbsoluteDeviation(scaled) - 0.25 * sigma) < 1e-5)
    }

    /// Averaged over 3×3, white noise keeps a third of its σ, and next to nothing of its finest diagonal details.
    @Test func colouredNoiseIsUnderestimated() {
        let noise = white(128)
        let smooth = Tensor([126, 126, 1]) { out in
            for i in 0..<126 {
                for j in 0..<126 {
                    out[i * 126 + j] = (0..<9).reduce(0) { $0 + noise[i + $1 / 3, j + $1 % 3, 0] } / 9
                }
            }
        }
        let sigma = (Elementwise.sumOfSquares(smooth) / Double(smooth.count)).squareRoot()
        #expect(abs(sigma - 1.0 / 3) < 0.03)
        #expect(NoiseEstimator.medianAbsoluteDeviation(smooth) < 0.5 * sigma)
    }

    @Test func nothingToMeasure() {
        #expect(NoiseEstimator.medianAbsoluteDeviation(Tensor([5, 6, 1], repeating: 0.7)) == 0)
        #expect(NoiseEstimator.medianAbsoluteDeviation(Tensor([1, 1, 1], repeating: 0.7)) == 0)
        #expect(NoiseEstimator.medianAbsoluteDeviation(Tensor([0, 4, 1])) == 0)
        #expect(NoiseEstimator.medianAbsoluteDeviation(Tensor([4, 4, 1], repeating: .nan)).isNaN)
        #expect(NoiseEstimator.residual(noisy: Tensor([0, 4, 1]), output: Tensor([0, 4, 1])) == 0)
    }

    /// x - f = 1, 3, 1, 3: mean 2, deviations ±1.
    @Test func residualByHand() {
        let noisy = Tensor([2, 2, 1], [1, 4, 3, 6]), output = Tensor([2, 2, 1], [0, 1, 2, 3])
        #expect(NoiseEstimator.residual(noisy: noisy, output: output) == 1)
        #expect(NoiseEstimator.sigma(noisy: noisy, output: output, by: .residual) == 1)
        #expect(
            NoiseEstimator.sigma(noisy: noisy, output: output, by: .mad)
                == NoiseEstimator.medianAbsoluteDeviation(noisy))
    }

    /// A perfect output leaves the noise; one that lets a tenth of it through leaves nine tenths.
    @Test func leakageLowersTheResidual() {
        let noise = white(64)
        let sigma = NoiseEstimator.residual(noisy: noise, output: Tensor([64, 64, 1]))
        let leaky = NoiseEstimator.residual(noisy: noise, output: Elementwise.map(noise) { $0 * 0.1 })
        #expect(abs(leaky - 0.9 * sigma) < 1e-6)
    }
}
