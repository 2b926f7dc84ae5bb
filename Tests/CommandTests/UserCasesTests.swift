import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats
@testable import Tensors

/// What users tried with their own networks and captures, rebuilt small: what the verdict and its sentences have to be.
@Suite struct UserCasesTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func file(_ name: String) -> URL { folder.url.appending(path: name) }

    /// Saved outputs, tested.
    private func tested(
        _ pairs: [[String: Tensor]], words: (Int) -> [String: String] = { _ in [:] }, dataRange: Double = 1,
        more: String = #""reads_target": false"#
    ) throws -> Suite.Findings {
        let folder = file(UUID().uuidString)
        try Made.outputs(folder, pairs, words: words, dataRange: dataRange, more: more)
        let manifest = try OutputsManifest(folder.path)
        return try Comparison(manifest.evaluation, seed: 21).test(manifest.model)
    }

    // MARK: - Programs on captures

    private static let hasNumPy = Python.withNumPy != nil

    /// A program that writes one of its inputs, or a mixture of both: `copy.py IN OUT SHARE`, SHARE that of the target.
    private func copyProgram(_ input: String, share: Double? = nil) throws -> String {
        let script = file("copy.py")
        try Data(
            """
            import sys
            import numpy as np
            x = np.load(sys.argv[1])
            if len(sys.argv) > 3:
                x = (1 - float(sys.argv[3])) * x["source"] + float(sys.argv[3]) * x["target"]
            np.save(sys.argv[2], x)
            """.utf8
        ).write(to: script)
        return "\(Python.withNumPy ?? "python3") '\(script.path)' \(input) {output}" + (share.map { " \($0)" } ?? "")
    }

    private func run(_ command: String, on data: String) throws -> (Program.Outcome, Results, report: String) {
        let out = file("report \(UUID().uuidString)")
        let outcome = try Program.run([
            "leak-test", "--command", command, "--data", data, "--data-range", "1", "--json", "--out", out.path,
        ])
        let results = try JSONDecoder().decode(Results.self, from: Data(outcome.output.utf8))
        return (outcome, results, try String(contentsOf: out.appending(path: "report.md"), encoding: .utf8))
    }

    /// Two captures and a program that hands its target through, all of it or a third: noise added to the target shows it.
    @Test(.enabled(if: Self.hasNumPy, "needs python3 with NumPy, or N2N_PYTHON"), arguments: [(1.0, 1), (0.35, 3)])
    func aProgramThatReturnsItsTarget(share: Double, channels: Int) throws {
        let scenes = (0..<5).map { Made.scene($0, 72, 56, channels: channels) }
        func captures(_ seed: Int) -> [Tensor] {
            scenes.enumerated().map { $1.plus(Made.noise(0.08, like: $1, seed: seed + $0)) }
        }
        try Made.folders(file("data"), ["a": captures(0), "b": captures(100)])
        let (outcome, results, report) = try run(copyProgram("{input}", share: share), on: file("data").path)
        #expect(outcome.status == 1 && results.verdict == .fail, "\(outcome.errors)")
        let swap = try #require(results.subjects[0].checks.first { $0.id == "leakage.target.swap" })
        #expect(abs((swap.estimate ?? 0) - share) < 1e-4 && swap.regime == .r3 && swap.status == .fail)
        #expect(results.findings.first?.kind == .leakage, "\(results.findings)")
        #expect(report.contains("**Leakage** in "), "\(report.prefix(600))")
    }

    /// The same outputs saved, without the exchange: nothing was measured, so nothing passed.
    @Test func outputsAndTargetsAloneAreNoPass() throws {
        let pairs = (0..<5).map { k -> [String: Tensor] in
            let c = Made.scene(k, 72, 56), x = c.plus(Made.noise(0.08, like: c, seed: k))
            return ["prediction_a": x, "noisy_a": x, "noisy_b": c.plus(Made.noise(0.08, like: c, seed: 50 + k))]
        }
        let found = try tested(pairs, more: #""reads_target": true"#)
        #expect(found.subject.verdict == .inconclusive && found.subject.scope == .none, "\(found.text)")
        #expect(found.text.contains("leakage was not tested"), "\(found.text)")
        #expect(found.text.contains("repeat acquisition of every target"))
    }

    /// A target that is the mean of captures with the source among them, and a program that copies its source: independence is an
    /// assumption, and said to be one; with a repeat of both it is measured, and violated.
    @Test(.enabled(if: Self.hasNumPy, "needs python3 with NumPy, or N2N_PYTHON"))
    func aTargetThatHoldsItsSource() throws {
        let scenes = (0..<6).map { Made.scene($0, 64, 88) }
        func side(_ seed: Int) -> (means: [Tensor], first: [Tensor]) {
            let all = scenes.enumerated().map { k, c in
                (0..<3).map { c.plus(Made.noise(0.1, like: c, seed: seed + 10 * k + $0)) }
            }
            return (all.map(Made.mean), all.map { $0[0] })
        }
        let one = side(0), two = side(500)
        try Made.folders(file("two"), ["a": one.means, "b": one.first])
        try Made.folders(file("four"), ["a": one.means, "b": one.first, "a2": two.means, "b2": two.first])
        let copy = try copyProgram("{source}")
        let (outcome, results, _) = try run(copy, on: file("two").path)
        let said = results.findings.map(\.text)
        #expect(outcome.status == 0 && results.verdict == .pass, "\(outcome.errors) \(said)")
        #expect(said.contains { $0.contains("independence of the noises is assumed, not measured") }, "\(said)")
        #expect(said.contains { $0.contains("the output is its input") }, "\(said)")
        let repeated = try run(copy, on: file("four").path)
        #expect(repeated.0.status == 3 && repeated.1.verdict == .premise, "\(repeated.1.findings.map(\.text))")
        let premise = try #require(repeated.1.findings.first { $0.check == "premise.independence" })
        // A third of the variance of the mean is the source's: ρ = 1/√3.
        #expect(abs((premise.estimate ?? 0) - 0.577) < 0.03 && premise.kind == .premise)
        #expect(repeated.1.findings.contains { $0.text.contains("hands its input's noise through") })
    }

    /// Noise made of neighbouring pixels, four captures of each scene, and the identity as the program.
    @Test(.enabled(if: Self.hasNumPy, "needs python3 with NumPy, or N2N_PYTHON"))
    func interpolatedFramesAndTheIdentity() throws {
        let (count, height, width) = (7, 64, 80)
        var values: [Double] = []
        for capture in 0..<4 {
            for k in 0..<count {
                let c = Made.scene(20 + k, height, width), n = Made.noise(0.1, like: c, seed: 40 * capture + k).values
                values += c.values.indices.map { i in
                    let before = i % width == 0 ? i + width - 1 : i - 1
                    return Double(c.values[i] + 0.5 * (n[i] + n[before]))
                }
            }
        }
        try NumPyFile.write(NumPyArray([4, count, height, width], values), to: file("film.npy"))
        let (outcome, results, _) = try run(copyProgram("{source}"), on: file("film.npy").path)
        #expect(outcome.status == 0 && results.verdict == .pass && results.scope == .all, "\(outcome.errors)")
        #expect(!results.findings.contains { $0.kind == .leakage || $0.kind == .premise }, "\(results.findings)")
        #expect(results.findings.contains { $0.kind == .quality && $0.text.contains("the output is its input") })
    }

    // MARK: - Memory

    /// Training pairs with a repeat and no clean image, whose outputs hold 0.3 of the noise they were trained on.
    @Test func memoryByAFreshCapture() throws {
        let pairs = (0..<16).map { k -> [String: Tensor] in
            let c = Made.scene(k, 96, 80), n = Made.noise(0.12, like: c, seed: k)
            let rest = c.plus(Made.blur(Made.noise(0.1, like: c, seed: 100 + k)))
            return [
                "noisy_a": c.plus(n), "prediction_a": k < 8 ? rest : rest.plus(n, times: 0.3),
                "repeat_a": c.plus(Made.noise(0.12, like: c, seed: 200 + k)),
            ]
        }
        let found = try tested(pairs, words: { ["split": $0 < 8 ? "heldout" : "training"] })
        let memory = try #require(found.row("leakage.memorised"))
        #expect(found.subject.verdict == .fail, "\(found.text)")
        #expect(abs((memory.estimate ?? 0) - 0.3) < 0.03 && memory.split == .training && memory.regime == .r1)
        #expect(found.findings.first?.check == "leakage.memorised", "\(found.text)")
        #expect(found.text.contains("memorised noise of its training targets"))
    }

    /// The same with no held-out pair at all; of a network that is said to read its target, memory is one of two explanations.
    /// An exchange that changes nothing shows that no path leads there, and excludes no memory.
    @Test(arguments: [(0.3, false, false), (0.3, false, true), (0.15, true, false), (0, false, false)])
    func memoryOnTrainingPairsAlone(share: Float, reads: Bool, isExchanged: Bool) throws {
        let pairs = (0..<9).map { k -> [String: Tensor] in
            let c = Made.scene(k, 80, 96), n = Made.noise(0.12, like: c, seed: k)
            let rest = c.plus(Made.blur(Made.noise(0.1, like: c, seed: 100 + k)))
            let pair = [
                "noisy_a": c.plus(n), "prediction_a": rest.plus(n, times: share),
                "repeat_a": c.plus(Made.noise(0.12, like: c, seed: 200 + k)),
            ]
            let exchange = [
                "swapped_noisy_a": c.plus(Made.noise(0.12, like: c, seed: 300 + k)),
                "swapped_prediction_a": rest.plus(n, times: share),
            ]
            return isExchanged ? pair.merging(exchange) { $1 } : pair
        }
        let found = try tested(pairs, words: { _ in ["split": "training"] }, more: "\"reads_target\": \(reads)")
        let memory = try #require(found.row("leakage.memorised"))
        #expect(abs((memory.estimate ?? 9) - Double(share)) < 0.03 && memory.split == .training, "\(memory.because)")
        #expect(found.subject.checks.allSatisfy { $0.split != .heldout })
        guard share > 0 else { return #expect(found.subject.verdict == .pass, "\(found.text)") }
        #expect(found.subject.verdict == .fail && found.findings.first?.check == "leakage.memorised", "\(found.text)")
        #expect(!found.findings.contains { $0.kind == .premise }, "\(found.text)")
        #expect(
            found.text.contains(reads ? "memorised or read from them" : "has memorised noise of its training targets"),
            "\(found.text)")
    }

    /// Training pairs alone whose noises are correlated, under a model that reads its source alone: a premise, and no memory.
    @Test(arguments: [6, 12]) func sharedNoiseOnTrainingPairsIsNoMemory(count: Int) throws {
        let pairs = (0..<count).map { k -> [String: Tensor] in
            let c = Made.scene(k, 80, 64), n = Made.noise(0.1, like: c, seed: k),
                own = Made.noise(0.1, like: c, seed: 100 + k)
            let source = c.plus(n, times: 0.3).plus(own, times: 0.954)
            return [
                "noisy_a": c.plus(n), "noisy_b": source, "clean_a": c, "clean_b": c, "prediction_a": Made.blur(source),
            ]
        }
        let found = try tested(pairs, words: { _ in ["split": "training"] })
        #expect(found.subject.verdict == .premise, "\(found.text)")
        #expect(
            found.findings.first?.check == "premise.independence"
                && found.row("leakage.memorised")?.role == .description)
        #expect(found.findings.allSatisfy { $0.split != .heldout }, "\(found.text)")
    }

    /// Two training images known by heart decide, as many as there are held-out ones or not.
    @Test(arguments: [2, 7]) func twoImagesByHeart(heldOut: Int) throws {
        let pairs = (0..<heldOut + 2).map { k -> [String: Tensor] in
            let c = Made.scene(k, 80, 72), n = Made.noise(0.1, like: c, seed: k)
            let rest = c.plus(Made.blur(Made.noise(0.06, like: c, seed: 100 + k)))
            return [
                "noisy_a": c.plus(n), "clean_a": c,
                "prediction_a": k < heldOut ? rest : c.plus(n, times: k == heldOut ? 0.995 : 0.9997),
            ]
        }
        let found = try tested(pairs, words: { ["split": $0 < heldOut ? "heldout" : "training"] })
        #expect(found.subject.verdict == .fail, "\(found.text)")
        let memory = try #require(found.findings.first { $0.check == "leakage.memorised" })
        #expect(abs((memory.estimate ?? 0) - 1) < 0.03, "\(found.text)")
    }

    // MARK: - What was declared

    /// Declared not to read its target, on independent noises: the measurement contradicts it, by regression and by exchange.
    @Test(arguments: [0.89, 0.27], [true, false])
    func aDeclarationIsContradicted(leak: Double, isExchanged: Bool) throws {
        let pairs = (0..<8).map { k -> [String: Tensor] in
            let c = Made.scene(k, 60, 100), n = Made.noise(0.1, like: c, seed: k)
            let other = Made.noise(0.1, like: c, seed: 300 + k)
            let rest = c.plus(Made.blur(Made.noise(0.05, like: c, seed: 100 + k)))
            var pair = ["noisy_a": c.plus(n), "prediction_a": rest.plus(n, times: Float(leak))]
            if isExchanged {
                pair["swapped_noisy_a"] = c.plus(other)
                pair["swapped_prediction_a"] = rest.plus(other, times: Float(leak))
            } else {
                pair["clean_a"] = c
            }
            return pair
        }
        let found = try tested(pairs)
        #expect(found.subject.verdict == .fail)
        let first = try #require(found.findings.first)
        #expect(first.text.contains("this contradicts the declaration that the target is no input"), "\(found.text)")
        #expect(first.text.contains("contradicts") && abs((first.estimate ?? 0) - leak) < 0.03, "\(found.text)")
        #expect(first.regime == (isExchanged ? .r3 : .r0))
        // What was found is not called undecided in the next line.
        #expect(!found.findings.contains { $0.kind == .open }, "\(found.text)")
    }

    // MARK: - Structure

    /// A network without a path from its target.
    private struct Pathless: Predictor {
        let name = "pathless"
        let strategy: String? = "no_skip"
        let readsTarget = false

        func predict(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor { Made.blur(x[direction.source]) }

        func vectorJacobianProduct(_ x: DomainPair<Tensor>, _ direction: Direction, cotangent: Tensor)
            -> DomainPair<Tensor?>?
        { DomainPair { $0 == direction.source ? Made.blur(cotangent) : nil } }
    }

    /// Photon frames that differ a little move the regression on a fresh capture. What no path leads to cannot leak.
    @Test(arguments: [0.02, 0.06]) func noPathOutranksFramesThatDrift(drift: Float) throws {
        let pairs = (0..<10).map { k -> EvaluationPair in
            let c = Made.scene(k, 96, 64)
            func frame(_ seed: Int, _ brightness: Float) -> Tensor {
                let noise = Made.noise(1, like: c, seed: 1000 * seed + k).values
                return Tensor(c.shape, zip(c.values, noise).map { brightness * $0 + 0.15 * $0.squareRoot() * $1 })
            }
            return EvaluationPair(
                id: "frame\(k)", split: .heldout, noisy: DomainPair(a: frame(1, 1 + drift), b: frame(2, 1)), clean: nil,
                repeats: [DomainPair(a: frame(3, 1 - drift), b: frame(4, 1))])
        }
        let set = EvaluationSet(name: "frames", pairs: pairs, dataRange: 1, noisesAreIndependent: true)
        let found = try Suite(seed: 3).run(Pathless(), on: set)
        #expect(found.subject.verdict != .fail && found.subject.scope == .all, "\(found.text)")
        #expect(found.row("structure.target_path")?.estimate == 0)
        let fresh = try #require(found.row("leakage.target.fresh"))
        #expect(fresh.role == .premise && !found.findings.contains { $0.kind == .leakage }, "\(fresh.because)")
    }

    /// One row of sixteen that is significant by chance, or by the data, does not overrule the exact zero: none of them is of the
    /// leakage role there.
    @Test func noPathLeavesNoLeakageRowToRegression() throws {
        let pairs = (0..<8).map { k -> EvaluationPair in
            let c = Made.scene(k, 64, 64)
            let shared = Made.noise(0.05, like: c, seed: 700 + k)
            let noisy = DomainPair { c.plus(shared).plus(Made.noise(0.1, like: c, seed: 20 * k + $0.index)) }
            return EvaluationPair(id: "s\(k)", split: .heldout, noisy: noisy, clean: DomainPair(a: c, b: c))
        }
        let set = EvaluationSet(name: "shared", pairs: pairs, dataRange: 1, noisesAreIndependent: true)
        let found = try Suite(seed: 4).run(Pathless(), on: set)
        #expect(found.subject.verdict == .premise, "\(found.text)")
        #expect(!found.subject.checks.contains { $0.role == .leakage && $0.status == .fail })
        #expect(found.findings.first?.check == "premise.independence", "\(found.text)")
    }

    // MARK: - No better than the noisy image

    /// Outputs that nobody wants: one sentence says so, and none is called a leak.
    @Test(arguments: ["copy", "overfitted", "far", "range of the target", "repeat"]) func outputsThatAreNoGood(
        kind: String
    ) throws {
        let pairs = (0..<9).map { k -> [String: Tensor] in
            let c = Made.scene(k, 70, 90), n_b = Made.noise(0.1, like: c, seed: 100 + k)
            var pair = ["noisy_a": c.plus(Made.noise(0.1, like: c, seed: k)), "noisy_b": c.plus(n_b)]
            let rest = Made.noise(1, like: c, seed: 300 + k)
            switch kind {
            case "copy":
                pair["prediction_a"] = c.plus(n_b, times: 0.89).plus(rest, times: 0.048)
                (pair["clean_a"], pair["clean_b"]) = (c, c)
            case "overfitted":
                // -3.4 dB.
                pair["prediction_a"] = c.plus(rest, times: 0.148)
                pair["clean_a"] = c
            case "range of the target":
                // Stretched until smallest and largest value are those of the noisy target.
                let f = Made.blur(c.plus(Made.noise(0.05, like: c, seed: 500 + k))),
                    x = c.plus(Made.noise(0.1, like: c, seed: k))
                let (of, to) = (f.values.min()!...f.values.max()!, x.values.min()!...x.values.max()!)
                let gain = (to.upperBound - to.lowerBound) / (of.upperBound - of.lowerBound)
                pair["prediction_a"] = f.times(gain, plus: to.lowerBound - gain * of.lowerBound)
                pair["clean_a"] = c
            case "far": pair["prediction_a"] = c.plus(rest, times: 0.39)
            default:
                pair["prediction_a"] = c.plus(rest, times: 0.15)
                pair["repeat_a"] = c.plus(Made.noise(0.1, like: c, seed: 400 + k))
            }
            return pair
        }
        let found = try tested(pairs, more: #""reads_target": false, "sigma_a": 0.1"#)
        let risk = try #require(found.findings.first { $0.check == "quality.risk" }?.text, "\(found.text)")
        switch kind {
        case "copy":
            #expect(risk.contains("no better than the noisy image") || risk.contains("worse than the noisy"), "\(risk)")
            let source = try #require(found.findings.first { $0.check == "passthrough.source" })
            #expect(abs((source.estimate ?? 0) - 0.89) < 0.03)
            #expect(source.text.contains("hands its input's noise through"), "\(source.text)")
            #expect(found.subject.verdict == .pass, "\(found.text)")
        case "far":
            #expect(risk.contains("worse than the noisy image"), "\(risk)")
            let floor = try #require(found.row("leakage.noise_floor"))
            #expect(abs((floor.estimate ?? 0) - 16.2) < 0.8 && floor.status == .info && floor.role == .description)
            #expect(found.subject.verdict == .inconclusive, "\(found.text)")
        default: #expect(risk.contains("worse than the noisy image"), "\(risk)")
        }
        #expect(!found.findings.contains { $0.kind == .leakage }, "\(found.text)")
    }

    /// `noisy_b` is `noisy_a` to the bit: one observation in both places, with clean images and without.
    @Test(arguments: [true, false]) func oneObservationInBothPlaces(isClean: Bool) throws {
        let pairs = (0..<6).map { k -> [String: Tensor] in
            let c = Made.scene(k, 64, 96), x = c.plus(Made.noise(0.1, like: c, seed: k))
            let pair = ["noisy_a": x, "noisy_b": x, "prediction_a": Made.blur(x)]
            return isClean ? pair.merging(["clean_a": c, "clean_b": c]) { $1 } : pair
        }
        let found = try tested(pairs)
        #expect(found.subject.verdict == .premise, "\(found.text)")
        #expect(found.text.contains("one observation stands in both places of s0, s1"), "\(found.text)")
        #expect(!found.findings.contains { $0.kind == .leakage }, "\(found.text)")
    }

    // MARK: - Units and orientation

    /// What a network in other units makes, on targets of range 1.4.
    @Test(arguments: ["right", "input_statistics", "centred_twice"]) func unitsOfTheOutput(kind: String) throws {
        let content = (0..<14).map { Made.scene(60 + $0, 112, 96) }
        let inputs = content.enumerated().map { Made.blur($1.plus(Made.noise(0.1, like: $1, seed: 100 + $0))) }
        let targets = content.map { $0.times(1.4, plus: 0.2) }
        func statistics(_ images: [Tensor]) -> (mean: Float, spread: Float) {
            let all = images.flatMap(\.values)
            let mean = all.reduce(0, +) / Float(all.count)
            return (mean, (all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(all.count)).squareRoot())
        }
        let (of, to) = (statistics(inputs), statistics(targets))
        let right = inputs.map { $0.times(to.spread / of.spread, plus: to.mean - of.mean * to.spread / of.spread) }
        let outputs =
            kind == "right" ? right : kind == "input_statistics" ? inputs : right.map { $0.times(1, plus: -to.mean) }
        let found = try tested(
            targets.indices.map {
                [
                    "noisy_a": targets[$0].plus(Made.noise(0.1, like: targets[$0], seed: $0)), "clean_a": targets[$0],
                    "prediction_a": outputs[$0],
                ]
            }, dataRange: 1.4)
        #expect(!found.findings.contains { $0.kind == .leakage || $0.kind == .premise }, "\(found.text)")
        let named = Set(found.findings.filter { $0.kind == .quality }.map(\.check))
        switch kind {
        case "right": #expect(found.subject.verdict == .pass && !named.contains("quality.scale"), "\(found.text)")
        case "input_statistics":
            #expect(named.isSuperset(of: ["quality.scale", "quality.offset"]), "\(found.text)")
        default: #expect(named.contains("quality.offset"), "\(found.text)")
        }
    }

    /// An output upside down, without a leak and with one of 0.30.
    @Test(arguments: [0, 0.3]) func anOutputUpsideDown(leak: Double) throws {
        let pairs = (0..<9).map { k -> [String: Tensor] in
            let c = Made.scene(80 + k, 104, 120), x = c.plus(Made.noise(0.1, like: c, seed: k))
            let f = Made.blur(c.plus(Made.noise(0.1, like: c, seed: 100 + k)))
            return [
                "noisy_a": x, "clean_a": c,
                "prediction_a": Made.upsideDown(f.times(Float(1 - leak)).plus(x, times: Float(leak))),
            ]
        }
        let found = try tested(pairs)
        let orientation = try #require(found.findings.first { $0.check == "premise.orientation" })
        #expect(orientation.text.contains("the output is upside down"), "\(found.text)")
        let turned = try #require(found.row("leakage.symmetry"))
        if leak == 0 {
            #expect(found.subject.verdict == .premise && turned.status != .fail, "\(found.text)")
        } else {
            #expect(
                found.subject.verdict == .fail && found.findings.first?.check == "leakage.symmetry", "\(found.text)")
            #expect(abs((turned.estimate ?? 0) - leak) < 0.03 && turned.quantity?.contains("upside down") == true)
        }
    }

    /// A negative is in its place, and is told by its slope.
    @Test func anOutputThatIsANegative() throws {
        let pairs = (0..<6).map { k -> [String: Tensor] in
            let c = Made.scene(k, 80, 80)
            let f = Made.blur(c.plus(Made.noise(0.1, like: c, seed: 100 + k)))
            return [
                "noisy_a": c.plus(Made.noise(0.1, like: c, seed: k)), "clean_a": c,
                "prediction_a": f.times(-1, plus: 1),
            ]
        }
        let found = try tested(pairs)
        #expect(!found.findings.contains { $0.kind == .leakage || $0.kind == .premise }, "\(found.text)")
        #expect(abs((found.row("quality.scale")?.estimate ?? 0) + 2) < 0.1, "\(found.text)")
    }

    /// The outputs for exchanged targets are those for the targets themselves: one line says that two numbers contradict each other, not
    /// a dozen.
    @Test func anExchangeThatWasNotRun() throws {
        let pairs = (0..<8).map { k -> [String: Tensor] in
            let c = Made.scene(k, 80, 64), n = Made.noise(0.1, like: c, seed: k)
            let f = c.plus(Made.blur(Made.noise(0.1, like: c, seed: 100 + k))).plus(n, times: 0.3)
            return [
                "noisy_a": c.plus(n), "clean_a": c, "prediction_a": f, "swapped_prediction_a": f,
                "swapped_noisy_a": c.plus(Made.noise(0.1, like: c, seed: 200 + k)),
            ]
        }
        let found = try tested(pairs)
        #expect(found.subject.verdict == .premise, "\(found.text)")
        #expect(found.findings.count { $0.kind == .premise } == 1, "\(found.text)")
    }

    // MARK: - Shared noise

    /// The source is the target with more noise: what a network learns holds half of the target's noise, all of it through the source.
    @Test func theSecondCaptureIsTheFirstWithMoreNoise() throws {
        let pairs = (0..<7).map { k -> [String: Tensor] in
            let c = Made.scene(30 + k, 120, 100), n = Made.noise(0.1, like: c, seed: k)
            let x = c.plus(n), source = x.plus(Made.noise(0.1, like: c, seed: 100 + k))
            return [
                "noisy_a": x, "noisy_b": source, "clean_a": c, "clean_b": c,
                "prediction_a": source.times(0.55).plus(Made.blur(source), times: 0.45),
            ]
        }
        let found = try tested(pairs)
        #expect(found.subject.verdict == .premise, "\(found.text)")
        let premise = try #require(found.findings.first)
        #expect(premise.check == "premise.independence" && abs((premise.estimate ?? 0) - 0.707) < 0.02, "\(found.text)")
        let (joint, plain) = (found.row("leakage.joint.target"), found.row("leakage.target.observed"))
        #expect(joint?.regime == .r2 && abs(joint?.estimate ?? 1) < 0.01 && joint?.status == .pass)
        #expect(abs(plain?.estimate ?? 0) > 0.4 && plain?.role == .description)
    }

    // MARK: - A wrong σ

    /// σ stated as 0.3 where it is 0.2: a premise, with λ as it is, and never a leak.
    @Test(arguments: [0.001, 0]) func aWrongSigmaIsAPremise(leak: Double) throws {
        let pairs = (0..<12).map { k -> [String: Tensor] in
            let c = Made.scene(k, 128, 112), n = Made.noise(0.2, like: c, seed: k)
            let rest = c.plus(Made.blur(Made.noise(0.2, like: c, seed: 100 + k)))
            return ["noisy_a": c.plus(n), "clean_a": c, "prediction_a": rest.plus(n, times: Float(leak))]
        }
        let more = #""reads_target": false, "sigma_a": 0.3"#
        let found = try tested(pairs, more: more)
        #expect(found.subject.verdict == .premise, "\(found.text)")
        #expect(found.row("decomposition.noise_power")?.status == .fail)
        let observed = try #require(found.row("leakage.target.observed"))
        #expect(abs((observed.estimate ?? 1) - leak) < 0.01 && observed.status == .pass, "\(observed.because)")
        try Made.outputs(file("wrong"), pairs, more: more)
        let outcome = try Program.run(["leak-test", "--outputs", file("wrong").path, "--out", file("report").path])
        let report = try String(contentsOf: file("report/report.md"), encoding: .utf8)
        #expect(outcome.status == 3 && report.contains("violate a premise"), "\(outcome.errors)")
        #expect(!report.contains("Leakage found"))
    }

    /// Without a clean image a stated σ is believed by nobody: L/σ² is a number to know, right or wrong.
    @Test(arguments: [0.2, 0.3]) func aStatedSigmaAloneDecidesNothing(sigma: Double) throws {
        let pairs = (0..<8).map { k -> [String: Tensor] in
            let c = Made.scene(k, 96, 96), n = Made.noise(0.2, like: c, seed: k)
            return ["noisy_a": c.plus(n), "prediction_a": c.plus(Made.noise(0.03, like: c, seed: 100 + k))]
        }
        let found = try tested(pairs, more: #""sigma_a": \#(sigma)"#)
        let floor = try #require(found.row("leakage.noise_floor"))
        #expect(floor.role == .description && floor.status == .info && floor.quantity == "L/σ²", "\(floor.because)")
        #expect(abs((floor.estimate ?? 0) - (0.2 * 0.2 + 0.03 * 0.03) / (sigma * sigma)) < 0.03)
        #expect(found.subject.verdict == .inconclusive, "\(found.text)")
    }
}
