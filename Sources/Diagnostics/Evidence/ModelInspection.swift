import Engine
import Formats
import Tensors

/// What a checkpoint holds and how information flows through its cross-domain paths, measured by derivatives.
public struct ModelInspection: Codable, Sendable {
    /// How one output pixel, the middle one of a 128² random image, depends on the two observations.
    public struct Flow: Codable, Sendable {
        /// Of the cross-domain path.
        public let direction: Direction
        /// Largest |∂f/∂x_source|.
        public let source: Double
        /// Largest |∂f/∂x_target|; exactly 0 where no path leads from the target to the output.
        public let target: Double
        /// Side of the square around one output pixel that holds 99 % of Σ|∂f/∂x_source|. (Group normalisation makes every
        /// pixel depend a little on every other, so the whole support says nothing.)
        public let receptiveField: Int
    }

    /// From the checkpoint's metadata.
    public let architecture: Architecture
    /// Skip strategy as a configuration names it.
    public let strategy: String
    /// Number of trained numbers: elements of all tensors.
    public let parameterCount: Int
    /// Tensor names with their shapes, sorted by name.
    public let parameters: [String: [Int]]
    /// Epochs completed in training; 0 for weights from elsewhere.
    public let epoch: Int
    /// Optimizer steps made in training; 0 for weights from elsewhere.
    public let step: Int
    /// One per direction, b→a first.
    public let flows: [Flow]

    /// What the outputs owe to the latent, on the pairs held out of the training; `nil` where there are none to look at.
    public let latent: LatentUse?

    /// Counts the tensors and runs each direction once forward and backward.
    ///
    /// - Parameter evaluation: the pairs held out of the training; `nil` where they are not at hand.
    public init(_ model: TrainedModel, on evaluation: EvaluationSet? = nil) {
        architecture = model.checkpoint.architecture
        strategy = model.predictor.wiring.strategy.rawValue
        parameters = model.checkpoint.weights.mapValues(\.shape)
        parameterCount = model.checkpoint.weights.values.reduce(0) { $0 + $1.count }
        epoch = model.checkpoint.state.epoch
        step = model.checkpoint.state.step
        flows = Direction.allCases.map { ModelInspection.flow(model.predictor, $0) }
        latent = evaluation.flatMap { LatentUse(model.predictor, on: $0) }
    }

    /// Derivatives of the middle pixel of a 128² output on a random image.
    private static func flow(_ predictor: NetworkPredictor, _ direction: Direction) -> Flow {
        let side = 128, channels = predictor.network.architecture.channels
        let x = DomainPair { domain in
            var stream = RandomStream(seed: 0, purpose: .probe, domain: domain.index)
            return Tensor([side, side, channels], (0..<side * side * channels).map { _ in Float(stream.gaussian()) })
        }
        var cotangent = Tensor([side, side, channels])
        for channel in 0..<channels { cotangent[side / 2, side / 2, channel] = 1 }
        let gradients = predictor.vectorJacobianProduct(x, direction, cotangent: cotangent)
        func largest(_ gradient: Tensor??) -> Double {
            gradient.flatMap { $0 }?.values.reduce(0) { max($0, Double(abs($1))) } ?? 0
        }
        let source = gradients?[direction.source]
        // Σ|gradient| by Chebyshev distance from the middle pixel.
        var byDistance = [Double](repeating: 0, count: side)
        for (i, value) in (source?.values ?? []).enumerated() {
            let (y, x) = (i / channels / side, i / channels % side)
            byDistance[max(abs(y - side / 2), abs(x - side / 2))] += Double(abs(value))
        }
        let total = byDistance.reduce(0, +)
        var radius = 0, sum = byDistance[0]
        while sum < 0.99 * total {
            radius += 1
            sum += byDistance[radius]
        }
        return Flow(
            direction: direction, source: largest(source), target: largest(gradients?[direction.target]),
            receptiveField: 2 * radius + 1)
    }

    /// The same for a person.
    public var text: String {
        let width = parameters.keys.map(\.count).max() ?? 0
        let table = parameters.sorted { $0.key < $1.key }.map { name, shape in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(shape.map(String.init).joined(separator: " × "))\n"
        }
        let paths = flows.map { flow in
            "  \(flow.direction.rawValue)  max |∂f/∂x_source| \(NumberText.significant(flow.source)), "
                + "max |∂f/∂x_target| \(flow.target == 0 ? "0 exactly: no path" : NumberText.significant(flow.target)), "
                + "99 % of the response within \(flow.receptiveField) × \(flow.receptiveField) pixels\n"
        }
        return """
            architecture  \(architecture)
            strategy      \(strategy)
            training      \(epoch) epochs, \(step) steps
            parameters    \(parameterCount) in \(parameters.count) tensors
            \(table.joined())skip flow of the cross-domain paths
            \(paths.joined())\(latent?.text ?? "latent        not measured: the pairs held out of the training are not here\n")
            """
    }
}
