import Engine
import Tensors

/// A model's cross-domain path, however it is run.
public protocol Predictor: Sendable {
    /// As reports and errors name it.
    var name: String { get }
    /// Skip strategy as a configuration names it; `nil` for models that have none.
    var strategy: String? { get }
    /// Whether the target observation is an input of the cross-domain path (regime R3).
    var readsTarget: Bool { get }

    /// f for `direction`: `[H, W, C]` from both observations `[H, W, C]`.
    ///
    /// The same input must give the same output, or an exchange of the target's noise measures the difference.
    func predict(_ x: DomainPair<Tensor>, _ direction: Direction) throws -> Tensor

    /// Vᵀ·∂f/∂x for both observations, V of the output's shape; `nil` for a model that cannot be differentiated.
    ///
    /// A gradient is `nil` where no path leads from that observation to the output.
    func vectorJacobianProduct(_ x: DomainPair<Tensor>, _ direction: Direction, cotangent: Tensor) throws
        -> DomainPair<Tensor?>?

    /// The path from one source image with the target's skips open to exchange; `nil` for a model without skips, or one whose
    /// skips do not come from the target.
    func skipPath(source: Tensor, _ direction: Direction) throws -> SkipPath?

    /// The same-domain path r = D_d(E(x_d)), `[H, W, C]`; `nil` for a model that has none.
    func reconstruct(_ x: Tensor, _ domain: Domain) throws -> Tensor?
}

extension Predictor {
    /// `nil`: no skips.
    public func skipPath(source: Tensor, _ direction: Direction) throws -> SkipPath? { nil }

    /// `nil`: no same-domain path.
    public func reconstruct(_ x: Tensor, _ domain: Domain) throws -> Tensor? { nil }

    /// `nil`: not differentiable, unless a model says otherwise.
    public func vectorJacobianProduct(_ x: DomainPair<Tensor>, _ direction: Direction, cotangent: Tensor) throws
        -> DomainPair<Tensor?>?
    { nil }
}

/// A network of ours under a skip strategy.
public struct NetworkPredictor: Predictor {
    /// As reports and errors name it.
    public let name: String
    /// Shared, not copied: training it further changes what this predicts.
    public let network: C2CNetwork
    /// Which skip features reach the cross-domain decoder.
    public let wiring: C2CNetwork.Wiring

    /// The weights may be wired otherwise than they were trained.
    public init(name: String, network: C2CNetwork, wiring: C2CNetwork.Wiring) {
        self.name = name
        self.network = network
        self.wiring = wiring
    }

    /// Never `nil`.
    public var strategy: String? { wiring.strategy.rawValue }
    /// By the strategy's definition; `TargetPath` measures whether it holds.
    public var readsTarget: Bool { wiring.strategy.readsTarget }

    /// f, `[H, W, C]`, for images of any size: padded by reflection, processed whole, cropped.
    public func predict(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor {
        let tape = Tape(recording: false)
        let inputs = x.map { tape.constant($0.reshaped([1] + $0.shape)) }
        return network.crossOutput(inputs, to: direction.target, wiring).value.reshaped(x[direction.target].shape)
    }

    /// Vᵀ·∂f/∂x by one backward pass. The target is encoded under every strategy, so a gradient of `nil` says that the
    /// tape has no path, not that none was looked for.
    public func vectorJacobianProduct(_ x: DomainPair<Tensor>, _ direction: Direction, cotangent: Tensor)
        -> DomainPair<Tensor?>?
    {
        let tape = Tape()
        let inputs = x.map { tape.leaf($0.reshaped([1] + $0.shape)) }
        let output = network.crossOutput(inputs, to: direction.target, wiring, encodesTarget: true)
        let gradients = tape.gradients(of: output, seed: cotangent.reshaped([1] + cotangent.shape))
        return DomainPair { gradients[inputs[$0]]?.reshaped(x[$0].shape) }
    }
}

extension NetworkPredictor {
    /// Open where the strategy reads the target's skips.
    public func skipPath(source: Tensor, _ direction: Direction) -> SkipPath? {
        guard wiring.strategy.readsTarget else { return nil }
        let path = SkippedPath(network, source: source, to: direction.target, wiring)
        return SkipPath(skips: { path.skips(of: $0) }, output: { path.output(targetSkips: $0) })
    }

    /// r of any size, with the image's own skips where training had them.
    public func reconstruct(_ x: Tensor, _ domain: Domain) -> Tensor? {
        let input = Tape(recording: false).constant(x.reshaped([1] + x.shape))
        return network.sameOutput(input, domain: domain, useSkip: wiring.sameDomainUseSkip).value.reshaped(x.shape)
    }
}

/// A closed-form model with a known answer (docs/THEORY.md, section 7).
public struct OraclePredictor: Predictor {
    /// As reports and errors name it.
    public let name: String
    /// As declared by whoever wrote the function.
    public let readsTarget: Bool
    /// `nil`: a function has no skips.
    public var strategy: String? { nil }
    private let function: @Sendable (DomainPair<Tensor>, Direction) throws -> Tensor

    /// - Parameter function: f, `[H, W, C]`, from both observations.
    public init(
        name: String, readsTarget: Bool,
        _ function: @escaping @Sendable (DomainPair<Tensor>, Direction) throws -> Tensor
    ) {
        self.name = name
        self.readsTarget = readsTarget
        self.function = function
    }

    /// The function's value.
    public func predict(_ x: DomainPair<Tensor>, _ direction: Direction) throws -> Tensor {
        try function(x, direction)
    }
}
