import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// Data that hold too little: a reason in every row, never a crash or a meaningless number.
@Suite struct ChecksDegenerateTests {
    /// Every row of the whole suite: either a finite number or a reason for none, and JSON can hold them all.
    private static func rows(
        _ predictor: any Predictor, _ evaluation: EvaluationSet
    ) throws -> [String: CheckResult] {
        let subject = try Suite(seed: 1).run(predictor, on: evaluation).subject
        let results = Results(
            verdict: subject.verdict, scope: subject.scope, findings: [],
            provenance: Provenance(version: "0", commit: nil, command: "", seed: 1), subjects: [subject])
        let json = try results.json()
        #expect(try JSONDecoder().decode(Results.self, from: json).subjects[0].checks.count == subject.checks.count)
        // Every check has a row of its own id or rows below it, in both directions.
        for check in Suite.standardChecks(margin: 0.01) {
            let own = subject.checks.filter { $0.id == check.id || $0.id.hasPrefix(check.id + ".") }
            #expect(Set(own.compactMap(\.direction)).count == 2, "\(check.id)")
        }
        for row in subject.checks {
            #expect(row.because.count > 5 && row.status != .error, "\(row.id): \(row.because)")
            #expect(
                row.estimate != nil || [.notApplicable, .inconclusive].contains(row.status), "\(row.id): \(row.because)"
            )
            #expect(row.ci95 == nil || row.estimate != nil)
        }
        return Dictionary(uniqueKeysWithValues: subject.checks.filter { $0.direction == .bToA }.map { ($0.id, $0) })
    }

    private static func rows(_ scenes: Scenes) throws -> [String: CheckResult] {
        let evaluation = scenes.evaluation
        return try rows(LinearOracle(evaluation: evaluation), evaluation)
    }

    // MARK: All checks on all kinds of poor data

    /// Data that hold too little for some checks.
    struct Poor: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let scenes: Scenes
        /// Both observations and the clean images are 0, as behind a mask.
        var isMasked = false
    }

    private static let poor = [
        Poor(testDescription: "no noise", scenes: Scenes(sigma: DomainPair(a: 0, b: 0))),
        Poor(testDescription: "all masked", scenes: Scenes(amplitude: 0), isMasked: true),
        Poor(testDescription: "one image of one tile", scenes: Scenes(imageCount: 1, height: 40, width: 40)),
        Poor(testDescription: "1 pixel wide", scenes: Scenes(imageCount: 1, height: 47, width: 1)),
    ]

    /// A number only where one exists; a reason for every other row; from one unit neither an interval nor a decision; and nothing
    /// fails.
    @Test(arguments: poor) func everyCheckOnPoorData(data: Poor) throws {
        var evaluation = data.scenes.evaluation
        if data.isMasked {
            for index in evaluation.pairs.indices {
                let dark = evaluation.pairs[index].noisy.map { Tensor($0.shape) }
                evaluation.pairs[index].noisy = dark
                evaluation.pairs[index].clean = dark
            }
            evaluation.redraw = { [pairs = evaluation.pairs] index, domain, _ in pairs[index].noisy[domain] }
        }
        let rows = try Self.rows(LinearOracle(evaluation: evaluation), evaluation)
        for row in rows.values {
            // Without noise the observations are equal, and that is said.
            let isOneObservation = row.because.contains("one observation")
            #expect((row.status != .fail || isOneObservation) && row.status != .error, "\(row.id): \(row.because)")
            if row.estimate == nil {
                #expect(
                    [.notApplicable, .inconclusive].contains(row.status) && row.because.hasPrefix("Not measured: "),
                    "\(row.id): \(row.because)")
            }
            // Without noise nothing is known but derivatives.
            let isOfNoise = row.id.hasPrefix("leakage") && row.id != "leakage.target.jacobian"
            if isOfNoise && data.scenes.imageCount > 1 { #expect(row.estimate == nil, "\(row.id): \(row.because)") }
            guard data.scenes.imageCount == 1, !row.id.hasPrefix("spectrum.") else { continue }
            #expect(row.ci95 == nil && row.minimumDetectableEffect == nil, "\(row.id): \(row.because)")
            if isOfNoise {
                #expect([.inconclusive, .info, .notApplicable].contains(row.status), "\(row.id): \(row.because)")
            }
        }
    }

    /// Each check alone meets a NaN: the sample is not made, and the error says which image and where.
    @Test func notANumber() throws {
        for (name, domain) in [("noisy", Domain.a), ("clean", .b)] {
            var evaluation = Scenes(imageCount: 1, height: 40, width: 40).evaluation
            if name == "noisy" {
                evaluation.pairs[0].noisy[domain][7, 9, 0] = .nan
            } else {
                evaluation.pairs[0].clean?[domain][7, 9, 0] = .nan
            }
            let error = try #require(throws: SampleError.self) {
                try Suite(seed: 1).run(LinearOracle(evaluation: evaluation), on: evaluation)
            }
            #expect(
                "\(error)"
                    == "the \(name) image \(domain) of pair scene0 holds a value that is not finite at row 7, column 9")
        }
    }

    // MARK: Single cases

    @Test func aConstantImage() throws {
        let rows = try Self.rows(Scenes(amplitude: 0))
        #expect(rows["leakage.target.observed"]?.status == .pass)
        // One value: all pixels are in the first decile, and no other is made up.
        #expect(rows["decomposition.zero_mean"]?.quantity?.contains("decile 1 ") == true)
    }

    /// Four tiles, fewer than an interval needs.
    @Test func oneImage() throws {
        let rows = try Self.rows(Scenes(imageCount: 1, height: 64, width: 64))
        for id in [
            "leakage.target.observed", "leakage.noise_floor", "decomposition.noise_power", "decomposition.zero_mean",
        ] {
            let row = try #require(rows[id])
            #expect(row.status == .inconclusive && row.ci95 == nil && row.unitCount == 4, "\(row.because)")
        }
        #expect(rows["structure.target_path"]?.status == .pass)
    }

    @Test func noNoise() throws {
        let rows = try Self.rows(Scenes(sigma: DomainPair(a: 0, b: 0)))
        for id in [
            "leakage.target.observed", "leakage.target.swap", "leakage.noise_floor", "passthrough.source",
            "spectrum.coherence", "decomposition.cross_term", "decomposition.noise_power", "decomposition.zero_mean",
        ] {
            let row = try #require(rows[id])
            #expect(
                [.inconclusive, .notApplicable].contains(row.status) && row.estimate == nil, "\(id): \(row.because)")
        }
    }

    @Test(arguments: [(64, 1), (1, 64), (1, 1), (2, 2), (3, 200)])
    func narrowImages(height: Int, width: Int) throws {
        let rows = try Self.rows(Scenes(imageCount: 3, height: height, width: width))
        #expect(rows["leakage.target.observed"]?.status == .inconclusive)
        #expect(rows["quality.ssim"]?.status == .notApplicable)
        #expect(rows["quality.ssim"]?.because == "Not measured: pair scene0 has a side of less than 11 pixels.")
        #expect(rows["structure.target_path"]?.status == .pass)
    }

    /// The noise is below the rounding of such values.
    @Test func hugeValues() throws {
        let rows = try Self.rows(Scenes(amplitude: 1e18))
        #expect(rows["leakage.target.observed"]?.estimate == nil)
    }

    @Test func whatTheDataLack() throws {
        var bare = Scenes().evaluation
        bare.noiseVariance = nil
        bare.redraw = nil
        bare.pairs = bare.pairs.map { EvaluationPair(id: $0.id, split: $0.split, noisy: $0.noisy, clean: nil) }
        let model = OraclePredictor(name: "x_source", readsTarget: false) { $0[$1.source] }
        let rows = try Self.rows(model, bare)
        for row in rows.values where row.role == .leakage || row.role == .premise {
            // Noise can be added to any target, and outputs can be compared with it.
            let isMeasured = ["leakage.total", "leakage.target.swap"].contains(row.id)
            let isOfPlacement = [
                "premise.orientation", "premise.pairing", "structure.target_path", "leakage.frc.exchange",
            ].contains(row.id)
            #expect(
                isMeasured ? row.status == .pass && row.estimate == 0 : isOfPlacement || row.status == .notApplicable,
                "\(row.id): \(row.because)")
        }
        #expect(
            rows["leakage.target.fresh"]?.because
                == "Not measured: the noise of pair scene0 cannot be drawn anew and no repeat was recorded.")
        #expect(rows["leakage.target.jacobian"]?.because == "Not measured: x_source gives no derivatives.")
        #expect(rows["leakage.target.observed"]?.because == "Not measured: pair scene0 has no clean reference.")
        #expect(
            rows["decomposition.risk"]?.because
                == "Not measured: the noise variance of pair scene0 is not known without its clean image.")
    }

    /// The output is its target, or all but a ten-thousandth of it: everything leaks, and what is left of the loss is no fault of the arithmetic.
    @Test(arguments: [1, 0.9999] as [Float]) func theTargetItself(share: Float) throws {
        let evaluation = Scenes().evaluation
        let model = OraclePredictor(name: "x_target", readsTarget: true) { x, direction in
            combine(x[direction.target], x[direction.source]) { share * $0 + (1 - share) * $1 }
        }
        let rows = try Self.rows(model, evaluation)
        #expect(rows["decomposition.identity"]?.status == .info, "\(rows["decomposition.identity"]?.because ?? "")")
        guard share == 1 else { return #expect(rows["leakage.target.observed"]?.status == .fail) }
        #expect(rows["leakage.target.observed"]?.status == .fail && rows["leakage.target.observed"]?.estimate == 1)
        #expect(rows["leakage.noise_floor"]?.estimate == 0 && rows["leakage.noise_floor"]?.status == .fail)
    }

    /// No number comes from values that are none: the run of that model ends with the reason.
    @Test(arguments: [Float.nan, .infinity])
    func outputsThatAreNotNumbers(value: Float) throws {
        let evaluation = Scenes().evaluation
        let model = OraclePredictor(name: "broken", readsTarget: false) { x, direction in
            var f = x[direction.source]
            f[3, 4, 0] = value
            return f
        }
        let error = try #require(throws: SampleError.self) { try Suite(seed: 1).run(model, on: evaluation) }
        #expect("\(error)" == "broken made values that are not finite for pair scene0")
    }

    @Test func outputsOfAnotherShape() throws {
        let evaluation = Scenes(height: 40, width: 50).evaluation
        let model = OraclePredictor(name: "turned", readsTarget: false) { _, _ in Tensor([50, 40, 1]) }
        let error = try #require(throws: SampleError.self) { try Suite(seed: 1).run(model, on: evaluation) }
        #expect("\(error)" == "turned made an output of shape [50, 40, 1] for pair scene0; expected [40, 50, 1]")
        var empty = evaluation
        empty.pairs = []
        #expect(throws: Undetermined.self) {
            try Suite(seed: 1).run(LinearOracle(evaluation: evaluation), on: empty)
        }
    }
}
