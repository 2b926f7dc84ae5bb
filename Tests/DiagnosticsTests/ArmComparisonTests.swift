import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Formats
@testable import Tensors

@Suite struct ArmComparisonTests {
    private let scenes = Scenes(imageCount: 8, height: 64, width: 64)

    private func model(_ predictor: any Predictor, arm: String? = nil) -> ModelUnderTest {
        var model = ModelUnderTest(predictor, source: "test", sha256: "")
        if let arm { model.arm = arm }
        return model
    }

    private func compare(_ evaluation: EvaluationSet, _ models: [ModelUnderTest], reference: String? = nil) throws
        -> RunComparison?
    {
        let comparison = Comparison(evaluation, seed: 3)
        let findings = try models.map { try comparison.test($0, isAlone: false) }
        return try comparison.compare(models, findings, reference: reference)
    }

    private func quantity(_ comparison: RunComparison?, _ id: String, _ direction: Direction = .bToA) throws
        -> RunComparison.Quantity
    {
        try #require(comparison?.quantities.first { $0.id == id && $0.direction == direction })
    }

    /// A leak of 0.05 in one arm and none in another that differs by nothing: the first is found, the second is not.
    @Test func plantedDifferenceAndNone() throws {
        let evaluation = scenes.evaluation
        let comparison = try compare(
            evaluation,
            [
                model(LinearOracle(name: "clean", evaluation: evaluation)),
                model(LinearOracle(name: "leaks", evaluation: evaluation, leak: 0.05)),
                model(LinearOracle(name: "same", evaluation: evaluation)),
            ])
        let leakage = try quantity(comparison, "leakage.target.observed")
        let leaks = try #require(leakage.rows.first { $0.arm == "leaks" })
        // What both share cancels, so that the difference is the injected share itself.
        #expect(abs((leaks.difference ?? 0) - 0.05) < 1e-6 && leaks.outcome == .higher && leaks.rank == 3)
        #expect((leaks.adjustedPValue ?? 1) == 2 * (leaks.pValue ?? 1))
        let same = try #require(leakage.rows.first { $0.arm == "same" })
        #expect(same.difference == 0 && same.outcome == .undecided && same.pValue == 1)
        #expect(leakage.rows.first { $0.arm == "clean" }?.outcome == .reference)
        #expect(leakage.unit == .scene && leakage.unitCount == 8 && leakage.imageCount == 8)
        // Leaked noise is noise: PSNR falls on every one of eight images, the smallest p that eight signs allow.
        let quality = try quantity(comparison, "quality.psnr")
        let worse = try #require(quality.rows.first { $0.arm == "leaks" })
        #expect(worse.outcome == .lower && worse.pValue == 2.0 / 256 && worse.adjustedPValue == 4.0 / 256)
        #expect(quality.unit == .scene && quality.unitCount == 8)
        for row in comparison?.quantities.flatMap(\.rows) ?? [] { #expect(row.because.hasSuffix(".")) }
    }

    /// Values by hand: the mean over seeds, the spread over seeds, and the paired difference against either.
    @Test func seedsAndImagesAreApart() throws {
        let evaluation = scenes.evaluation
        let models = [0.02, 0.04, 0.09].enumerated().map { index, leak in
            model(LinearOracle(name: "run\(index)", evaluation: evaluation, leak: Float(leak)), arm: "arm")
        }
        let plain = model(LinearOracle(name: "plain", evaluation: evaluation))
        let comparison = try compare(evaluation, [plain] + models)
        #expect(comparison?.arms.map(\.subjects) == [["plain"], ["run0", "run1", "run2"]])
        let row = try #require(try quantity(comparison, "leakage.target.observed").rows.first { $0.arm == "arm" })
        #expect(abs((row.difference ?? 0) - 0.05) < 1e-6)
        // 0.02, 0.04, 0.09: s² = (0.03² + 0.01² + 0.04²)/2.
        #expect(abs((row.seedDeviation ?? 0) - 0.0013.squareRoot()) < 1e-6)
        #expect((row.standardError ?? 1) < 0.01 && row.differenceSeedError == nil)

        let turned = try compare(evaluation, models + [plain], reference: "plain")
        #expect(turned?.reference == "plain")
        #expect(
            try quantity(turned, "leakage.target.observed").rows.first { $0.arm == "arm" }?.difference == row.difference
        )
        #expect(throws: InputError.self) {
            try compare(evaluation, models + [plain], reference: "no")
        }
    }

    /// Not a number from one model: its own row is an error, the others' stay as they are; as the reference it leaves values.
    @Test func brokenModelEndsItsOwnRows() throws {
        let evaluation = scenes.evaluation
        let good = model(LinearOracle(name: "good", evaluation: evaluation))
        let other = model(LinearOracle(name: "other", evaluation: evaluation, leak: 0.1))
        let broken = model(
            OraclePredictor(name: "broken", readsTarget: false) { x, _ in
                Tensor(x.a.shape, [Float](repeating: .nan, count: x.a.count))
            })
        let comparison = Comparison(evaluation, seed: 3)
        let all = try quantity(try compare(evaluation, [good, broken, other]), "quality.psnr").rows
        let two = try quantity(try compare(evaluation, [good, other]), "quality.psnr").rows
        #expect(all.map(\.arm) == ["good", "other", "broken"] && all[2].outcome == .error && all[2].rank == nil)
        #expect(all[2].because.contains("no usable output"))
        #expect(all[1].difference == two[1].difference && all[1].adjustedPValue == two[1].adjustedPValue)

        let without = try quantity(try compare(evaluation, [broken, good, other]), "quality.psnr").rows
        #expect(without.prefix(2).allSatisfy { $0.estimate != nil && $0.difference == nil && $0.outcome == .undecided })

        let row = try #require(try comparison.test(broken, isAlone: false).subject.checks.first)
        #expect(row.status == .error && row.because.contains("broken made values that are not finite"))
        #expect(throws: SampleError.self) { try comparison.test(broken) }
    }

    /// Noise that a sensor cuts off has a mean that follows the signal, which is taken out of every arm: the difference stays the share
    /// that was injected, and arms that leak nothing do not differ.
    @Test func noiseThatIsCutOff() throws {
        var clipped = scenes
        clipped.sensor = { min($0, 0.2) }
        let evaluation = clipped.evaluation
        let comparison = try compare(
            evaluation,
            [
                model(LinearOracle(name: "one", evaluation: evaluation)),
                model(LinearOracle(name: "two", evaluation: evaluation, leak: 0.05)),
            ])
        let row = try #require(try quantity(comparison, "leakage.target.observed").rows.first { $0.arm == "two" })
        #expect(abs((row.difference ?? 0) - 0.05) < 1e-5 && row.outcome == .higher, "\(row.because)")
        #expect(try quantity(comparison, "quality.psnr").rows.allSatisfy { $0.estimate != nil })
    }

    /// Two images say nothing of other images; one arm has nothing to be compared with; without a clean image nothing can be.
    @Test func tooLittleData() throws {
        var evaluation = Scenes(imageCount: 2, height: 96, width: 96).evaluation
        let models = [
            model(LinearOracle(name: "one", evaluation: evaluation)),
            model(LinearOracle(name: "two", evaluation: evaluation, leak: 0.1)),
        ]
        #expect(try compare(evaluation, [models[0]]) == nil)
        let row = try #require(
            try quantity(compare(evaluation, models), "quality.psnr").rows.first { $0.arm == "two" }
        )
        #expect(
            row.difference != nil && row.differenceInterval == nil && row.pValue == nil && row.outcome == .undecided)
        #expect(row.because.contains("2 units say nothing"))
        for index in evaluation.pairs.indices { evaluation.pairs[index].clean = nil }
        let blind = [0, 1].map { number in
            model(OraclePredictor(name: "m\(number)", readsTarget: false) { x, direction in x[direction.source] })
        }
        #expect(try compare(evaluation, blind)?.quantities.isEmpty == true)
    }

    /// 400 pairs of arms that differ by chance alone: at α = 0.05 the corrected tests alarm within the 99 % binomial band.
    @Test func falseAlarms() throws {
        let comparison = ArmComparison.all[1]
        var alarms = 0
        for trial in 0..<400 {
            var stream = RandomStream(seed: 5, purpose: .permutation, image: trial)
            let arms = (0..<3).map { _ in
                ArmEvidence(
                    leakage: .failure(Undetermined(description: "not asked")),
                    quality: .init(unit: .scene, rows: (0..<12).map { _ in [Double(stream.gaussian()), 0, 1] }))
            }
            let rows = try #require(
                try comparison.quantity(
                    arms.map { .success([$0]) }, names: ["a", "b", "c"], reference: 0, direction: .bToA, imageCount: 12,
                    seed: 1, correction: .holm)
            ).rows
            if rows.contains(where: { $0.outcome == .higher || $0.outcome == .lower }) { alarms += 1 }
        }
        // Family-wise, at most 5 %: 20 of 400, the band's upper end 32.
        #expect((5...32).contains(alarms), "\(alarms) of 400")
    }
}
