import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Studies
@testable import Tensors

/// The derivation holds with estimators as they are, and is seen not to hold once one of them is wrong.
@Suite struct TheoryVerificationTests {
    private func laboratory(seed: UInt64 = 1, repetitions: Int = 600) -> Laboratory {
        var laboratory = Laboratory(seed: seed, quick: true)
        laboratory.repetitions = repetitions
        return laboratory
    }

    private func failures(_ verification: Verification) -> [String] {
        verification.findings.flatMap { $0.outcome.predictions }.filter { !$0.holds(verification.bound) }.map(
            \.quantity)
    }

    @Test func everyPredictionHolds() throws {
        let verification = try Verification(laboratory())
        #expect(failures(verification).isEmpty)
        #expect(verification.holds)
        let predictions = verification.findings.flatMap { $0.outcome.predictions }
        #expect(predictions.count > 150 && predictions.allSatisfy { $0.measured.mean.isFinite })
        // Scores are what chance makes of them, not zero and not huge: χ² of so many with a wide band, although some share
        // their random numbers.
        let scores = predictions.filter { $0.measured.standardError > 0 }.map(\.score)
        let mean = scores.reduce(0) { $0 + $1 * $1 } / Double(scores.count)
        #expect(mean > 0.5 && mean < 1.6, "mean squared score \(mean)")
        #expect(verification.findings.allSatisfy { $0.outcome.figure != nil && !$0.outcome.caption.isEmpty })
    }

    @Test func theSameSeedGivesTheSameNumbersOnAnyNumberOfThreads() throws {
        func numbers() throws -> [Prediction] {
            try Verification(laboratory(repetitions: 40), [PriceOfLeakage(), NoiseFamilies()]).findings
                .flatMap { $0.outcome.predictions }
        }
        let first = try numbers()
        let count = Parallel.threadCount
        Parallel.threadCount = 1
        defer { Parallel.threadCount = count }
        #expect(try numbers() == first)
    }

    // MARK: Planted bugs

    /// X with the wrong sign: the identity breaks, and so does every λ_target.
    @Test func aWrongSignOfTheCrossTermIsFound() throws {
        var laboratory = laboratory()
        laboratory.crossTerm = { -Plane.meanProduct($0, $1) }
        let verification = try Verification(laboratory, [ClosedFormDenoisers(), PriceOfLeakage(), RidgeOptimism()])
        #expect(!verification.holds)
        let failed = failures(verification)
        #expect(failed.contains("largest |L - M - V + 2X|, identity"))
        #expect(failed.contains("λ_target at λ₀ = 0.5"))
        #expect(failed.contains("λ_target on the noise fitted to, μ = 1.0"))
    }

    /// A window whose loss of power is not made good: white noise seems weaker than it is.
    @Test func aMissingWindowCorrectionIsFound() throws {
        var laboratory = laboratory()
        laboratory.spectrum = { field, window in
            let lost = window.sumOfSquares(height: field.height, width: field.width) / Double(field.values.count)
            var spectrum = window.spectrum(of: field)
            spectrum.values = spectrum.values.map { $0 * lost.squareRoot() }
            return spectrum
        }
        let verification = try Verification(laboratory, [SpectralOracles()])
        #expect(failures(verification) == ["mean power, hann window"])
    }

    /// A generator whose numbers are 2 % too large, or not of mean zero.
    @Test(arguments: [(1.02, 0.0), (1.0, 0.02)]) func aBiasedGeneratorIsFound(scale: Double, offset: Double) throws {
        var laboratory = laboratory(repetitions: 1500)
        laboratory.gaussian = { scale * $0.gaussian() + offset }
        let verification = try Verification(laboratory, [ClosedFormDenoisers()])
        #expect(!verification.holds, "\(verification.bound)")
    }

    // MARK: Parts

    @Test func aPredictionHoldsWithinItsBound() {
        let near = Prediction("q", 1, Estimate(mean: 1.3, standardError: 0.1))
        #expect(abs(near.score - 3) < 1e-12 && near.holds(3.1) && !near.holds(2.9))
        #expect(Prediction("q", exactly: 1, 1 + 1e-12).holds(1) && !Prediction("q", exactly: 1, 1 + 1e-6).holds(5))
        #expect(!Prediction("q", 1, Estimate(mean: .nan, standardError: 0.1)).holds(5))
    }

    @Test func anEstimateIsMeanAndStandardError() {
        let estimate = Estimate([1, 2, 3, 6])
        #expect(estimate.mean == 3)
        // Σ(x - 3)² = 14, over 3, over 4.
        #expect(abs(estimate.standardError - (14.0 / 12).squareRoot()) < 1e-15)
    }

    @Test func kendallsTau() {
        #expect(RankAgreement.tau([(1, 1), (2, 2), (3, 3)]) == 1)
        #expect(RankAgreement.tau([(1, 3), (2, 2), (3, 1)]) == -1)
        #expect(abs(RankAgreement.tau([(1, 1), (2, 3), (3, 2)]) - 1.0 / 3) < 1e-15)
    }

    /// Values of THEORY.md, section 7: bias/σ of magnitudes at 0, 1, 2 and 3 σ.
    @Test func meanOfRiceNumbers() {
        for (s, bias) in [(0.0, 1.2533), (1, 0.5486), (2, 0.2724), (3, 0.1726)] {
            #expect(abs(NoiseFamilies.riceMean(s) - s - bias) < 5e-5)
        }
    }
}
