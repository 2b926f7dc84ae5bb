import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// Captures of photon counts, whose noise is a hundred times stronger in bright spots than between them, without a clean image.
@Suite struct PhotonCaptureTests {
    /// Four images with a few bright spots on a dim ground, and one further capture of each.
    private static func counts(seed: UInt64) -> (EvaluationSet, clean: [Tensor]) {
        let side = 96
        let clean = (0..<8).map { index in
            var stream = RandomStream(seed: seed, purpose: .phantom, image: index)
            var image = [Double](repeating: 3, count: side * side)
            for _ in 0..<3 {
                let (y, x, peak) = (
                    Double(side) * stream.uniform(), Double(side) * stream.uniform(), 500 * stream.uniform()
                )
                for i in image.indices {
                    let (dy, dx) = (Double(i / side) - y, Double(i % side) - x)
                    image[i] += peak * exp(-(dy * dy + dx * dx) / 50)
                }
            }
            return Tensor([side, side, 1], image.map { Float($0) })
        }
        func capture(_ index: Int, _ domain: Domain, _ draw: Int) -> Tensor {
            var stream = RandomStream(seed: seed, purpose: .noise, domain: domain.index, image: index, draw: draw)
            return Tensor(clean[index].shape, clean[index].values.map { Float(stream.poisson(mean: Double($0))) })
        }
        let pairs = clean.indices.map { index in
            EvaluationPair(
                id: "\(index)", split: .heldout, noisy: DomainPair { capture(index, $0, 0) }, clean: nil,
                repeats: [DomainPair { capture(index, $0, 1) }])
        }
        return (EvaluationSet(name: "counts", pairs: pairs, dataRange: 500, noisesAreIndependent: true), clean)
    }

    /// f = the source blurred ten times, a poor denoiser with large errors in the spots, + λ0·n_a.
    private static func model(_ set: EvaluationSet, _ clean: [Tensor], leak: Float) -> OraclePredictor {
        OraclePredictor(name: "blur", readsTarget: leak != 0) { x, direction in
            let blurred = (0..<10).reduce(x[direction.source]) { image, _ in binomial(image) }
            let sources = set.pairs.map { [$0.noisy[direction.source], $0.repeats[0][direction.source]] }
            guard leak != 0, let index = sources.firstIndex(where: { $0.contains(x[direction.source]) }) else {
                return blurred
            }
            return combine(blurred, combine(x[direction.target], clean[index]) { leak * ($0 - $1) }) { $0 + $1 }
        }
    }

    /// Without leakage the 95 % interval misses 0 in no more of 200 data sets than the 99 % band of 5 % allows; with it the interval
    /// holds λ as often.
    @Test(arguments: [Float(0), 0.2]) func intervalsOfTheFreshRoute(leak: Float) throws {
        let trials = 200
        let misses = try Parallel.map(trials) { trial in
            let (set, clean) = Self.counts(seed: UInt64(trial))
            let observed = try Observed(Self.model(set, clean, leak: leak), set, seed: UInt64(trial))
            let interval = try observed.measure(TargetLeakageFresh(margin: 0.02)).interval95
            return interval?.contains(Double(leak)) == true ? 0 : 1
        }.reduce(0, +)
        print("fresh route on photon counts, λ \(leak): \(misses) of \(trials) intervals miss")
        #expect(misses <= binomialBand(trials, rate: 0.05).upperBound)
    }

    /// The weights make the estimate several times less uncertain: d/R̂ instead of d.
    @Test func weightsNarrowTheInterval() throws {
        let (set, clean) = Self.counts(seed: 5)
        var unweighted = set
        unweighted.noiseIsGaussian = true
        func width(_ set: EvaluationSet) throws -> Double {
            let observed = try Observed(Self.model(set, clean, leak: 0), set)
            let interval = try #require(try observed.measure(TargetLeakageFresh(margin: 0.02)).interval95)
            return interval.upper - interval.lower
        }
        let (narrow, wide) = (try width(set), try width(unweighted))
        print("fresh route on photon counts: width \(narrow) weighted, \(wide) not")
        #expect(narrow < wide / 2)
    }

    /// What else runs on captures alone: the floor by the repeat, and the source's noise by its exchange: h(0) of the blur.
    @Test func floorAndPassThrough() throws {
        let (set, clean) = Self.counts(seed: 3)
        let observed = try Observed(Self.model(set, clean, leak: 0), set)
        let floor = try #require(try observed.judge(NoiseFloor(margin: 0.01)).estimate)
        let sample = observed.samples[0]
        #expect(floor > 1)
        // h(0) of the blur, by its response to one point.
        let point = Tensor(sample.output.shape, (0..<sample.output.count).map { $0 == 0 ? 1 : 0 })
        let centre = (0..<10).reduce(point) { image, _ in binomial(image) }.values[0]
        let passed = try #require(try observed.judge(SourcePassThrough()).estimate)
        #expect(abs(passed - Double(centre)) < 0.01, "\(passed) \(centre)")
        // A model that returns its target is below the floor: its loss is 0.
        let copy = OraclePredictor(name: "copy", readsTarget: true) { x, direction in x[direction.target] }
        #expect(try Observed(copy, set).judge(NoiseFloor(margin: 0.01)).status == .fail)
    }
}
