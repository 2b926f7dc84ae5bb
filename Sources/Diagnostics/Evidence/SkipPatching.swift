import Fields
import Tensors

/// A cross-domain path whose source is fixed and whose target's skips are given from outside.
public struct SkipPath {
    /// Features of an observation of the target, finest level first, `[1, h, w, channels]` each.
    public let skips: (Tensor) throws -> [Tensor]
    /// f, `[H, W, C]`, with such features.
    public let output: ([Tensor]) throws -> Tensor

    /// Any model whose output depends on the target through features by level.
    public init(skips: @escaping (Tensor) throws -> [Tensor], output: @escaping ([Tensor]) throws -> Tensor) {
        self.skips = skips
        self.output = output
    }
}

/// What stands in for the features of the target at a level whose skip is off.
public enum SkipPatch: String, Sendable, CaseIterable {
    /// Features of an independent noise realisation of the same content: what the network was trained on.
    case noise
    /// Zeros, as an absent skip.
    case zeros
    /// The mean over space of each channel of those features: their level without their pattern.
    case means

    /// The stand-in made from features of an independent realisation.
    func replacement(_ features: [Tensor]) -> [Tensor] {
        switch self {
        case .noise: features
        case .zeros: features.map { Tensor($0.shape) }
        case .means: features.map(Self.spatialMeans)
        }
    }

    private static func spatialMeans(_ feature: Tensor) -> Tensor {
        let channels = feature.shape[3], values = feature.values
        var sums = [Double](repeating: 0, count: channels)
        for i in values.indices { sums[i % channels] += Double(values[i]) }
        let means = sums.map { Float($0 * Double(channels) / Double(values.count)) }
        return Tensor(feature.shape, values.indices.map { means[$0 % channels] })
    }
}

/// λ_target(S) for every set S of levels, as sums over tiles: the game whose Shapley values say which skip leaks
/// (docs/THEORY.md, section 7).
struct SkipGame {
    /// Number of levels.
    let levels: Int
    /// Σ⟨Δf_S, Δn⟩ by patch, then part of the image (`Sample.parts`), then S: bit l of S is set where level l carries features of the target. S = 0 is
    /// exactly 0, and the full set is the same for all patches.
    let leaked: [SkipPatch: [[Double]]]
    /// Σ⟨Δn, Δn⟩ of each part.
    let power: [Double]
}

extension Sample {
    /// The exchange of the target's noise, with only the skips in S carrying it.
    ///
    /// Levels outside S hold the same features before and after the exchange, so that Δf_S comes through S alone; with S empty
    /// nothing changes, and that is not computed.
    /// - Throws: `SampleError.noSkipsOfTarget` for a path that reads none, `.cannotRedraw` without further captures.
    func makeSkipGame() throws -> SkipGame {
        guard let path = try predictor.skipPath(source: pair.noisy[target.other], direction) else {
            throw SampleError.noSkipsOfTarget(predictor.name)
        }
        let before = try path.skips(pair.noisy[target]), after = try path.skips(capture(.swap))
        let independent = try path.skips(capture(.patch))
        let noise = difference(pair.noisy[target], try capture(.swap))
        let all = 1 << before.count
        func leaked(_ set: Int, _ replacement: [Tensor]) throws -> [Double] {
            func output(_ features: [Tensor]) throws -> Tensor {
                let mixed = features.indices.map { set >> $0 & 1 == 1 ? features[$0] : replacement[$0] }
                return try checked(path.output(mixed))
            }
            let change = difference(try output(before), try output(after))
            return sums([(change, noise)]).map { $0[0] }
        }
        let full = try leaked(all - 1, independent)
        var leakedSums: [SkipPatch: [[Double]]] = [:]
        for patch in SkipPatch.allCases {
            let replacement = patch.replacement(independent)
            let inner = try (1..<max(1, all - 1)).map { try leaked($0, replacement) }
            leakedSums[patch] = full.indices.map { tile in [0] + inner.map { $0[tile] } + [full[tile]] }
        }
        let power = sums([(noise, noise)]).map { $0[0] }
        return SkipGame(levels: before.count, leaked: leakedSums, power: power)
    }
}
