import Fields
import Tensors

/// One pair in one direction under one model, with everything that checks derive from it computed once, when first asked.
///
/// Fields are Float64, `[H, W, C]` in memory order; subtraction comes before any squaring.
public final class Sample {
    /// `evaluation.pairs[index]`.
    public let pair: EvaluationPair
    /// Position in the set; names the random streams of this pair.
    public let index: Int
    /// Of the cross-domain path.
    public let direction: Direction
    /// The set that the pair belongs to: data range, noise variance, redrawing.
    public let evaluation: EvaluationSet
    /// The model under test.
    public let predictor: any Predictor
    /// Seed of everything drawn for this sample.
    public let seed: UInt64
    /// The same pair in the other direction, where both are tested; run already.
    public internal(set) weak var opposite: Sample?
    /// Whether intervals resample tiles of the image; otherwise whole images, or subjects.
    let resamplesTiles: Bool

    /// Runs the model once; everything else waits until a check asks for it.
    ///
    /// - Throws: what the predictor throws; `SampleError` if its output has another shape or is not finite.
    package init(
        _ predictor: any Predictor, _ evaluation: EvaluationSet, index: Int, _ direction: Direction, seed: UInt64,
        resamplesTiles: Bool? = nil
    ) throws {
        self.predictor = predictor
        self.evaluation = evaluation
        self.index = index
        self.direction = direction
        self.seed = seed
        pair = evaluation.pairs[index]
        self.resamplesTiles = resamplesTiles ?? evaluation.resamplesTiles(pair.split)
        for (name, images) in [("noisy", pair.noisy), ("clean", pair.clean)] {
            for domain in [Domain.a, .b] {
                guard let image = images?[domain], let place = image.values.firstIndex(where: { !$0.isFinite }) else {
                    continue
                }
                let (width, channels) = (image.shape[1], image.shape[2])
                throw SampleError.notFiniteImage(
                    "\(name) image \(domain) of pair \(pair.id)", row: place / channels / width,
                    column: place / channels % width)
            }
        }
        output = try Sample.checked(
            predictor.predict(pair.noisy, direction), like: pair.noisy[direction.target], predictor, pair)
    }

    /// f, `[H, W, C]`.
    public let output: Tensor

    /// The domain that f is compared with.
    public var target: Domain { direction.target }
    /// `[H, W, C]`.
    public var shape: [Int] { output.shape }

    /// c of the target's domain, `[H, W, C]`.
    ///
    /// - Throws: `SampleError.noCleanReference`; so do `error`, `targetNoise` and `sourceNoise`, which need it.
    public func clean() throws -> Tensor {
        guard let clean = pair.clean(of: target) else { throw SampleError.noCleanReference(pair.id) }
        return clean
    }

    /// e = f - c.
    public func error() throws -> [Double] {
        try cache(\.error) { difference(output, try clean()) }
    }

    /// n_target = x_target - c_target.
    public func targetNoise() throws -> [Double] {
        try cache(\.targetNoise) { difference(pair.noisy[target], try clean()) }
    }

    /// n_source = x_source - c_source.
    public func sourceNoise() throws -> [Double] {
        guard let clean = pair.clean(of: target.other) else { throw SampleError.noCleanReference(pair.id) }
        return cache(\.sourceNoise) { difference(pair.noisy[target.other], clean) }
    }

    /// r = f - x_target.
    public func residual() -> [Double] {
        cache(\.residual) { difference(output, pair.noisy[target]) }
    }

    /// The noise of one observation replaced by an independent realisation (`EvaluationSet.exchanged`).
    public struct Swap {
        /// Δn = x_target - x_target'.
        public let noise: [Double]
        /// Δf = f(x) - f(x').
        public let output: [Double]
        let route: EvaluationSet.Exchange
    }

    /// What further captures of the target are for: draws of the noise that no two uses share.
    enum Capture: Int, CaseIterable { case swap = 1, fresh, patch }

    /// A further capture of the target, `[H, W, C]`: its noise drawn anew, or else a recorded repeat. Uses share a repeat where
    /// there are fewer repeats than uses.
    ///
    /// - Throws: `SampleError.cannotRedraw` where there is neither.
    func capture(_ use: Capture) throws -> Tensor {
        if let known = cached.captures[use] { return known }
        let made: Tensor
        if let redraw = evaluation.redraw {
            made = try redraw(index, target, use.rawValue)
        } else if !pair.repeats.isEmpty {
            made = pair.repeats[(use.rawValue - 1) % pair.repeats.count][target]
        } else {
            throw SampleError.cannotRedraw(pair.id)
        }
        cached.captures[use] = made
        return made
    }

