import Diagnostics
import Engine
import Fields
import Foundation
import Tensors

/// What the ledger measures of a trained run: claims compare these numbers and nothing else.
///
/// Means over both directions; squared quantities are means over pixels, in the units of the images.
struct RunEvidence: Codable, Equatable {
    /// Raised when what is measured changes, so that stored evidence is measured again.
    static let version = 1

    /// The terms of the decomposition on some pairs.
    struct Terms: Codable, Equatable {
        /// L, M, V and X of docs/THEORY.md, section 2.
        var loss = 0.0
        var risk = 0.0
        var noise = 0.0
        var cross = 0.0
        /// λ_target and λ_source: regression of the error on either noise.
        var target = 0.0
        var source = 0.0
        /// Of the output against the clean image, in dB, the mean over images; and less that of the noisy image.
        var psnr = 0.0
        var gain = 0.0
    }

    /// Held-out pairs, noises independent.
    var heldOut: Terms
    /// Pairs trained on, with the noise trained on (R1).
    var training: Terms
    /// The held-out pairs with noises of correlation `sharedCorrelation` (R2).
    var shared: Terms
    /// λ_target by exchange of the target's noise, held out.
    var swapped: Double
    /// R² of the noise from the skips, finest first, and from the latent (`FeatureProbe`), held out.
    var probe: [Double]
    /// R² of the noise from the noisy pixel alone.
    var probeOfPixels: Double
    /// PSNR by frequency band, dB: 10·log₁₀(range²/power of the error in the band).
    var bands: [Double]
    /// Correlation over pixels of |r| with the clean image's gradient: the structure that a picture of |r| shows.
    var structure: Double
    /// The same of c_a + n_a/2, an output with half of the target's noise in it, and its λ_target.
    var halfLeak: Double
    var halfLeakStructure: Double
    /// PSNR of the same-domain output with the skips of training, and with the same weights and no skips, dB.
    var samePSNR: Double
    var samePSNRWithoutSkips: Double
    /// Largest difference between the cross-domain outputs of these weights with zero skips and without skips.
    var zeroSkipDifference: Double
    /// By epoch, from the run's metrics.
    var history: [String: [Double]]

    /// ρ of `shared`.
    static let sharedCorrelation = 0.5
    /// Where the bands end, cycles/pixel; the last reaches to the corners.
    static let bandEdges = [0.125, 0.25, Double.infinity]
}

extension RunEvidence {
    /// Measures a finished run on the pairs that it held out, and on as many that it was trained on.
    ///
    /// - Throws: `InputError` for data that cannot be loaded, `SampleError`, `Undetermined`.
    init(_ checkpoint: Checkpoint, _ configuration: RunConfiguration, history records: [EpochRecord]) throws {
        let predictor = NetworkPredictor(name: "run", network: try checkpoint.network(), wiring: configuration.wiring)
        let dataset = try PairedDataset.load(configuration.data, seed: configuration.seed)
        let evaluation = EvaluationSet(dataset, name: "ledger")
        var correlated = configuration.data
        guard case .gaussian(let sigma)? = correlated.noise?.model else {
            throw Undetermined(description: "the ledger's noise is Gaussian, that of this run is not")
        }
        correlated.noise?.model = .shared(sigma: sigma, correlation: Self.sharedCorrelation)
        let shared = EvaluationSet(try PairedDataset.load(correlated, seed: configuration.seed), name: "shared")
        let heldOut = try Measured(predictor, evaluation, .heldout, seed: configuration.seed, swaps: true)
        self.heldOut = heldOut.terms
        training = try Measured(predictor, evaluation, .training, seed: configuration.seed, swaps: false).terms
        self.shared = try Measured(predictor, shared, .heldout, seed: configuration.seed, swaps: false).terms
        swapped = heldOut.swapped
        bands = heldOut.bands
        structure = heldOut.structure
        let half = OraclePredictor(name: "half of the noise", readsTarget: true) { x, direction in
            // The clean image is that of the pair whose noisy image this is.
            guard let pair = evaluation.pairs.first(where: { $0.noisy[direction.target] == x[direction.target] }),
                let clean = pair.clean(of: direction.target)
            else { throw Undetermined(description: "a pair of the ledger has no clean image") }
            return Tensor(clean.shape, zip(clean.values, x[direction.target].values).map { 0.5 * ($0 + $1) })
        }
        let leaking = try Measured(half, evaluation, .heldout, seed: configuration.seed, swaps: false)
        halfLeak = leaking.terms.target
        halfLeakStructure = leaking.structure
        let pairs = evaluation.pairs.filter { $0.split == .heldout }
        probe = try FeatureProbe.determination(predictor.network, pairs)
        probeOfPixels = try FeatureProbe.determinationOfPixels(pairs)
        samePSNR = try Self.samePSNR(
            predictor.network, evaluation, pairs, useSkip: configuration.wiring.sameDomainUseSkip)
        samePSNRWithoutSkips = try Self.samePSNR(predictor.network, evaluation, pairs, useSkip: false)
        zeroSkipDifference = Self.zeroSkipDifference(predictor.network, pairs)
        let keys = Set(records.flatMap(\.values.keys)).subtracting(["seconds"])
        history = Dictionary(
            uniqueKeysWithValues: keys.map { key in (key, records.map { $0.values[key] ?? .nan }) }
        )
        .filter { $0.value.allSatisfy(\.isFinite) }
    }

