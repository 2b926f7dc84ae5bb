import Foundation
import Tensors

extension NoiseModel {
    /// E[n²] per domain, where it does not depend on the image; `nil` where it does.
    public var nominalVariance: DomainPair<Double>? { gaussianSigma?.map { $0 * $0 } }

    /// E|n| per domain, where it is known and does not depend on the image: σ√(2/π) for noise that is Gaussian at each
    /// pixel; `nil` otherwise.
    ///
    /// The cross loss, summed over both directions, of a perfect denoiser under the L1 distance is the sum of both:
    /// (σ_a + σ_b)·√(2/π), each channel of a complex image with its own n. A floor of 0.15 at equal σ is
    /// σ = 0.075·√(π/2) = 0.0940 in units of the data, which after normalisation by clean statistics are median magnitudes.
    public var expectedAbsolute: DomainPair<Double>? { gaussianSigma?.map { $0 * (2 / .pi).squareRoot() } }

    /// Whether E[n | c] = 0 at every pixel, whatever c ≥ black is: the premise of Noise2Noise.
    public var isMeanZero: Bool {
        switch self {
        case .gaussian, .poisson, .poissonGaussian, .speckle, .correlated, .rows, .columns, .shared: true
        case .rician, .clipped, .quantised: false
        }
    }

    /// ρ of the component that the noises of both domains share, before what is done to their sum; 0 where n_a and n_b are
    /// independent.
    public var sharedCorrelation: Double {
        switch self {
        case .shared(_, let correlation): correlation
        case .rician(let base), .clipped(let base, _), .quantised(let base, _, _): base.sharedCorrelation
        default: 0
        }
    }

    /// Whether n is a Gaussian vector given c, both domains together.
    public var isGaussian: Bool {
        switch self {
        case .gaussian, .correlated, .rows, .columns, .shared: true
        case .poisson, .poissonGaussian, .speckle, .rician, .clipped, .quantised: false
        }
    }

    /// Whether the model means something only for images of one real value per channel that is a signal above black, and
    /// nothing for complex ones.
    var needsIntensity: Bool {
        switch self {
        case .poisson, .poissonGaussian, .speckle, .rician: true
        case .clipped(let base, _), .quantised(let base, _, _): base.needsIntensity
        case .gaussian, .correlated, .rows, .columns, .shared: false
        }
    }

    /// The model for magnitudes of images whose noise this is: what is added becomes Rician, what acts on intensities
    /// stays, and clipping and rounding come last.
    var ofMagnitudes: NoiseModel {
        switch self {
        case .clipped(let base, let range): .clipped(base.ofMagnitudes, to: range)
        case .quantised(let base, let levels, let range): .quantised(base.ofMagnitudes, levels: levels, over: range)
        case _ where needsIntensity: self
        default: .rician(of: self)
        }
    }

    /// σ, where the noise is a Gaussian number of one σ at every pixel.
    private var gaussianSigma: DomainPair<Double>? {
        switch self {
        case .gaussian(let sigma), .correlated(let sigma, _), .rows(let sigma), .columns(let sigma),
            .shared(let sigma, _):
            sigma
        case .poisson, .poissonGaussian, .speckle, .rician, .clipped, .quantised: nil
        }
    }
}
