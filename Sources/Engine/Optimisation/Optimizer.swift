import Formats
import Foundation
import Tensors

/// How parameters follow their gradients.
public struct OptimizerConfiguration: Sendable, Codable, Equatable {
    /// The rules of `Optimizer`.
    public enum Kind: String, Sendable, Codable, CaseIterable { case adamw, adam, sgd }

    /// Which rule.
    public var type: Kind
    /// lr, before the schedule, in units of the parameters (for Adam and AdamW about the size of a step).
    public var learningRate: Double
    /// λ: decoupled for AdamW, added to the gradient otherwise.
    public var weightDecay: Double
    /// Adam and AdamW: how much of the two moments stays at each step.
    public var betas: [Double]
    /// SGD: how much of the momentum buffer stays at each step; 0 for none.
    public var momentum: Double
    /// SGD: Nesterov's momentum.
    public var nesterov: Bool

    /// The defaults are those of a configuration file.
    public init(
        type: Kind = .adamw, learningRate: Double = 3e-4, weightDecay: Double = 0.01, betas: [Double] = [0.9, 0.999],
        momentum: Double = 0.9, nesterov: Bool = false
    ) {
        self.type = type
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.betas = betas
        self.momentum = momentum
        self.nesterov = nesterov
    }

    enum CodingKeys: String, CodingKey {
        case type, betas, momentum, nesterov
        case learningRate = "learning_rate"
        case weightDecay = "weight_decay"
    }
}

/// Updates parameters by their gradients g, with t the number of the update (from 1) and λ the weight decay:
///
///     adamw  p ← p·(1 - lr·λ), then  m ← β1·m + (1-β1)·g,  v ← β2·v + (1-β2)·g²,
///            p ← p - lr/(1-β1^t) · m / (√v/√(1-β2^t) + ε),  ε = 1e-8             (Loshchilov and Hutter 2019)
///     adam   the same without the decay, and with g + λ·p for g                  (Kingma and Ba 2015)
///     sgd    g + λ·p for g,  b ← µ·b + g,  p ← p - lr·b                          (Polyak 1964)
///            or with nesterov  p ← p - lr·(g + µ·b)                              (Sutskever et al. 2013)
///
/// Each as PyTorch's of that name, to rounding.
public final class Optimizer {
    /// The rule and its numbers; the learning rate comes with each update.
    public let configuration: OptimizerConfiguration
    let parameters: [Parameter]
    /// Number of updates made.
    public internal(set) var step = 0
    /// First moments m, or momentum buffers b, in the order of `parameters`.
    var means: [Tensor]
    /// Second moments v, likewise; zeros for SGD.
    var squares: [Tensor]

    /// - Precondition: Nesterov's momentum is not 0.
    public init(_ configuration: OptimizerConfiguration, _ parameters: [Parameter]) {
        precondition(
            configuration.type != .sgd || !configuration.nesterov || configuration.momentum > 0,
            "Optimizer: nesterov needs a momentum")
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
        let gradientScale = Float(min(1, (clipNorm ?? .infinity) / (norm + 1e-6)))
        switch configuration.type {
        case .adamw, .adam: updateByMoments(gradients, learningRate, gradientScale)
        case .sgd: updateByMomentum(gradients, learningRate, gradientScale)
        }
        return norm
    }

    private func updateByMoments(_ gradients: Gradients, _ learningRate: Double, _ gradientScale: Float) {
        let (beta1, beta2) = (configuration.betas[0], configuration.betas[1])
        let isDecoupled = configuration.type == .adamw
        let coefficients = AdamKernel.Coefficients(
            decay: isDecoupled ? Float(1 - learningRate * configuration.weightDecay) : 1,
            step: Float(learningRate / (1 - pow(beta1, Double(step)))),
            correction: Float((1 - pow(beta2, Double(step))).squareRoot()),
            beta1: Float(beta1), beta2: Float(beta2), epsilon: 1e-8, gradientScale: gradientScale,
            coupledDecay: isDecoupled ? 0 : Float(configuration.weightDecay))
        for (index, parameter) in parameters.enumerated() {
            AdamKernel.update(
                &parameter.value, &means[index], &squares[index], gradient: gradients[parameter], coefficients)
        }
    }

    private func updateByMomentum(_ gradients: Gradients, _ learningRate: Double, _ gradientScale: Float) {
        let coefficients = MomentumKernel.Coefficients(
            learningRate: Float(learningRate), momentum: Float(configuration.momentum),
            isNesterov: configuration.nesterov, gradientScale: gradientScale,
            coupledDecay: Float(configuration.weightDecay))
        for (index, parameter) in parameters.enumerated() {
            MomentumKernel.update(&parameter.value, &means[index], gradient: gradients[parameter], coefficients)
        }
    }
}

extension OptimizerConfiguration {
    /// Reads the section `optimizer`.
    ///
    /// - Parameter shorthand: where `learning_rate` may stand instead of in the section.
    /// - Throws: `InputError` for a value of the wrong type or out of range, and for Nesterov without momentum.
    init(reading reader: ConfigurationReader, shorthand: ConfigurationReader) throws {
        let standard = OptimizerConfiguration()
        let betas = try reader.doubles("betas", in: 0...0.999999, default: standard.betas)
        guard betas.count == 2 else {
            throw reader.error("betas", "has \(betas.count) numbers", "expected two, such as [0.9, 0.999]")
        }
        let short = try shorthand.double("learning_rate", in: 0...10, default: standard.learningRate)
        self.init(
            type: try reader.choice("type", default: standard.type),
            learningRate: try reader.double("learning_rate", in: 0...10, default: short),
            weightDecay: try reader.double("weight_decay", in: 0...10, default: standard.weightDecay), betas: betas,
            momentum: try reader.double("momentum", in: 0...0.999999, default: standard.momentum),
            nesterov: try reader.bool("nesterov", default: standard.nesterov))
        guard type != .sgd || !nesterov || momentum > 0 else {
            throw reader.error("nesterov", "is true and momentum 0", "give a momentum such as 0.9")
        }
    }
}
