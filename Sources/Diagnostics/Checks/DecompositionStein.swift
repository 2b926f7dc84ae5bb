import Fields
import Tensors

/// (X - X̂)/V with X̂ = (tr(C_aa J_aᵀ) + tr(C_ab J_bᵀ))/N, J_d = ∂f/∂x_d: for Gaussian noise Stein's identity (1981) gives the
/// cross term from derivatives alone. What is left over is memorisation, or a bug.
///
/// The traces by probes with fresh noise, E[⟨w_a, J_a w_a⟩ + ⟨w_a, J_b w_b⟩], w = (x' - x'')/√2 of both domains together: they
/// have the covariances whatever those are, white or not. A model that does not read its target has J_a = 0, independent
/// noises have C_ab = 0; where both hold X̂ is 0, and X itself must be.
struct DecompositionStein: Check {
    let id = "decomposition.stein"
    let title = "The cross term is what derivatives predict for Gaussian noise"
    let role = Role.description
    private var terms = UnitTerms()

    mutating func observe(_ sample: Sample) throws {
        guard sample.evaluation.noiseIsGaussian else { throw SampleError.noiseNotGaussian(sample.evaluation.name) }
        let noise = try sample.targetNoise()
        var products = [(try sample.error(), noise), (noise, noise)]
        if sample.predictor.readsTarget || !sample.evaluation.noisesAreIndependent {
            products += try Self.predicted(sample)
        }
        terms.add(products, of: sample)
    }

    /// Fields whose products sum to X̂.
    private static func predicted(_ sample: Sample) throws -> [([Double], [Double])] {
        guard let redraw = sample.evaluation.redraw else { throw SampleError.cannotRedraw(sample.pair.id) }
        let draws = Sample.Capture.allCases.count + 1
        func probe(_ domain: Domain) throws -> [Double] {
            difference(try redraw(sample.index, domain, draws), try redraw(sample.index, domain, draws + 1))
                .map { $0 * 0.5.squareRoot() }
        }
        let target = try probe(sample.target)
        guard
            let gradients = try sample.predictor.vectorJacobianProduct(
                sample.pair.noisy, sample.direction, cotangent: Tensor(sample.shape, target.map { Float($0) }))
        else { throw SampleError.notDifferentiable(sample.predictor.name) }
        func field(_ gradient: Tensor?) -> [Double] {
            gradient.map { $0.values.map(Double.init) } ?? [Double](repeating: 0, count: target.count)
        }
        var products = [(field(gradients[sample.target]), target)]
        if !sample.evaluation.noisesAreIndependent {
            products.append((field(gradients[sample.target.other]), try probe(sample.target.other)))
        }
        return products
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        let estimate = try terms.estimate(scope) { ($0[0] - $0.dropFirst(2).reduce(0, +)) / $0[1] }
        return [
            row(
                estimate, "(X - tr(CJᵀ)/N)/V", unit: terms.unit, .none, scope,
                reading: "0 unless noise is memorised or the derivatives are wrong")
        ]
    }
}
