import Foundation

/// How parameters follow their gradients.
public struct OptimizerConfiguration: Sendable, Codable, Equatable {
    /// With weight decay decoupled from the gradient, or added to it; the same without decay.
    public enum Kind: String, Sendable, Codable, CaseIterable { case adamw, adam }

    /// Which of the two.
    public var type: Kind
    /// Step size at the schedule's peak.
    public var learningRate: Double
    /// λ; 0 for none.
    public var weightDecay: Double
    /// β1 and β2, the decay of the two moments per step, each in 0..<1.
    public var betas: [Double]

    init(
        type: Kind = .adamw, learningRate: Double = 3e-4, weightDecay: Double = 0.01, betas: [Double] = [0.9, 0.999]
    ) {
        self.type = type
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.betas = betas
    }

    enum CodingKeys: String, CodingKey {
        case type, betas
        case learningRate = "learning_rate"
        case weightDecay = "weight_decay"
    }
}

/// AdamW (Loshchilov and Hutter 2019): decay p ← p·(1 - lr·λ), then
/// m ← β1·m + (1-β1)·g, v ← β2·v + (1-β2)·g², p ← p - lr/(1-β1^t) · m / (√v/√(1-β2^t) + ε), ε = 1e-8.
/// Adam (Kingma and Ba 2015) instead adds λ·p to g. As PyTorch's, to rounding.
public final class Optimizer {
    /// Its learning rate is not used here: `update` is told the schedule's.
    let configuration: OptimizerConfiguration
    let parameters: [Parameter]
    /// Number of updates made.
    public internal(set) var step = 0
    /// First moments, in the order of `parameters`.
    var means: [Tensor]
    /// Second moments, likewise.
    var squares: [Tensor]

    /// Moments of 0, step 0.
    public init(_ configuration: OptimizerConfiguration, _ parameters: [Parameter]) {
        self.configuration = configuration
        self.parameters = parameters
        means = parameters.map { Tensor($0.value.shape) }
        squares = means
    }

    /// One update.
    ///
    /// - Parameter clipNorm: the gradients of all parameters together are scaled down to this Euclidean norm if theirs
    ///   is larger (by clipNorm / (norm + 1e-6), as PyTorch).
    /// - Returns: the norm before clipping. If it is not finite nothing has been changed.
    public func update(_ gradients: Gradients, learningRate: Double, clipNorm: Double?) -> Double {
        let norm = parameters.reduce(0) { $0 + (gradients[$1].map(Elementwise.sumOfSquares) ?? 0) }.squareRoot()
        guard norm.isFinite else { return norm }
        step += 1
        let (beta1, beta2) = (configuration.betas[0], configuration.betas[1])
        let isDecoupled = configuration.type == .adamw
        let coefficients = AdamKernel.Coefficients(
            decay: isDecoupled ? Float(1 - learningRate * configuration.weightDecay) : 1,
            step: Float(learningRate / (1 - pow(beta1, Double(step)))),
            correction: Float((1 - pow(beta2, Double(step))).squareRoot()),
            beta1: Float(beta1), beta2: Float(beta2), epsilon: 1e-8,
            gradientScale: Float(min(1, (clipNorm ?? .infinity) / (norm + 1e-6))),
            coupledDecay: isDecoupled ? 0 : Float(configuration.weightDecay))
        for (index, parameter) in parameters.enumerated() {
            AdamKernel.update(
                &parameter.value, &means[index], &squares[index], gradient: gradients[parameter], coefficients)
        }
        return norm
    }
}
