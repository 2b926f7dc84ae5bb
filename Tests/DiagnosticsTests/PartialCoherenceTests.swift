import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields

@Suite struct PartialCoherenceTests {
    private struct Golden: Decodable {
        struct Case: Decodable {
            let segment: Int
            let overlap: Double
            let window: Window
            let u, v, w, partial: [Double]
        }
        let cases: [Case]
    }

    @Test func rowsMatchSciPy() throws {
        for golden in try fixture("spectra/partial.json", as: Golden.self).cases {
            var accumulator = SpectralAccumulator(
                fields: ["u", "v", "w"], ringWidth: 1 / Double(golden.segment), window: golden.window,
                segmentation: Segmentation(height: 1, width: golden.segment, overlap: golden.overlap))
            accumulator.add(
                unit: [[golden.u, golden.v, golden.w].map { Plane(height: 1, width: $0.count, values: $0) }])
            let spectra = accumulator.spectra
            let partial = spectra.rings.compactMap { spectra.partialCoherence("u", "v", given: "w", $0) }
            #expect(relativeError(partial, golden.partial, floor: 1e-3) < 1e-9)
            #expect(spectra.partialCoherence("u", "v", given: "v", spectra.rings[0]) == nil)
        }
    }

    /// Unrelated given w: nothing to see in a field without power, and at most 5 % of rings beyond their threshold for fields that
    /// are related through w alone.
    @Test func nothingGivenNothing() throws {
        let zero = Plane(height: 32, width: 32) { _, _ in 0 }
        var beyond = 0, rings = 0
        for image in 0..<12 {
            let w = whiteNoise(32, 32, image: 3 * image)
            let u = w + whiteNoise(32, 32, image: 3 * image + 1), v = w + whiteNoise(32, 32, image: 3 * image + 2)
            var accumulator = SpectralAccumulator(
                fields: ["u", "v", "w", "0"], ringWidth: 1.0 / 16, window: .boxcar)
            accumulator.add(unit: [[u, v, w, zero]])
            let spectra = accumulator.spectra
            for ring in spectra.rings where spectra.effectiveModeCount(ring) > 8 {
                let modes = spectra.effectiveModeCount(ring)
                let partial = try #require(spectra.partialCoherence("u", "v", given: "w", ring))
                #expect(spectra.partialCoherence("u", "v", given: "0", ring) == nil)
                #expect(try #require(spectra.coherence("u", "v", ring)) > partial - 0.3)
                rings += 1
                // P(γ² > t) = (1-t)^(K-2).
                if pow(1 - partial, modes - 2) < 0.05 { beyond += 1 }
            }
        }
        #expect(binomialBand(rings, rate: 0.05).contains(beyond), "\(beyond) of \(rings)")
    }

    // MARK: The row of the suite

    private static let shared = Scenes(imageCount: 2, correlation: 0.6).evaluation

    /// Noise that both observations share is in the error of any filter of the source; given the source's noise, nothing is left of it.
    @Test func sharedNoiseIsNoPath() throws {
        let rows = try Observed(LinearOracle(evaluation: Self.shared), Self.shared).rows(SpectralCoherence())
        #expect(rows.map(\.id) == ["spectrum.coherence", "spectrum.coherence.partial"])
        #expect((rows[0].pValue ?? 1) < 1e-6 && (rows[1].pValue ?? 0) > 0.001, "\(rows.map(\.because))")
        let leak = try Observed(LinearOracle(evaluation: Self.shared, leak: 0.1), Self.shared).rows(SpectralCoherence())
        #expect(leak.allSatisfy { ($0.pValue ?? 1) < 1e-6 && $0.status == .info }, "\(leak.map(\.because))")
    }

    /// p ≤ 0.05 in as many of 200 null data sets as it may, with noises that are independent and with noises that are not.
    @Test(arguments: [0.0, 0.5]) func falseAlarms(correlation: Double) throws {
        let trials = 200
        let count = try alarms(trials) { trial in
            let scenes = Scenes(height: 96, width: 96, correlation: correlation, seed: UInt64(trial)).evaluation
            let observed = try Observed(LinearOracle(evaluation: scenes), scenes)
            do {
                return (try observed.rows(SpectralCoherence()).last?.pValue ?? 0) <= 0.05
            } catch let error as SampleError where error.isMissingEvidence { return false }
        }
        #expect(binomialBand(trials, rate: 0.05).contains(count), "\(count)")
    }
}
