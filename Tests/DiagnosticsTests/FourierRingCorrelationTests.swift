import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// Against NumPy on the full plane (Tests/Fixtures/frc), and by hand.
@Suite struct FourierRingCorrelationTests {
    struct Golden: Decodable {
        struct Pair: Decodable { let a, b, otherA, otherB, noiseA, noiseB: [[Double]] }
        struct Case: Decodable {
            let height, width: Int
            let ringWidth: Double
            let window: Window
            let seed: UInt64
            let pairs: [Pair]
            let firstRandomised: [[[Double]]]
            let same, other, randomised, corrected, difference: [Double]
            let upper: Double
            let leaks: [Double]

            func planes(_ channels: [[Double]]) -> [Plane] {
                channels.map { Plane(height: height, width: width, values: $0) }
            }
        }
        let cases: [Case]
    }

    private let golden: [Golden.Case]

    init() throws { golden = try fixture("frc/frc.json", as: Golden.self).cases }

    private func largest(_ values: [Double], _ reference: [Double]) -> Double {
        relativeError(values, reference, floor: 1)
    }

    @Test func ringsAgreeWithNumPy() {
        for golden in golden {
            var same = FourierRingCorrelation(ringWidth: golden.ringWidth, window: golden.window)
            var other = same
            for pair in golden.pairs {
                same.add(golden.planes(pair.a), golden.planes(pair.b))
                other.add(golden.planes(pair.otherA), golden.planes(pair.otherB))
            }
            #expect(same.pairCount == golden.pairs.count)
            #expect(same.rings.map(\.index) == Array(golden.same.indices))
            #expect(largest(same.rings.map(\.correlation), golden.same) < 1e-10)
            #expect(largest(other.rings.map(\.correlation), golden.other) < 1e-10)
            let sums = same.sums(above: 1.0 / 3)
            let totals = (0..<3).map { term in sums.reduce(0) { $0 + $1[term] } }
            #expect((FourierRingCorrelation.correlation(totals) - golden.upper).magnitude < 1e-10)
        }
    }

    @Test func termsAgreeWithNumPy() throws {
        for golden in golden where golden.window == .hann {
            var terms = FourierRingTerms(ringWidth: golden.ringWidth, seed: golden.seed)
            for pair in golden.pairs {
                terms.add(
                    golden.planes(pair.a), golden.planes(pair.b),
                    exchange: .init(
                        outputs: DomainPair(a: golden.planes(pair.otherA), b: golden.planes(pair.otherB)),
                        noise: DomainPair(a: golden.planes(pair.noiseA), b: golden.planes(pair.noiseB))))
            }
            #expect(largest(terms.randomised.rings.map(\.correlation), golden.randomised) < 1e-10)
            let series = terms.series
            #expect(largest(series[SeriesName.ringDifference]?.value ?? [], golden.difference) < 1e-10)
            let first = Int((0.125 / golden.ringWidth - 1e-9).rounded(.up))
            let corrected = Array(golden.same[..<first]) + golden.corrected[first...]
            #expect(largest(series[SeriesName.ringCorrected]?.value ?? [], corrected) < 1e-10)
            #expect(largest(series[SeriesName.ringRandomised]?.value ?? [], Array(golden.randomised[first...])) < 1e-10)
            for (domain, leak) in zip([Domain.a, .b], golden.leaks) {
                #expect((try terms.leak(of: domain).estimate - leak).magnitude < 1e-10)
            }
            #expect((try terms.upperCorrelation().estimate - golden.upper).magnitude < 1e-10)
        }
    }

    @Test func randomisedPlanesAgreeWithNumPy() {
        for golden in golden {
            for (domain, channels) in golden.firstRandomised.enumerated() {
                let planes = golden.planes(domain == 0 ? golden.pairs[0].a : golden.pairs[0].b)
                for (channel, expected) in channels.enumerated() {
                    var stream = RandomStream(
                        seed: golden.seed, purpose: .permutation, domain: domain, image: 0, draw: channel)
                    let made = PhaseRandomisation.randomised(planes[channel], beyond: 0.125, &stream)
                    #expect(largest(made.values, expected) < 1e-10)
                }
            }
        }
    }

