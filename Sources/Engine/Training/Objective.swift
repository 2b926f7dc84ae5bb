/// Weights of the four losses; a weight of 0 means that the loss is reported but not computed for gradients.
public struct LossWeights: Sendable, Codable, Equatable {
    public var content: Float
    public var recon: Float
    public var cross: Float
    public var edge: Float

    public init(content: Float, recon: Float, cross: Float, edge: Float) {
        self.content = content
        self.recon = recon
        self.cross = cross
        self.edge = edge
    }
}

/// The training losses, each a mean over all elements, summed over both domains where there are two:
///
///     content = mean |z_a - z_b|
///     recon   = d(r_a, x_a) + d(r_b, x_b)
///     cross   = d(f_a, x_a) + d(f_b, x_b)
///     edge    = d(∇f_a, ∇x_a) + d(∇f_b, ∇x_b),   ∇ the Sobel magnitude
///     total   = Σ weight·loss
public struct Objective: Sendable {
    public var weights: LossWeights
    public var distance: DistanceKind

    public init(weights: LossWeights, distance: DistanceKind) {
        self.weights = weights
        self.distance = distance
    }

    public struct Losses {
        public let total: Variable
        public let content: Variable
        public let recon: Variable
        public let cross: Variable
        /// `nil` where its weight is 0.
        public let edge: Variable?
    }

    public func callAsFunction(_ outputs: C2CNetwork.Outputs, _ x: DomainPair<Variable>) -> Losses {
        func bothDomains(_ loss: (Domain) -> Variable) -> Variable {
            .weightedSum(Domain.allCases.map { (weight: 1, value: loss($0)) })
        }
        let content = meanDistance(outputs.encodings.a.latent, outputs.encodings.b.latent, .l1)
        let recon = bothDomains { meanDistance(outputs.same[$0], x[$0], distance) }
        let cross = bothDomains { meanDistance(outputs.cross[$0], x[$0], distance) }
        let edge =
            weights.edge == 0
            ? nil : bothDomains { meanDistance(sobelMagnitude(outputs.cross[$0]), sobelMagnitude(x[$0]), distance) }
        let terms =
            [(weights.content, content), (weights.recon, recon), (weights.cross, cross)]
            + (edge.map { [(weights.edge, $0)] } ?? [])
        // A term of weight 0 stays out of the sum: nothing flows back through it, and a NaN in it does not spread.
        let used = terms.filter { $0.0 != 0 }
        precondition(!used.isEmpty, "Objective: every weight is 0")
        return Losses(
            total: .weightedSum(used.map { (weight: $0.0, value: $0.1) }), content: content, recon: recon,
            cross: cross, edge: edge)
    }
}
