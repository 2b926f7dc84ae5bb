import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// Leaks that the regression in place misses: displaced, turned, filtered, in a part of the images, with changing signs, and functions of
/// the noise. Each is found by its row; nothing is where nothing is.
@Suite struct ChecksLeakageTests {
    private static let evaluation = Scenes(imageCount: 4, height: 96, width: 96).evaluation
    private static let quiet = LinearOracle(evaluation: evaluation)
    private static let inPlace = TargetLeakageObserved(margin: 0.01)

    /// The row fails on the model, and on one without a leak it does not.
    private static func found(
        _ check: any Check, _ model: any Predictor, on evaluation: EvaluationSet = evaluation
    ) throws -> CheckResult {
        let null = try Observed(LinearOracle(evaluation: evaluation), evaluation).judge(check)
        #expect(null.status != .fail, "\(null.because)")
        let row = try Observed(model, evaluation).judge(check)
        #expect(row.status == .fail && row.role == .leakage, "\(row.id): \(row.because)")
        return row
    }

    /// p ≤ 0.05 against "exactly nothing".
    private static func falseAlarms(
        _ trials: Int, _ checks: [@Sendable () -> any Check], _ evaluation: @Sendable (UInt64) -> EvaluationSet
    ) throws -> [Int] {
        let raised = try Parallel.map(trials) { trial in
            let set = evaluation(UInt64(4000 + trial))
            let observed = try Observed(LinearOracle(evaluation: set), set, seed: UInt64(trial))
            return try checks.map { (try observed.measure($0()).pValue?.value ?? 0) <= 0.05 ? 1 : 0 }
        }
        return checks.indices.map { k in raised.reduce(0) { $0 + $1[k] } }
    }

    // MARK: Displaced

    @Test(arguments: [(0, 0), (1, 0), (0, -3), (-20, 20), (32, 0)]) func displaced(dy: Int, dx: Int) throws {
        let model = Self.evaluation.leaking { scaled(shifted($0, dy, dx), 0.1) }
        let row = try Self.found(LeakageDisplaced(margin: 0.01), model)
        #expect(row.quantity == "λ_target at displacement (\(dy), \(dx))")
        // Products that wrap around are not looked at.
        let inside = Double((96 - abs(dy)) * (96 - abs(dx))) / Double(96 * 96)
        #expect(abs((row.estimate ?? 0) - 0.1 * inside) < 0.02, "\(row.because)")
        if (dy, dx) != (0, 0) { #expect(try Observed(model, Self.evaluation).judge(Self.inPlace).status != .fail) }
    }

    /// Every pixel counts: half of the noise in the outer 16 pixels alone, displaced by one.
    @Test func displacedAtTheBorder() throws {
        let model = Self.evaluation.leaking { noise in
            var border = noise
            for y in 16..<80 { for x in 16..<80 { border[y, x, 0] = 0 } }
            return scaled(shifted(border, 0, 1), 0.5)
        }
        let row = try Self.found(LeakageDisplaced(margin: 0.01), model)
        #expect(row.quantity == "λ_target at displacement (0, 1)" && abs((row.estimate ?? 0) - 0.28) < 0.03)
        _ = try Self.found(LeakageSpectrum(margin: 0.01), model)
        #expect(try Observed(model, Self.evaluation).judge(TotalLeakage(margin: 0.01)).status == .fail)
    }

    // MARK: Turned

    @Test(arguments: Array(Symmetry.allCases.dropFirst())) func turned(symmetry: Symmetry) throws {
        let back: Symmetry = symmetry == .turnedLeft ? .turnedRight : symmetry == .turnedRight ? .turnedLeft : symmetry
        let model = Self.evaluation.leaking { noise in
            let moved = back.applied(to: noise.values.map(Double.init), shape: noise.shape)
            return Tensor(noise.shape, moved.map { Float(0.1 * $0) })
        }
        let row = try Self.found(LeakageSymmetry(margin: 0.01), model)
        #expect(row.quantity == "λ_target, output \(symmetry.name)")
        #expect(abs((row.estimate ?? 0) - 0.1) < 0.02, "\(row.because)")
        #expect(try Observed(model, Self.evaluation).judge(Self.inPlace).status != .fail)
    }

    /// A rectangle has three of them, and squares among rectangles the others.
    @Test func turnedRectangles() throws {
        var evaluation = Scenes(imageCount: 2, height: 64, width: 128).evaluation
        evaluation.redraw = nil
        let model = evaluation.leaking { noise in
            let moved = Symmetry.turnedHalf.applied(to: noise.values.map(Double.init), shape: noise.shape)
            return Tensor(noise.shape, moved.map { Float(0.1 * $0) })
        }
        let row = try Self.found(LeakageSymmetry(margin: 0.01), model, on: evaluation)
        #expect(row.quantity == "λ_target, output turned by 180°")
        evaluation.pairs += Scenes(imageCount: 1, height: 64, width: 64, seed: 2).evaluation.pairs
        #expect(
            try Observed(LinearOracle(evaluation: evaluation), evaluation).judge(LeakageSymmetry(margin: 0.01)).status
                != .fail)
    }