    /// Throws `SampleError.cannotRedraw` where the target was observed once and shows no noise, `.notSaved` for outputs without it.
    public func swap() throws -> Swap {
        if let known = cached.swap { return known }
        let (swapped, route) = try evaluation.exchanged(index, target)
        let moved = try checked(predictor.predict(swapped, direction))
        let result = Swap(
            noise: difference(pair.noisy[target], swapped[target]), output: difference(output, moved), route: route)
        cached.swap = result
        return result
    }

    /// The source's noise replaced by that of a recorded repeat, everything else fixed.
    ///
    /// - Throws: `SampleError.cannotRedraw` where the source was recorded once.
    func sourceSwap() throws -> Swap {
        guard let capture = pair.repeats.first else { throw SampleError.cannotRedraw(pair.id) }
        var swapped = pair.noisy
        swapped[target.other] = capture[target.other]
        return Swap(
            noise: difference(pair.noisy[target.other], swapped[target.other]),
            output: difference(output, try checked(predictor.predict(swapped, direction))), route: .capture)
    }

    /// (x - x')/√2 of the target, x' a further capture: noise of the power of n_target, without a clean image.
    func repeatedNoise() throws -> [Double] {
        difference(pair.noisy[target], try capture(.fresh)).map { $0 * 0.5.squareRoot() }
    }

    /// One Rademacher probe v and the gradients of ⟨v, f⟩ with respect to both observations.
    public struct Probe {
        /// v: ±1 for each element of f.
        public let cotangent: [Double]
        /// Zeros where no path leads to the output.
        public let targetGradient: [Double]
        /// Of the shape of x_source, like every field.
        public let sourceGradient: [Double]
    }

    /// Throws `SampleError.notDifferentiable` for a model without vector-Jacobian products.
    public func probes() throws -> [Probe] {
        if let known = cached.probes { return known }
        let result = try (0..<Sample.probeCount).map { draw in
            var stream = RandomStream(
                seed: seed, purpose: .probe, domain: target.index, image: index, draw: draw)
            let cotangent = Tensor(shape, (0..<output.count).map { _ in stream.rademacher() })
            guard
                let gradients = try predictor.vectorJacobianProduct(pair.noisy, direction, cotangent: cotangent)
            else { throw SampleError.notDifferentiable(predictor.name) }
            func field(_ gradient: Tensor?) -> [Double] {
                gradient.map { $0.values.map(Double.init) } ?? [Double](repeating: 0, count: output.count)
            }
            return Probe(
                cotangent: cotangent.values.map(Double.init), targetGradient: field(gradients[target]),
                sourceGradient: field(gradients[target.other]))
        }
        cached.probes = result
        return result
    }

    /// Probes per image; two, so that the spread over probes exists.
    static let probeCount = 2

    private struct Cache {
        var error: [Double]?
        var targetNoise: [Double]?
        var sourceNoise: [Double]?
        var residual: [Double]?
        var swap: Swap?
        var probes: [Probe]?
        var captures: [Capture: Tensor] = [:]
        var skipGame: SkipGame?
        var longCorrelation: LongCorrelation?
        var likeIntensity: [Domain: ConditionalRanks] = [:]
        var centredNoise: [Domain: [Double]] = [:]
        var linear: LinearEvidence?
        var similarity: Double??
    }

    private var cached = Cache()

    private func cache(_ path: WritableKeyPath<Cache, [Double]?>, _ make: () throws -> [Double]) rethrows -> [Double] {
        if let known = cached[keyPath: path] { return known }
        let made = try make()
        cached[keyPath: path] = made
        return made
    }

    /// Pixels of like clean intensity of one domain.
    ///
    /// - Throws: `SampleError.noCleanReference`.
    func likeIntensity(of domain: Domain) throws -> ConditionalRanks {
        if let known = cached.likeIntensity[domain] { return known }
        guard let clean = pair.clean(of: domain) else { throw SampleError.noCleanReference(pair.id) }
        let made = ConditionalRanks(given: clean.values)
        cached.likeIntensity[domain] = made
        return made
    }

    /// The noise of one domain less its mean among pixels of like clean intensity: zero mean at every intensity even where the noise
    /// is clipped or Rician, and none of an image's own offset.
    ///
    /// - Throws: `SampleError.noCleanReference`.
    func centredNoise(of domain: Domain) throws -> [Double] {
        if let known = cached.centredNoise[domain] { return known }
        let made = try likeIntensity(of: domain).centred(domain == target ? targetNoise() : sourceNoise())
        cached.centredNoise[domain] = made
        return made
    }

    /// SSIM against the clean image, once; `nil` for an image that is too small.
    ///
    /// - Throws: `SampleError.noCleanReference`.
    func structuralSimilarity() throws -> Double? {
        if let known = cached.similarity { return known }
        let made = ImageQuality.structuralSimilarity(
            planes(output), reference: planes(try clean()), dataRange: dataRange)
        cached.similarity = .some(made)
        return made
    }

