import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct FourierRingTermsTests {
    /// Two outputs of a linear denoiser with a leak, and what the exchange makes of them.
    private struct Outputs {
        var height = 32, width = 32
        var leak = 0.0
        /// The response to the source's noise; 1 without filter.
        var response = 1.0
        var contentAmplitude = 1.0

        private func noise(_ image: Int, _ domain: Int, _ draw: Int) -> Plane {
            var stream = RandomStream(seed: 9, purpose: .test, domain: domain, image: image, draw: draw)
            return Plane(height: height, width: width) { _, _ in stream.gaussian() }
        }

        func add(_ pairs: Int, to terms: inout FourierRingTerms, exchanged: Bool = true) {
            for image in 0..<pairs {
                let content =
                    contentAmplitude
                    * Plane(height: height, width: width) { y, x in
                        cos(2 * .pi * Double(y + image) / 16) * cos(2 * .pi * Double(x) / 16)
                    }
                let (a, b) = (noise(image, 0, 0), noise(image, 1, 0))
                let (otherA, otherB) = (noise(image, 0, 1), noise(image, 1, 1))
                func output(_ source: Plane, _ target: Plane) -> [Plane] {
                    [content + response * source + leak * target]
                }
                terms.add(
                    output(b, a), output(a, b),
                    exchange: exchanged
                        ? .init(
                            outputs: DomainPair(a: output(b, otherA), b: output(a, otherB)),
                            noise: DomainPair(a: [a - otherA], b: [b - otherB])) : nil)
            }
        }
    }

    private func terms(_ outputs: Outputs, pairs: Int = 8, exchanged: Bool = true) -> FourierRingTerms {
        var terms = FourierRingTerms(ringWidth: 1.0 / 32, seed: 1)
        outputs.add(pairs, to: &terms, exchanged: exchanged)
        return terms
    }

    /// A linear leak in place is recovered in every sample, small as it is.
    @Test(arguments: [1e-3, 0.02, -0.3, 1.0])
    func linearLeakIsExact(leak: Double) throws {
        let terms = terms(Outputs(leak: leak, response: 0.6))
        for domain in Domain.allCases {
            let estimate = try terms.leak(of: domain)
            #expect((estimate.estimate - leak).magnitude < 1e-9)
            #expect(estimate.unitCount == 8)
            // Of a mean over independent pixels, ± 4 standard errors of 1/√8192.
            #expect((try terms.response(of: domain).estimate - 0.6).magnitude < 0.1)
        }
    }

    /// φ = 2Hλ/(H² + λ²), on either side of the exchange.
    @Test func differenceFollowsTheFormula() throws {
        for (response, leak) in [(1.0, 0.1), (0.5, 0.5), (0.2, -0.1)] {
            let terms = terms(Outputs(leak: leak, response: response))
            let phi = 2 * response * leak / (response * response + leak * leak)
            let found = try (terms.upperDifference().estimate, terms.upperCorrelation().estimate)
            #expect((found.0 - phi).magnitude < 0.15 && (found.1 - phi).magnitude < 0.15, "\(found) for \(phi)")
            let other = terms.other.rings.filter { $0.frequency > 1.0 / 3 }
            #expect(other.allSatisfy { $0.correlation.magnitude < 5 / $0.modeCount.squareRoot() })
        }
    }

    @Test func targetThatIsNotReadGivesExactlyZero() throws {
        let terms = terms(Outputs(leak: 0))
        let leak = try terms.leak(of: .a)
        #expect(leak.estimate == 0 && leak.interval95 == ConfidenceInterval(lower: 0, upper: 0, confidence: 0.95))
        #expect(try terms.upperDifference().estimate == 0)
        #expect((terms.series[SeriesName.ringDifference]?.value ?? [1]).allSatisfy { $0 == 0 })
    }

    /// f = target: no output holds noise of its source, and nothing can be matched, although everything leaks.
    @Test func copyOfTheTargetIsNotDetermined() {
        let terms = terms(Outputs(leak: 1, response: 0))
        #expect(throws: Undetermined.self) { try terms.leak(of: .a) }
        #expect(throws: Undetermined.self) { try terms.leak(of: .b) }
    }

    /// f = c: nothing moves, so nothing leaks, whatever the response.
    @Test func outputsWithoutNoiseLeakNothing() throws {
        let terms = terms(Outputs(leak: 0, response: 0))
        #expect(try terms.leak(of: .a).estimate == 0)
    }

    @Test func fewPairsHaveNoInterval() throws {
        let terms = terms(Outputs(leak: 0.1), pairs: 3)
        #expect(try terms.leak(of: .a).interval95 == nil)
        #expect(try terms.upperCorrelation().interval95 == nil)
    }

    @Test func withoutExchangeThereIsTheCurveAlone() throws {
        var terms = terms(Outputs(), exchanged: false)
        #expect(!terms.isExchanged && terms.same.pairCount == 8)
        #expect(throws: Undetermined.self) { try terms.leak(of: .a) }
        #expect(throws: Undetermined.self) { try terms.upperDifference() }
        #expect(try terms.upperCorrelation().interval95 != nil)
        #expect(
            Set(terms.series.keys) == [
                SeriesName.ringCorrelation, SeriesName.ringHalfBit, SeriesName.ringRandomised, SeriesName.ringCorrected,
            ])
        Outputs().add(1, to: &terms)
        #expect(!terms.isExchanged)
    }

    @Test func nothingAndConstantsHaveNoCorrelation() {
        var terms = FourierRingTerms(ringWidth: 1.0 / 32, seed: 1)
        #expect(throws: Undetermined.self) { try terms.upperCorrelation() }
        #expect(terms.series.values.allSatisfy { $0.value.isEmpty })
        let flat = [Plane(height: 32, width: 32) { _, _ in 0.5 }]
        terms.add(flat, flat, exchange: nil)
        #expect(throws: Undetermined.self) { try terms.upperCorrelation() }
    }
}
