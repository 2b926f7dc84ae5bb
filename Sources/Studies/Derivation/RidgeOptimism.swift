import Fields
import Figures
import Tensors

/// A smoother fitted to the very noise it is tested on: memorisation in closed form, the positive control of regime R1.
struct RidgeOptimism: Experiment {
    let number = 5
    let id = "optimism"
    let title = "Memorised noise: the optimism of a smoother"
    let derivation = """
        f = S·x_a fitted to x_a itself has a loss on x_a that is lower than that on a fresh capture by 2σ²tr(S)/N (B. Efron, JASA 81 \
        (1986) 461-470), and λ_target = tr(S)/N there; on held-out noise it is 0.
        """

    func run(_ laboratory: Laboratory) throws -> Outcome {
        let sigma = Laboratory.sigma.a, weights = [0.3, 1, 3, 10, 30]
        @Sendable func response(_ weight: Double) -> @Sendable (Double, Double) -> Double {
            { 1 / (1 + weight * 4 * Double.pi * Double.pi * ($0 * $0 + $1 * $1)) }
        }
        let traces = weights.map { Laboratory.mean(response($0)) }
        let measured = try laboratory.repeated(number) { stream in
            let content = laboratory.content(&stream)
            let noise = laboratory.white(sigma: sigma, &stream), fresh = laboratory.white(sigma: sigma, &stream)
            return weights.flatMap { weight in
                let error = Laboratory.filtered(content + noise, response(weight)) - content
                let seen = error - noise, unseen = error - fresh
                return [
                    Plane.meanProduct(unseen, unseen) - Plane.meanProduct(seen, seen),
                    laboratory.crossTerm(error, noise) / (sigma * sigma),
                    laboratory.crossTerm(error, fresh) / (sigma * sigma),
                ]
            }
        }
        let predictions = weights.indices.flatMap { index in
            [
                Prediction("optimism at μ = \(weights[index])", 2 * sigma * sigma * traces[index], measured[3 * index]),
                Prediction(
                    "λ_target on the noise fitted to, μ = \(weights[index])", traces[index], measured[3 * index + 1]),
                Prediction("λ_target on fresh noise, μ = \(weights[index])", 0, measured[3 * index + 2]),
            ]
        }
        return Outcome(
            predictions: predictions,
            figure: LinePlot(
                title: "Leakage of a smoother fitted to its own target", xLabel: "smoothing μ", yLabel: "λ_target",
                xScale: .log10, columns: 1,
                panels: [
                    .init(curves: [
                        .init(
                            label: "tr(S)/N", x: weights, y: traces,
                            style: SeriesStyle(color: Palette.vermilion, dash: [6, 3])),
                        .init(
                            label: "on the noise fitted to", x: weights,
                            y: weights.indices.map { measured[3 * $0 + 1].mean },
                            style: SeriesStyle(color: Palette.vermilion, marker: .triangle), drawing: .points),
                        .init(
                            label: "on fresh noise", x: weights, y: weights.indices.map { measured[3 * $0 + 2].mean },
                            style: SeriesStyle(color: Palette.blue), drawing: .points),
                    ])
                ]),
            caption:
                "No skip is needed to leak: a model that can fit the noise of its training targets holds it, and only held-out noise shows none."
        )
    }
}
