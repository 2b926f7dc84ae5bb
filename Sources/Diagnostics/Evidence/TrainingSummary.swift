import Engine
import Formats

/// How a model of ours was trained, as far as it must be known before arms are called alike: the part `training` of a subject in
/// `results.json`.
public struct TrainingSummary: Codable, Sendable, Equatable {
    /// How the content loss compares the two latents.
    public var contentLoss: ContentLoss
    /// Loss weights of the last step.
    public var lossWeights: LossWeights
    /// Those of the configuration; `nil` where they are the same: the collapse guard moved none.
    public var configuredWeights: LossWeights?
    /// Share of the latent that differs between the held-out images; `nil` where that is not known.
    public var latentLife: Double?

    enum CodingKeys: String, CodingKey {
        case contentLoss = "content_loss"
        case lossWeights = "loss_weights"
        case configuredWeights = "configured_loss_weights"
        case latentLife = "latent_life"
    }

    init(contentLoss: ContentLoss, lossWeights: LossWeights, configuredWeights: LossWeights?) {
        self.contentLoss = contentLoss
        self.lossWeights = lossWeights
        self.configuredWeights = configuredWeights == lossWeights ? nil : configuredWeights
    }

    /// `nil` for weights from elsewhere.
    init?(_ model: TrainedModel) {
        guard let configuration = model.checkpoint.configuration, let weights = model.effectiveWeights else {
            return nil
        }
        self.init(
            contentLoss: configuration.contentLoss, lossWeights: weights, configuredWeights: configuration.lossWeights)
    }

    /// "content 1 (relative), recon 0.2, cross 1, edge 0", and what was configured where that is another thing.
    package var losses: String {
        let moved = configuredWeights.map { ", moved by the collapse guard from \(Self.text($0, nil))" } ?? ""
        return Self.text(lossWeights, contentLoss) + moved
    }

    private static func text(_ weights: LossWeights, _ contentLoss: ContentLoss?) -> String {
        func number(_ weight: Float) -> String { NumberText.shortest(Double(weight)) }
        let form = contentLoss.map { " (\($0.rawValue))" } ?? ""
        return
            "content \(number(weights.content))\(form), recon \(number(weights.recon)), cross \(number(weights.cross)), "
            + "edge \(number(weights.edge))"
    }

    /// Names of models that were trained alike, with their losses, in the order of the models.
    package static func groups(_ models: [(name: String, training: TrainingSummary)]) -> [(
        names: [String], losses: String
    )] {
        var groups: [(names: [String], losses: String)] = []
        for (name, training) in models {
            if let place = groups.firstIndex(where: { $0.losses == training.losses }) {
                groups[place].names.append(name)
            } else {
                groups.append(([name], training.losses))
            }
        }
        return groups
    }
}
