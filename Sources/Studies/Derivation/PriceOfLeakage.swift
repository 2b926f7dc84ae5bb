import Fields
import Figures
import Tensors

/// f = g(x_b) + λ₀·n_a for λ₀ from 0 to 1: the better the loss looks, the worse the denoiser is.
struct PriceOfLeakage: Experiment {
    let number = 3
    let id = "price"
    let title = "The price of leakage"
    let derivation = """
        Adding λ₀·n_a to a denoiser g of risk M_g gives M = M_g + λ₀²σ_a², X = λ₀σ_a² and L = M_g + (1 - λ₀)²σ_a²: the loss falls \
        to M_g while the risk rises to M_g + σ_a².
        """

    func run(_ laboratory: Laboratory) throws -> Outcome {
        let sigma = Laboratory.sigma, shares = (0...10).map { Double($0) / 10 }
        let power = sigma.b * sigma.b, target = sigma.a * sigma.a
        let response: @Sendable (Double, Double) -> Double = {
            Laboratory.signal($0, $1) / (Laboratory.signal($0, $1) + power)
        }
        let risk = Laboratory.mean { fy, fx in response(fy, fx) * power }
        let measured = try laboratory.repeated(number) { stream in
            let content = laboratory.content(&stream)
            let noise = laboratory.white(sigma: sigma.a, &stream)
            let clean = Laboratory.filtered(content + laboratory.white(sigma: sigma.b, &stream), response)
            return shares.flatMap { share in
                let terms = ClosedFormDenoisers.terms(clean + share * noise, content, noise, laboratory)
                return [terms[0], terms[1], terms[3] / terms[2]]
            }
        }
        var predictions: [Prediction] = []
        for (index, share) in shares.enumerated() {
            predictions += [
                Prediction("L at λ₀ = \(share)", risk + (1 - share) * (1 - share) * target, measured[3 * index]),
                Prediction("M at λ₀ = \(share)", risk + share * share * target, measured[3 * index + 1]),
                Prediction("λ_target at λ₀ = \(share)", share, measured[3 * index + 2]),
            ]
        }
        func curves(_ label: String, _ term: Int, _ color: Color, _ marker: Marker, _ law: (Double) -> Double)
            -> [LinePlot.Curve]
        {
            [
                .init(
                    label: "\(label), predicted", x: shares, y: shares.map(law),
                    style: SeriesStyle(color: color, dash: [6, 3])),
                .init(
                    label: "\(label), measured", x: shares, y: shares.indices.map { measured[3 * $0 + term].mean },
                    style: SeriesStyle(color: color, marker: marker), drawing: .points),
            ]
        }
        return Outcome(
            predictions: predictions,
            figure: LinePlot(
                title: "Loss and risk against leaked noise", xLabel: "share λ₀ of the target's noise in the output",
                yLabel: "mean square",
                columns: 1,
                panels: [
                    .init(
                        curves: curves("loss L", 0, Palette.vermilion, .triangle) {
                            risk + (1 - $0) * (1 - $0) * target
                        }
                            + curves("risk M", 1, Palette.blue, .circle) { risk + $0 * $0 * target })
                ]),
            caption:
                "The loss that training sees is least where the denoiser is worst: a falling loss proves nothing about leakage."
        )
    }
}
