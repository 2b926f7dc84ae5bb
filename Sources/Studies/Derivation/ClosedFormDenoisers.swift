import Fields
import Figures
import Foundation
import Tensors

/// L = M + V - 2X on denoisers whose risk is known, each term by itself.
struct ClosedFormDenoisers: Experiment {
    let number = 1
    let id = "decomposition"
    let title = "The decomposition on closed-form denoisers"
    let derivation = """
        For f that sees x_b alone, with n_a independent of it and of mean zero, X = ⟨e, n_a⟩ is 0 in the mean, V = σ_a² and L = M + σ_a² \
        (Lehtinen et al. 2018). A filter H has M = mean over ν of |H - 1|²S + |H|²σ_b²; the Wiener filter S/(S + σ_b²) has the least, \
        Sσ_b²/(S + σ_b²); a ridge smoother is 1/(1 + μ|2πν|²). James and Stein (1961): (1 - (d - 2)σ²/|x|²)·x has the risk \
        σ² - σ⁴(d - 2)²/d · E 1/|x|².
        """

    /// A denoiser and its mean risk per pixel.
    private struct Denoiser: Sendable {
        let name: String
        let risk: Double
        let apply: @Sendable (Plane) -> Plane

        /// A filter of frequency.
        init(_ name: String, _ response: @escaping @Sendable (Double, Double) -> Double) {
            let power = Laboratory.sigma.b * Laboratory.sigma.b
            self.name = name
            risk = Laboratory.mean { fy, fx in
                let h = response(fy, fx)
                return (h - 1) * (h - 1) * Laboratory.signal(fy, fx) + h * h * power
            }
            apply = { Laboratory.filtered($0, response) }
        }

        init(_ name: String, risk: Double, _ apply: @escaping @Sendable (Plane) -> Plane) {
            self.name = name
            self.risk = risk
            self.apply = apply
        }
    }

    /// 3×3 weights ¼ ½ ¼ along each axis.
    static func binomial(_ fy: Double, _ fx: Double) -> Double {
        cos(.pi * fy) * cos(.pi * fy) * cos(.pi * fx) * cos(.pi * fx)
    }

    private static func denoisers(_ laboratory: Laboratory) -> [Denoiser] {
        let power = Laboratory.sigma.b * Laboratory.sigma.b
        return [
            Denoiser("identity") { _, _ in 1 },
            Denoiser("constant 0") { _, _ in 0 },
            Denoiser("binomial filter", binomial),
            Denoiser("Wiener filter") { Laboratory.signal($0, $1) / (Laboratory.signal($0, $1) + power) },
            Denoiser("ridge smoother") { 1 / (1 + 3 * 4 * Double.pi * Double.pi * ($0 * $0 + $1 * $1)) },
        ]
    }

    func run(_ laboratory: Laboratory) throws -> Outcome {
        let sigma = Laboratory.sigma, denoisers = Self.denoisers(laboratory)
        let count = denoisers.count
        // Of each denoiser: L, M, V, X and the residue of the identity.
        let measured = try laboratory.repeated(number) { stream in
            let content = laboratory.content(&stream)
            let target = laboratory.white(sigma: sigma.a, &stream)
            let source = content + laboratory.white(sigma: sigma.b, &stream)
            return denoisers.flatMap { Self.terms($0.apply(source), content, target, laboratory) }
        }
        var predictions: [Prediction] = []
        for (index, denoiser) in denoisers.enumerated() {
            let terms = Array(measured[5 * index..<5 * index + 5])
            predictions += [
                Prediction("L, \(denoiser.name)", denoiser.risk + sigma.a * sigma.a, terms[0]),
                Prediction("M, \(denoiser.name)", denoiser.risk, terms[1]),
                Prediction("V, \(denoiser.name)", sigma.a * sigma.a, terms[2]),
                Prediction("X, \(denoiser.name)", 0, terms[3]),
                Prediction("largest |L - M - V + 2X|, \(denoiser.name)", exactly: 0, terms[4].mean),
            ]
        }
        predictions += try jamesStein(laboratory)
        let places = (0..<count).map { Double($0 + 1) }
        func points(_ term: Int, _ label: String, _ style: SeriesStyle, _ extra: Double) -> [LinePlot.Curve] {
            [
                .init(
                    label: "\(label), predicted", x: places, y: denoisers.map { $0.risk + extra },
                    style: SeriesStyle(color: style.color, dash: [6, 3])),
                .init(
                    label: "\(label), measured", x: places, y: (0..<count).map { measured[5 * $0 + term].mean },
                    style: style,
                    drawing: .points),
            ]
        }
        return Outcome(
            predictions: predictions,
            figure: LinePlot(
                title: "Loss and risk of closed-form denoisers",
                xLabel: denoisers.enumerated().map { "\($0 + 1) \($1.name)" }.joined(separator: ", "),
                yLabel: "mean square", columns: 1,
                panels: [
                    .init(
                        curves: points(
                            0, "loss L", SeriesStyle(color: Palette.vermilion, marker: .triangle), sigma.a * sigma.a)
                            + points(1, "risk M", SeriesStyle(color: Palette.blue), 0))
                ]),
            caption:
                "The loss against noisy targets lies σ_a² above the risk against clean ones, whatever the denoiser.")
    }

    /// L, M, V, X and |L - M - V + 2X|/L.
    static func terms(_ output: Plane, _ content: Plane, _ noise: Plane, _ laboratory: Laboratory) -> [Double] {
        let error = output - content, residual = error - noise
        let loss = Plane.meanProduct(residual, residual), risk = Plane.meanProduct(error, error)
        let power = Plane.meanProduct(noise, noise), cross = laboratory.crossTerm(error, noise)
        return [loss, risk, power, cross, abs(loss - risk - power + 2 * cross) / loss]
    }

    /// Fixed content with |c|² = d: 1/|x|² in units of σ² is that of a noncentral chi-squared number, whose mean inverse is
    /// Σ_j Poisson(j; |c|²/2σ²)/(d - 2 + 2j).
    private func jamesStein(_ laboratory: Laboratory) throws -> [Prediction] {
        let dimension = 64, sigma = 1.0
        let d = Double(dimension), half = d / (2 * sigma * sigma)
        var inverse = 0.0, logWeight = -half
        for j in 0..<1000 {
            inverse += exp(logWeight) / (d - 2 + 2 * Double(j))
            logWeight += log(half) - log(Double(j + 1))
        }
        let risk = sigma * sigma - (d - 2) * (d - 2) / d * sigma * sigma * inverse
        let measured = try laboratory.repeated(number + 100) { stream in
            let x = (0..<dimension).map { _ in 1 + sigma * laboratory.gaussian(&stream) }
            let shrink = 1 - (d - 2) * sigma * sigma / x.reduce(0) { $0 + $1 * $1 }
            let target = (0..<dimension).map { _ in laboratory.gaussian(&stream) }
            return [
                x.reduce(0) { $0 + (shrink * $1 - 1) * (shrink * $1 - 1) } / d,
                zip(x, target).reduce(0) { $0 + (shrink * $1.0 - 1) * $1.1 } / d,
            ]
        }
        return [
            Prediction("M, James-Stein, d = 64", risk, measured[0]),
            Prediction("X, James-Stein, d = 64", 0, measured[1]),
        ]
    }
}
