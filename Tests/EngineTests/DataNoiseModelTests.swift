import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

/// Seeds are fixed; were they not, a bound of 5 standard errors would be broken once in 1.7 million times.
@Suite struct DataNoiseModelTests {
    private let sigma = DomainPair(a: 0.2, b: 0.05)
    private let clean = DomainPair { _ in Tensor([512, 512, 1], repeating: 0.25) }

    private func noise(seed: UInt64 = 3, image: Int = 0, draw: Int = 0) -> DomainPair<[Double]> {
        NoiseModel.gaussian(sigma: sigma).observe(clean, seed: seed, image: image, draw: draw)
            .map { $0.values.map { Double($0) - 0.25 } }
    }

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

    // MARK: - Models that act on each pixel alone, against SciPy

    private struct Golden {
        let black: Double
        let moments: [(model: NoiseModel, clean: Double, mean: Double, variance: Double)]

        init() throws {
            let object = try JSONSerialization.jsonObject(with: Data(contentsOf: fixture("noise/expected.json")))
            let root = try #require(object as? [String: Any])
            black = try #require(root["black"] as? Double)
            moments = try #require(root["moments"] as? [[String: Any]]).map {
                let section = try JSONSerialization.data(withJSONObject: try #require($0["noise"]))
                let reader = try ConfigurationReader(parsing: section, file: "golden")
                let model = try NoiseModel(from: reader)
                try reader.finish()
                return (
                    model, try #require($0["clean"] as? Double), try #require($0["mean"] as? Double),
                    try #require($0["variance"] as? Double)
                )
            }
        }
    }

