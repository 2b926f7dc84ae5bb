import Foundation
import Testing

@testable import Engine
@testable import Tensors

@Suite struct DataNormalisationTests {
    private struct Golden: Decodable {
        struct Median: Decodable {
            let shape: [Int]
            let values: [Float]
            let shown: Int
            let median: Double
        }
        let medians: [Median]
    }

    private func dataset(
        _ statistics: Normalisation.Statistics, representation: DataConfiguration.Representation = .complex,
        model: NoiseModel = .gaussian(sigma: DomainPair(a: 0.2, b: 0.1)), repeats: Int = 0
    ) throws -> PairedDataset {
        try PairedDataset.load(
            DataConfiguration(
                source: "phantom", representation: representation,
                phantom: KneePhantom(subjects: 3, slices: 2, size: 48),
                heldOut: .fraction(0.3), normalisation: .medianMagnitude(of: statistics), repeats: repeats,
                noise: .init(model)), seed: 3)
    }

    @Test func medianOfMagnitudes() throws {
        #expect(Magnitude.median(of: Tensor([1, 3, 2], [3, 4, 0, 0, 0, -1])) == 3)
        #expect(Magnitude.median(of: Tensor([2, 2, 1], [-10, 0.5, 0.51, 2])) == 2)
        #expect(Magnitude.median(of: Tensor([2, 2, 1])) == 1)
        #expect(Magnitude.ofPixels(Tensor([1, 1, 3], [2, 3, 6])) == [7])
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: fixture("phantom/expected.json")))
        for median in golden.medians {
            let image = Tensor(median.shape, median.values)
            #expect(median.shown < image.count / image.shape[2])
            #expect(abs(Magnitude.median(of: image) - median.median) < 1e-12)
            let scaled = Elementwise.map(image) { $0 * 4 }
            #expect(abs(Magnitude.median(of: scaled) - 4 * median.median) < 1e-12)
        }
    }

    @Test func theImagesTheMedianIsOfHaveMedianOne() throws {
        for statistics in Normalisation.Statistics.allCases {
            let dataset = try dataset(statistics)
            for pair in dataset.training + dataset.heldOut {
                let clean = try #require(pair.clean)
                let (a, b) = (Magnitude.median(of: pair.noisy.a), Magnitude.median(of: pair.noisy.b))
                switch statistics {
                case .clean:
                    for domain in Domain.allCases { #expect(abs(Magnitude.median(of: clean[domain]) - 1) < 1e-6) }
                case .own: #expect(abs(a - 1) < 1e-6 && abs(b - 1) < 1e-6)
                case .a: #expect(abs(a - 1) < 1e-6 && abs(b - 1) > 1e-3)
                case .b: #expect(abs(b - 1) < 1e-6 && abs(a - 1) > 1e-3)
                case .both: #expect(abs(a * b - 1) < 1e-6 && abs(a - 1) > 1e-3)
                }
            }
        }
    }

    @Test func theScaleGivesBackTheUnitsOfTheSource() throws {
        for statistics in Normalisation.Statistics.allCases {
            let dataset = try dataset(statistics)
            for pair in dataset.training {
                let knee = try #require(Int(pair.subject.dropFirst(4))), slice = try #require(Int(pair.id.suffix(1)))
                let raw = KneePhantom(subjects: 3, slices: 2, size: 48).image(
                    subject: knee - 1, slice: slice - 1, seed: 3)
                for domain in Domain.allCases {
                    let clean = try #require(pair.clean?[domain]), scale = Float(pair.scale[domain])
                    #expect(zip(clean.values, raw[domain].values).allSatisfy { abs($0 * scale - $1) < 1e-6 })
                    #expect(abs(pair.dataRange(of: dataset)[domain] * pair.scale[domain] - 1) < 1e-12)
                }
            }
        }
    }

    @Test func noiseIsInUnitsOfTheCleanMedian() throws {
        let sigma = 0.075 * (Double.pi / 2).squareRoot()
        let dataset = try PairedDataset.load(
            DataConfiguration(
                source: "phantom", representation: .complex, heldOut: .fraction(0.25),
                normalisation: .medianMagnitude(of: .clean), noise: .init(.gaussian(sigma: DomainPair { _ in sigma }))),
            seed: 1337)
        var floor = 0.0
        for pair in dataset.training {
            let clean = try #require(pair.clean)
            for domain in Domain.allCases {
                let noise = zip(clean[domain].values, pair.noisy[domain].values).map { Double(abs($0.0 - $0.1)) }
                floor += noise.reduce(0, +) / Double(noise.count)
            }
        }
        // 36 pairs · 2 · 18432 values, E|n| known to σ·0.6/√1.3e6: 0.15 to 0.1 %.
        #expect(abs(floor / Double(dataset.training.count) - 0.15) < 3e-4)
        let expected = try #require(dataset.expectedAbsoluteNoise)
        #expect(abs(expected.a + expected.b - 0.15) < 1e-12)
    }

    @Test func newNoiseOfOneDomainReachesWhatTheStatisticsSay() throws {
        for statistics in Normalisation.Statistics.allCases {
            let dataset = try dataset(statistics)
            let pair = dataset.training[0]
            for domain in Domain.allCases {
                var draws = DomainPair(a: 0, b: 0)
                draws[domain] = 7
                let observation = dataset.observation(of: pair, draws: draws)
                #expect(observation.images[domain] != pair.noisy[domain])
                // The other domain's image is the stored one, perhaps by another factor.
                let (now, before) = (observation.images[domain.other], pair.noisy[domain.other])
                let factor = Float(pair.scale[domain.other] / observation.scale[domain.other])
                #expect(zip(now.values, before.values).allSatisfy { abs($0 - $1 * factor) < 1e-5 })
                let isMoved = abs(factor - 1) > 1e-5
                #expect(isMoved == (statistics == .both || statistics.rawValue == domain.rawValue))
                let couples = Normalisation.medianMagnitude(of: statistics).dependsOnNoise(ofTarget: domain)
                #expect(couples == (isMoved || statistics == .own))
            }
            #expect((dataset.nominalVariance == nil) == (statistics != .clean))
            #expect(dataset.observation(of: pair, draws: DomainPair(a: 0, b: 0)).images == pair.noisy)
        }
        for target in Domain.allCases { #expect(!Normalisation.none.dependsOnNoise(ofTarget: target)) }
    }

    @Test func repeatsAreIndependentCapturesInTheSameUnits() throws {
        let dataset = try dataset(.both, repeats: 2)
        for pair in dataset.training {
            #expect(pair.repeats.count == 2)
            let clean = try #require(pair.clean)
            let noises = ([pair.noisy] + pair.repeats).map { capture in
                zip(capture.a.values, clean.a.values).map { Double($0.0 - $0.1) }
            }
            let n = Double(noises[0].count)
            func product(_ i: Int, _ j: Int) -> Double { zip(noises[i], noises[j]).reduce(0) { $0 + $1.0 * $1.1 } / n }
            for (i, j) in [(0, 1), (0, 2), (1, 2)] {
                // Same power, no correlation: 5 standard errors.
                #expect(abs(product(i, i) / product(j, j) - 1) < 5 * (4 / n).squareRoot())
                #expect(abs(product(i, j)) < 5 * product(i, i) / n.squareRoot())
            }
        }
    }

    @Test func magnitudesAreRician() throws {
        let sigma = DomainPair(a: 0.2, b: 0.1)
        let complex = try dataset(.clean), magnitude = try dataset(.clean, representation: .magnitude)
        #expect(magnitude.noise == .rician(of: .gaussian(sigma: sigma)))
        for (whole, pair) in zip(complex.training, magnitude.training) {
            #expect(pair.noisy.a.shape == [48, 48, 1])
            let clean = try #require(pair.clean?.a), reference = Magnitude.ofPixels(try #require(whole.clean?.a))
            #expect(zip(clean.values, reference).allSatisfy { abs(Double($0) - $1) < 1e-5 })
            // In air E x² = 2σ²: exponential, so of standard deviation 2σ².
            let air = zip(clean.values, pair.noisy.a.values).filter { $0.0 == 0 }.map { Double($0.1) * Double($0.1) }
            #expect(air.count > 100)
            let n = Double(air.count), mean = air.reduce(0, +) / n
            #expect(abs(mean / 0.08 - 1) < 5 / n.squareRoot())
            #expect(pair.noisy.a.values.allSatisfy { $0 >= 0 })
        }
    }
}
