import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct SpectraCrossTests {
    struct Golden: Decodable {
        struct Bin: Decodable {
            let modes: Int
            let weight: Double
            let meanRadius, effectiveModes, powerU, powerV: Double?
            let cross: [Double]?
        }
        struct Rings: Decodable {
            let height, width: Int
            let ringWidth, varianceU, periodogramMean: Double
            let window: Window
            let u, v: [Double]
            let bins: [Bin]
        }
        struct Welch: Decodable {
            let segment: Int
            let overlap: Double
            let window: Window
            let u, v, frequency, powerU, powerV, cross, coherence: [Double]
        }
        let rings: [Rings]
        let welch: [Welch]
    }

    @Test func ringSumsMatchNumPy() throws {
        for golden in try fixture("spectra/spectra.json", as: Golden.self).rings {
            var accumulator = SpectralAccumulator(
                fields: ["u", "v"], ringWidth: golden.ringWidth, window: golden.window)
            accumulator.add(
                unit: [
                    [golden.u, golden.v].map { Plane(height: golden.height, width: golden.width, values: $0) }
                ])
            let spectra = accumulator.spectra
            #expect(golden.bins.count == spectra.layout.ringCount + 2)
            for (bin, expected) in golden.bins.enumerated() {
                guard let radius = expected.meanRadius, let cross = expected.cross else {
                    #expect(spectra.frequency(bin) == nil && spectra.power("u", bin) == nil)
                    #expect(spectra.crossPower("u", "v", bin) == nil && spectra.effectiveModeCount(bin) == 0)
                    continue
                }
                let measured = try #require(spectra.crossPower("u", "v", bin))
                let values = [
                    try #require(spectra.frequency(bin)), spectra.effectiveModeCount(bin),
                    try #require(spectra.power("u", bin)), try #require(spectra.power("v", bin)), measured.real,
                    measured.imaginary,
                ]
                let reference = [
                    radius, try #require(expected.effectiveModes), try #require(expected.powerU),
                    try #require(expected.powerV), cross[0], cross[1],
                ]
                #expect(relativeError(values, reference, floor: 1e-2) < 1e-10, "bin \(bin)")
            }
            let mean = try #require(spectra.meanProduct("u", "u"))
            #expect((mean / golden.periodogramMean - 1).magnitude < 1e-12)
            if golden.window == .boxcar { #expect((mean / golden.varianceU - 1).magnitude < 1e-12) }
        }
    }

    @Test func rowsMatchSciPyWelch() throws {
        for golden in try fixture("spectra/spectra.json", as: Golden.self).welch {
            var accumulator = SpectralAccumulator(
                fields: ["u", "v"], ringWidth: 1 / Double(golden.segment), window: golden.window,
                segmentation: Segmentation(height: 1, width: golden.segment, overlap: golden.overlap))
            accumulator.add(
                unit: [[golden.u, golden.v].map { Plane(height: 1, width: $0.count, values: $0) }])
            let spectra = accumulator.spectra
            #expect(spectra.rings.count == golden.frequency.count)
            #expect(relativeError(spectra.rings.compactMap(spectra.frequency), golden.frequency) < 1e-12)
            #expect(relativeError(spectra.rings.compactMap { spectra.power("u", $0) }, golden.powerU) < 1e-10)
            #expect(relativeError(spectra.rings.compactMap { spectra.power("v", $0) }, golden.powerV) < 1e-10)
            let cross = spectra.rings.compactMap { spectra.crossPower("u", "v", $0) }.flatMap {
                [$0.real, $0.imaginary]
            }
            #expect(relativeError(cross, golden.cross, floor: 1e-2) < 1e-10)
            let coherence = spectra.rings.compactMap { spectra.coherence("u", "v", $0) }
            #expect(relativeError(coherence, golden.coherence) < 1e-10)
        }
    }

    private func row(_ planes: [Plane], fields: [String] = ["n", "e"], window: Window = .boxcar) -> RingSpectra {
        var accumulator = SpectralAccumulator(
            fields: fields, ringWidth: 1 / Double(max(planes[0].height, planes[0].width)), window: window)
        accumulator.add(unit: [planes])
        return accumulator.spectra
    }

    /// e = h∗n, circular, h = (1 2 1)/4 delayed by 2 pixels: T = ½(1 + cos 2πν) exp(-4πiν).
    @Test func transferOfAFilterHasItsGainAndPhase() throws {
        let width = 20
        let noise = whiteNoise(1, width, image: 1)
        let filtered = Plane(height: 1, width: width) { _, x in
            let centre = x - 2 + width
            return 0.25 * noise[0, (centre - 1) % width] + 0.5 * noise[0, centre % width]
                + 0.25 * noise[0, (centre + 1) % width]
        }
        let spectra = row([noise, filtered])
        #expect(spectra.rings.count == 10)
        for ring in spectra.rings {
            let frequency = try #require(spectra.frequency(ring))
            let transfer = try #require(spectra.transfer(from: "n", to: "e", ring))
            let expected = Phasor(amplitude: 0.5 + 0.5 * cosine(2 * .pi * frequency), phase: -4 * .pi * frequency)
            #expect((transfer.real - expected.real).magnitude < 1e-13)
            #expect((transfer.imaginary - expected.imaginary).magnitude < 1e-13)
        }
        // ν = 0.05: the phase itself, with its sign.
        let first = try #require(spectra.transfer(from: "n", to: "e", 0))
        #expect((first.phase + 0.2 * .pi).magnitude < 1e-12)
        #expect((first.amplitude - (0.5 + 0.5 * cosine(0.1 * .pi))).magnitude < 1e-12)
        #expect(Phasor(real: 0, imaginary: 2).phase == .pi / 2 && Phasor(real: 3, imaginary: 4).amplitude == 5)
    }

    private func cosine(_ angle: Double) -> Double { Phasor(amplitude: 1, phase: angle).real }

    @Test func threeCurvesAddUpToTheResidual() throws {
        let noise = whiteNoise(12, 15, image: 2)
        let error = 0.3 * noise + 0.5 * whiteNoise(12, 15, image: 3)
        for window in Window.allCases {
            let spectra = row([error, noise, error - noise], fields: ["e", "n", "r"], window: window)
            for bin in 0..<spectra.layout.ringCount + 1 {
                guard let split = spectra.residualSplit(error: "e", noise: "n", bin) else { continue }
                let residual = try #require(spectra.power("r", bin))
                #expect((split.residual / residual - 1).magnitude < 1e-12)
            }
        }
    }

    /// λ = Σ T P_nn / Σ P_nn is the ratio of mean products.
    @Test func leakageCoefficientFromTheSpectrum() throws {
        var noise = whiteNoise(9, 8, image: 4)
        noise = Plane(height: 9, width: 8) { noise[$0, $1] - noise.mean }
        let error = 0.3 * noise + whiteNoise(9, 8, image: 5)
        let spectra = row([noise, error])
        let ratio =
            try #require(spectra.meanProduct("e", "n")) / #require(spectra.meanProduct("n", "n"))
        #expect((ratio / (Plane.meanProduct(error, noise) / Plane.meanProduct(noise, noise)) - 1).magnitude < 1e-12)
        #expect(spectra.crossPower("e", "n", 1)?.imaginary == spectra.crossPower("n", "e", 1).map { -$0.imaginary })
    }

    /// One segment of a row holds one mode per frequency: coherence is 1 whatever the fields, and says nothing.
    @Test func oneSegmentHasCoherenceOne() throws {
        let spectra = row([whiteNoise(1, 17, image: 6), whiteNoise(1, 17, image: 7)])
        for ring in spectra.rings {
            #expect((try #require(spectra.coherence("n", "e", ring)) - 1).magnitude < 1e-12)
            #expect(spectra.debiasedCoherence("n", "e", ring) == nil)
            #expect(spectra.coherenceThreshold(falseAlarmRate: 0.05, ring) == 1)
        }
    }

    @Test func constantFieldsHaveNoCoherence() {
        let flat = Plane(height: 8, width: 8) { _, _ in 3 }
        let spectra = row([flat, whiteNoise(8, 8, image: 8)])
        for ring in spectra.rings {
            #expect(spectra.power("n", ring) == 0)
            #expect(spectra.coherence("n", "e", ring) == nil && spectra.transfer(from: "n", to: "e", ring) == nil)
        }
        let pixel = row([Plane(height: 1, width: 1, values: [2]), Plane(height: 1, width: 1, values: [5])])
        #expect(pixel.rings.isEmpty && pixel.meanProduct("n", "n") == 0)
    }

    /// Unrelated white fields: E γ² = 1/K, the debiased value 0, and the threshold is passed at its nominal rate or, where
    /// the window correlates modes, a little more rarely. The number of modes itself, taken for K, raises false alarms.
    @Test(arguments: [(Window.boxcar, 1.0, 0.05), (.hann, 1, 0.17), (.hann, 4, 0.39)])
    func coherenceOfWhiteNoise(window: Window, widthInModes: Double, naiveRate: Double) throws {
        let rings = FrequencyRings(height: 32, width: 32, ringWidth: widthInModes / 32)
        let tested = Array(stride(from: widthInModes == 1 ? 3 : 0, to: rings.ringCount, by: widthInModes == 1 ? 4 : 1))
        let sets = 1500
        var alarms = 0
        var naiveAlarms = 0
        var scaled = 0.0
        var debiased = 0.0
        for set in 0..<sets {
            var accumulator = SpectralAccumulator(fields: ["n", "e"], ringWidth: rings.ringWidth, window: window)
            accumulator.add(unit: [[1, 2].map { whiteNoise(32, 32, image: set, draw: $0) }])
            let spectra = accumulator.spectra
            for ring in tested {
                let coherence = try #require(spectra.coherence("n", "e", ring))
                alarms += coherence > spectra.coherenceThreshold(falseAlarmRate: 0.05, ring) ? 1 : 0
                naiveAlarms += pow(1 - coherence, Double(rings.modeCounts[ring] - 1)) < 0.05 ? 1 : 0
                scaled += coherence * spectra.effectiveModeCount(ring)
                debiased += try #require(spectra.debiasedCoherence("n", "e", ring))
            }
        }
        let tests = sets * tested.count
        let band = BinomialDistribution(trials: tests, probability: 0.05).band(confidence: 0.99)
        #expect(alarms <= band.upperBound, "\(alarms) of \(tests)")
        #expect(alarms >= (window == .boxcar ? band.lowerBound : tests * 4 / 100), "\(alarms) of \(tests)")
        #expect((Double(naiveAlarms) / Double(tests) - naiveRate).magnitude < 0.02, "\(naiveAlarms) of \(tests)")
        // One coherence times K scatters by about 1.
        #expect((scaled / Double(tests) - 1).magnitude < (window == .boxcar ? 4 / Double(tests).squareRoot() : 0.05))
        #expect((debiased / Double(tests)).magnitude < 0.005)
    }

    /// The sums of each image are kept, so a transfer function gets an interval by resampling images; images of several
    /// sizes share the rings.
    @Test func transferWithAnIntervalOverImages() throws {
        let sizes = [(24, 24), (17, 30), (32, 20)]
        func accumulator(_ images: Range<Int>) -> SpectralAccumulator {
            var result = SpectralAccumulator(fields: ["e", "n"], ringWidth: 0.1, window: .boxcar)
            for image in images {
                let (height, width) = sizes[image % 3]
                let noise = whiteNoise(height, width, image: image, draw: 3)
                result.add(unit: [[0.2 * noise + 0.3 * whiteNoise(height, width, image: image, draw: 4), noise]])
            }
            return result
        }
        let whole = accumulator(0..<30)
        var joined = accumulator(0..<11)
        joined.merge(accumulator(11..<30))
        #expect(joined.rows == whole.rows)
        let estimator = IntervalEstimator(unitSums: whole.rows, seed: 1, replicates: 500)
        for ring in whole.spectra.rings {
            let estimate = try #require(
                estimator.estimate { whole.spectra(of: $0).transfer(from: "n", to: "e", ring)?.real ?? .nan })
            let direct = try #require(whole.spectra.transfer(from: "n", to: "e", ring))
            #expect((estimate.estimate - direct.real).magnitude < 1e-12)
            #expect((estimate.estimate - 0.2).magnitude < 0.06)
            let interval = try #require(estimate.interval95)
            // SE of T is √(P_ww / (P_nn K)) / √2 for its real part.
            let error = 0.3 / (2 * whole.spectra.effectiveModeCount(ring)).squareRoot()
            #expect(((interval.upper - interval.lower) / (4 * error) - 1).magnitude < 0.5)
        }
    }

    /// Units added over any number of threads have the bytes of units added one after the other, in the same order.
    @Test(arguments: [nil, Segmentation(height: 8, width: 12)])
    func unitsInParallelAreUnitsInTurn(segmentation: Segmentation?) throws {
        @Sendable func unit(_ image: Int) -> [[Plane]] {
            let (height, width) = (15 + image % 2, 20 + image % 3)
            return (0..<1 + image % 2).map { channel in
                (0..<3).map { whiteNoise(height, width, image: image, draw: 10 * channel + $0) }
            }
        }
        let empty = SpectralAccumulator(
            fields: ["e", "n", "r"], ringWidth: 0.1, window: .hann, segmentation: segmentation)
        var inTurn = empty
        for image in 0..<13 { inTurn.add(unit: unit(image)) }
        let before = Parallel.threadCount
        defer { Parallel.threadCount = before }
        for threads in [1, 2, 5] {
            Parallel.threadCount = threads
            var together = empty
            together.add(unit: unit(0))
            try together.add(units: 12) { unit($0 + 1) }
            #expect(together.rows == inTurn.rows)
        }
        struct Broken: Error {}
        var unchanged = inTurn
        #expect(throws: Broken.self) { try unchanged.add(units: 9) { if $0 == 7 { throw Broken() } else { unit($0) } } }
        #expect(unchanged.rows == inTurn.rows)
    }

    /// Channels of one image are one unit: their sums are added before anything is divided.
    @Test func channelsAreAddedBeforeDividing() throws {
        let loud = [10 * whiteNoise(8, 8, image: 40), 10 * whiteNoise(8, 8, image: 41)]
        let quiet = [whiteNoise(8, 8, image: 42), whiteNoise(8, 8, image: 43)]
        var accumulator = SpectralAccumulator(fields: ["e", "n"], ringWidth: 0.25, window: .hann)
        accumulator.add(unit: [loud, quiet])
        #expect(accumulator.rows.count == 1)
        let both = try #require(accumulator.spectra.crossPower("e", "n", 0))
        let apart = try [loud, quiet].map { planes in
            var single = SpectralAccumulator(fields: ["e", "n"], ringWidth: 0.25, window: .hann)
            single.add(unit: [planes])
            return try #require(single.spectra.crossPower("e", "n", 0))
        }
        #expect((both.real - (apart[0].real + apart[1].real) / 2).magnitude < 1e-10)
        #expect((both.imaginary - (apart[0].imaginary + apart[1].imaginary) / 2).magnitude < 1e-10)
    }
}
