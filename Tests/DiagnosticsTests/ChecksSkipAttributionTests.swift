import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Figures
@testable import Reports
@testable import Tensors

/// Which skip leaks, on a model whose answer is known and on networks.
@Suite struct ChecksSkipAttributionTests {
    /// f = h ∗ x_b + Σ w_l·k_l(x_a) + w₀₁·(k_0 k_1), where k_l is x_a itself: φ_l = w_l for w₀₁ = 0.
    private struct Levels: Predictor {
        var name = "levels"
        var strategy: String? { "use_target_skip" }
        var readsTarget: Bool { true }
        var weights: [Float]

        func predict(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor {
            output(x[direction.source], weights.map { _ in x[direction.target] })
        }

        private func output(_ source: Tensor, _ skips: [Tensor]) -> Tensor {
            zip(weights, skips).reduce(binomial(source)) { sum, level in
                combine(sum, level.1.reshaped(sum.shape)) { $0 + level.0 * $1 }
            }
        }

        func skipPath(source: Tensor, _ direction: Direction) -> SkipPath? {
            SkipPath(
                skips: { x in weights.map { _ in x.reshaped([1] + x.shape) } }, output: { output(source, $0) })
        }
    }

    private static let network = C2CNetwork(
        Architecture(channels: 1, features: [8, 6, 4], latentChannels: 8), seed: 3)

    /// Planted shares are found to rounding under every stand-in; they add up; a level that carries nothing gets exactly 0.
    @Test(arguments: Direction.allCases)
    func plantedShares(direction: Direction) throws {
        let weights: [Float] = [0.3, 0, -0.1]
        let observed = try Observed(Levels(weights: weights), Scenes(imageCount: 3).evaluation, direction)
        var check = SkipAttribution()
        for sample in observed.samples { try check.observe(sample) }
        let rows = try check.measurements(observed.scope)
        #expect(rows.count == 1 + 3 * 3 && Set(rows.map(\.check)).count == rows.count)
        #expect(rows[0].check == "attribution.skips" && abs(rows[0].value.number - 0.2) < 1e-6)
        for patch in SkipPatch.allCases {
            for (level, weight) in weights.enumerated() {
                let row = try #require(rows.first { $0.check == "attribution.skips.\(patch.rawValue).level\(level)" })
                #expect(abs(row.value.number - Double(weight)) < 1e-6, "\(row)")
                #expect(row.interval95.map { abs($0.upper - $0.lower) < 1e-5 } == true)
            }
            let series = check.series(observed.scope)
            let alone = try #require(series[SeriesName.skipAlone(patch, direction)])
            let off = try #require(series[SeriesName.skipOff(patch, direction)])
            #expect(zip(alone.value, weights).allSatisfy { abs($0 - Double($1)) < 1e-6 })
            #expect(zip(off.value, weights).allSatisfy { abs($0 - (0.2 - Double($1))) < 1e-6 })
            #expect(series[SeriesName.skipShapley(patch, direction)]?.frequency == [0, 1, 2])
        }
        let sum = try observed.judge(SkipAttributionSum())
        #expect(sum.status == .info && (sum.estimate ?? 1) < 1e-6)
    }

    /// The values of a network add up to the leakage of the network as it runs unpatched, at sizes that need padding too, for one
    /// level and for three, whether the skip is the target's alone or a mixture.
    @Test(arguments: [SkipStrategy.targetSkip, .mixedSkip], [[8, 6, 4], [8]])
    func aNetworkAddsUp(strategy: SkipStrategy, features: [Int]) throws {
        let network = C2CNetwork(Architecture(channels: 1, features: features, latentChannels: 8), seed: 3)
        let predictor = NetworkPredictor(name: "net", network: network, wiring: .init(strategy))
        let evaluation = Scenes(imageCount: 2, height: 101, width: 133).evaluation
        let observed = try Observed(predictor, evaluation)
        let sum = try observed.judge(SkipAttributionSum())
        #expect(sum.status == .info && (sum.estimate ?? 1) < 1e-12, "\(sum.because)")
        let total = try observed.measure(SkipAttribution()).value.number
        let swap = try observed.measure(TargetLeakageSwap(margin: 0.01)).value.number
        #expect(abs(total - swap) < 1e-12 && abs(total) > 1e-3)
    }

