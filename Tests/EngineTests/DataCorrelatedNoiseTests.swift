import Foundation
import Testing

@testable import Engine
@testable import Tensors

/// Noise that pixels or domains share. Seeds are fixed; bounds are 5 standard errors, taken over whole images.
@Suite struct DataCorrelatedNoiseTests {
    /// Noise fields of many small images, one array each; domain a, or b.
    private func fields(
        _ model: NoiseModel, _ count: Int, height: Int = 24, width: Int = 20, channels: Int = 1, domain: Domain = .a
    ) -> [[Double]] {
        let zero = DomainPair { _ in Tensor([height, width, channels]) }
        return (0..<count).map { model.observe(zero, seed: 5, image: $0, draw: 0)[domain].values.map { Double($0) } }
    }

    /// The mean over fields of their mean products at two places, and its standard error.
    private func covariance(_ fields: [[Double]], _ pairs: [(Int, Int)]) -> (value: Double, error: Double) {
        let each = fields.map { field in pairs.reduce(0) { $0 + field[$1.0] * field[$1.1] } / Double(pairs.count) }
        let n = Double(each.count), mean = each.reduce(0, +) / n
        let variance = each.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        return (mean, (variance / n).squareRoot())
    }

    @Test func kernelsAreScaledToUnitVariance() {
        #expect(CorrelationKernel.weights([0, 0, 0, 3, -4, 0, 0, 0, 0]).scaled == [0, 0, 0, 0.6, -0.8, 0, 0, 0, 0])
        #expect(CorrelationKernel.weights([-7]).scaled == [-1])
        for kernel in [
            CorrelationKernel.blur(0.1), .blur(1.3), .blur(8), .weights([1e-200, 0, 1e-200] + [0, 0, 0, 0, 0, 0]),
        ] {
            #expect(abs(kernel.scaled.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
        }
        #expect(CorrelationKernel.blur(1).scaled.count == 81)
    }

    @Test func aKernelOfOneWeightMakesGaussianNoise() {
        let sigma = DomainPair(a: 0.3, b: 0.1)
        let image = DomainPair { _ in Tensor([5, 4, 2], (0..<40).map { Float($0) }) }
        let correlated = NoiseModel.correlated(sigma: sigma, .weights([2])).observe(image, seed: 1, image: 2, draw: 3)
        let gaussian = NoiseModel.gaussian(sigma: sigma).observe(image, seed: 1, image: 2, draw: 3)
        for (x, y) in zip(correlated.b.values, gaussian.b.values) { #expect(abs(x - y) < 1e-5) }
    }

    @Test(arguments: [CorrelationKernel.weights([0, 1, 2, 0, 3, 0, -1, 0, 0]), .blur(0.8)])
    func covarianceIsTheKernelsOwn(kernel: CorrelationKernel) {
        let (height, width) = (24, 20)
        let fields = fields(.correlated(sigma: DomainPair(a: 0.5, b: 1), kernel), 400)
        let h = kernel.scaled, side = Int(Double(h.count).squareRoot())
        func weight(_ y: Int, _ x: Int) -> Double {
            (0..<side).contains(y) && (0..<side).contains(x) ? h[y * side + x] : 0
        }
        for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1), (1, -1), (2, -1), (0, 2), (5, 3)] {
            var expected = 0.0
            for y in 0..<side { for x in 0..<side { expected += weight(y, x) * weight(y + dy, x + dx) } }
            expected *= 0.25
            func pairs(_ places: [(Int, Int)]) -> [(Int, Int)] {
                places.filter { (0..<width).contains($0.1 + dx) && $0.0 + dy < height }
                    .map { ($0.0 * width + $0.1, ($0.0 + dy) * width + $0.1 + dx) }
            }
            let everywhere = pairs((0..<height).flatMap { y in (0..<width).map { (y, $0) } })
            // At the upper border alone too: noise is stationary up to the edge.
            for places in [everywhere, pairs((0..<width).map { (0, $0) })] {
                let (value, error) = covariance(fields, places)
                #expect(abs(value - expected) < 5 * error, "lag (\(dy), \(dx)): \(value) ± \(error), not \(expected)")
            }
            // A blur is known in closed form as well; its kernel ends at 4 widths.
            if case .blur(let w) = kernel {
                #expect(abs(expected - 0.25 * exp(-Double(dy * dy + dx * dx) / (4 * w * w))) < 2e-3)
            }
        }
    }

    @Test func linesAreConstantAlongThemselvesAndIndependentOtherwise() {
        let sigma = DomainPair(a: 0.5, b: 1.0)
        let (height, width, channels) = (24, 20, 2)
        for (model, isRows) in [(NoiseModel.rows(sigma: sigma), true), (.columns(sigma: sigma), false)] {
            let fields = fields(model, 300, channels: channels)
            func place(_ line: Int, _ along: Int, _ channel: Int) -> Int {
                let (y, x) = isRows ? (line, along) : (along, line)
                return (y * width + x) * channels + channel
            }
            let lines = isRows ? height : width, length = isRows ? width : height
            for field in fields.prefix(5) {
                let isConstant = (0..<lines).allSatisfy { line in
                    (1..<length).allSatisfy { field[place(line, $0, 1)] == field[place(line, 0, 1)] }
                }
                #expect(isConstant)
            }
            let same = covariance(fields, (0..<lines).map { (place($0, 0, 0), place($0, 3, 0)) })
            #expect(abs(same.value - 0.25) < 5 * same.error)
            let next = covariance(fields, (1..<lines).map { (place($0, 0, 0), place($0 - 1, 0, 0)) })
            #expect(abs(next.value) < 5 * next.error)
            let channel = covariance(fields, (0..<lines).map { (place($0, 0, 0), place($0, 0, 1)) })
            #expect(abs(channel.value) < 5 * channel.error)
        }
    }

    @Test(arguments: [0, 0.25, 1]) func sharedNoiseCorrelatesAsSaid(correlation: Double) {
        let sigma = DomainPair(a: 0.5, b: 2.0)
        let zero = DomainPair { _ in Tensor([400, 400, 1]) }
        let noise = NoiseModel.shared(sigma: sigma, correlation: correlation).observe(zero, seed: 2, image: 0, draw: 0)
            .map { $0.values.map { Double($0) } }
        let n = 160_000.0
        for domain in Domain.allCases {
            let variance = noise[domain].reduce(0) { $0 + $1 * $1 } / n / (sigma[domain] * sigma[domain])
            #expect(abs(variance - 1) < 5 * (2 / n).squareRoot())
        }
        let product = zip(noise.a, noise.b).reduce(0) { $0 + $1.0 * $1.1 } / n
        // var(n_a·n_b) = (1 + ρ²)·σ_a²·σ_b².
        #expect(abs(product - correlation) < 5 * ((1 + correlation * correlation) / n).squareRoot())
        if correlation == 1 { #expect(noise.b == noise.a.map { $0 * 4 }) }
    }
}
