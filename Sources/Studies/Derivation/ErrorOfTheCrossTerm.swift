import Figures
import Formats
import Foundation

/// The cross term X of n pixels scatters about 0 by √(MV/n): how many pixels a leakage coefficient needs.
struct ErrorOfTheCrossTerm: Experiment {
    let number = 2
    let id = "cross_term_error"
    let title = "How the cross term's error falls with the number of pixels"
    let derivation = """
        With n_a white and independent of e, var X̂ = MV/n over n pixels, hence the standard error √(M/(V·n)) of λ_target and the \
        minimum detectable effect of 2.8 of them. On logarithmic axes it falls with the slope -½.
        """

    func run(_ laboratory: Laboratory) throws -> Outcome {
        let sizes = (4...12).map { 1 << $0 }, risk = 0.3, power = 0.7
        let measured = try sizes.enumerated().map { index, size in
            // Squares of X̂, whose mean is its variance.
            try laboratory.repeated(number + 100 * (index + 1)) { stream in
                var sum = 0.0
                for _ in 0..<size {
                    sum +=
                        (risk.squareRoot() * laboratory.gaussian(&stream))
                        * (power.squareRoot() * laboratory.gaussian(&stream))
                }
                let mean = sum / Double(size)
                return [mean * mean]
            }[0]
        }
        var predictions = zip(sizes, measured).map { size, estimate in
            Prediction("variance of X̂ at n = \(size)", risk * power / Double(size), estimate)
        }
        // The slope of log error, weighted by what is known of each: var log v ≈ (SE/v)².
        let x = sizes.map { log(Double($0)) }, y = measured.map { 0.5 * log($0.mean) }
        let w = measured.map { 4 * ($0.mean / $0.standardError) * ($0.mean / $0.standardError) }
        let total = w.reduce(0, +)
        let (mx, my) = (
            zip(w, x).reduce(0) { $0 + $1.0 * $1.1 } / total, zip(w, y).reduce(0) { $0 + $1.0 * $1.1 } / total
        )
        let sxx = zip(w, x).reduce(0) { $0 + $1.0 * ($1.1 - mx) * ($1.1 - mx) }
        let slope = zip(w, zip(x, y)).reduce(0) { $0 + $1.0 * ($1.1.0 - mx) * ($1.1.1 - my) } / sxx
        predictions.append(
            Prediction(
                "slope of the error on logarithmic axes", -0.5,
                Estimate(mean: slope, standardError: 1 / sxx.squareRoot())))
        let places = sizes.map(Double.init)
        return Outcome(
            predictions: predictions,
            figure: LinePlot(
                title: "Standard error of the cross term", xLabel: "pixels n", yLabel: "standard error of X̂",
                xScale: .log10,
                yScale: .log10, columns: 1,
                panels: [
                    .init(curves: [
                        .init(
                            label: "√(MV/n)", x: places, y: places.map { (risk * power / $0).squareRoot() },
                            style: SeriesStyle(color: Palette.vermilion, dash: [6, 3])),
                        .init(
                            label: "measured", x: places, y: measured.map { $0.mean.squareRoot() },
                            style: SeriesStyle(color: Palette.blue),
                            drawing: .points),
                    ])
                ]),
            caption:
                "Fitted slope \(NumberText.significant(slope)). A hundred times the pixels show a leak of a tenth the size."
        )
    }
}