    @Test func meanAndVarianceAreThoseOfTheDistribution() throws {
        let golden = try Golden()
        #expect(golden.moments.count == 23)
        for (index, (model, clean, mean, variance)) in golden.moments.enumerated() {
            let image = DomainPair { _ in Tensor([300, 300, 1], repeating: Float(clean)) }
            let noisy = model.observe(image, black: golden.black, seed: 11, image: index, draw: 0)
            let both = Domain.allCases.map { domain in noisy[domain].values.map { Double($0) - mean } }
            let n = Double(both[0].count)
            for deviations in both {
                let first = deviations.reduce(0, +) / n
                let second = deviations.reduce(0) { $0 + $1 * $1 } / n
                let fourth = deviations.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n
                // Float32 rounds c itself by up to 6e-8.
                #expect(
                    abs(first) <= 5 * (variance / n).squareRoot() + 1e-7, "\(model) at \(clean): mean off by \(first)")
                let error = (max(0, fourth - second * second) / n).squareRoot()
                #expect(
                    abs(second - variance) <= 5 * error + 1e-12,
                    "\(model) at \(clean): variance \(second), not \(variance)")
            }
            let product = zip(both[0], both[1]).reduce(0) { $0 + $1.0 * $1.1 } / n
            #expect(abs(product) <= 5 * variance / n.squareRoot() + 1e-7, "\(model) at \(clean): the domains correlate")
            // The flag says no more than what the table shows: a mean other than c is not mean zero.
            if model.isMeanZero { #expect(abs(mean - clean) < 1e-9, "\(model) at \(clean)") }
        }
    }

    @Test func nothingIsCountedBelowBlack() {
        let dark = DomainPair { _ in Tensor([4, 4, 1], repeating: -0.7) }
        let noisy = NoiseModel.poisson(peak: DomainPair(a: 1000, b: 3)).observe(
            dark, black: -0.5, seed: 1, image: 0, draw: 0)
        #expect(noisy.a.values + noisy.b.values == [Float](repeating: -0.5, count: 32))
    }

    @Test func countsAreWholeNumbersOverThePeak() {
        let image = DomainPair { _ in Tensor([16, 16, 1], (0..<256).map { Float($0) / 64 }) }
        let noisy = NoiseModel.poisson(peak: DomainPair(a: 8, b: 16)).observe(image, seed: 1, image: 0, draw: 0)
        for value in noisy.a.values { #expect((value * 8).rounded() == value * 8) }
        #expect(Set(noisy.b.values.map { ($0 * 16).truncatingRemainder(dividingBy: 2) }) == [0, 1])
    }

    @Test func clippedAndQuantisedStayOnTheirValues() {
        let base = NoiseModel.gaussian(sigma: DomainPair(a: 0.5, b: 0.5))
        let plain = base.observe(clean, seed: 3, image: 0, draw: 0)
        let clipped = NoiseModel.clipped(base, to: -0.1...0.3).observe(clean, seed: 3, image: 0, draw: 0)
        #expect(clipped.a.values == plain.a.values.map { min(max($0, -0.1), 0.3) })
        let rounded = NoiseModel.quantised(base, levels: 5, over: -1...1).observe(clean, seed: 3, image: 0, draw: 0)
        #expect(Set(rounded.b.values) == [-1, -0.5, 0, 0.5, 1])
        for (coarse, fine) in zip(rounded.b.values, plain.b.values) where abs(fine) < 1 {
            #expect(abs(coarse - fine) <= 0.25)
        }
    }

    @Test func aMagnitudeIsThatOfTheComplexImage() {
        // Noise of a complex image whose imaginary part is 0, by hand.
        let image = DomainPair { _ in Tensor([3, 2, 1], [0, 0.5, -1, 2, 0.1, 3]) }
        let noisy = NoiseModel.rician(of: .gaussian(sigma: sigma)).observe(image, seed: 9, image: 2, draw: 1)
        var stream = RandomStream(seed: 9, purpose: .noise, domain: 0, image: 2, draw: 1)
        for (c, x) in zip(image.a.values, noisy.a.values) {
            let re = Double(c) + 0.2 * stream.gaussian(), im = 0.2 * stream.gaussian()
            #expect(abs(Double(x) - (re * re + im * im).squareRoot()) < 1e-6)
        }
        // Black is where the magnitude starts.
        let lifted = image.map { Tensor($0.shape, $0.values.map { $0 - 0.5 }) }
        let same = NoiseModel.rician(of: .gaussian(sigma: sigma)).observe(
            lifted, black: -0.5, seed: 9, image: 2, draw: 1)
        for (x, y) in zip(same.a.values, noisy.a.values) { #expect(abs(x + 0.5 - y) < 1e-6) }
    }

    // MARK: - What is known without drawing

    @Test func propertiesOfEveryModel() {
        let root = (2 / Double.pi).squareRoot()
        let gaussian = NoiseModel.gaussian(sigma: sigma)
        let kernel = CorrelationKernel.blur(1)
        for model in [gaussian, .correlated(sigma: sigma, kernel), .rows(sigma: sigma), .columns(sigma: sigma)] {
            #expect(model.nominalVariance == DomainPair(a: 0.2 * 0.2, b: 0.05 * 0.05))
            #expect(model.expectedAbsolute == DomainPair(a: 0.2 * root, b: 0.05 * root))
            #expect(model.isMeanZero && model.sharedCorrelation == 0 && !model.needsIntensity)
            #expect(model.ofMagnitudes == .rician(of: model))
        }
        let shared = NoiseModel.shared(sigma: sigma, correlation: 0.3)
        #expect(shared.nominalVariance == gaussian.nominalVariance && shared.sharedCorrelation == 0.3)
        let wrapped = NoiseModel.clipped(.quantised(shared, levels: 4, over: 0...1), to: 0...1)
        #expect(wrapped.sharedCorrelation == 0.3 && wrapped.nominalVariance == nil && !wrapped.isMeanZero)
        #expect(wrapped.ofMagnitudes == .clipped(.quantised(.rician(of: shared), levels: 4, over: 0...1), to: 0...1))
        for model in [NoiseModel.poisson(peak: sigma), .speckle(looks: sigma), .rician(of: gaussian)] {
            #expect(model.nominalVariance == nil && model.expectedAbsolute == nil && model.needsIntensity)
            #expect(model.ofMagnitudes == model)
        }
        // A floor of 0.15 for both directions together.
        let floor = NoiseModel.gaussian(sigma: DomainPair { _ in 0.075 * (Double.pi / 2).squareRoot() })
            .expectedAbsolute
        #expect(abs((floor?.a ?? 0) + (floor?.b ?? 0) - 0.15) < 1e-15)
    }
}