    /// One wave with itself a quarter of a period and a sixth of a period on: cos of the phase.
    @Test(arguments: [(0.0, 1.0), (0.25, 0.0), (0.5, -1.0), (1.0 / 6, 0.5)])
    func oneWaveByHand(delay: Double, expected: Double) {
        func wave(_ delay: Double) -> Plane {
            Plane(height: 6, width: 12) { _, x in cos(2 * .pi * (Double(x) / 4 - delay)) }
        }
        var correlation = FourierRingCorrelation(ringWidth: 1.0 / 12, window: .boxcar)
        correlation.add([wave(0)], [wave(delay)])
        // ν = 1/4 is the upper edge of ring 2; the others hold nothing but rounding.
        let ring = correlation.rings.first { $0.index == 2 }
        #expect(((ring?.correlation ?? .nan) - expected).magnitude < 1e-12)
        #expect(ring.map { ($0.frequency * 12).rounded() / 12 } == 3.0 / 12)
    }

    /// Two pairs of one ring: (2·1 + 1·(-3))/√((4 + 1)(1 + 9)) and not the mean of 1 and -1.
    @Test func sumsComeBeforeTheDivision() {
        func wave(_ amplitude: Double) -> Plane {
            Plane(height: 1, width: 4) { _, x in amplitude * cos(.pi * Double(x) / 2) }
        }
        var correlation = FourierRingCorrelation(ringWidth: 0.5, window: .boxcar)
        correlation.add([wave(2)], [wave(1)])
        correlation.add([wave(1)], [wave(-3)])
        #expect(correlation.rings.count == 1)
        #expect((correlation.rings[0].correlation + 1 / 50.0.squareRoot()).magnitude < 1e-14)
    }

    @Test func constantImagesHaveNoRing() {
        var correlation = FourierRingCorrelation(ringWidth: 0.125)
        correlation.add([Plane(height: 8, width: 8) { _, _ in 3 }], [whiteNoise(8, 8, image: 1)])
        #expect(correlation.rings.isEmpty)
        #expect(FourierRingCorrelation.correlation([0, 0, 1]).isNaN)
    }

    @Test func criteria() {
        #expect(FourierRingCriteria.oneSeventh == 1.0 / 7)
        #expect((FourierRingCriteria.halfBit(modeCount: 1e12) - 0.2071 / 1.2071).magnitude < 1e-5)
        // n = 100: (0.2071 + 0.19102)/(1.2071 + 0.09102).
        #expect((FourierRingCriteria.halfBit(modeCount: 100) - 0.39812 / 1.29812).magnitude < 1e-12)
        #expect(FourierRingCriteria.halfBit(modeCount: 0.5) == 1)
        #expect((FourierRingCriteria.corrected(0.5, randomised: 0.2) - 0.375).magnitude < 1e-12)
        #expect(FourierRingCriteria.corrected(0.5, randomised: 1).isNaN)
    }

    @Test func crossings() {
        func crossing(_ curve: [Double]) -> FourierRingCriteria.Crossing {
            FourierRingCriteria.crossing(
                frequency: [0.1, 0.2, 0.3], curve: curve, criterion: [0.5, 0.5, 0.5])
        }
        func place(_ curve: [Double]) -> Double {
            if case .at(let frequency) = crossing(curve) { frequency } else { .nan }
        }
        #expect((place([0.9, 0.7, 0.4]) - (0.2 + 0.1 * 0.2 / 0.3)).magnitude < 1e-12)
        #expect((place([0.9, 0.4, 0.9]) - (0.1 + 0.1 * 0.4 / 0.5)).magnitude < 1e-12)
        #expect(crossing([0.9, 0.7, 0.6]) == .staysAbove)
        #expect(crossing([0.4, 0.7, 0.6]) == .startsBelow)
        #expect(FourierRingCriteria.crossing(frequency: [], curve: [], criterion: []) == .startsBelow)
    }

    @Test(arguments: [0.0, 0.01, -0.2, 0.5, 1])
    func leakRatioInvertsTheFormula(ratio: Double) {
        #expect((FourierRingCriteria.leakRatio(2 * ratio / (1 + ratio * ratio)) - ratio).magnitude < 1e-9)
        #expect(FourierRingCriteria.leakRatio(1.2) == 1)
    }
}
