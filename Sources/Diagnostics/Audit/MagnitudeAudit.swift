import Engine
import Fields
import Formats
import Tensors

/// Are the images magnitudes of complex numbers, whose noise has no zero mean where the signal is weak? Seen without a clean image.
struct MagnitudeAudit: AuditQuestion {
    static let id = "magnitude", title = "Noise of magnitudes", role = Role.premise
    /// Mean and deviation of Rayleigh's distribution in units of σ₀, the noise of either part.
    private static let mean = 1.2533, variance = 0.4292
    /// Share of the pixels that has to be background.
    private static let smallestShare = 0.02

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        guard evidence.source != .clean else { return AuditAnswer() }
        guard evidence.countUnit == nil,
            evidence.pairs.allSatisfy({
                $0.noisy.a.values.allSatisfy { $0 >= 0 } && $0.noisy.b.values.allSatisfy { $0 >= 0 }
            })
        else { return AuditAnswer(rows: [row(.notApplicable, "Values below 0, or counts: no magnitudes.")]) }
        return AuditAnswer(rows: evidence.channels.map { judged($0, evidence) })
    }

    private func row(_ status: Status, _ because: String, _ bias: Double? = nil, share: Double? = nil) -> AuditRow {
        AuditRow(
            CheckResult(
                audit: Self.id, Self.title, .premise, status, criterion: .below(IntensityAudit.biasLimit),
                estimate: bias,
                quantity: bias == nil ? nil : "bias in the background/σ", because: because))
    }

    /// Rayleigh noise is 1.25 σ₀ bright, its variance is 0.43 of the variance in bright places, and that is one number there.
    private func judged(_ channel: AuditEvidence.Channel, _ evidence: AuditEvidence) -> AuditRow {
        let bins = channel.variance.bins
        let sigma = (bins.suffix((bins.count + 2) / 3).map(\.variance).median ?? .nan).squareRoot()
        let bright = bins.filter { $0.intensity > 4 * sigma }.map(\.variance)
        var (count, total, level, power) = (0.0, 0.0, 0.0, 0.0)
        for (index, field) in channel.fields.enumerated() {
            for pixel in field.noise.values.indices where !channel.masks[index][pixel] {
                total += 1
                guard field.intensity.values[pixel] < 2.2 * sigma else { continue }
                count += 1
                level += field.intensity.values[pixel]
                power += field.noise.values[pixel] * field.noise.values[pixel]
            }
        }
        let share = count / max(total, 1), mean = level / count / sigma, ratio = power / count / (sigma * sigma)
        guard share > Self.smallestShare, bright.count > 2, let low = bright.min(), let high = bright.max() else {
            if bright.count > 2, let low = bright.min(), let high = bright.max(), high > 1.5 * low {
                return row(
                    .pass,
                    "The noise of \(channel.name) varies in bright places, where that of magnitudes has one power.")
            }
            // A magnitude of signal A has the bias σ²/2A, to first order.
            let darkest = bins.map { $0.intensity / max($0.variance.squareRoot(), sigma) }.min() ?? 0
            let bias = darkest > 0 ? 1 / (2 * darkest) : Double.infinity
            let found =
                "No background: magnitudes could not be told. The darkest places are \(NumberText.significant(darkest)) σ bright"
            return bias <= IntensityAudit.biasMargin
                ? row(.pass, found + ", where even magnitudes have no bias beyond \(IntensityAudit.biasMargin) σ.")
                : row(
                    .inconclusive,
                    found + ", where magnitudes have a bias that a denoiser learns. A clean image would show it.")
        }
        let isOne = high < 1.5 * low
        let isMagnitude = isOne && abs(mean - Self.mean) < 0.2 && abs(ratio - Self.variance) < 0.12
        let numbers =
            "\(NumberText.significant(100 * share)) % of the pixels of \(channel.name) are a background of mean \(NumberText.significant(mean)) σ "
            + "whose noise variance is \(NumberText.significant(ratio)) of that in bright places"
        return isMagnitude
            ? row(
                .fail,
                numbers
                    + ", as in magnitudes of complex noise (1.25 and 0.43): noise without zero mean. A denoiser learns the background "
                    + "\(NumberText.significant(mean)) σ too bright. Use the complex images.", mean)
            : row(.pass, numbers + "; magnitudes of complex noise have 1.25 and 0.43.")
    }
}
