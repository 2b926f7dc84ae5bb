import Diagnostics
import Engine
import Fields
import Tensors

/// How much of an image's noise can be read, linearly and at its own place, from what the encoder makes of the image.
///
/// A feature at level k covers 2^k × 2^k pixels; from the channels there, one regression for each of these pixels predicts its noise.
/// Left-out images judge it (`RidgeProbe`). The features around it may say more: the number is a lower bound of what the level carries.
struct FeatureProbe {
    /// α of the regression: small beside 1, so that it only keeps the system solvable.
    static let penalty = 1e-3

    /// R² of the skips, finest first, and of the latent last, over both domains of every pair.
    ///
    /// - Parameter pairs: with clean images, at least two, whose sides are multiples of the network's.
    /// - Throws: `Undetermined` where there is nothing to probe for.
    static func determination(_ network: C2CNetwork, _ pairs: [EvaluationPair]) throws -> [Double] {
        var probes: [RidgeProbe?] = []
        for pair in pairs {
            var rows: [(features: [Double], targets: [Double], widths: (Int, Int))] = []
            for domain in Domain.allCases {
                guard let clean = pair.clean(of: domain) else {
                    throw Undetermined(description: "pair \(pair.id) has no clean image of domain \(domain)")
                }
                let image = pair.noisy[domain]
                let noise = difference(image, clean)
                let encoding = network.encode(Tape(recording: false).constant(image.reshaped([1] + image.shape)))
                for (level, features) in (encoding.skips + [encoding.latent]).map(\.value).enumerated() {
                    let found = cells(features, noise, shape: image.shape)
                    if level < rows.count {
                        rows[level].features += found.features
                        rows[level].targets += found.targets
                    } else {
                        rows.append(found)
                    }
                }
            }
            for (level, row) in rows.enumerated() {
                if level == probes.count {
                    probes.append(RidgeProbe(features: row.widths.0, targets: row.widths.1))
                }
                probes[level]?.add(features: row.features, targets: row.targets)
            }
        }
        return try probes.compactMap { try $0?.determination(penalty: penalty) }
    }

    /// R² from the pixel alone: what a probe finds in the noisy image before any network.
    static func determinationOfPixels(_ pairs: [EvaluationPair]) throws -> Double {
        guard let first = pairs.first else { throw Undetermined(description: "there are no pairs to probe") }
        let channels = first.noisy.a.shape[2]
        var probe = RidgeProbe(features: channels, targets: channels)
        for pair in pairs {
            var features: [Double] = [], noise: [Double] = []
            for domain in Domain.allCases {
                guard let clean = pair.clean(of: domain) else {
                    throw Undetermined(description: "pair \(pair.id) has no clean image of domain \(domain)")
                }
                features += pair.noisy[domain].values.map(Double.init)
                noise += difference(pair.noisy[domain], clean)
            }
            probe.add(features: features, targets: noise)
        }
        return try probe.determination(penalty: penalty)
    }

    /// One row for each cell of a feature map `[1, h, w, channels]`: its channels, and the noise of the pixels under it.
    static func cells(_ features: Tensor, _ noise: [Double], shape: [Int])
        -> (features: [Double], targets: [Double], widths: (Int, Int))
    {
        let (height, width) = (features.shape[1], features.shape[2]), side = shape[0] / height, channels = shape[2]
        var targets: [Double] = []
        targets.reserveCapacity(noise.count)
        for row in 0..<height {
            for column in 0..<width {
                for dy in 0..<side {
                    let start = ((row * side + dy) * shape[1] + column * side) * channels
                    targets += noise[start..<start + side * channels]
                }
            }
        }
        return (features.values.map(Double.init), targets, (features.shape[3], side * side * channels))
    }
}
