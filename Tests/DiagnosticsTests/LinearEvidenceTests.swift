import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// What regressions are made of, and the units that their intervals resample.
@Suite struct LinearEvidenceTests {
    private static let evaluation = Scenes(imageCount: 4, height: 96, width: 96).evaluation

    private static func observed(_ model: any Predictor, _ evaluation: EvaluationSet = evaluation) throws
        -> Diagnostics.Measurement
    {
        try Observed(model, evaluation).measure(TargetLeakageObserved(margin: 0.01))
    }

    // MARK: Fields

    /// An offset of the output changes nothing, for each image another; a wrong scale and an error that follows the intensity next to
    /// nothing, beside the leak that is scaled with the output.
    @Test(arguments: [Float(0), 0.1]) func offsetAndSlopeOfTheOutput(leak: Float) throws {
        let evaluation = Self.evaluation, plain = LinearOracle(evaluation: evaluation, leak: leak)
        let known = try Self.observed(plain).value.number
        func changed(_ change: @escaping @Sendable (Float, _ image: Float) -> Float) throws -> Double {
            let model = OraclePredictor(name: "changed", readsTarget: leak > 0) { x, direction in
                let image = Float(
                    evaluation.pairs.firstIndex { $0.noisy[direction.source] == x[direction.source] } ?? 0)
                let f = plain.predict(x, direction)
                return Tensor(f.shape, f.values.map { change($0, image) })
            }
            return try Self.observed(model).value.number
        }
        #expect(abs(try changed { f, image in f + 0.3 * image - 0.5 } - known) < 1e-5)
        #expect(abs(try changed { f, _ in 1.5 * f + 0.2 } - 1.5 * known) < 2e-3)
        #expect(
            abs(try changed { f, _ in f + 0.3 * sin(3 * f) } - known) < 0.05 * known.magnitude + 0.9 * Double(leak)
                + 5e-3)
    }

    /// A bias of the noise that follows the signal adds nothing to an output that has one too.
    @Test func biasOfTheNoise() throws {
        let evaluation = Scenes(imageCount: 4, height: 96, width: 96, sensor: { $0 + 0.3 * $0 * $0 + 0.1 }).evaluation
        let clean = OraclePredictor(name: "biased", readsTarget: false) { x, direction in
            let c = evaluation.clean(of: x, direction)
            return Tensor(c.shape, c.values.map { $0 + 0.3 * $0 * $0 + 0.1 })
        }
        let observed = try Observed(clean, evaluation)
        #expect(abs(try observed.measure(TargetLeakageObserved(margin: 0.01)).value.number) < 2e-3)
        // The plain cross term holds the product of the two biases.
        #expect(try observed.measure(DecompositionCrossTerm()).value.number > 0.1)
        // Bins of like intensity: z and e have mean 0 in each.
        let linear = try observed.samples[0].linear(), order = try observed.samples[0].clean().values
        let dark = order.indices.sorted { (order[$0], $0) < (order[$1], $1) }.prefix(96 * 96 / 32)
        #expect(abs(dark.reduce(0) { $0 + linear.instrument[$1] }) < 1e-9)
        #expect(abs(dark.reduce(0) { $0 + linear.error[$1] }) < 1e-9)
    }

    /// The clean image where there is one, else a further capture, else a reason.
    @Test func routes() throws {
        func linear(_ evaluation: EvaluationSet) throws -> LinearEvidence {
            try Observed(OraclePredictor(name: "x", readsTarget: false) { binomial($0[$1.source]) }, evaluation)
                .samples[0].linear()
        }
        #expect(try linear(Self.evaluation).route == .observed)
        var captures = Self.evaluation.capturesAlone
        #expect(try linear(captures).route == .fresh)
        // Gaussian noise needs no weights: z is the difference of the captures, y the same less a line at like intensity.
        captures.noiseIsGaussian = true
        let plain = try linear(captures)
        let pair = captures.pairs[0], half = 0.5.squareRoot()
        let change = zip(pair.noisy.a.values, pair.repeats[0].a.values).map { half * (Double($0) - Double($1)) }
        #expect(plain.instrument == change)
        let ratio = dot(plain.instrument, plain.noise) / dot(change, change)
        #expect(ratio < 1 && ratio > 0.9, "\(ratio)")
        for index in captures.pairs.indices { captures.pairs[index].repeats = [] }
        #expect(throws: SampleError.cannotRedraw("scene0")) { try linear(captures) }
    }

    /// A leak by captures alone: its size by each row that can find it.
    @Test func capturesAlone() throws {
        let captures = Self.evaluation.capturesAlone, known = Self.evaluation
        let model = OraclePredictor(name: "leaking", readsTarget: true) { x, direction in
            guard let index = captures.pairs.firstIndex(where: { $0.noisy[direction.source] == x[direction.source] }),
                let clean = known.pairs[index].clean
            else { return x[direction.source] }
            let noise = combine(x[direction.target], clean[direction.target]) { $0 - $1 }
            return combine(binomial(x[direction.source]), shifted(noise, 0, 2)) { $0 + 0.2 * $1 }
        }
        let observed = try Observed(model, captures)
        let row = try observed.judge(LeakageDisplaced(margin: 0.01))
        #expect(row.status == .fail && row.quantity == "λ_target at displacement (0, 2)", "\(row.because)")
        #expect(abs((row.estimate ?? 0) - 0.2) < 0.05)
        #expect(try observed.judge(LeakageSpectrum(margin: 0.01)).status == .fail)
        #expect(try observed.judge(TargetLeakageFresh(margin: 0.01)).status != .fail)
        #expect(throws: SampleError.self) { try observed.measure(LeakageMoments(margin: 0.01)) }
    }

    // MARK: Units

    private static func measured(_ subjects: [String], side: Int = 64) throws -> Diagnostics.Measurement {
        var evaluation = Scenes(imageCount: subjects.count, height: side, width: side).evaluation
        for (index, subject) in subjects.enumerated() { evaluation.pairs[index].subject = subject }
        return try observed(LinearOracle(evaluation: evaluation), evaluation)
    }

    /// Six subjects are units, whatever their images' order; fewer with one image each are tiles; fewer with several are too few.
    @Test func whatIsResampled() throws {
        let six = try Self.measured(["a", "b", "c", "d", "e", "f"])
        #expect(six.unit == .scene && six.unitCount == 6 && six.interval95 != nil)
        let five = try Self.measured(["a", "b", "c", "d", "e"])
        #expect(five.unit == .noise && five.unitCount == 20 && five.interval95 != nil)
        let slices = try Self.measured(["a", "a", "b", "b"])
        #expect(
            slices.unit == .scene && slices.unitCount == 2 && slices.interval95 == nil && slices.standardError != nil)
        let sorted = ["a", "b", "c", "d", "e", "f"].flatMap { [$0, $0] }
        let mixed = ["a", "b", "c", "d", "e", "f", "a", "b", "c", "d", "e", "f"]
        for subjects in [sorted, mixed] {
            let found = try Self.measured(subjects)
            #expect(found.unit == .scene && found.unitCount == 6 && found.imageCount == 12)
        }
        #expect(try Self.measured(["a"], side: 40).unitCount == 1)
    }

    /// Sums by hand: two images of one subject are one row, wherever they stand.
    @Test func sumsBySubject() throws {
        var evaluation = Scenes(imageCount: 3, height: 8, width: 8).evaluation
        for (index, subject) in ["a", "b", "a"].enumerated() { evaluation.pairs[index].subject = subject }
        let samples = try Observed(LinearOracle(evaluation: evaluation), evaluation).samples
        var terms = UnitTerms()
        #expect(terms.isEmpty)
        for (sample, sums) in zip(samples, [[[1.0, 2]], [[10, 20]], [[100, 200]]]) { terms.add(sums: sums, of: sample) }
        #expect(terms.units == [[101, 202], [10, 20]] && terms.unit == .scene)
        // An image with more strata than those before: they had nothing there.
        var wide = UnitTerms()
        for (sample, sums) in zip(samples, [[[1.0]], [[10, 20]], [[100, 200, 300]]]) {
            wide.add(sums: sums, of: sample)
        }
        #expect(wide.units == [[101, 200, 300], [10, 20, 0]])
        var narrow = UnitTerms()
        for (sample, sums) in zip(samples, [[[1.0, 2, 3]], [[10]], [[100, 200]]]) { narrow.add(sums: sums, of: sample) }
        #expect(narrow.units == [[101, 202, 3], [10, 0, 0]])
    }

    /// Tiles cover every pixel once, each between half a side more and a third less than 32 where the image is that large.
    @Test(arguments: [(1, 1), (2, 2), (8, 8), (31, 47), (48, 49), (64, 96), (97, 131), (160, 33)])
    func tilesCoverEveryPixel(height: Int, width: Int) {
        var counts = [Int](repeating: 0, count: height * width)
        for tile in Tiling.standard.tiles(height: height, width: width) {
            #expect(tile.rows.count <= 48 && tile.columns.count <= 48)
            #expect(tile.rows.count >= min(height, 24) && tile.columns.count >= min(width, 24))
            for y in tile.rows { for x in tile.columns { counts[y * width + x] += 1 } }
        }
        #expect(counts.allSatisfy { $0 == 1 })
        let ones = [Double](repeating: 1, count: height * width * 2)
        let sums = Tiling.standard.sums([(ones, ones)], shape: [height, width, 2])
        #expect(sums.reduce(0) { $0 + $1[0] } == Double(ones.count))
    }

    /// Images of several sizes, tiles of each; then intervals hold as often as they say.
    @Test func mixedSizes() throws {
        let missed = try alarms(200) { trial in
            var evaluation = Scenes(imageCount: 1, height: 96, width: 64, seed: UInt64(900 + trial)).evaluation
            evaluation.pairs +=
                Scenes(imageCount: 1, height: 40, width: 70, seed: UInt64(5900 + trial)).evaluation.pairs
            evaluation.pairs +=
                Scenes(imageCount: 1, height: 20, width: 20, seed: UInt64(8900 + trial)).evaluation.pairs
            for k in evaluation.pairs.indices { evaluation.pairs[k].subject = "subject\(k)" }
            let found = try Self.observed(LinearOracle(evaluation: evaluation), evaluation)
            #expect(found.unitCount == 6 + 2 + 1)
            return found.interval95?.contains(0) != true
        }
        #expect(missed <= binomialBand(200, rate: 0.05).upperBound, "\(missed)")
    }

    // MARK: Symmetries

    /// Eight different images, four of which keep a rectangle's shape, and each undone by its inverse.
    @Test func symmetries() {
        let field = (0..<18).map(Double.init)
        let images = Symmetry.allCases.map { $0.applied(to: field, shape: [3, 3, 2]) }
        #expect(Set(images).count == 8 && images[0] == field)
        for symmetry in Symmetry.allCases {
            let back: Symmetry =
                symmetry == .turnedLeft ? .turnedRight : symmetry == .turnedRight ? .turnedLeft : symmetry
            #expect(back.applied(to: symmetry.applied(to: field, shape: [3, 3, 2]), shape: [3, 3, 2]) == field)
        }
        #expect(Symmetry.mirrored.applied(to: [1, 2, 3, 4, 5, 6], shape: [2, 3, 1]) == [3, 2, 1, 6, 5, 4])
        #expect(Symmetry.upsideDown.applied(to: [1, 2, 3, 4, 5, 6], shape: [2, 3, 1]) == [4, 5, 6, 1, 2, 3])
        #expect(Symmetry.turnedLeft.applied(to: [1, 2, 3, 4], shape: [2, 2, 1]) == [2, 4, 1, 3])
        #expect(Symmetry.transposed.applied(to: [1, 2, 3, 4], shape: [2, 2, 1]) == [1, 3, 2, 4])
    }
}
