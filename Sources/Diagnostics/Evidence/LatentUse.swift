import Engine
import Formats
import Foundation
import Tensors

/// Whether a network's latent lives, and what its outputs owe to it: on the held-out pairs, the first sixteen, cut about their
/// middle to the size of the smallest.
public struct LatentUse: Codable, Sendable {
    /// PSNR that one direction loses when another latent takes the place of the source's, the skips staying: near 0 where the
    /// decoder does without.
    public struct Loss: Codable, Sendable {
        /// Of the cross-domain path.
        public let direction: Direction
        /// With the next pair's latent of the same domain, dB, mean over the pairs.
        public let otherImage: Double
        /// With the mean over the pairs, dB.
        public let mean: Double

        enum CodingKeys: String, CodingKey {
            case direction, mean
            case otherImage = "other_image"
        }
    }

    /// Share of the latent that differs between images (`LatentLife.share`).
    public let life: Double
    /// One for each direction, b→a first; none without clean images.
    public let losses: [Loss]

    /// `nil` for fewer than two held-out pairs with both domains, which show no difference.
    public init?(_ predictor: NetworkPredictor, on evaluation: EvaluationSet) {
        let pairs = Self.pairs(evaluation)
        let latents = DomainPair { domain in pairs.map { predictor.network.latent(of: $0.noisy[domain]) } }
        guard let life = Self.life(latents) else { return nil }
        self.life = life
        let means = latents.map(Self.mean)
        losses = Direction.allCases.compactMap { direction in
            let (source, target) = (direction.source, direction.target)
            var sums = (other: 0.0, mean: 0.0)
            for (index, pair) in pairs.enumerated() {
                guard let clean = pair.clean(of: target) else { return nil }
                func logOfError(_ latent: Tensor) -> Double {
                    let output = predictor.network.crossOutput(
                        pair.noisy, to: target, predictor.wiring, latent: latent)
                    var error = 0.0
                    for (value, truth) in zip(output.values, clean.values) {
                        error += Double(value - truth) * Double(value - truth)
                    }
                    return 10 * log10(max(error, .leastNormalMagnitude))
                }
                let own = logOfError(latents[source][index])
                sums.other += logOfError(latents[source][(index + 1) % pairs.count]) - own
                sums.mean += logOfError(means[source]) - own
            }
            return Loss(
                direction: direction, otherImage: sums.other / Double(pairs.count),
                mean: sums.mean / Double(pairs.count))
        }
    }

    /// `life` alone, which takes the encoder only; `nil` also for one that gives no finite number.
    public static func life(of predictor: NetworkPredictor, on evaluation: EvaluationSet) -> Double? {
        let pairs = pairs(evaluation)
        return life(DomainPair { domain in pairs.map { predictor.network.latent(of: $0.noisy[domain]) } })
    }

    private static func life(_ latents: DomainPair<[Tensor]>) -> Double? {
        guard latents.a.count > 1 else { return nil }
        let stacked = latents.map { latents in
            Tensor([latents.count] + latents[0].shape.dropFirst(), latents.flatMap(\.values))
        }
        return LatentLife.share(of: stacked).flatMap { $0.isFinite ? $0 : nil }
    }

    private static func mean(_ latents: [Tensor]) -> Tensor {
        var sums = [Double](repeating: 0, count: latents[0].count)
        for latent in latents { for (k, value) in latent.values.enumerated() { sums[k] += Double(value) } }
        return Tensor(latents[0].shape, sums.map { Float($0 / Double(latents.count)) })
    }

    /// Held-out pairs, cut to one size.
    private static func pairs(_ evaluation: EvaluationSet) -> [EvaluationPair] {
        let pairs = evaluation.pairs.filter { $0.split == .heldout && $0.noisyDomains.count == 2 }.prefix(16)
        let sides = (0..<2).map { axis in pairs.map { $0.noisy.a.shape[axis] }.min() ?? 0 }
        return pairs.map { pair in
            var pair = pair
            pair.noisy = pair.noisy.map { middle(of: $0, sides) }
            pair.clean = pair.clean?.map { middle(of: $0, sides) }
            return pair
        }
    }

    private static func middle(of image: Tensor, _ sides: [Int]) -> Tensor {
        let (width, channels) = (image.shape[1], image.shape[2])
        let first = (image.shape[0] - sides[0]) / 2 * width + (width - sides[1]) / 2
        let values = image.values
        var cut: [Float] = []
        for row in 0..<sides[0] {
            let start = (first + row * width) * channels
            cut += values[start..<start + sides[1] * channels]
        }
        return Tensor([sides[0], sides[1], channels], cut)
    }

    /// The same for a person.
    var text: String {
        let paths = losses.map { loss in
            "  \(loss.direction.rawValue)  with another image's latent \(NumberText.significant(loss.otherImage)) dB lost, "
                + "with the mean latent \(NumberText.significant(loss.mean)) dB\n"
        }
        return "latent        share that differs between images \(NumberText.significant(life))"
            + (life < LatentLife.smallest ? ": dead, the output comes from the skips" : "") + "\n" + paths.joined()
    }
}
