import Engine

/// A model's cross-domain path, however it is run.
public protocol Predictor: Sendable {
    var name: String { get }
    /// Skip strategy as a configuration names it; `nil` for models that have none.
    var strategy: String? { get }
    /// Whether the target observation is an input of the cross-domain path (regime R3).
    var readsTarget: Bool { get }

    /// f for `direction`: `[H, W, C]` from both observations `[H, W, C]`.
    func predict(_ x: DomainPair<Tensor>, _ direction: Direction) throws -> Tensor

    /// Vᵀ·∂f/∂x for both observations, V of the output's shape; `nil` for a model that cannot be differentiated.
    /// A gradient is `nil` where no path leads from that observation to the output.
    func vectorJacobianProduct(_ x: DomainPair<Tensor>, _ direction: Direction, cotangent: Tensor) throws
        -> DomainPair<Tensor?>?
}

extension Predictor {
    public func vectorJacobianProduct(_ x: DomainPair<Tensor>, _ direction: Direction, cotangent: Tensor) throws
        -> DomainPair<Tensor?>?
    { nil }
}

/// A network of ours under a skip strategy.
public struct NetworkPredictor: Predictor {
    public let name: String
    public let network: C2CNetwork
    public let wiring: C2CNetwork.Wiring

    public init(name: String, network: C2CNetwork, wiring: C2CNetwork.Wiring) {
        self.name = name
        self.network = network
        self.wiring = wiring
    }

    public var strategy: String? { wiring.strategy.rawValue }
    public var readsTarget: Bool { wiring.strategy.readsTarget }

    public func predict(_ x: DomainPair<Tensor>, _ direction: Direction) -> Tensor {
        let tape = Tape(recording: false)
        let inputs = x.map { tape.constant($0.reshaped([1] + $0.shape)) }
        return network.crossOutput(inputs, to: direction.target, wiring).value.reshaped(x[direction.target].shape)
    }

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

/// A closed-form model with a known answer (docs/THEORY.md, section 7).
public struct OraclePredictor: Predictor {
    public let name: String
    public let readsTarget: Bool
    public var strategy: String? { nil }
    private let function: @Sendable (DomainPair<Tensor>, Direction) throws -> Tensor

    public init(
        name: String, readsTarget: Bool,
        _ function: @escaping @Sendable (DomainPair<Tensor>, Direction) throws -> Tensor
    ) {
        self.name = name
        self.readsTarget = readsTarget
        self.function = function
    }

    public func predict(_ x: DomainPair<Tensor>, _ direction: Direction) throws -> Tensor {
        try function(x, direction)
    }
}
