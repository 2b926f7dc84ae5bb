import Formats
import Foundation
import Tensors

/// The section `anti_collapse`: when training counts as collapsing, and how far the loss weights may then move.
public struct AntiCollapseConfiguration: Sendable, Codable, Equatable {
    /// Smallest healthy `CollapseGuard.variance` of latents and of cross-domain outputs. A latent begins near 0.2 and falls to
    /// some 0.002 in a healthy run, below 1e-5 in a collapsed one; an output is in the images' units squared.
    public var varianceThreshold: Double
    /// Epochs in a row below it that make a collapse.
    public var patience: Int
    /// What the content weight is multiplied with and the recon weight divided by.
    public var adjustmentFactor: Double
    /// The content weight α is raised no higher.
    public var maximumContent: Double
    /// The recon weight β is lowered no further.
    public var minimumRecon: Double

    /// - Precondition: `patience` is at least 1 and `adjustmentFactor` at least 1.
    public init(
        varianceThreshold: Double = 1e-4, patience: Int = 3, adjustmentFactor: Double = 1.5,
        maximumContent: Double = 10, minimumRecon: Double = 0.01
    ) {
        precondition(
            patience >= 1 && adjustmentFactor >= 1,
            "AntiCollapseConfiguration: patience \(patience), adjustment factor \(adjustmentFactor)")
        self.varianceThreshold = varianceThreshold
        self.patience = patience
        self.adjustmentFactor = adjustmentFactor
        self.maximumContent = maximumContent
        self.minimumRecon = minimumRecon
    }

    enum CodingKeys: String, CodingKey {
        case patience
        case varianceThreshold = "variance_threshold"
        case adjustmentFactor = "adjustment_factor"
        case maximumContent = "max_alpha"
        case minimumRecon = "min_beta"
    }

    /// - Throws: `InputError` for a value of the wrong type or out of range.
    init(reading reader: ConfigurationReader) throws {
        let standard = AntiCollapseConfiguration()
        self.init(
            varianceThreshold: try reader.double(
                "variance_threshold", in: 0...1e9, default: standard.varianceThreshold),
            patience: try reader.int("patience", in: 1...1_000_000, default: standard.patience),
            adjustmentFactor: try reader.double("adjustment_factor", in: 1...1e6, default: standard.adjustmentFactor),
            maximumContent: try reader.double("max_alpha", in: 0...1e6, default: standard.maximumContent),
            minimumRecon: try reader.double("min_beta", in: 0...1e6, default: standard.minimumRecon))
    }
}

/// Watches for outputs or latents that no longer depend on the image, and moves the loss weights in answer; part of a run's
/// state.
///
/// A cross-domain output collapses to the mean image when the other domain's latent tells its decoder nothing: the latents
/// of the two domains lie apart, or the decoders lean on their own skips. More weight on content draws the latents
/// together and less on recon takes the reward from the skips, which is what the guard does.
///
/// A latent collapses for another reason as well: a constant satisfies the content loss entirely, and where the contrasts
/// are inverse to each other that is found within some tens of steps. Then more content weight does not help, and once no image
/// is left in the latent, less does not either, since no gradient says how to bring one back. So the guard's sentence says
/// what the user can do.
public struct CollapseGuard: Sendable, Codable, Equatable {
    /// The weights in force.
    public private(set) var weights: LossWeights
    /// Epochs in a row with a variance below the threshold, since the last adjustment.
    public private(set) var lowEpochs = 0

    /// - Parameter weights: those of the configuration.
    public init(_ weights: LossWeights) { self.weights = weights }

    /// Takes the variances of one epoch. After `patience` epochs in a row with either below the threshold, the weights are
    /// adjusted within their bounds, and counting starts again. A weight that is beyond its bound already stays. NaN is not
    /// below the threshold; training stops for it elsewhere.
    ///
    /// - Parameters:
    ///   - latentVariance: `variance(of:)` of a latent, averaged over the epoch; `nil`, where it is not known, is not low.
    ///   - crossVariance: the same of a cross-domain output.
    /// - Returns: what was found and done, in a sentence; `nil` while there is nothing to say.
    public mutating func observe(
        latentVariance: Double?, crossVariance: Double?, _ configuration: AntiCollapseConfiguration
    ) -> String? {
        let found = [("latent", latentVariance ?? .infinity), ("cross", crossVariance ?? .infinity)].filter {
            $0.1 < configuration.varianceThreshold
        }
        lowEpochs = found.isEmpty ? 0 : lowEpochs + 1
        guard lowEpochs >= configuration.patience else { return nil }
        lowEpochs = 0
        let old = weights
        let factor = Float(configuration.adjustmentFactor)
        weights.content = max(old.content, min(old.content * factor, Float(configuration.maximumContent)))
        weights.recon = min(old.recon, max(old.recon / factor, Float(configuration.minimumRecon)))
        let variances = found.map { "\($0.0) variance \(number($0.1))" }.joined(separator: " and ")
        let epochs = configuration.patience == 1 ? "1 epoch" : "\(configuration.patience) epochs"
        let moves = [change("content", old.content, weights.content), change("recon", old.recon, weights.recon)]
        let advice =
            found.contains { $0.0 == "latent" }
            ? "; a constant latent satisfies the content loss, so if it does not recover, start with less content weight"
            : ""
        return "collapse: \(variances) below \(number(configuration.varianceThreshold)) for \(epochs); "
            + moves.joined(separator: ", ") + advice
    }

    /// How much a batch of features `[N, …]` depends on the image: the variance over the N images at one place and channel,
    /// averaged over all of them. 0 if every image gives the same; `nil` for fewer than two images, which tell nothing.
    ///
    /// The variance over all elements would not do: group normalisation keeps it near 0.4 when the latent has collapsed,
    /// and so does zero padding the variance over pixels, by what it makes of the borders.
    public static func variance(of x: Tensor) -> Double? {
        guard let images = x.shape.first, images > 1, x.count > 0 else { return nil }
        let places = x.count / images
        let total = x.withUnsafeBuffer { x in
            (0..<places).reduce(0.0) { total, place in
                let mean = (0..<images).reduce(0.0) { $0 + Double(x[$1 * places + place]) } / Double(images)
                return total
                    + (0..<images).reduce(0.0) { sum, image in
                        let deviation = Double(x[image * places + place]) - mean
                        return sum + deviation * deviation
                    }
            }
        }
        return total / Double(x.count)
    }

    private func change(_ name: String, _ old: Float, _ new: Float) -> String {
        old == new
            ? "\(name) weight stays at \(number(Double(old)))"
            : "\(name) weight \(number(Double(old))) → \(number(Double(new)))"
    }

    private func number(_ value: Double) -> String { String(format: "%.3g", value) }
}
