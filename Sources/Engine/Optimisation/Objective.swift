import Tensors

/// Weights of the four losses, at least 0, not all 0. A loss of weight 0 sends no gradients; it is still reported, but for
/// `edge`, which then is not computed at all.
public struct LossWeights: Sendable, Codable, Equatable {
    /// Of the distance of the two latents.
    public var content: Float
    /// Of the same-domain reconstructions.
    public var recon: Float
    /// Of the cross-domain outputs: the Noise2Noise loss.
    public var cross: Float
    /// Of the gradients of the cross-domain outputs.
    public var edge: Float
}

extension LossWeights {
    /// As logged: `weights/content` and so on.
    var metrics: [String: Double] {
        [
            "weights/content": Double(content), "weights/recon": Double(recon), "weights/cross": Double(cross),
            "weights/edge": Double(edge),
        ]
    }
}

/// How far apart the two latents are.
public enum ContentLoss: String, Sendable, Codable, CaseIterable {
    /// Mean |z_a - z_b|. A constant latent satisfies it.
    case absolute
    /// The same over the latents' spread between images (`relativeDistance`), which a constant does not satisfy. It needs two
    /// images in a batch.
    case relative
}

/// The training losses, each a mean over all elements, summed over both domains where there are two:
///
///     content = mean |z_a - z_b|, or that over the latents' spread between images
///     recon   = d(r_a, x_a) + d(r_b, x_b)
///     cross   = d(f_a, x_a) + d(f_b, x_b)
///     edge    = d(∇f_a, ∇x_a) + d(∇f_b, ∇x_b),   ∇ the Sobel magnitude
///     total   = Σ weight·loss
public struct Objective: Sendable {
    /// Of the sum.
    public var weights: LossWeights
    /// d, of the recon and cross losses.
    public var distance: DistanceKind
    /// Of the Sobel magnitudes; the same as `distance` unless configured.
    public var edgeDistance: DistanceKind

    /// Of the two latents.
    public var contentLoss: ContentLoss

    /// - Parameter edgeDistance: `nil` for the same distance as the others.
    public init(
        weights: LossWeights, distance: DistanceKind, edgeDistance: DistanceKind? = nil,
        contentLoss: ContentLoss = .absolute
    ) {
        self.weights = weights
        self.distance = distance
        self.edgeDistance = edgeDistance ?? distance
        self.contentLoss = contentLoss
    }

    /// What a configuration trains on.
    ///
    /// - Parameter weights: those in force; `nil` for the configured ones.
    init(_ configuration: RunConfiguration, weights: LossWeights? = nil) {
        self.init(
            weights: weights ?? configuration.lossWeights, distance: configuration.loss,
            edgeDistance: configuration.edgeDistance, contentLoss: configuration.contentLoss)
    }

    /// The losses of one batch, scalars on its tape.
    public struct Losses {
        /// What is trained on.
        public let total: Variable
        /// Of the two latents.
        public let content: Variable
        /// Both same-domain reconstructions.
        public let recon: Variable
        /// Both cross-domain outputs.
        public let cross: Variable
        /// `nil` where its weight is 0.
        let edge: Variable?

        /// As logged: `loss/total` and so on.
        var metrics: [String: Double] {
            var values = ["loss/total": total, "loss/content": content, "loss/recon": recon, "loss/cross": cross]
            values["loss/edge"] = edge
            return values.mapValues { Double($0.value.scalar) }
        }
    }

    /// - Parameter x: the observations `[N, H, W, C]` that `outputs` were made from. Leaves get gradients as targets, too;
    ///   constants do not.
    /// - Precondition: a weight is not 0.
    func callAsFunction(_ outputs: C2CNetwork.Outputs, _ x: DomainPair<Variable>) -> Losses {
        func bothDomains(_ loss: (Domain) -> Variable) -> Variable {
            .weightedSum(Domain.allCases.map { (weight: 1, value: loss($0)) })
        }
        let (za, zb) = (outputs.encodings.a.latent, outputs.encodings.b.latent)
        let content = contentLoss == .absolute ? meanDistance(za, zb, .l1) : relativeDistance(za, zb)
        let recon = bothDomains { meanDistance(outputs.same[$0], x[$0], distance) }
        let cross = bothDomains { meanDistance(outputs.cross[$0], x[$0], distance) }
        let edge =
            weights.edge == 0
            ? nil : bothDomains { meanDistance(sobelMagnitude(outputs.cross[$0]), sobelMagnitude(x[$0]), edgeDistance) }
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