    // MARK: Filtered

    /// E = λ² Σh² of what passes, and nothing to see in place where the filter has no middle.
    @Test func filtered() throws {
        let low = Self.evaluation.leaking { scaled((0..<4).reduce($0) { field, _ in binomial(field) }, 0.5) }
        let smooth = try Self.found(LeakageSpectrum(margin: 0.01), low)
        // Four passes: binomial coefficients of order 8 along each axis, Σ = C(16, 8)/2¹⁶.
        let share = 12_870.0 / 65_536
        #expect(abs((smooth.estimate ?? 0) / (0.25 * share * share) - 1) < 0.25, "\(smooth.because)")
        let high = Self.evaluation.leaking { scaled(combine($0, binomial($0)) { $0 - $1 }, 0.2) }
        let sharp = try Self.found(LeakageSpectrum(margin: 0.01), high)
        #expect(abs((sharp.estimate ?? 0) / (0.04 * (1 - 0.5 + 9.0 / 64)) - 1) < 0.25, "\(sharp.because)")
        let pooled = Self.evaluation.leaking { noise in
            var result = noise
            for y in 0..<96 {
                for x in 0..<96 {
                    var sum: Float = 0
                    for dy in 0..<8 { for dx in 0..<8 { sum += noise[y / 8 * 8 + dy, x / 8 * 8 + dx, 0] } }
                    result[y, x, 0] = sum / 64
                }
            }
            return result
        }
        _ = try Self.found(LeakageSpectrum(margin: 0.01), pooled)
    }

    // MARK: Strata

    /// A leak in a share of the pixels, by its own stratum.
    struct Stratum: Sendable, CustomTestStringConvertible {
        let kind: LeakageByStratum.Kind
        let testDescription: String
        var channels = 1
        /// λ at a pixel; `sees` the clean image.
        let leak: @Sendable (_ y: Int, _ x: Int, _ c: Int, _ clean: Tensor) -> Float
        /// Σ λ²/N.
        var energy: Double?
        /// λ adds up to nothing.
        var isHidden = false
    }

    private static let strata = [
        Stratum(
            kind: .frame, testDescription: "border", leak: { y, x, _, _ in min(y, x, 95 - y, 95 - x) < 6 ? 0.2 : 0 },
            energy: 0.04 * (1 - 84.0 * 84 / 96 / 96)),
        Stratum(
            kind: .frame, testDescription: "two halves of opposite sign", leak: { _, x, _, _ in x < 48 ? 0.1 : -0.1 },
            energy: 0.01, isHidden: true),
        Stratum(
            kind: .parity, testDescription: "sign of the pixel", leak: { y, x, _, _ in (y + x) % 2 == 0 ? 0.1 : -0.1 },
            energy: 0.01, isHidden: true),
        Stratum(
            kind: .parity, testDescription: "sign of the channel", channels: 2,
            leak: { _, _, c, _ in c == 0 ? 0.1 : -0.1 }, energy: 0.01, isHidden: true),
        Stratum(
            kind: .intensity, testDescription: "where it is bright",
            leak: { y, x, c, clean in clean[y, x, c] > 0.15 ? 0.3 : 0 }),
        Stratum(
            kind: .edges, testDescription: "on edges",
            leak: { y, x, c, clean in
                let (dy, dx) = (
                    clean[min(y + 1, 95), x, c] - clean[max(y - 1, 0), x, c],
                    clean[y, min(x + 1, 95), c] - clean[y, max(x - 1, 0), c]
                )
                return dy * dy + dx * dx > 0.002 ? 0.3 : -0.1
            }),
    ]