    /// max |f - f'| with skips that are tensors of zeros and with none.
    private static func zeroSkipDifference(_ network: C2CNetwork, _ pairs: [EvaluationPair]) -> Double {
        let without = NetworkPredictor(name: "", network: network, wiring: .init(.noSkip))
        return pairs.flatMap { pair in
            Direction.allCases.map { direction in
                let source = pair.noisy[direction.source]
                let path = SkippedPath(network, source: source, to: direction.target, .init(.targetSkip))
                let zeros = path.skips(of: source).map { Tensor($0.shape) }
                return difference(path.output(targetSkips: zeros), without.predict(pair.noisy, direction)).map(abs)
                    .max()
                    ?? 0
            }
        }.max() ?? 0
    }

    /// The same-domain path against the clean image.
    private static func samePSNR(
        _ network: C2CNetwork, _ evaluation: EvaluationSet, _ pairs: [EvaluationPair], useSkip: Bool
    ) throws -> Double {
        var total = 0.0
        for pair in pairs {
            for domain in Domain.allCases {
                guard let clean = pair.clean(of: domain) else { continue }
                let input = Tape(recording: false).constant(pair.noisy[domain].reshaped([1] + clean.shape))
                let output = network.sameOutput(input, domain: domain, useSkip: useSkip).value.reshaped(clean.shape)
                total += ImageQuality.peakSignalToNoiseRatio(
                    Plane.channels(of: output), reference: Plane.channels(of: clean),
                    dataRange: pair.dataRange?[domain] ?? evaluation.dataRange)
            }
        }
        return total / Double(2 * pairs.count)
    }
}

/// A model on the pairs of one split, in both directions.
private struct Measured {
    var terms = RunEvidence.Terms()
    var swapped = 0.0
    var bands = [Double](repeating: 0, count: RunEvidence.bandEdges.count)
    var structure = 0.0

