import Formats
import Foundation
import Tensors

/// Registered pairs for training and, apart from them, pairs held out.
public struct PairedDataset: Sendable {
    /// The name of the built-in photographs.
    public static let photos = "photos"

    /// Pairs that are trained on, in the order of their names.
    public let training: [ImagePair]
    /// Pairs that training never sees.
    public let heldOut: [ImagePair]
    /// Which noise was put on clean images; `nil` for pairs that were recorded noisy.
    public let noise: NoiseModel?
    /// Stored or fresh noise in training.
    public let realisation: DataConfiguration.Realisation
    /// What images were divided by.
    public let normalisation: Normalisation
    /// What is done to training crops.
    public let augmentation: DataConfiguration.Augmentation
    /// White minus black in the units of the source; those of a normalised image: `ImagePair.dataRange(of:)`.
    public let dataRange: Double
    /// The value of no signal, before noise is put on.
    public let black: Double
    /// Crops per training image and epoch; `nil` for as many as cover an average image once.
    public let cropsPerImage: Int?
    /// Seed of the noise, the order and the crops.
    public let seed: UInt64

    /// Splits `pairs` as the configuration says; its `source` is only a name here.
    ///
    /// - Throws: `InputError`: a held-out name that no subject has, nothing left to train on.
    public init(_ pairs: [ImagePair], _ configuration: DataConfiguration, seed: UInt64, black: Double = 0) throws {
        let heldOut = try Self.heldOutSubjects(pairs.map(\.subject), configuration, seed: seed)
        training = pairs.filter { !heldOut.contains($0.subject) }
        self.heldOut = pairs.filter { heldOut.contains($0.subject) }
        noise = configuration.noiseOfRepresentation
        realisation = configuration.noise?.realisation ?? .stored
        normalisation = configuration.normalisation
        augmentation = configuration.augmentation
        dataRange = configuration.dataRange
        self.black = black
        cropsPerImage = configuration.cropsPerImage
        self.seed = seed
        guard !training.isEmpty else {
            throw InputError(
                file: configuration.source, problem: "leaves nothing to train on",
                remedy: "hold out fewer of its \(pairs.count) images")
        }
    }

    /// One observation of each domain of `pair`, `[H, W, C]`: draw 0 is the stored one, others are independent of it and
    /// of each other.
    ///
    /// - Precondition: draw 0, or the data set has a noise model.
    public func observation(of pair: ImagePair, draw: Int) -> DomainPair<Tensor> {
        observation(of: pair, draws: DomainPair(a: draw, b: draw)).images
    }

    /// Images of both domains as the network sees them, and what they were divided by.
    public struct Observation: Sendable {
        /// `[H, W, C]` each.
        public let images: DomainPair<Tensor>
        /// As `ImagePair.scale`; another one where noise decides it.
        public let scale: DomainPair<Double>
    }

    /// The observation with realisation `draws.a` of a's noise and `draws.b` of b's, the whole preprocessing repeated: where
    /// divisors depend on noise (regime R4), new noise in one domain rescales what `Normalisation` says.
    ///
    /// - Precondition: draws 0, or the data set has a noise model.
    public func observation(of pair: ImagePair, draws: DomainPair<Int>) -> Observation {
        if draws == DomainPair(a: 0, b: 0) { return Observation(images: pair.noisy, scale: pair.scale) }
        guard let noise, let clean = pair.clean else {
            preconditionFailure("PairedDataset.observation: \(pair.id) was recorded once, draws \(draws) do not exist")
        }
        // Noise is in the units of the image divided by what the clean one alone decides.
        let content = normalisation.usesNoisyImages ? normalisation.scale(ofClean: clean) : DomainPair(a: 1, b: 1)
        let base = DomainPair { clean[$0].divided(by: content[$0]) }
        func observed(_ draw: Int) -> DomainPair<Tensor> {
            noise.observe(base, black: black, seed: seed, image: pair.index, draw: draw)
        }
        let noisy =
            draws.a == draws.b ? observed(draws.a) : DomainPair(a: observed(draws.a).a, b: observed(draws.b).b)
        let further = normalisation.scale(ofNoisy: noisy)
        return Observation(
            images: DomainPair { noisy[$0].divided(by: further[$0]) },
            scale: DomainPair { pair.scale[$0] * content[$0] * further[$0] })
    }

    /// How many different noise realisations of each training image a run of `epochs` epochs shows.
    public func distinctRealisations(epochs: Int) -> Int { realisation == .stored ? 1 : epochs }

    /// Whether n_a and n_b are independent, as far as the source says: always for recorded pairs, which are taken to be.
    public var noisesAreIndependent: Bool { (noise?.sharedCorrelation ?? 0) == 0 }

    /// Whether the noise is Gaussian by construction; `false` where nothing is known, or where a divisor is made from noisy images.
    public var noiseIsGaussian: Bool { !normalisation.usesNoisyImages && noise?.isGaussian == true }

    /// σ² per domain of the images as the network sees them, from the noise model alone; `nil` where it depends on the image,
    /// on a divisor made from noisy images, or where nothing is known about the noise.
    public var nominalVariance: DomainPair<Double>? { normalisation.usesNoisyImages ? nil : noise?.nominalVariance }

    /// E|n| per domain likewise (`NoiseModel.expectedAbsolute`); the sum of both is the floor of the L1 cross loss.
    public var expectedAbsoluteNoise: DomainPair<Double>? {
        normalisation.usesNoisyImages ? nil : noise?.expectedAbsolute
    }

    /// The batches of an epoch; they depend on the data set and on the arguments and on nothing that was drawn before.
    ///
    /// - Throws: `InputError` naming the image that is smaller than the crop.
    public func epoch(_ index: Int, batchSize: Int, cropSize: Int) throws -> TrainingEpoch {
        for pair in training where min(pair.size.height, pair.size.width) < cropSize {
            throw InputError(
                file: pair.source, problem: "has \(pair.size.width)×\(pair.size.height) pixels (width × height)",
                remedy: "it must hold a crop of \(cropSize)×\(cropSize)")
        }
        return try TrainingEpoch(self, index: index, batchSize: batchSize, cropSize: cropSize)
    }

    private static func heldOutSubjects(
        _ subjects: [String], _ configuration: DataConfiguration, seed: UInt64
    ) throws -> Set<String> {
        var known = Set<String>()
        let subjects = subjects.filter { known.insert($0).inserted }
        switch configuration.heldOut {
        case .names(let wanted):
            if let unknown = wanted.first(where: { !known.contains($0) }) {
                throw InputError(
                    file: configuration.source, problem: "has no image or subject named \"\(unknown)\" to hold out",
                    remedy: Spelling.nearest(to: unknown, among: subjects).map { "did you mean \"\($0)\"?" })
            }
            return Set(wanted)
        case .fraction(let fraction):
            guard fraction > 0 else { return [] }
            var stream = RandomStream(seed: seed, purpose: .permutation)
            let count = max(1, Int((fraction * Double(subjects.count)).rounded()))
            return Set(subjects.shuffled(using: &stream).prefix(count))
        }
    }
}
