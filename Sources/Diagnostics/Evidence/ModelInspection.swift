import Engine

/// What a checkpoint holds and how information flows through its cross-domain paths, measured by derivatives.
public struct ModelInspection: Codable, Sendable {
    public struct Flow: Codable, Sendable {
        public let direction: Direction
        /// Largest |∂f/∂x_source| and |∂f/∂x_target| for one output pixel; exactly 0 where no path leads.
        public let source: Double
        public let target: Double
        /// Side of the square around one output pixel that holds 99 % of Σ|∂f/∂x_source|. (Group normalisation makes every
        /// pixel depend a little on every other, so the whole support says nothing.)
        public let receptiveField: Int
    }

    public let architecture: Architecture
    public let strategy: String
    public let parameterCount: Int
    /// Tensor names with their shapes, sorted by name.
    public let parameters: [String: [Int]]
    public let epoch: Int
    public let step: Int
    public let flows: [Flow]

    public init(_ model: TrainedModel) {
        architecture = model.checkpoint.architecture
        strategy = model.predictor.wiring.strategy.rawValue
        parameters = model.checkpoint.weights.mapValues(\.shape)
        parameterCount = model.checkpoint.weights.values.reduce(0) { $0 + $1.count }
        epoch = model.checkpoint.state.epoch
        step = model.checkpoint.state.step
        flows = Direction.allCases.map { ModelInspection.flow(model.predictor, $0) }
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
            \(paths.joined())
            """
    }
}