    @Test(arguments: strata) func stratum(planted: Stratum) throws {
        let evaluation =
            planted.channels == 1
            ? Self.evaluation : Scenes(imageCount: 4, height: 96, width: 96, channels: planted.channels).evaluation
        let model = evaluation.leaking { noise, x, direction in
            let clean = evaluation.clean(of: x, direction)
            var result = noise
            for y in 0..<96 {
                for x in 0..<96 { for c in 0..<planted.channels { result[y, x, c] *= planted.leak(y, x, c, clean) } }
            }
            return result
        }
        let row = try Self.found(LeakageByStratum(planted.kind, margin: 0.01), model, on: evaluation)
        #expect(row.id == "leakage.by_\(planted.kind.rawValue)" && row.unitCount == 36)
        if let energy = planted.energy {
            // Cells of six pixels hold the border and more.
            #expect(abs((row.estimate ?? 0) / energy - 1) < 0.3, "\(row.because)")
        }
        if planted.isHidden { #expect(try Observed(model, evaluation).judge(Self.inPlace).status != .fail) }
    }

    /// A set that mixes one channel and three.
    @Test func mixedChannels() throws {
        for counts in [[1, 3, 1], [3, 1, 1]] {
            for images in [1, 3] {
                var evaluation = Scenes(imageCount: images, height: 64, width: 64, channels: counts[0]).evaluation
                for (seed, channels) in counts.dropFirst().enumerated() {
                    evaluation.pairs +=
                        Scenes(
                            imageCount: images, height: 64, width: 64, channels: channels, seed: UInt64(2 + seed)
                        ).evaluation.pairs
                }
                evaluation.redraw = nil
                let subject = try Suite(seed: 1).run(LinearOracle(evaluation: evaluation), on: evaluation).subject
                #expect(subject.checks.allSatisfy { $0.status != .error && $0.status != .fail })
                let row = subject.checks.first { $0.id == "leakage.by_parity" }
                #expect(row?.estimate != nil || row?.because.contains("6 units") == true, "\(row?.because ?? "")")
            }
        }
    }

    // MARK: One image of many

    @Test func inOneImageOfMany() throws {
        let evaluation = Scenes(imageCount: 24, height: 64, width: 64).evaluation
        let marked = evaluation.pairs[7].noisy.b
        let model = evaluation.leaking { noise, x, _ in x.b == marked ? scaled(noise, 0.3) : Tensor(noise.shape) }
        let row = try Self.found(LeakageByPlace(margin: 0.01), model, on: evaluation)
        #expect(abs((row.estimate ?? 0) / (0.09 / 24) - 1) < 0.2 && row.unitCount == 96, "\(row.because)")
        // A sign that changes from image to image adds up to nothing in place.
        let signs = evaluation.leaking { noise, x, _ in
            let index = evaluation.pairs.firstIndex { $0.noisy.b == x.b } ?? 0
            return scaled(noise, index % 2 == 0 ? 0.1 : -0.1)
        }
        let changing = try Self.found(LeakageByPlace(margin: 0.01), signs, on: evaluation)
        #expect(abs((changing.estimate ?? 0) / 0.01 - 1) < 0.2, "\(changing.because)")
    }

    /// Noise that is correlated over a few pixels adds nothing.
    @Test func byPlaceOfBlurredNoise() throws {
        let blurred = NoiseModel.correlated(sigma: DomainPair(a: 0.2, b: 0.25), CorrelationKernel.blur(1))
        let counts = try Self.falseAlarms(120, [{ LeakageByPlace(margin: 0) }]) {
            Scenes(imageCount: 4, height: 64, width: 64, seed: $0).under(blurred)
        }
        #expect(counts[0] <= binomialBand(120, rate: 0.05).upperBound, "\(counts)")
    }

    /// Fewer than six tiles whose blocks do not all touch.
    @Test func byPlaceOfTooLittle() throws {
        let small = Scenes(imageCount: 24, height: 16, width: 16).evaluation
        #expect(throws: Undetermined.self) {
            try Observed(LinearOracle(evaluation: small), small).measure(LeakageByPlace(margin: 0.01))
        }
    }

