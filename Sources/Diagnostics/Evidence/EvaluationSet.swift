import Engine
import Formats
import Foundation
import Tensors

/// Two registered observations of one content, and what else is known about them.
public struct EvaluationPair: Sendable {
    /// Unique in its set; names the pair in errors and figure files.
    public var id: String
    /// Pairs of one subject are resampled together.
    public var subject: String
    /// Whether the model was trained on this pair.
    public var split: Split
    /// x_a and x_b, `[H, W, C]`.
    public var noisy: DomainPair<Tensor>
    /// c_a and c_b, `[H, W, C]`; `nil` where there is no clean reference.
    public var clean: DomainPair<Tensor>?

    /// Domains whose clean reference is known; `clean` of the others is not to be used.
    public var cleanDomains = Set(Domain.allCases)

    /// Domains that were observed; `noisy` of the others is not to be used.
    public var noisyDomains = Set(Domain.allCases)

    /// Further captures of the same content, their noise independent of `noisy` and of each other; `[H, W, C]` each.
    public var repeats: [DomainPair<Tensor>]

    /// Largest minus smallest possible clean value of each domain, where it is this pair's own: images that were normalised.
    /// `nil` for that of the set.
    public var dataRange: DomainPair<Double>?

    /// - Parameter subject: `nil` for a pair that is a subject of its own.
    public init(
        id: String, subject: String? = nil, split: Split, noisy: DomainPair<Tensor>, clean: DomainPair<Tensor>?,
        repeats: [DomainPair<Tensor>] = [], dataRange: DomainPair<Double>? = nil
    ) {
        self.id = id
        self.subject = subject ?? id
        self.split = split
        self.noisy = noisy
        self.clean = clean
        self.repeats = repeats
        self.dataRange = dataRange
    }
}

extension EvaluationPair {
    /// c of one domain, `[H, W, C]`; `nil` where it is not known.
    public func clean(of domain: Domain) -> Tensor? { cleanDomains.contains(domain) ? clean?[domain] : nil }
}

/// The pairs that models are tested on: the same images and the same noise for every model of a comparison.
public struct EvaluationSet: Sendable {
    /// An independent observation of domain `domain` of pair `index`: new noise on the same content.
    public typealias Redraw = @Sendable (_ index: Int, _ domain: Domain, _ draw: Int) throws -> Tensor

    /// As reports and errors name it.
    public var name: String
    /// Of both splits; their order fixes the random numbers that a pair gets.
    public var pairs: [EvaluationPair]
    /// Largest minus smallest possible clean value: what PSNR and SSIM refer to.
    public var dataRange: Double
    /// What pictures show as black; `black` + `dataRange` is white. 0 for magnitudes and complex images.
    public var black: Double
    /// σ² per domain from a source that does not use the clean images, where one is known.
    public var noiseVariance: DomainPair<Double>?
    /// Whether n_a and n_b are independent by construction; `false` puts the pairs in regime R2.
    public var noisesAreIndependent: Bool
    /// Whether the noise is Gaussian by construction, given the content.
    public var noiseIsGaussian: Bool
    /// Whether noisy observations of the training pairs are realisations that were trained on: stored ones, or those of one epoch.
    public var trainingNoiseIsKnown: Bool
    /// `nil` where the images cannot be re-noised.
    public var redraw: Redraw?
    /// Whether the program itself added the noise to the clean images: its independence and its power are then known.
    public var noiseIsAdded = false
    /// Domains whose noise decides what the images of a pair are divided by: regime R4 where it is the target's.
    public var couplingDomains: Set<Domain> = []
    /// The observation of the other domain, its noise as it was, after `redraw` with the same arguments: divided by something else
    /// where `domain` couples. `nil` where no domain does.
    public var companion: Redraw?
    /// Directions that are tested: both, unless outputs were saved for one only.
    public var directions = Direction.allCases

    /// What is not known has a default; what changes the meaning of a result has none.
    public init(
        name: String, pairs: [EvaluationPair], dataRange: Double, black: Double = 0,
        noiseVariance: DomainPair<Double>? = nil, noisesAreIndependent: Bool, noiseIsGaussian: Bool = false,
        trainingNoiseIsKnown: Bool = false,
        redraw: Redraw? = nil
    ) {
        self.name = name
        self.pairs = pairs
        self.dataRange = dataRange
        self.black = black
        self.noiseVariance = noiseVariance
        self.noisesAreIndependent = noisesAreIndependent
        self.noiseIsGaussian = noiseIsGaussian
        self.trainingNoiseIsKnown = trainingNoiseIsKnown
        self.redraw = redraw
    }

    /// The regime of docs/THEORY.md, section 3, that a measurement on `split` belongs to.
    ///
    /// Where several hold, the one by which most of the target's noise can arrive: R3 before R2 before R4 before R1.
    public func regime(readsTarget: Bool, _ direction: Direction, split: Split) -> Regime {
        if readsTarget { return .r3 }
        if !noisesAreIndependent { return .r2 }
        if couplingDomains.contains(direction.target) { return .r4 }
        return split == .training && trainingNoiseIsKnown ? .r1 : .r0
    }

    /// Held-out pairs; training pairs where nothing was held out.
    package var testedSplit: Split { pairs.contains { $0.split == .heldout } ? .heldout : .training }

    /// The pairs of `testedSplit`.
    var tested: [Int] {
        let split = testedSplit
        return pairs.indices.filter { pairs[$0].split == split }
    }

    /// Where the noise of an exchange comes from.
    enum Exchange: Sendable {
        /// A further capture, recorded or drawn anew.
        case capture
        /// Noise of the target's power on top of the one capture that there is.
        case added
    }

    /// The images of a pair with the noise of `target` replaced by an independent realisation, the preprocessing repeated, and
    /// everything else fixed. Where the target was observed once, white noise of its power is added to it instead: the response
    /// to noise at the observation, which any model that can be run has.
    func exchanged(_ index: Int, _ target: Domain) throws -> (images: DomainPair<Tensor>, route: Exchange) {
        var images = pairs[index].noisy
        let draw = Sample.Capture.swap.rawValue
        if let redraw {
            images[target] = try redraw(index, target, draw)
            if couplingDomains.contains(target), let companion {
                images[target.other] = try companion(index, target, draw)
            }
            return (images, .capture)
        }
        if let capture = pairs[index].repeats.first {
            images[target] = capture[target]
            return (images, .capture)
        }
        let sigma =
            noiseVariance.map { $0[target].squareRoot() }
            ?? NoiseEstimator.medianAbsoluteDeviation(images[target])
        guard sigma > 0, sigma.isFinite else { throw SampleError.cannotRedraw(pairs[index].id) }
        var stream = RandomStream(seed: 0, purpose: .swap, domain: target.index, image: index, draw: draw)
        images[target] = Tensor(
            images[target].shape, images[target].values.map { $0 + Float(sigma * stream.gaussian()) })
        return (images, .added)
    }
}

extension EvaluationSet {
    /// SHA-256 of the tested images with their names and shapes: two sets with the same digest test on the same data.
    public var sha256: String {
        var digest = SHA256()
        for pair in tested.map({ pairs[$0] }) {
            digest.update(Data("\(pair.id) \(pair.noisy.a.shape)\n".utf8))
            let repeats = pair.repeats.flatMap { [$0.a, $0.b] }
            for image in [pair.noisy.a, pair.noisy.b, pair.clean?.a, pair.clean?.b] + repeats {
                image?.withUnsafeBuffer { digest.update(Data(buffer: $0)) }
            }
        }
        return digest.hex()
    }
}
