import Engine
import Foundation
import Testing

@Suite struct DataNoiseModelTests {
    private let sigma = DomainPair(a: 0.2, b: 0.05)
    private let clean = DomainPair { _ in Tensor([512, 512, 1], repeating: 0.25) }

    private func noise(seed: UInt64 = 3, image: Int = 0, draw: Int = 0) -> DomainPair<[Double]> {
        NoiseModel.gaussian(sigma: sigma).observe(clean, seed: seed, image: image, draw: draw)
            .map { $0.values.map { Double($0) - 0.25 } }
    }

    /// Bounds are 5 standard errors (false alarms 6e-7 each).
    @Test func gaussianHasItsMomentsAndDomainsAreIndependent() {
        let noise = noise()
        let n = Double(512 * 512)
        for domain in Domain.allCases {
            let s = sigma[domain]
            let mean = noise[domain].reduce(0, +) / n
            let variance = noise[domain].reduce(0) { $0 + $1 * $1 } / n
            let fourth = noise[domain].reduce(0) { $0 + $1 * $1 * $1 * $1 } / n
            #expect(abs(mean) < 5 * s / n.squareRoot())
            #expect(abs(variance / (s * s) - 1) < 5 * (2 / n).squareRoot())
            #expect(abs(fourth / (s * s * s * s) - 3) < 5 * (96 / n).squareRoot())
        }
        let product = zip(noise.a, noise.b).reduce(0) { $0 + $1.0 * $1.1 } / n
        #expect(abs(product) < 5 * sigma.a * sigma.b / n.squareRoot())
        #expect(NoiseModel.gaussian(sigma: sigma).nominalVariance == DomainPair(a: 0.2 * 0.2, b: 0.05 * 0.05))
    }

    @Test func anObservationIsItsName() {
        #expect(noise() == noise())
        for other in [noise(seed: 4), noise(image: 1), noise(draw: 1)] {
            #expect(noise().a != other.a && noise().b != other.b)
        }
        #expect(noise().a.map { $0 / 0.2 } != noise().b.map { $0 / 0.05 })
    }

    @Test func addsExactlyTheStreamTimesSigma() {
        var stream = RandomStream(seed: 3, purpose: .noise, domain: 1, image: 4, draw: 2)
        let zero = DomainPair { _ in Tensor([2, 3, 1]) }
        let noisy = NoiseModel.gaussian(sigma: sigma).observe(zero, seed: 3, image: 4, draw: 2)
        #expect(noisy.b.values == (0..<6).map { _ in Float(0.05 * stream.gaussian()) })
    }
}
