import Diagnostics
import Fields
import Figures
import Tensors

/// Models of known leakage through the checks of the suite themselves.
struct LeakageOracles: Experiment {
    let number = 10
    let id = "oracles"
    let title = "Models of known leakage through the suite"
    let derivation = """
        f = x_b passes all source noise and as much target noise as both share, ρσ_b/σ_a. f = c_a passes none. f = h ∗ x_b + λ₀·n_a has \
        λ_source = h₀ and λ_target = β_a = λ₀ by every route, and λ₀² of the target's noise power in the output.
        """

    /// A model, the correlation of the noises it is tested with, and what each check must find.
    private struct Oracle: Sendable {
        let name: String
        let correlation: Double
        let output: @Sendable (_ x: DomainPair<Plane>, _ clean: Plane) -> Plane
        let answers: [(id: String, value: Double)]
    }

    private static let oracles: [Oracle] = {
        let sigma = Laboratory.sigma, shared = 0.3 * sigma.b / sigma.a, leak = 0.2
        func all(_ target: Double, swapped: Double, source: Double) -> [(String, Double)] {
            [
                ("leakage.target.observed", target), ("leakage.target.fresh", target), ("leakage.target.swap", swapped),
                ("leakage.total", swapped * swapped), ("passthrough.source", source),
            ]
        }
        return [
            Oracle(
                name: "x_b, ρ = 0.3", correlation: 0.3, output: { x, _ in x.b },
                answers: all(shared, swapped: 0, source: 1)),
            Oracle(name: "c_a", correlation: 0, output: { _, clean in clean }, answers: all(0, swapped: 0, source: 0)),
            Oracle(
                name: "h ∗ x_b", correlation: 0,
                output: { x, _ in Laboratory.filtered(x.b, ClosedFormDenoisers.binomial) },
                answers: all(0, swapped: 0, source: 0.25)),
            Oracle(
                name: "h ∗ x_b + 0.2 n_a", correlation: 0,
                output: { x, clean in Laboratory.filtered(x.b, ClosedFormDenoisers.binomial) + leak * (x.a - clean) },
                answers: all(leak, swapped: leak, source: 0.25) + [("leakage.joint.target", leak)]),
            Oracle(
                name: "h ∗ x_b + 0.2 n_a, ρ = 0.3", correlation: 0.3,
                output: { x, clean in Laboratory.filtered(x.b, ClosedFormDenoisers.binomial) + leak * (x.a - clean) },
                answers: [
                    ("leakage.joint.target", leak), ("leakage.target.observed", leak + 0.25 * shared),
                    ("leakage.target.swap", leak),
                ]),
        ]
    }()

    func run(_ laboratory: Laboratory) throws -> Outcome {
        var predictions: [Prediction] = []
        var places: [(predicted: Double, measured: Double)] = []
        for (index, oracle) in Self.oracles.enumerated() {
            let measured = try laboratory.repeated(number + 100 * index, count: laboratory.repetitions / 4) { stream in
                try Self.measured(oracle, laboratory, &stream)
            }
            for (answer, estimate) in zip(oracle.answers, measured) {
                predictions.append(Prediction("\(answer.id) of \(oracle.name)", answer.value, estimate))
                places.append((answer.value, estimate.mean))
            }
        }
        places.sort { $0.predicted < $1.predicted }
        return Outcome(
            predictions: predictions,
            figure: LinePlot(
                title: "Known answers and what the suite's checks found", xLabel: "predicted", yLabel: "measured",
                columns: 1,
                panels: [
                    .init(curves: [
                        .init(
                            label: "equal", x: [0, 1], y: [0, 1],
                            style: SeriesStyle(color: Palette.vermilion, dash: [6, 3])),
                        .init(
                            label: "each check on each model", x: places.map(\.predicted), y: places.map(\.measured),
                            style: SeriesStyle(color: Palette.blue), drawing: .points),
                    ])
                ]),
            caption:
                "Every estimator of the suite on models whose answer is known, from no leakage to all of the noise.")
    }

    /// One image through the checks of one oracle.
    private static func measured(_ oracle: Oracle, _ laboratory: Laboratory, _ stream: inout RandomStream) throws
        -> [Double]
    {
        let sigma = Laboratory.sigma, content = laboratory.content(&stream)
        let common = laboratory.white(sigma: 1, &stream)
        let noise = DomainPair { domain in
            sigma[domain]
                * (oracle.correlation.squareRoot() * common + (1 - oracle.correlation).squareRoot()
                    * laboratory.white(sigma: 1, &stream))
        }
        // Two further captures of a: one to exchange, one to compare with.
        let further = (0..<2).map { _ in laboratory.white(sigma: sigma.a, &stream) }
        let clean = content.tensor, plane = Plane.channels(of: clean)[0]
        let evaluation = EvaluationSet(
            name: "oracle",
            pairs: [
                EvaluationPair(
                    id: "0", split: .heldout, noisy: DomainPair { (content + noise[$0]).tensor },
                    clean: DomainPair(a: clean, b: clean))
            ], dataRange: 1, noisesAreIndependent: oracle.correlation == 0,
            redraw: { _, _, draw in (content + further[draw % 2]).tensor })
        let predictor = OraclePredictor(name: oracle.name, readsTarget: true) { x, _ in
            oracle.output(x.map { Plane.channels(of: $0)[0] }, plane).tensor
        }
        let sample = try Sample(predictor, evaluation, index: 0, .bToA, seed: laboratory.seed)
        let scope = Scope(direction: .bToA, regime: .r3, split: .heldout, imageCount: 1, seed: laboratory.seed)
        var checks: [any Check] = [
            TargetLeakageObserved(margin: 0.01), TargetLeakageFresh(margin: 0.02), TargetLeakageSwap(margin: 0.01),
            TotalLeakage(margin: 0.01), SourcePassThrough(), JointRegression(margin: 0.01),
        ]
        var found: [String: Double] = [:]
        for k in checks.indices where oracle.answers.contains(where: { $0.id == checks[k].id }) {
            try checks[k].observe(sample)
            for row in try checks[k].measurements(scope) { found[row.check] = row.value.number }
        }
        return oracle.answers.map { found[$0.id] ?? .nan }
    }
}

extension Plane {
    /// `[H, W, 1]` in Float32.
    fileprivate var tensor: Tensor { Tensor([height, width, 1], values.map { Float($0) }) }
}
