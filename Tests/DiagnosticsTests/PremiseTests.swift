import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// What leakage rows rest on: a planted violation, and none.
@Suite struct PremiseTests {
    private static func scenes(_ images: Int, side: Int = 96) -> EvaluationSet {
        Scenes(imageCount: images, height: side, width: side).evaluation
    }

    /// Shared noise by clean images and by captures alone; a correlation within the margin is none.
    @Test(arguments: [0.0, 0.3]) func independence(correlation: Double) throws {
        let known = Scenes(imageCount: 4, height: 96, width: 96, correlation: correlation).evaluation
        let model = OraclePredictor(name: "x", readsTarget: false) { binomial($0[$1.source]) }
        for evaluation in [known, known.capturesAlone] {
            let row = try Observed(model, evaluation).judge(NoiseIndependence())
            #expect(abs((row.estimate ?? 9) - correlation) < 0.03, "\(row.because)")
            #expect((row.status == .fail) == (correlation > 0) && row.role == .premise, "\(row.because)")
        }
        var bare = known
        for index in bare.pairs.indices { bare.pairs[index].clean = nil }
        bare.redraw = nil
        #expect(throws: SampleError.self) { try Observed(model, bare).measure(NoiseIndependence()) }
    }

    /// Turned and mirrored outputs of square images, of few and of many.
    @Test(arguments: Array(Symmetry.allCases), [3, 8]) func orientation(symmetry: Symmetry, images: Int) throws {
        let evaluation = Self.scenes(images)
        let model = OraclePredictor(name: "turned", readsTarget: false) { x, direction in
            let f = binomial(x[direction.source])
            return Tensor(f.shape, symmetry.applied(to: f.values.map(Double.init), shape: f.shape).map { Float($0) })
        }
        let observed = try Observed(model, evaluation), row = try observed.judge(OutputOrientation())
        guard symmetry != .identity else {
            #expect(row.status == .pass, "\(row.because)")
            return
        }
        let back: Symmetry = symmetry == .turnedLeft ? .turnedRight : symmetry == .turnedRight ? .turnedLeft : symmetry
        #expect(row.status == .fail && row.because.contains("the output is \(back.name)"), "\(row.because)")
        // Units are tiles of three images, or eight images.
        #expect(row.unitCount == (images == 3 ? 27 : 8))
        // A turned output still belongs to its own pair.
        #expect(try observed.judge(OutputPairing()).status == .pass)
    }

    /// Outputs in another order; pictures without content are no evidence of one.
    @Test func pairing() throws {
        let evaluation = Self.scenes(8, side: 64)
        let swapped = OraclePredictor(name: "swapped", readsTarget: false) { x, direction in
            let index = evaluation.pairs.firstIndex { $0.noisy[direction.source] == x[direction.source] } ?? 0
            return binomial(evaluation.pairs[(index + 1) % 8].noisy[direction.source])
        }
        let found = try Observed(swapped, evaluation).judge(OutputPairing())
        #expect(
            found.status == .fail && found.estimate == 1 && found.because.contains("scene0 matches scene1"),
            "\(found.because)")
        #expect(try Suite(seed: 1).run(swapped, on: evaluation).subject.verdict == .premise)
        #expect(try Observed(LinearOracle(evaluation: evaluation), evaluation).judge(OutputPairing()).status == .pass)
        let two = Self.scenes(2, side: 32)
        #expect(throws: Undetermined.self) {
            try Observed(LinearOracle(evaluation: two), two).measure(OutputPairing())
        }
    }

    /// Noise without content, whatever the size: nothing is said to be turned or in another order.
    @Test(arguments: [4, 8, 16, 32]) func picturesWithoutContent(side: Int) throws {
        let raised = try Parallel.map(60) { trial in
            let evaluation = Scenes(
                imageCount: [3, 6, 12][trial % 3], height: side, width: side, amplitude: 0, seed: UInt64(trial)
            ).evaluation
            let observed = try Observed(LinearOracle(evaluation: evaluation), evaluation)
            return try [OutputOrientation() as any Check, OutputPairing()].map {
                do {
                    return try observed.judge($0).status == .fail ? 1 : 0
                } catch is Undetermined { return 0 } catch is SampleError { return 0 }
            }
        }
        for k in 0..<2 {
            let count = raised.reduce(0) { $0 + $1[k] }
            #expect(count <= 2, "\(k): \(count) of 60")
        }
    }

    /// Quality rows: a copy of the input, a wrong scale, an offset, no better than the noisy image.
    @Test func quality() throws {
        let evaluation = Self.scenes(4)
        func row(_ check: any Check, _ output: @escaping @Sendable (Tensor) -> Tensor, _ row: Int = 0) throws
            -> CheckResult
        {
            let model = OraclePredictor(name: "x", readsTarget: false) { output($0[$1.source]) }
            return try Observed(model, evaluation).rows(check)[row]
        }
        let smooth: @Sendable (Tensor) -> Tensor = { binomial(binomial(binomial($0))) }
        #expect(try row(OutputIdentity(), { $0 }).status == .warn && row(OutputIdentity(), smooth).status == .pass)
        #expect(try row(OutputRisk(), { scaled($0, 2) }).status == .warn && row(OutputRisk(), smooth).status == .pass)
        #expect(
            try row(OutputScale(), { scaled(smooth($0), 2) }).status == .warn
                && row(OutputScale(), smooth).status == .pass)
        let shift: @Sendable (Tensor) -> Tensor = { x in Tensor(x.shape, smooth(x).values.map { $0 + 0.3 }) }
        #expect(try row(OutputScale(), shift, 1).status == .warn && row(OutputScale(), smooth, 1).status == .pass)
        #expect(
            try row(SourcePassThrough(), { $0 }).status == .warn && row(SourcePassThrough(), smooth).status == .pass)
    }
}
