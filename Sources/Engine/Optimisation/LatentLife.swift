import Tensors

/// How much features depend on the image, as a batch of images shows it.
///
/// With z `[N, …]`, z̄ its mean over the N images at each place and channel, and ⟨·⟩ the mean over all elements:
///
///     variance = ⟨(z - z̄)²⟩            in the square of the features' unit
///     life     = ⟨(z - z̄)²⟩ / ⟨z²⟩     without unit, 0...1, the same for z and s·z
///
/// Variance over all elements would not do: group normalisation keeps it near 0.4 when nothing of the image is left, and so does
/// zero padding the variance over pixels, by what it makes of the borders. Variance over images would not do for a latent, whose
/// scale is free: what the encoder shrinks, the decoders' normalisation restores.
public enum LatentLife {
    /// Life below which a latent counts as dead unless configured: what differs between images is a hundredth of its root mean
    /// square.
    public static let smallest = 1e-4

    /// ⟨(z - z̄)²⟩: 0 if every image gives the same; `nil` for fewer than two images, which tell nothing, and for no elements.
    public static func variance(of x: Tensor) -> Double? {
        guard let images = x.shape.first, images > 1, x.count > 0 else { return nil }
        return Elementwise.sumOfSquares(x.deviationsOverImages()) / Double(x.count)
    }

    /// Life of a latent of either domain together: Σ⟨(z_d - z̄_d)²⟩ / Σ⟨z_d²⟩, each domain about its own mean, so that a constant of
    /// each domain is no life.
    ///
    /// - Parameter z: `[N, …]` each.
    /// - Returns: 0 for a constant, all zeros included; `nil` for fewer than two images; NaN if z holds one.
    public static func share(of z: DomainPair<Tensor>) -> Double? {
        guard let a = variance(of: z.a), let b = variance(of: z.b) else { return nil }
        let power = DomainPair { Elementwise.sumOfSquares(z[$0]) / Double(z[$0].count) }
        return power.a + power.b == 0 ? 0 : (a + b) / (power.a + power.b)
    }
}