    /// z, y and e of the regressions on noise that is there: λ = Σ z·e / Σ z·y.
    ///
    /// - Throws: `SampleError` of missing evidence without a clean image or a further capture of the target.
    public func linear() throws -> LinearEvidence {
        if let known = cached.linear { return known }
        let made = try makeLinearEvidence()
        cached.linear = made
        return made
    }

    /// `measureLongCorrelation`, once.
    func longCorrelation() -> LongCorrelation {
        if let known = cached.longCorrelation { return known }
        let made = measureLongCorrelation()
        cached.longCorrelation = made
        return made
    }

    /// The sums of `makeSkipGame`, once.
    func skipGame() throws -> SkipGame {
        if let known = cached.skipGame { return known }
        let made = try makeSkipGame()
        cached.skipGame = made
        return made
    }

    /// A further output of the model: of the first one's shape, and finite.
    func checked(_ output: Tensor) throws -> Tensor {
        try Sample.checked(output, like: self.output, predictor, pair)
    }

    private static func checked(
        _ output: Tensor, like reference: Tensor, _ model: any Predictor, _ pair: EvaluationPair
    ) throws -> Tensor {
        guard output.shape == reference.shape else {
            throw SampleError.wrongShape(model.name, pair.id, output.shape, reference.shape)
        }
        guard output.values.allSatisfy(\.isFinite) else { throw SampleError.notFinite(model.name, pair.id) }
        return output
    }
}

/// Why a check cannot measure on a sample. The last three are errors, the others make a check not applicable.
public enum SampleError: Error, Equatable, CustomStringConvertible {
    case noCleanReference(String)
    case cannotRedraw(String)
    case notDifferentiable(String)
    case noiseVarianceUnknown(String)
    case tooSmall(String, side: Int)
    case noSkipsOfTarget(String)
    case noSameDomainPath(String)
    case noStoredTrainingNoise(String)
    case noiseNotGaussian(String)
    case notSaved(String, array: String)
    case outOfScope(String)
    case wrongShape(String, String, [Int], [Int])
    case notFinite(String, String)
    case notFiniteImage(String, row: Int, column: Int)

    /// Whether the data or the model lack what a check needs, which is no fault of either.
    public var isMissingEvidence: Bool {
        switch self {
        case .wrongShape, .notFinite, .notFiniteImage: false
        default: true
        }
    }

    /// A clause without a full stop, which names pair and model.
    public var description: String {
        switch self {
        case .noCleanReference(let pair): "pair \(pair) has no clean reference"
        case .cannotRedraw(let pair): "the noise of pair \(pair) cannot be drawn anew and no repeat was recorded"
        case .notDifferentiable(let model): "\(model) gives no derivatives"
        case .noiseVarianceUnknown(let pair): "the noise variance of pair \(pair) is not known without its clean image"
        case .tooSmall(let pair, let side): "pair \(pair) has a side of less than \(side) pixels"
        case .noSkipsOfTarget(let model): "\(model) reads no skips of the target"
        case .noSameDomainPath(let model): "\(model) has no same-domain path"
        case .noStoredTrainingNoise(let set): "\(set) holds no training pairs with the noise that was trained on"
        case .noiseNotGaussian(let set): "the noise of \(set) is not known to be Gaussian"
        case .notSaved(let pair, let array): "pair \(pair) has no \(array)"
        case .outOfScope(let reason): reason
        case .wrongShape(let model, let pair, let got, let expected):
            "\(model) made an output of shape \(got) for pair \(pair); expected \(expected)"
        case .notFiniteImage(let image, let row, let column):
            "the \(image) holds a value that is not finite at row \(row), column \(column)"
        case .notFinite(let model, let pair): "\(model) made values that are not finite for pair \(pair)"
        }
    }
}

extension Sample {
    var channelIndices: Range<Int> { 0..<shape[2] }

    /// One plane per channel of a field `[H, W, C]` in memory order.
    package func planes(_ field: [Double]) -> [Plane] {
        channelIndices.map { channel in
            Plane(height: shape[0], width: shape[1]) { y, x in field[(y * shape[1] + x) * shape[2] + channel] }
        }
    }

    package func planes(_ image: Tensor) -> [Plane] { Plane.channels(of: image) }

    /// What PSNR and SSIM refer to.
    package var dataRange: Double { pair.dataRange?[target] ?? evaluation.dataRange }

    /// PSNR against the clean image, dB.
    package func peakSignalToNoiseRatio(of image: [Plane]) throws -> Double {
        ImageQuality.peakSignalToNoiseRatio(
            image, reference: planes(try clean()), dataRange: dataRange)
    }
}