    // MARK: Functions of the noise

    /// Each function by itself: n of the target with σ = 0.2, its neighbours to the right and below, and m of the source.
    private static let functions:
        [(name: String, value: @Sendable (_ n: Float, _ right: Float, _ below: Float, _ m: Float) -> Float)] = [
            ("size |n|", { n, _, _, _ in abs(n) }), ("square n²", { n, _, _, _ in n * n / 0.2 }),
            ("cube n³", { n, _, _, _ in n * n * n / 0.15 }), ("sign of n", { n, _, _, _ in n > 0 ? 0.2 : -0.2 }),
            ("values beyond 3σ", { n, _, _, _ in abs(n) > 0.6 ? 10 * n : 0 }),
            ("n · n of the pixel at the right", { n, right, _, _ in n * right / 0.2 }),
            ("n · n of the pixel below", { n, _, below, _ in n * below / 0.2 }),
            ("n · n of the source", { n, _, _, m in n * m / 0.25 }),
            ("sign of n · n of the source", { n, _, _, m in n > 0 ? m : -m }),
            ("|n| · n of the source", { n, _, _, m in abs(n) * m / 0.25 }),
        ]

    @Test(arguments: functions.indices) func moments(index: Int) throws {
        let (name, value) = Self.functions[index]
        let model = Self.evaluation.leaking { n, x, direction in
            // Both domains show one content.
            let m = combine(x[direction.source], Self.evaluation.clean(of: x, direction)) { $0 - $1 }
            var result = n
            for y in 0..<96 {
                for x in 0..<96 {
                    result[y, x, 0] =
                        0.1 * value(n[y, x, 0], n[y, min(x + 1, 95), 0], n[min(y + 1, 95), x, 0], m[y, x, 0])
                }
            }
            return result
        }
        let row = try Self.found(LeakageMoments(margin: 0.01), model)
        // |n| and n² are nearly one function, and so are n³ and the values beyond 3σ.
        let families = [
            ["size |n|", "square n²"], ["cube n³", "values beyond 3σ"],
            ["n · n of the source", "sign of n · n of the source"],
        ]
        let alike = families.first { $0.contains(name) } ?? [name]
        #expect(alike.contains { row.quantity == "λ of \($0)" }, "\(row.because)")
    }

    // MARK: Nothing

    private static let checks: [@Sendable () -> any Check] =
        [
            { LeakageDisplaced(margin: 0) }, { LeakageSymmetry(margin: 0) }, { LeakageMoments(margin: 0) },
            { LeakageSpectrum(margin: 0) }, { LeakageByPlace(margin: 0) },
        ] + LeakageByStratum.Kind.allCases.map { kind in { LeakageByStratum(kind, margin: 0) } }

    /// Tiles as units, and images; white noise, and skewed noise whose level follows the signal.
    @Test(arguments: [(3, 64), (12, 32)], [false, true])
    func falseAlarmsOfAll(shape: (images: Int, side: Int), isCounted: Bool) throws {
        let trials = 120
        let noise =
            isCounted
            ? NoiseModel.poisson(peak: DomainPair(a: 30, b: 20)) : .gaussian(sigma: DomainPair(a: 0.2, b: 0.25))
        let counts = try Self.falseAlarms(trials, Self.checks) {
            Scenes(imageCount: shape.images, height: shape.side, width: shape.side, seed: $0).under(noise)
        }
        for (count, check) in zip(counts, Self.checks) {
            #expect(count <= binomialBand(trials, rate: 0.05).upperBound, "\(check().id): \(counts)")
        }
    }
}
