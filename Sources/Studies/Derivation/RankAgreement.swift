import Fields
import Figures
import Formats
import RealModule
import Tensors

/// Does the order of models by loss against noisy targets agree with their order by risk?
struct RankAgreement: Experiment {
    let number = 7
    let id = "ranks"
    let title = "Ranking models by their noisy loss"
    let derivation = """
        Without leakage L = M + σ_a² orders models as M does: Kendall's τ is 1. With shares λ₀ of the target's noise in them L falls where \
        M rises, and the order by loss is no order by quality. The models are six smoothing filters and four checkpoints of one filter that is \
        trained: after k steps of gradient descent on the loss, from 0, it is (1 - (1 - η(S + σ_b²))^k)·S/(S + σ_b²).
        """

    /// A response, by frequency.
    private typealias Model = @Sendable (_ fy: Double, _ fx: Double) -> Double

    private static let models: [Model] =
        [0.25, 0.5, 0.8, 1.8, 3.0, 6.0].map(filter(width:)) + [1.0, 3, 5, 15].map(checkpoint(steps:))

    /// A Gaussian of so many pixels.
    private static func filter(width: Double) -> Model {
        { fy, fx in
            let square = fy * fy + fx * fx
            return .exp(-2 * Double.pi * Double.pi * width * width * square)
        }
    }

    /// What training has made of the filter after so many steps.
    private static func checkpoint(steps: Double) -> Model {
        { fy, fx in
            let signal = Laboratory.signal(fy, fx), power = signal + Laboratory.sigma.b * Laboratory.sigma.b
            let left: Double = .pow(1 - stepSize * power, steps)
            return (1 - left) * signal / power
        }
    }

    /// η, small enough for every frequency: η(S + σ_b²) stays below 1.
    private static let stepSize = 0.1

    func run(_ laboratory: Laboratory) throws -> Outcome {
        let sigma = Laboratory.sigma, power = sigma.b * sigma.b, target = sigma.a * sigma.a
        let shares = [0, 0.35, 0.7]
        let risks = Self.models.map { response in
            Laboratory.mean { fy, fx in
                let h = response(fy, fx)
                return (h - 1) * (h - 1) * Laboratory.signal(fy, fx) + h * h * power
            }
        }
        let measured = try laboratory.repeated(number) { stream in
            let content = laboratory.content(&stream), noise = laboratory.white(sigma: sigma.a, &stream)
            let source = content + laboratory.white(sigma: sigma.b, &stream)
            return Self.models.flatMap { response in
                let clean = Laboratory.filtered(source, response)
                return shares.flatMap {
                    ClosedFormDenoisers.terms(clean + $0 * noise, content, noise, laboratory)[...1]
                }
            }
        }
        /// Loss and risk of each model, expected or found.
        func models(_ leaking: Bool) -> (expected: [(Double, Double)], found: [(Double, Double)]) {
            var expected: [(Double, Double)] = [], found = expected
            for (i, risk) in risks.enumerated() {
                for (j, share) in shares.enumerated() where leaking || share == 0 {
                    let k = 2 * (i * shares.count + j)
                    expected.append((risk + (1 - share) * (1 - share) * target, risk + share * share * target))
                    found.append((measured[k].mean, measured[k + 1].mean))
                }
            }
            return (expected, found)
        }
        let honest = models(false), leaking = models(true)
        let points = leaking.found.enumerated()
        func curve(_ share: Int, _ color: Color, _ marker: Marker) -> LinePlot.Curve {
            let members = points.filter { $0.offset % shares.count == share }.map(\.element)
            return .init(
                label: "λ₀ = \(shares[share])", x: members.map(\.0), y: members.map(\.1),
                style: SeriesStyle(color: color, marker: marker),
                drawing: .points)
        }
        return Outcome(
            predictions: [
                Prediction(
                    "Kendall's τ of L and M without leakage", exactly: Self.tau(honest.expected), Self.tau(honest.found)
                ),
                Prediction(
                    "Kendall's τ of L and M with leakage", exactly: Self.tau(leaking.expected), Self.tau(leaking.found)),
            ],
            figure: LinePlot(
                title: "Risk against loss of \(leaking.found.count) models", xLabel: "loss L against noisy targets",
                yLabel: "risk M", columns: 1,
                panels: [
                    .init(curves: [
                        curve(0, Palette.blue, .circle), curve(1, Palette.orange, .square),
                        curve(2, Palette.vermilion, .triangle),
                    ])
                ]),
            caption:
                "Models of one λ₀ lie on a line, so their loss ranks them rightly (τ = \(NumberText.significant(Self.tau(honest.found)))). "
                + "Across λ₀ it does not (τ = \(NumberText.significant(Self.tau(leaking.found)))): models that leak look better than they are."
        )
    }

    /// (concordant - discordant)/pairs, of values without ties.
    static func tau(_ values: [(Double, Double)]) -> Double {
        var sum = 0.0
        for (i, first) in values.enumerated() {
            for second in values[(i + 1)...] { sum += (first.0 - second.0) * (first.1 - second.1) > 0 ? 1 : -1 }
        }
        return sum / Double(values.count * (values.count - 1) / 2)
    }
}
