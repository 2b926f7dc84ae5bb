import Fields
import Figures
import Formats

/// Finite data: how many noisy targets are worth a clean one.
struct NoisyPairsForCleanOnes: Experiment {
    let number = 4
    let id = "finite_data"
    let title = "Noisy targets in place of clean ones"
    let derivation = """
        Least squares with p Gaussian inputs and n samples, whose targets scatter by τ² about the best linear prediction, has the excess risk \
        τ²·p/(n - p - 1) (L. Breiman and D. Freedman, JASA 78 (1983) 131-136). Clean targets have τ² = r, noisy ones \
        r + σ_a²: both lead to the same denoiser, and (r + σ_a²)/r noisy targets are worth one clean one: exactly so for the number beyond p + 1, \
        so that p + 1 + (N - p - 1)(r + σ_a²)/r noisy targets give the risk of N clean ones.
        """

    func run(_ laboratory: Laboratory) throws -> Outcome {
        let inputs = 6, rest = 0.2, noise = 0.5
        let sizes = [16, 32, 64, 128, 256], equal = (clean: 67, noisy: 217)
        let measured = try (sizes + [equal.clean, equal.noisy]).enumerated().map { index, size in
            try laboratory.repeated(number + 100 * (index + 1)) { stream in
                var gram = [Double](repeating: 0, count: inputs * inputs)
                var clean = [Double](repeating: 0, count: inputs), noisy = clean
                for _ in 0..<size {
                    let x = (0..<inputs).map { _ in laboratory.gaussian(&stream) }
                    // The true weights are 0: by linearity they do not matter to the excess.
                    let c = rest.squareRoot() * laboratory.gaussian(&stream),
                        n = noise.squareRoot() * laboratory.gaussian(&stream)
                    for i in 0..<inputs {
                        for j in 0..<inputs { gram[i * inputs + j] += x[i] * x[j] }
                        clean[i] += x[i] * c
                        noisy[i] += x[i] * (c + n)
                    }
                }
                let solver = try CholeskySolver(gram, side: inputs)
                return [clean, noisy].map { solver.solve($0).reduce(0) { $0 + $1 * $1 } }
            }
        }
        func law(_ scatter: Double, _ size: Double) -> Double { scatter * Double(inputs) / (size - Double(inputs) - 1) }
        var predictions = zip(sizes, measured).flatMap { size, pair in
            [
                Prediction("excess risk from \(size) clean targets", law(rest, Double(size)), pair[0]),
                Prediction("excess risk from \(size) noisy targets", law(rest + noise, Double(size)), pair[1]),
            ]
        }
        let clean = measured[sizes.count][0], noisy = measured[sizes.count + 1][1]
        predictions.append(
            Prediction(
                "excess risk from \(equal.noisy) noisy targets less that from \(equal.clean) clean ones", 0,
                Estimate(
                    mean: noisy.mean - clean.mean,
                    standardError: (noisy.standardError * noisy.standardError + clean.standardError
                        * clean.standardError)
                        .squareRoot())))
        let places = sizes.map(Double.init)
        func curves(_ label: String, _ term: Int, _ color: Color, _ marker: Marker, _ scatter: Double) -> [LinePlot
            .Curve]
        {
            [
                .init(
                    label: "\(label), predicted", x: places, y: places.map { law(scatter, $0) },
                    style: SeriesStyle(color: color, dash: [6, 3])),
                .init(
                    label: "\(label), measured", x: places, y: measured.map { $0[term].mean },
                    style: SeriesStyle(color: color, marker: marker),
                    drawing: .points),
            ]
        }
        return Outcome(
            predictions: predictions,
            figure: LinePlot(
                title: "Excess risk against the number of training targets", xLabel: "targets n", yLabel: "excess risk",
                xScale: .log10,
                yScale: .log10, columns: 1,
                panels: [
                    .init(
                        curves: curves("clean targets", 0, Palette.blue, .circle, rest)
                            + curves("noisy targets", 1, Palette.vermilion, .triangle, rest + noise))
                ]),
            caption:
                "Here \(NumberText.significant((rest + noise) / rest)) noisy targets are worth one clean target, at every number of them beyond a few."
        )
    }
}
