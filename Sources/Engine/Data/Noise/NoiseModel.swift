import Tensors

/// How the two noisy observations x_a, x_b of an image come from its clean ones c_a, c_b, both in the units of the data.
///
/// A case draws both domains together, so that a model may share noise between them. What an observation needs is its
/// name (seed, image, draw) alone: any of them can be made again at any time, in any order, on any thread.
///
/// In the formulas n = x - c, everything is given c, per domain d; g is standard normal, and what is not said to be shared is
/// independent between pixels, channels and domains. The channels of a complex image are its real and imaginary part, each with
/// noise of its own. Counts, speckle and magnitudes need to know which value is black (no signal): there s = c - black.
public indirect enum NoiseModel: Sendable, Equatable {
    /// `x = c + σ·g`. E n = 0, var n = σ².
    ///
    /// σ in units of the data: 25 grey levels of 255 are `25/255 · data_range`, for images in [-1, 1] about 0.196.
    case gaussian(sigma: DomainPair<Double>)

    /// `x = black + K/peak`, K a Poisson number of mean peak·s: `peak` counts on average where s = 1.
    ///
    /// E n = 0, var n = s/peak. Where s < 0 nothing is counted: x = black.
    case poisson(peak: DomainPair<Double>)

    /// Counts read out with Gaussian noise: `x = black + K/peak + σ·g`. E n = 0, var n = s/peak + σ².
    case poissonGaussian(peak: DomainPair<Double>, sigma: DomainPair<Double>)

    /// `x = black + s·m`, m of the gamma distribution of shape `looks` and mean 1: the mean of so many looks at a fully
    /// developed speckle intensity. E n = 0, var n = s²/looks.
    case speckle(looks: DomainPair<Double>)

    /// The magnitude of a complex image of which only the phase was lost: `x = black + √((s + n₀)² + n₁²)`, n₀ and n₁ of
    /// the model `of`.
    ///
    /// With Gaussian noise x - black has the Rice distribution: E (x - black)² = s² + 2σ², E (x - black) =
    /// σ√(π/2)·e^{-t}·((1 + 2t)·I₀(t) + 2t·I₁(t)) with t = s²/4σ², so that E n is σ√(π/2) where s = 0 and about σ²/2s where
    /// s ≫ σ: not mean zero.
    case rician(of: NoiseModel)

    /// `n = σ·(h ∗ g)` with Σh² = 1. E n = 0, var n = σ², cov(n(p), n(p + q)) = σ²·Σ_k h(k)·h(k + q), borders included.
    case correlated(sigma: DomainPair<Double>, CorrelationKernel)

    /// One number per row and channel: n(y, x) = σ·g(y). E n = 0, var n = σ², cov = σ² within a row, 0 between rows.
    case rows(sigma: DomainPair<Double>)

    /// One number per column and channel: n(y, x) = σ·g(x). E n = 0, var n = σ², cov = σ² within a column.
    case columns(sigma: DomainPair<Double>)

    /// `n_d = σ_d·(√ρ·g₀ + √(1 - ρ)·g_d)` with one g₀ for both domains. E n = 0, var n_d = σ_d², cov(n_a, n_b) = ρ·σ_a·σ_b at
    /// each pixel: the premise of Noise2Noise is broken where ρ > 0 (regime R2).
    case shared(sigma: DomainPair<Double>, correlation: Double)

    /// What another model makes, cut off: `x = min(max(x', low), high)`.
    ///
    /// Of Gaussian noise with α = (low - c)/σ, β = (high - c)/σ: E x = low·Φ(α) + high·Φ(-β) + c·(Φ(β) - Φ(α)) + σ(φ(α) - φ(β)),
    /// E x² = low²·Φ(α) + high²·Φ(-β) + (c² + σ²)(Φ(β) - Φ(α)) + σ((c + low)φ(α) - (c + high)φ(β)): mean zero in the middle
    /// of the range and not near its ends.
    case clipped(NoiseModel, to: ClosedRange<Double>)

    /// What another model makes, rounded to the nearest of `levels` values at equal distances Δ from low to high, ends
    /// included; beyond them the end.
    ///
    /// With v_k = low + kΔ and F the distribution function of x': P(x = v_k) = F(v_k + Δ/2) - F(v_k - Δ/2), the end values
    /// taking all that is beyond. Where σ is above Δ/2, far from the ends, E n is 0 to 1 % of Δ and var n = σ² + Δ²/12 to 3 %.
    case quantised(NoiseModel, levels: Int, over: ClosedRange<Double>)

    /// One observation of each domain, of the same shape as `clean`, `[H, W, C]`.
    ///
    /// - Parameters:
    ///   - black: the value of no signal.
    ///   - image: index of the image.
    ///   - draw: which realisation; 0 is the stored one.
    public func observe(
        _ clean: DomainPair<Tensor>, black: Double = 0, seed: UInt64, image: Int, draw: Int
    ) -> DomainPair<Tensor> {
        func stream(_ index: Int) -> RandomStream {
            RandomStream(seed: seed, purpose: .noise, domain: index, image: image, draw: draw)
        }
        /// Every value from itself and the domain's stream, in memory order.
        func each(_ make: (Double, Domain, inout RandomStream) -> Double) -> DomainPair<Tensor> {
            DomainPair { domain in
                var stream = stream(domain.index)
                return Tensor(clean[domain].shape) { out in
                    clean[domain].withUnsafeBuffer { values in
                        for index in out.indices { out[index] = Float(make(Double(values[index]), domain, &stream)) }
                    }
                }
            }
        }
        switch self {
        case .gaussian(let sigma):
            return each { c, domain, stream in c + sigma[domain] * stream.gaussian() }
        case .poisson(let peak):
            return each { c, domain, stream in
                black + stream.poisson(mean: max(0, peak[domain] * (c - black))) / peak[domain]
            }
        case .poissonGaussian(let peak, let sigma):
            return each { c, domain, stream in
                let counts = stream.poisson(mean: max(0, peak[domain] * (c - black)))
                return black + counts / peak[domain] + sigma[domain] * stream.gaussian()
            }
        case .speckle(let looks):
            return each { c, domain, stream in
                black + (c - black) * stream.gamma(shape: looks[domain]) / looks[domain]
            }
        case .rician(let base):
            let complex = base.observe(
                clean.map { Magnitude.asComplex($0, black: black) }, seed: seed, image: image, draw: draw)
            return complex.map { Magnitude.ofPairs($0, black: black) }
        case .correlated(let sigma, let kernel):
            return DomainPair { domain in
                var stream = stream(domain.index)
                return kernel.addNoise(to: clean[domain], sigma: sigma[domain], from: &stream)
            }
        case .rows(let sigma):
            return DomainPair { domain in
                var stream = stream(domain.index)
                return LineNoise.add(to: clean[domain], .rows, sigma: sigma[domain], from: &stream)
            }
        case .columns(let sigma):
            return DomainPair { domain in
                var stream = stream(domain.index)
                return LineNoise.add(to: clean[domain], .columns, sigma: sigma[domain], from: &stream)
            }
        case .shared(let sigma, let correlation):
            // Numbers 0 and 1 are the domains' own streams.
            var common = DomainPair { _ in stream(2) }
            let (weight, rest) = (correlation.squareRoot(), (1 - correlation).squareRoot())
            return each { c, domain, stream in
                let together = domain == .a ? common.a.gaussian() : common.b.gaussian()
                return c + sigma[domain] * (weight * together + rest * stream.gaussian())
            }
        case .clipped(let base, let range):
            return base.observe(clean, black: black, seed: seed, image: image, draw: draw).map {
                $0.mapped { min(max($0, Float(range.lowerBound)), Float(range.upperBound)) }
            }
        case .quantised(let base, let levels, let range):
            let low = range.lowerBound
            let step = (range.upperBound - low) / Double(levels - 1)
            return base.observe(clean, black: black, seed: seed, image: image, draw: draw).map {
                $0.mapped { Float(low + step * min(max(((Double($0) - low) / step).rounded(), 0), Double(levels - 1))) }
            }
        }
    }
}

extension Tensor {
    /// f of every element.
    fileprivate func mapped(_ f: (Float) -> Float) -> Tensor {
        Tensor(shape) { out in
            withUnsafeBuffer { for index in out.indices { out[index] = f($0[index]) } }
        }
    }
}
