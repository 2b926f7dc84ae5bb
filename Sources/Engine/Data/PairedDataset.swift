import Foundation

/// Two registered noisy observations of one content.
public struct ImagePair: Sendable {
    /// The image's name; unique in a data set.
    public let id: String
    /// Where it came from (a file), for error messages.
    public let source: String
    /// The image's number, which its random streams carry: its place among all names in order.
    public let index: Int
    /// What was observed, `[H, W, C]` each, where it is known.
    public let clean: DomainPair<Tensor>?
    /// As recorded, or the stored realisation (draw 0) of the noise model; `[H, W, C]` each, of one shape.
    public let noisy: DomainPair<Tensor>

    /// - Precondition: all tensors have the same shape `[H, W, C]`.
    public init(id: String, source: String, index: Int, clean: DomainPair<Tensor>?, noisy: DomainPair<Tensor>) {
        let shapes = [noisy.a, noisy.b, clean?.a, clean?.b].compactMap { $0?.shape }
        precondition(
            shapes[0].count == 3 && shapes.allSatisfy { $0 == shapes[0] }, "ImagePair \(id): shapes \(shapes) differ")
        self.id = id
        self.source = source
        self.index = index
        self.clean = clean
        self.noisy = noisy
    }

    /// H and W.
    public var size: (height: Int, width: Int) { (noisy.a.shape[0], noisy.a.shape[1]) }
}

/// Registered pairs for training and, apart from them, pairs held out.
public struct PairedDataset: Sendable {
    /// The name of the built-in source.
    public static let photos = "photos"

    /// Pairs that are trained on, in the order of their names.
    public let training: [ImagePair]
    /// Pairs that training never sees.
    public let heldOut: [ImagePair]
    /// Which noise was put on clean images; `nil` for pairs that were recorded noisy.
    public let noise: NoiseModel?
    /// Stored or fresh noise in training.
    public let realisation: DataConfiguration.Realisation
    /// What is done to training crops.
    public let augmentation: DataConfiguration.Augmentation
    /// White minus black in the units of the data.
    public let dataRange: Double
    /// Crops per training image and epoch; `nil` for as many as cover an average image once.
    public let cropsPerImage: Int?
    /// Seed of the noise, the order and the crops.
    public let seed: UInt64

    /// Splits `pairs` as the configuration says; its `source` is only a name here.
    ///
    /// - Throws: `InputError`: a held-out name that no pair has, nothing left to train on, fresh noise without a model.
    public init(_ pairs: [ImagePair], _ configuration: DataConfiguration, seed: UInt64) throws {
        let heldOut = try Self.heldOutNames(pairs.map(\.id), configuration, seed: seed)
        training = pairs.filter { !heldOut.contains($0.id) }
        self.heldOut = pairs.filter { heldOut.contains($0.id) }
        noise = configuration.noise?.model
        realisation = configuration.noise?.realisation ?? .stored
        augmentation = configuration.augmentation
        dataRange = configuration.dataRange
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
        if draw == 0 { return pair.noisy }
        guard let noise, let clean = pair.clean else {
            preconditionFailure("PairedDataset.observation: \(pair.id) was recorded once, draw \(draw) does not exist")
        }
        return noise.observe(clean, seed: seed, image: pair.index, draw: draw)
    }

    /// How many different noise realisations of each training image a run of `epochs` epochs shows.
    public func distinctRealisations(epochs: Int) -> Int { realisation == .stored ? 1 : epochs }

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

    private static func heldOutNames(
        _ names: [String], _ configuration: DataConfiguration, seed: UInt64
    ) throws -> Set<String> {
        switch configuration.heldOut {
        case .names(let wanted):
            if let unknown = wanted.first(where: { !names.contains($0) }) {
                throw InputError(
                    file: configuration.source, problem: "has no image named \"\(unknown)\" to hold out",
                    remedy: Spelling.nearest(to: unknown, among: names).map { "did you mean \"\($0)\"?" })
            }
            return Set(wanted)
        case .fraction(let fraction):
            guard fraction > 0 else { return [] }
            var stream = RandomStream(seed: seed, purpose: .permutation)
            return Set(names.shuffled(using: &stream).prefix(max(1, Int((fraction * Double(names.count)).rounded()))))
        }
    }
}
