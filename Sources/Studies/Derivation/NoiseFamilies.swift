import Engine
import Fields
import Figures
import Foundation
import Tensors

/// Which noises Noise2Noise may be trained on, with which loss: L2 learns the mean of the noisy targets, L1 their median.
struct NoiseFamilies: Experiment {
    let number = 9
    let id = "families"
    let title = "Noise families: what the losses L2 and L1 converge to"
    let derivation = """
        Over many noisy targets of one clean value c the loss L2 is least at their mean and L1 at their median. Noise2Noise is right where that is c: \
        both for Gaussian noise; the mean alone for Poisson counts and speckle, whose median is another; the median alone for salt and pepper; \
        neither for magnitudes (Rice distribution: mean σ√(π/2) at c = 0) and for values cut off.
        """

    /// One noise at one clean value with its mean and median.
    private struct Family: Sendable {
        let name: String
        let clean, mean, median: Double
        let draw: @Sendable (Laboratory, inout RandomStream) -> [Double]
    }

    private static let side = Laboratory.side

    /// A model of the engine, at one value.
    private static func model(_ name: String, _ model: NoiseModel, clean: Double, mean: Double, median: Double)
        -> Family
    {
        Family(name: name, clean: clean, mean: mean, median: median) { laboratory, stream in
            let image = Tensor([side, side, 1], repeating: Float(clean))
            let draw = Int(stream.next32() >> 1)
            return model.observe(DomainPair(a: image, b: image), seed: laboratory.seed, image: 0, draw: draw).a.values
                .map(Double.init)
        }
    }

    private static let families: [Family] = {
        let one = DomainPair(a: 1.0, b: 1.0), tenth = DomainPair(a: 0.1, b: 0.1)
        // I₀ and I₁ enter the mean of a Rice number through L_{1/2}(-s²/2).
        let rice = [0.0, 1, 2, 3].map { s in
            model(
                "Rician magnitude at \(s) σ", .rician(of: .gaussian(sigma: one)), clean: s, mean: riceMean(s),
                median: riceMedian(s))
        }
        // c = 0.05, σ = 0.1, cut off at 0: E x = c·Φ(c/σ) + σ·φ(c/σ); the other end is nine σ away.
        let ratio = 0.05 / 0.1
        let clipped =
            0.05 * NormalDistribution.cdf(ratio) + 0.1 * exp(-ratio * ratio / 2) / (2 * Double.pi).squareRoot()
        return [
            model("Gaussian", .gaussian(sigma: tenth), clean: 0.5, mean: 0.5, median: 0.5),
            model("correlated Gaussian", .correlated(sigma: tenth, .blur(1)), clean: 0.5, mean: 0.5, median: 0.5),
            model("Poisson, 3 counts", .poisson(peak: DomainPair(a: 4, b: 4)), clean: 0.75, mean: 0.75, median: 0.75),
            model("speckle, one look", .speckle(looks: one), clean: 1, mean: 1, median: log(2)),
            model(
                "Gaussian cut off at 0", .clipped(.gaussian(sigma: tenth), to: 0...1), clean: 0.05, mean: clipped,
                median: 0.05),
            Family(name: "salt and pepper, 20 %", clean: 0.25, mean: 0.8 * 0.25 + 0.2 * 0.5, median: 0.25) {
                _, stream in
                (0..<side * side).map { _ in stream.uniform() < 0.8 ? 0.25 : stream.uniform() < 0.5 ? 0 : 1 }
            },
        ] + rice
    }()

    func run(_ laboratory: Laboratory) throws -> Outcome {
        let families = Self.families
        let measured = try laboratory.repeated(number) { stream in
            families.flatMap { family in
                let values = family.draw(laboratory, &stream).sorted()
                return [
                    values.reduce(0, +) / Double(values.count),
                    (values[values.count / 2 - 1] + values[values.count / 2]) / 2,
                ]
            }
        }
        var predictions: [Prediction] = []
        for (index, family) in families.enumerated() {
            predictions.append(Prediction("L2 optimum, \(family.name)", family.mean, measured[2 * index].rounded))
            predictions.append(Prediction("L1 optimum, \(family.name)", family.median, measured[2 * index + 1].rounded))
        }
        let places = families.indices.map { Double($0 + 1) }
        func curves(_ label: String, _ term: Int, _ color: Color, _ marker: Marker, _ law: (Family) -> Double)
            -> [LinePlot.Curve]
        {
            [
                .init(
                    label: "\(label), predicted", x: places, y: families.map { law($0) - $0.clean },
                    style: SeriesStyle(color: color, dash: [6, 3])),
                .init(
                    label: "\(label), measured", x: places,
                    y: families.indices.map { measured[2 * $0 + term].mean - families[$0].clean },
                    style: SeriesStyle(color: color, marker: marker), drawing: .points),
            ]
        }
        let key = families.enumerated().map { "\($0 + 1) \($1.name)" }
        return Outcome(
            predictions: predictions,
            figure: LinePlot(
                title: "What each loss learns, less the clean value", xLabel: "noise family (see below)",
                yLabel: "optimum - clean value", columns: 1,
                panels: [
                    .init(
                        curves: curves("L2", 0, Palette.blue, .circle, \.mean)
                            + curves("L1", 1, Palette.vermilion, .triangle, \.median))
                ]),
            caption: "0 is right. The families: \(key.joined(separator: "; ")).")
    }

    /// σ = 1: √(π/2)·e^{-t}·((1 + 2t)·I₀(t) + 2t·I₁(t)), t = s²/4.
    static func riceMean(_ s: Double) -> Double {
        let t = s * s / 4
        return (Double.pi / 2).squareRoot() * exp(-t) * ((1 + 2 * t) * bessel(0, t) + 2 * t * bessel(1, t))
    }

    /// I_n(x) by its power series.
    private static func bessel(_ order: Int, _ x: Double) -> Double {
        var term = (0..<order).reduce(1.0) { $0 * x / 2 / Double($1 + 1) }, sum = term
        for k in 1..<60 {
            term *= x * x / 4 / Double(k * (k + order))
            sum += term
        }
        return sum
    }

    /// Where the distribution function of a Rice number, σ = 1, is ½: by bisection of its density's integral.
    private static func riceMedian(_ s: Double) -> Double {
        let step = 1e-4
        var total = 0.0, x = step / 2
        // e^{-(x² + s²)/2} I₀(xs), by the midpoint rule.
        while true {
            let density = x * exp(-(x * x + s * s) / 2) * bessel(0, x * s)
            if total + density * step >= 0.5 { return x - step / 2 + (0.5 - total) / density }
            total += density * step
            x += step
        }
    }
}

extension Estimate {
    /// Values that are all one Float32 number are that number to its own rounding.
    fileprivate var rounded: Estimate {
        standardError == 0 ? Estimate(mean: (mean * 0x1p20).rounded() / 0x1p20, standardError: 0) : self
    }
}
