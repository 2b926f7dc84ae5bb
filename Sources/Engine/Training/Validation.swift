import Foundation
import Tensors

/// What the network makes of held-out pairs: losses against the noisy target, errors against the clean one.
struct Validation {
    let dataset: PairedDataset
    let distance: DistanceKind
    let noiseEstimation: NoiseEstimationConfiguration

    /// Metrics, each a mean over the held-out pairs:
    ///
    /// - `val/cross`: d(f_a, x_a) + d(f_b, x_b), the same loss as in training, on whole images
    /// - `val/psnr_a`, `val/psnr_b`: against the clean images, in dB, where there are any
    /// - `noise/floor`: d(c_a, x_a) + d(c_b, x_b), the loss of a perfect denoiser on the same pairs, where there are
    ///   clean images: without leakage `val/cross` cannot stay below it
    /// - `val/lambda_target`: Σ⟨f-c, n⟩ / Σ⟨n, n⟩ over both directions, where there are clean images
    ///
    /// - `noise/est_a`, `noise/est_b`: σ as estimated without the clean image, where that is enabled
    ///
    /// Empty without held-out pairs.
    func callAsFunction(_ network: C2CNetwork, _ wiring: C2CNetwork.Wiring) -> [String: Double] {
        guard !dataset.heldOut.isEmpty else { return [:] }
        let count = Double(dataset.heldOut.count)
        var metrics: [String: Double] = ["val/cross": 0]
        var leak = 0.0, power = 0.0
        for pair in dataset.heldOut {
            let tape = Tape(recording: false)
            let x = pair.noisy.map { tape.constant($0.reshaped([1] + $0.shape)) }
            for domain in Domain.allCases {
                let output = network.crossOutput(x, to: domain, wiring)
                metrics["val/cross", default: 0] +=
                    Double(meanDistance(output, x[domain], distance).value.scalar) / count
                let noisy = pair.noisy[domain], f = output.value.reshaped(noisy.shape)
                if noiseEstimation.enabled {
                    let sigma = NoiseEstimator.sigma(noisy: noisy, output: f, by: noiseEstimation.method)
                    metrics["noise/est_\(domain.rawValue)", default: 0] += sigma / count
                }
                guard let clean = pair.clean?[domain] else { continue }
                let error = Elementwise.sum(f, clean) { ($0 - $1) * ($0 - $1) } / Double(f.count)
                let range = pair.dataRange(of: dataset)[domain]
                let psnr = 10 * log10(range * range / max(error, .leastNormalMagnitude))
                metrics["val/psnr_\(domain.rawValue)", default: 0] += psnr / count
                let floor = Elementwise.sum(clean, noisy) { distance.value($0 - $1) } / Double(clean.count)
                metrics["noise/floor", default: 0] += (floor + distance.atZero) / count
                let noise = Elementwise.map(noisy, clean) { $0 - $1 }
                leak += Elementwise.sum(Elementwise.map(f, clean) { $0 - $1 }, noise) { $0 * $1 }
                power += Elementwise.sumOfSquares(noise)
            }
        }
        if power > 0 { metrics["val/lambda_target"] = leak / power }
        return metrics
    }
}
