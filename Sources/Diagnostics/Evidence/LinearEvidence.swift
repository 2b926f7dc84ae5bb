import Fields
import Tensors

/// Fields whose products are 0 on average unless noise of the target is in the output: what all regressions of the suite are made of.
///
///     λ = Σ z·e / Σ z·y
///
/// | | z | y | e |
/// |---|---|---|---|
/// | with a clean image | n_a | n_a | f - c_a |
/// | with a further capture | w (x_a - x_a')/√2 | (x_a - x_a')/√2 | √2 (f - (x_a + x_a')/2) |
///
/// y and e, and n_a for z, are taken less straight lines among pixels of like intensity (c, or the mean of the captures): a mean of the noise that
/// follows the signal (clipped, Rician), an offset of an image, and an error that follows the intensity (a wrong scale) then add
/// nothing. w is 1 for noise that is Gaussian by construction and the inverse of the mean square of e at like intensity otherwise
/// (docs/THEORY.md, section 4).
public struct LinearEvidence {
    /// Where the noise comes from.
    enum Route: String { case observed, fresh }

    let route: Route
    /// z, y and e, `[H, W, C]` in memory order.
    public let instrument, noise, error: [Double]
}

extension Sample {
    /// From the clean image where there is one, else from a further capture.
    ///
    /// - Throws: `SampleError.cannotRedraw`, or another of missing evidence, where there is neither.
    func makeLinearEvidence() throws -> LinearEvidence {
        guard pair.clean(of: target) != nil else { return try freshEvidence() }
        let noise = try centredNoise(of: target)
        return LinearEvidence(
            route: .observed, instrument: noise, noise: noise,
            error: try likeIntensity(of: target).centred(error()))
    }

    /// From a further capture of the target.
    ///
    /// - Throws: `SampleError.cannotRedraw`, or another of missing evidence, without one.
    func freshEvidence() throws -> LinearEvidence {
        let captured = try capture(.fresh).values, noisy = pair.noisy[target].values
        let middle = zip(noisy, captured).map { (Double($0) + Double($1)) / 2 }
        let half = 0.5.squareRoot()
        let change = zip(noisy, captured).map { half * (Double($0) - Double($1)) }
        let distance = zip(output.values, middle).map { Double($0) - $1 }
        let pixels = ConditionalRanks(given: middle.map { Float($0) })
        let centred = pixels.centred(distance)
        let weighted = evaluation.noiseIsGaussian ? change : weighted(change, distance: centred, middle)
        return LinearEvidence(
            route: .fresh, instrument: weighted, noise: pixels.centred(change), error: centred.map { $0 / half })
    }

    /// d/R̂(m); d itself where the output is the mean of the captures.
    ///
    /// R̂ at a pixel leaves that pixel out. A leak makes d·(f - m) large where (f - m)² is, so that a pixel in its own weight lowers λ:
    /// by 4 % for bins of 42 pixels.
    private func weighted(_ change: [Double], distance: [Double], _ middle: [Double]) -> [Double] {
        let fields = zip(planes(distance), planes(middle)).map {
            VarianceFunction.Field(pair: index, noise: $0, intensity: $1)
        }
        guard let power = try? VarianceFunction(fields) else { return change }
        return change.indices.map { i in
            guard let bin = power.bin(of: middle[i]).map({ power.bins[$0] }) else { return 0 }
            let count = Double(bin.count)
            let others = (count * bin.variance - distance[i] * distance[i]) / max(count - 1, 1)
            return others > 0 ? change[i] / others : 0
        }
    }
}
