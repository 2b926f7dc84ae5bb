import Fields
import Figures
import Tensors

/// What Noise2Noise learns when the noises of the domains are correlated, for Gaussian content where everything is known.
struct SharedNoiseOptimum: Experiment {
    let number = 6
    let id = "shared_noise"
    let title = "Correlated noise: the Noise2Noise optimum against the clean one"
    let derivation = """
        With E n_a n_b = ρσ_aσ_b at each pixel, the filter of least loss is (S + ρσ_aσ_b)/(S + σ_b²), that of least risk S/(S + σ_b²). \
        The first has a risk, and a saving of loss, of mean (ρσ_aσ_b)²/(S + σ_b²) more than the second, and \
        λ_target = ρσ_b/σ_a · mean H: the loss is lower because the target's noise leaks.
        """

    func run(_ laboratory: Laboratory) throws -> Outcome {
        let sigma = Laboratory.sigma, power = sigma.b * sigma.b, correlations = [0, 0.05, 0.15, 0.5]
        @Sendable func noisy(_ correlation: Double) -> @Sendable (Double, Double) -> Double {
            {
                let s = Laboratory.signal($0, $1)
                return (s + correlation * sigma.a * sigma.b) / (s + power)
            }
        }
        let measured = try laboratory.repeated(number) { stream in
            let content = laboratory.content(&stream)
            let own = DomainPair { _ in laboratory.white(sigma: 1, &stream) },
                common = laboratory.white(sigma: 1, &stream)
            return correlations.flatMap { correlation in
                let noise = DomainPair { domain in
                    sigma[domain] * (correlation.squareRoot() * common + (1 - correlation).squareRoot() * own[domain])
                }
                let terms = [noisy(correlation), noisy(0)].map {
                    ClosedFormDenoisers.terms(Laboratory.filtered(content + noise.b, $0), content, noise.a, laboratory)
                }
                return [terms[0][1] - terms[1][1], terms[1][0] - terms[0][0], terms[0][3] / (sigma.a * sigma.a)]
            }
        }
        func excess(_ correlation: Double) -> Double {
            let shared = correlation * sigma.a * sigma.b
            return Laboratory.mean { shared * shared / (Laboratory.signal($0, $1) + power) }
        }
        func leakage(_ correlation: Double) -> Double {
            correlation * sigma.b / sigma.a * Laboratory.mean(noisy(correlation))
        }
        let predictions = correlations.indices.flatMap { k in
            let at = "at ρ = \(correlations[k])"
            return [
                Prediction("excess risk \(at)", excess(correlations[k]), measured[3 * k]),
                Prediction("saving of loss \(at)", excess(correlations[k]), measured[3 * k + 1]),
                Prediction("λ_target of the optimum \(at)", leakage(correlations[k]), measured[3 * k + 2]),
            ]
        }
        let fine = (0...50).map { Double($0) / 100 }
        return Outcome(
            predictions: predictions,
            figure: LinePlot(
                title: "What correlated noise costs", xLabel: "correlation ρ of the noises",
                yLabel: "share, or mean square", columns: 1,
                panels: [
                    .init(curves: [
                        .init(
                            label: "λ_target, predicted", x: fine, y: fine.map(leakage),
                            style: SeriesStyle(color: Palette.vermilion, dash: [6, 3])),
                        .init(
                            label: "λ_target, measured", x: correlations,
                            y: correlations.indices.map { measured[3 * $0 + 2].mean },
                            style: SeriesStyle(color: Palette.vermilion, marker: .triangle), drawing: .points),
                        .init(
                            label: "excess risk, predicted", x: fine, y: fine.map(excess),
                            style: SeriesStyle(color: Palette.blue, dash: [6, 3])),
                        .init(
                            label: "excess risk, measured", x: correlations,
                            y: correlations.indices.map { measured[3 * $0].mean },
                            style: SeriesStyle(color: Palette.blue), drawing: .points),
                    ])
                ]),
            caption:
                "Training across correlated noises converges to a denoiser that leaks in proportion to ρ and pays with risk in proportion to ρ²."
        )
    }
}
