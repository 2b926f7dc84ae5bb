import Tensors

/// What each image is divided by before the network sees it.
///
/// The divisors are kept as `ImagePair.scale`; whatever is reported in the units of the data is multiplied by them first.
public enum Normalisation: Sendable, Equatable {
    /// Nothing: 1.
    case none
    /// The median magnitude (`Magnitude.median`), so that what is shown has median magnitude 1.
    case medianMagnitude(of: Statistics)

    /// Which images the medians are taken of.
    ///
    /// What is divided by a statistic of the target's noisy image depends on the target's noise: the premise of Noise2Noise is
    /// broken through the preprocessing (regime R4).
    public enum Statistics: String, Sendable, CaseIterable {
        /// Each domain's own clean image. Nothing couples.
        case clean
        /// Each domain's own noisy image. The target, and with it the error, depends on a number made from the target's noise.
        case own
        /// Both domains by a's noisy image: the input of direction b→a depends on its target's noise; a→b is free of that.
        case a
        /// Both domains by b's noisy image; the mirror.
        case b
        /// Both domains by the geometric mean of both noisy images' medians: both inputs depend on their target's noise.
        case both
    }

    /// Whether noise of the target's image reaches input or target through the divisor: regime R4 of that direction.
    public func dependsOnNoise(ofTarget target: Domain) -> Bool {
        switch self {
        case .none, .medianMagnitude(of: .clean): false
        case .medianMagnitude(of: .own), .medianMagnitude(of: .both): true
        case .medianMagnitude(of: .a): target == .a
        case .medianMagnitude(of: .b): target == .b
        }
    }

    /// Whether noisy images decide the divisors at all.
    var usesNoisyImages: Bool { Domain.allCases.contains { dependsOnNoise(ofTarget: $0) } }

    /// The divisors that clean images alone decide: 1 unless medians are taken at all.
    func scale(ofClean clean: DomainPair<Tensor>) -> DomainPair<Double> {
        self == .none ? DomainPair(a: 1, b: 1) : clean.map(Magnitude.median)
    }

    /// The divisors that noisy images decide: 1 where these have no say.
    func scale(ofNoisy noisy: DomainPair<Tensor>) -> DomainPair<Double> {
        switch self {
        case .none, .medianMagnitude(of: .clean): return DomainPair(a: 1, b: 1)
        case .medianMagnitude(of: .own): return noisy.map(Magnitude.median)
        case .medianMagnitude(of: .a): return DomainPair { _ in Magnitude.median(of: noisy.a) }
        case .medianMagnitude(of: .b): return DomainPair { _ in Magnitude.median(of: noisy.b) }
        case .medianMagnitude(of: .both):
            let medians = noisy.map(Magnitude.median)
            let middle = medians.a.squareRoot() * medians.b.squareRoot()
            return DomainPair(a: middle, b: middle)
        }
    }
}

extension Tensor {
    /// Every element divided by the same number; the same tensor for 1.
    func divided(by scale: Double) -> Tensor {
        if scale == 1 { return self }
        let factor = Float(1 / scale)
        return Elementwise.map(self) { $0 * factor }
    }
}
