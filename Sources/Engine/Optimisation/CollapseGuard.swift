import Formats
import Foundation

/// The section `anti_collapse`: when training counts as collapsing, and what is done about it.
public struct AntiCollapseConfiguration: Sendable, Codable, Equatable {
    /// What follows from a collapse.
    public enum Response: String, Sendable, Codable, CaseIterable {
        /// Nothing, and nothing is said.
        case off
        /// A notice.
        case warn
        /// A notice, and the loss weights move.
        case act
    }

    /// What follows.
    public var response: Response
    /// Smallest healthy life of the latent (`LatentLife.share`).
    public var lifeThreshold: Double
    /// Smallest healthy variance of cross-domain outputs over images (`LatentLife.variance`), in the images' units squared.
    public var varianceThreshold: Double
    /// Epochs in a row below either that make a collapse.
    public var patience: Int
    /// What the content weight is multiplied with and the recon weight divided by.
    public var adjustmentFactor: Double
    /// The content weight α is raised no higher.
    public var maximumContent: Double
    /// The recon weight β is lowered no further.
    public var minimumRecon: Double

    /// - Precondition: `patience` is at least 1 and `adjustmentFactor` at least 1.
    public init(
        response: Response = .act, lifeThreshold: Double = LatentLife.smallest, varianceThreshold: Double = 1e-4,
        patience: Int = 3, adjustmentFactor: Double = 1.5, maximumContent: Double = 10, minimumRecon: Double = 0.01
    ) {
        precondition(
            patience >= 1 && adjustmentFactor >= 1,
            "AntiCollapseConfiguration: patience \(patience), adjustment factor \(adjustmentFactor)")
        self.response = response
        self.lifeThreshold = lifeThreshold
        self.varianceThreshold = varianceThreshold
        self.patience = patience
        self.adjustmentFactor = adjustmentFactor
        self.maximumContent = maximumContent
        self.minimumRecon = minimumRecon
    }

    enum CodingKeys: String, CodingKey {
        case response, patience
        case lifeThreshold = "life_threshold"
        case varianceThreshold = "variance_threshold"
        case adjustmentFactor = "adjustment_factor"
        case maximumContent = "max_alpha"
        case minimumRecon = "min_beta"
    }

    /// - Throws: `InputError` for a value of the wrong type or out of range.
    init(reading reader: ConfigurationReader) throws {
        let standard = AntiCollapseConfiguration()
        self.init(
            response: try reader.choice("response", default: standard.response),
            lifeThreshold: try reader.double("life_threshold", in: 0...1, default: standard.lifeThreshold),
            varianceThreshold: try reader.double(
                "variance_threshold", in: 0...1e9, default: standard.varianceThreshold),
            patience: try reader.int("patience", in: 1...1_000_000, default: standard.patience),
            adjustmentFactor: try reader.double("adjustment_factor", in: 1...1e6, default: standard.adjustmentFactor),
            maximumContent: try reader.double("max_alpha", in: 0...1e6, default: standard.maximumContent),
            minimumRecon: try reader.double("min_beta", in: 0...1e6, default: standard.minimumRecon))
    }
}

/// Watches for outputs or latents that no longer depend on the image, says so, and may move the loss weights in answer; part of
/// a run's state.
///
/// A cross-domain output collapses to the mean image when the other domain's latent tells its decoder nothing: the latents
/// of the two domains lie apart, or the decoders lean on their own skips. More weight on content draws the latents
/// together and less on recon takes the reward from the skips, which is what the guard does where it acts.
///
/// A latent dies for another reason as well: a constant satisfies the absolute content loss entirely. Then more content weight does
/// not help, and once no image is left in the latent, less does not either, since no gradient says how to bring one back. So the
/// guard's sentence says what the user can do.
public struct CollapseGuard: Sendable, Codable, Equatable {
    /// The weights in force.
    public private(set) var weights: LossWeights
    /// Epochs in a row below a threshold, since the last notice.
    public private(set) var lowEpochs = 0

    /// - Parameter weights: those of the configuration.
    public init(_ weights: LossWeights) { self.weights = weights }

    /// Takes what one epoch showed. After `patience` epochs in a row with either number below its threshold there is a notice, the
    /// weights are adjusted within their bounds if the response is `act`, and counting starts again. A weight that is beyond its
    /// bound already stays. NaN is not below a threshold; training stops for it elsewhere.
    ///
    /// - Parameters:
    ///   - latentLife: `LatentLife.share`, averaged over the epoch; `nil`, where it is not known, is not low.
    ///   - crossVariance: `LatentLife.variance` of a cross-domain output, likewise.
    ///   - contentLoss: decides what the user can do.
    /// - Returns: what was found and done, in a sentence; `nil` while there is nothing to say.
    public mutating func observe(
        latentLife: Double?, crossVariance: Double?, _ configuration: AntiCollapseConfiguration,
        contentLoss: ContentLoss
    ) -> String? {
        guard configuration.response != .off else { return nil }
        var found: [String] = []
        let isDead = latentLife.map { $0 < configuration.lifeThreshold } ?? false
        if isDead, let latentLife {
            found.append(
                "the share \(number(latentLife)) of the latent that differs between images is below "
                    + number(configuration.lifeThreshold))
        }
        if let crossVariance, crossVariance < configuration.varianceThreshold {
            found.append(
                "the cross variance \(number(crossVariance)) is below \(number(configuration.varianceThreshold))")
        }
        lowEpochs = found.isEmpty ? 0 : lowEpochs + 1
        guard lowEpochs >= configuration.patience else { return nil }
        lowEpochs = 0
        let epochs = configuration.patience == 1 ? "1 epoch" : "\(configuration.patience) epochs"
        let answer = configuration.response == .act ? adjust(configuration) : "the loss weights stay"
        let advice =
            isDead && contentLoss == .absolute
            ? "; a constant latent satisfies the absolute content loss, so start anew with content_loss relative or less content weight"
            : ""
        return "collapse: \(found.joined(separator: " and ")) for \(epochs); \(answer)\(advice)"
    }

    /// Moves the weights; how, in words.
    private mutating func adjust(_ configuration: AntiCollapseConfiguration) -> String {
        let old = weights
        let factor = Float(configuration.adjustmentFactor)
        weights.content = max(old.content, min(old.content * factor, Float(configuration.maximumContent)))
        weights.recon = min(old.recon, max(old.recon / factor, Float(configuration.minimumRecon)))
        return change("content", old.content, weights.content) + ", " + change("recon", old.recon, weights.recon)
    }

    private func change(_ name: String, _ old: Float, _ new: Float) -> String {
        old == new
            ? "\(name) weight stays at \(number(Double(old)))"
            : "\(name) weight \(number(Double(old))) → \(number(Double(new)))"
    }

    private func number(_ value: Double) -> String { String(format: "%.3g", value) }
}