    init(_ predictor: any Predictor, _ evaluation: EvaluationSet, _ split: Split, seed: UInt64, swaps: Bool) throws {
        let held = evaluation.pairs.count { $0.split == .heldout }
        let indices = evaluation.pairs.indices.filter { evaluation.pairs[$0].split == split }.prefix(held)
        var count = 0.0, samples = 0.0
        // Σee, Σnn, Σrr, Σe·n_a, Σe·n_b, Σn_b·n_b, and Σ of the exchange.
        var sums = [Double](repeating: 0, count: 8)
        for index in indices {
            for direction in Direction.allCases {
                let sample = try Sample(predictor, evaluation, index: index, direction, seed: seed)
                let error = try sample.error(), noise = try sample.targetNoise(), source = try sample.sourceNoise()
                let residual = sample.residual()
                for (k, product) in [
                    (error, error), (noise, noise), (residual, residual), (error, noise), (error, source),
                    (source, source),
                ].enumerated() { sums[k] += Self.dot(product.0, product.1) }
                if swaps {
                    let swap = try sample.swap()
                    sums[6] += Self.dot(swap.output, swap.noise)
                    sums[7] += Self.dot(swap.noise, swap.noise)
                }
                count += Double(error.count)
                samples += 1
                let psnr = try sample.peakSignalToNoiseRatio(of: sample.planes(sample.output))
                terms.psnr += psnr
                terms.gain +=
                    try psnr - sample.peakSignalToNoiseRatio(of: sample.planes(sample.pair.noisy[direction.target]))
                let range = sample.dataRange * sample.dataRange
                for (band, power) in Self.bandPowers(sample.planes(error)).enumerated() {
                    bands[band] += 10 * log10(range / power)
                }
                structure += Self.correlation(
                    Self.magnitude(sample.planes(residual)),
                    Self.magnitude(sample.planes(try sample.clean()).flatMap(Self.gradient)))
            }
        }
        guard samples > 0, sums[1] > 0, sums[5] > 0 else {
            throw Undetermined(description: "there are no pairs with noise to measure on")
        }
        terms.risk = sums[0] / count
        terms.noise = sums[1] / count
        terms.loss = sums[2] / count
        terms.cross = sums[3] / count
        terms.target = sums[3] / sums[1]
        terms.source = sums[4] / sums[5]
        terms.psnr /= samples
        terms.gain /= samples
        swapped = swaps ? sums[6] / sums[7] : .nan
        bands = bands.map { $0 / samples }
        structure /= samples
    }

    private static func dot(_ u: [Double], _ v: [Double]) -> Double { zip(u, v).reduce(0) { $0 + $1.0 * $1.1 } }

    /// Mean square in each band; together that of the field (Parseval). The mean over channels.
    private static func bandPowers(_ planes: [Plane]) -> [Double] {
        var powers = [Double](repeating: 0, count: RunEvidence.bandEdges.count)
        for plane in planes {
            let spectrum = FourierTransform.forward(plane)
            let pixels = Double(plane.height * plane.width)
            for row in 0..<spectrum.height {
                let fy = Double(min(row, spectrum.height - row)) / Double(spectrum.height)
                for column in 0..<spectrum.columns {
                    let fx = Double(column) / Double(spectrum.width), frequency = (fy * fy + fx * fx).squareRoot()
                    let weight: Double = column == 0 || 2 * column == spectrum.width ? 1 : 2
                    let k = 2 * (row * spectrum.columns + column)
                    let square =
                        spectrum.values[k] * spectrum.values[k] + spectrum.values[k + 1] * spectrum.values[k + 1]
                    let band = RunEvidence.bandEdges.firstIndex { frequency < $0 } ?? powers.count - 1
                    powers[band] += weight * square / (pixels * pixels) / Double(planes.count)
                }
            }
        }
        return powers
    }

    /// √Σ of squares over planes at each pixel.
    private static func magnitude(_ planes: [Plane]) -> [Double] {
        planes[0].values.indices.map { k in planes.reduce(0) { $0 + $1.values[k] * $1.values[k] }.squareRoot() }
    }

    /// Central differences along both axes, one-sided at the border.
    private static func gradient(_ plane: Plane) -> [Plane] {
        func pixel(_ y: Int, _ x: Int) -> Double {
            plane[min(max(y, 0), plane.height - 1), min(max(x, 0), plane.width - 1)]
        }
        return [
            Plane(height: plane.height, width: plane.width) { pixel($0 + 1, $1) - pixel($0 - 1, $1) },
            Plane(height: plane.height, width: plane.width) { pixel($0, $1 + 1) - pixel($0, $1 - 1) },
        ]
    }

    /// Pearson's correlation; 0 where one of the two does not vary.
    private static func correlation(_ u: [Double], _ v: [Double]) -> Double {
        let n = Double(u.count), mu = u.reduce(0, +) / n, mv = v.reduce(0, +) / n
        var uv = 0.0, uu = 0.0, vv = 0.0
        for (x, y) in zip(u, v) {
            uv += (x - mu) * (y - mv)
            uu += (x - mu) * (x - mu)
            vv += (y - mv) * (y - mv)
        }
        return uu > 0 && vv > 0 ? uv / (uu * vv).squareRoot() : 0
    }
}
