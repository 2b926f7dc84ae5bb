import Fields
import RealModule

/// How far the target's noise is from white, in numbers to know: what `NoiseWhiteness` only says yes or no to.
///
/// Of n_a divided by its root mean square at like clean intensity, on tiles of 64 × 64 pixels of images that hold one; each number is
/// the mean over tiles, by `unit: scene` where the noise reaches from tile to tile:
///
/// - `noise.structure.neighbours`: Moran's I of the four neighbours, 0 for white noise;
/// - `noise.structure.flatness`: spectral flatness over that of white noise, e^{-γ} = 0.5615: 1 for white noise, below it for
///   colour of any kind;
/// - `noise.structure.peak`: the largest share of one mode, Fisher's g, over its expectation for white noise, H_M/M with M modes and
///   the harmonic number H_M: 1 for white noise, above it for periodic interference;
/// - `noise.structure.pixels`: independent pixels over pixels, for products of two such fields (Clifford, Richardson and Hémon): the
///   N_eff/N of SE ≈ √(M/(V N_eff)).
struct NoiseStructure: Check {
    let id = "noise.structure"
    let title = "Structure of the target's noise"
    let role = Role.description
    private static let side = 64
    private static let parts = [
        (name: "neighbours", title: "Correlation of neighbouring noise pixels", quantity: "Moran's I"),
        (
            name: "flatness", title: "Flatness of the noise spectrum",
            quantity: "spectral flatness over that of white noise"
        ),
        (name: "peak", title: "Strongest mode of the noise spectrum", quantity: "Fisher's g over that of white noise"),
        (name: "pixels", title: "Independent noise pixels", quantity: "N_eff/N"),
    ]
    /// Per tile the four numbers and 1.
    private var rows: [[Double]] = []
    private var images: [Int] = []
    private var imageCount = 0
    private var reach = LongCorrelation()
    private var tooSmall: String?

    mutating func observe(_ sample: Sample) throws {
        let noise = try sample.targetNoise()
        guard min(sample.shape[0], sample.shape[1]) >= Self.side else {
            tooSmall = tooSmall ?? sample.pair.id
            return
        }
        reach.add(sample.longCorrelation())
        let field = try sample.likeIntensity(of: sample.target).scaled(noise)
        for tile in try sample.squareTiles(field, side: Self.side) where tile.varies {
            // A tile whose autocorrelation sums to nothing, or with too few modes, has no such number.
            guard let moran = try? MoranI.test(tile, .rook), let flatness = try? SpectralFlatness.test(tile),
                let peak = try? FisherPeak.test(tile),
                let pixels = try? EffectiveSampleSize.ofCorrelation(tile, tile)
            else { continue }
            let modes = Double(Self.side * Self.side / 2 - 2)
            rows.append([
                moran.value - moran.expectation, flatness.statistic / Double.exp(-Self.eulerGamma),
                peak.test.statistic * modes / (Double.log(modes) + Self.eulerGamma),
                pixels / Double(Self.side * Self.side), 1,
            ])
            images.append(imageCount)
        }
        imageCount += 1
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        if imageCount == 0, let tooSmall { throw SampleError.tooSmall(tooSmall, side: Self.side) }
        guard !rows.isEmpty else { throw SampleError.outOfScope("there is no noise in any tile") }
        let units = reach.isLong ? rows.summed(by: images) : rows
        let estimator = IntervalEstimator(unitSums: units, seed: scope.seed)
        return try Self.parts.enumerated().map { index, part in
            guard let estimate = estimator.ratio(index, over: Self.parts.count) else {
                throw Undetermined(description: "the statistic is not finite")
            }
            var row = row(
                estimate, part.quantity, unit: reach.isLong ? .scene : .noise, .none, scope, id: "\(id).\(part.name)",
                title: part.title)
            row.imageCount = imageCount
            return row
        }
    }

    private static let eulerGamma = 0.577_215_664_901_532_9
}