    /// With all skips the patched path is the path, bit for bit.
    @Test func thePatchedPathIsThePath() throws {
        let predictor = NetworkPredictor(
            name: "net", network: Self.network, wiring: .init(.mixedSkip, mixedSkipAlpha: 0.3))
        let x = Scenes(imageCount: 1, height: 50, width: 75).evaluation.pairs[0].noisy
        for direction in Direction.allCases {
            let path = try #require(predictor.skipPath(source: x[direction.source], direction))
            #expect(try path.output(path.skips(x[direction.target])) == predictor.predict(x, direction))
        }
    }

    @Test func standIns() throws {
        let feature = Tensor([1, 1, 2, 2], [1, 10, 3, 30])
        #expect(SkipPatch.noise.replacement([feature]) == [feature])
        #expect(SkipPatch.zeros.replacement([feature])[0].values == [0, 0, 0, 0])
        #expect(SkipPatch.means.replacement([feature])[0].values == [2, 20, 2, 20])
    }

    /// Strategies that do not read the target have nothing to attribute, and neither has a model without skips.
    @Test(arguments: [SkipStrategy.noSkip, .zeroSkip, .sourceSkip])
    func notApplicable(strategy: SkipStrategy) throws {
        let predictor = NetworkPredictor(name: "net", network: Self.network, wiring: .init(strategy))
        let subject = try Suite(seed: 1).run(predictor, on: Scenes(height: 64, width: 64).evaluation).subject
        let rows = subject.checks.filter { $0.id.hasPrefix("attribution") }
        #expect(rows.count == 4 && rows.allSatisfy { $0.status == .notApplicable && $0.estimate == nil })
        #expect(rows[0].because == "Not measured: net reads no skips of the target.")
        #expect(ReportFigures.skips([subject]) == nil)
    }

    @Test func theFigureHasARowForEachLevel() throws {
        let subject = try Suite(seed: 1).run(Levels(weights: [0.3, 0.1]), on: Scenes().evaluation).subject
        let plot = try #require(ReportFigures.skips([subject])?.figure as? DotPlot)
        #expect(
            plot.rows.map(\.label) == ["b→a", "a→b"].flatMap { ["levels, \($0), level 0", "levels, \($0), level 1"] })
        #expect(plot.rows.allSatisfy { $0.dots.allSatisfy { $0 != nil } } && plot.series.count == 3)
        #expect(abs((plot.rows[0].dots[1]?.value ?? 0) - 0.3) < 1e-6)
    }

    /// No noise to exchange, one tile, nothing observed, values that are none: a reason, never a number.
    @Test func degenerate() throws {
        let model = Levels(weights: [0.3, 0.1])
        let silent = Scenes(sigma: DomainPair(a: 0, b: 0)).evaluation
        #expect(throws: Undetermined.self) { try Observed(model, silent).measure(SkipAttribution()) }
        #expect(throws: Undetermined.self) { try Observed(model, silent).measure(SkipAttributionSum()) }
        let observed = try Observed(model, Scenes(imageCount: 1, height: 64, width: 64).evaluation)
        #expect(throws: Undetermined.self) { try SkipAttribution().measurements(observed.scope) }
        #expect(try observed.measure(SkipAttribution()).interval95 == nil)

        var once = Scenes().evaluation
        once.redraw = nil
        #expect(throws: SampleError.cannotRedraw("scene0")) { try Observed(model, once).measure(SkipAttribution()) }
        // One repeat serves as the exchange and as the stand-in.
        for index in once.pairs.indices { once.pairs[index].repeats = [try repeated(index)] }
        #expect(abs(try Observed(model, once).measure(SkipAttribution()).value.number - 0.4) < 1e-6)

        let broken = OpenPath { _ in Tensor([160, 160, 1], repeating: .nan) }
        #expect(throws: SampleError.notFinite("open", "scene0")) {
            try Observed(broken, Scenes().evaluation).measure(SkipAttribution())
        }
    }

    private func repeated(_ index: Int) throws -> DomainPair<Tensor> {
        let redraw = try #require(Scenes().evaluation.redraw)
        return try DomainPair { try redraw(index, $0, 1) }
    }

    private struct OpenPath: Predictor {
        let name = "open"
        var strategy: String? { nil }
        let readsTarget = true
        let output: @Sendable ([Tensor]) -> Tensor
        func predict(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor { x[direction.source] }
        func skipPath(source: Tensor, _ direction: Direction) -> SkipPath? {
            SkipPath(skips: { [$0.reshaped([1] + $0.shape)] }, output: output)
        }
    }
}
