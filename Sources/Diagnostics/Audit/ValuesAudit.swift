import Engine
import Fields
import Formats
import Foundation
import Tensors

/// Are values cut off at the ends of their range, or rounded more coarsely than the noise?
struct ValuesAudit: AuditQuestion {
    static let id = "clipping", title = "Values cut off at an end", role = Role.premise
    /// Mean of cut noise in σ that counts as none.
    static let clippingMargin = 0.05
    /// Share of pixels at one end below which nothing is cut off.
    static let clippingShare = 0.002
    /// Steps up to so many σ are averaged away by the noise itself: rounding then biases by less than 1 % of a step.
    static let coarsestStep = 2.0

    package func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        AuditAnswer(
            rows: Domain.allCases.flatMap { domain in [clipping(domain, evidence), quantisation(domain, evidence)] })
    }

    /// Noise of which a share f is cut off at a value t = Φ⁻¹(f) below its mean has the mean φ(t) + t·f, in σ. f is taken in each bin of
    /// intensity.
    private func clipping(_ domain: Domain, _ evidence: AuditEvidence) -> AuditRow {
        let channel = evidence.channels.first { $0.name == domain.rawValue } ?? evidence.channels[0]
        let images = evidence.pairs.map { Plane.channels(of: $0.noisy[domain]) }
        var low = Double.infinity, high = -Double.infinity
        for plane in images.joined() {
            for value in plane.values { (low, high) = (min(low, value), max(high, value)) }
        }
        let bins = channel.variance.bins.count
        var ends = [[Double]](repeating: [Double](repeating: 0, count: bins), count: 2), counts = ends[0]
        for (index, plane) in images.joined().enumerated() where index < channel.fields.count {
            for (pixel, value) in plane.values.enumerated() {
                guard let bin = channel.bin(index, pixel) else { continue }
                counts[bin] += 1
                if value == low { ends[0][bin] += 1 }
                if value == high { ends[1][bin] += 1 }
            }
        }
        let total = counts.reduce(0, +)
        let shares = ends.map { $0.reduce(0, +) / max(total, 1) }
        // No count is below 0, and of Poisson counts of mean λ a share exp(-λ) is 0. Twice as many may be: λ varies within a bin.
        let isZeroCount =
            evidence.lattice.map { unit, zero in
                let expected = zip(channel.variance.bins, counts).reduce(0) {
                    $0 + $1.1 * exp(-max(0, $1.0.intensity - zero) / unit)
                }
                return low == zero && ends[0].reduce(0, +) <= 2 * expected
            } ?? false
        var worst = BoundedEffect(
            value: 0, standardError: 0, degreesOfFreedom: 1, noticeable: Self.clippingMargin,
            limit: IntensityAudit.biasLimit)
        for (end, counted) in ends.enumerated() where !(end == 0 && isZeroCount) {
            for (cut, count) in zip(counted, counts) where cut > 20 && shares[end] > Self.clippingShare {
                let bias = Self.bias(cut / count)
                // Neighbours may be cut off together: an eighth of the pixels counts.
                let error = (cut / count * (1 - cut / count) * 8 / count).squareRoot()
                if bias > worst.value {
                    worst = BoundedEffect(
                        value: bias, standardError: error, degreesOfFreedom: count / 8, noticeable: Self.clippingMargin,
                        limit: IntensityAudit.biasLimit)
                }
            }
        }
        func percent(_ share: Double) -> String { NumberText.significant(100 * share) + " %" }
        let number =
            "\(percent(shares[0])) of the pixels lie on the smallest value \(NumberText.shortest(low)), "
            + "\(percent(shares[1])) on the largest \(NumberText.shortest(high))"
            + (isZeroCount ? (low == 0 ? "; counts may be 0" : "; it stands for 0 counts, which may be") : "")
        let harm =
            ": noise cut off there has a mean of up to \(NumberText.significant(worst.value, digits: 2)) σ, and the denoiser learns it"
        let status = worst.status == .inconclusive ? .warn : worst.status
        return AuditRow(
            CheckResult(
                audit: Self.id, "Values of \(domain.rawValue) cut off at an end", .premise, status,
                criterion: .below(IntensityAudit.biasLimit), estimate: worst.value, quantity: "mean of the cut noise/σ",
                interval: worst.interval, images: evidence.pairs.count,
                because: number + (status == .pass ? "." : harm + ".")),
            pValue: worst.pValue, unfit: number + harm)
    }

    /// φ(t) + t·f; half of the noise is the most that can be cut off.
    private static func bias(_ share: Double) -> Double {
        guard share < 0.5 else { return 0.3989 }
        let t = NormalDistribution.quantile(share)
        return exp(-t * t / 2) / (2 * Double.pi).squareRoot() + t * share
    }

    private func quantisation(_ domain: Domain, _ evidence: AuditEvidence) -> AuditRow {
        // Distinct values of some pixels; a grid shows in few.
        var values: [Float] = []
        for pair in evidence.pairs {
            let all = pair.noisy[domain].values
            for index in stride(from: 0, to: all.count, by: max(1, all.count / 4096)) { values.append(all[index]) }
        }
        let distinct = Array(Set(values)).sorted()
        let steps = zip(distinct.dropFirst(), distinct).map { Double($0) - Double($1) }
        let smallest = steps.min() ?? 0
        // Numbers on a grid repeat: 4096 values on fewer than a quarter as many places.
        let isGrid = smallest > 0 && distinct.count < values.count / 4
        let bins = (evidence.channels.first { $0.name == domain.rawValue } ?? evidence.channels[0]).variance.bins
        let sigma = (bins.map(\.variance).min() ?? 0).squareRoot()
        let ratio = sigma > 0 ? smallest / sigma : .nan
        // Counts are whole by nature: their rounding is the noise.
        let isCoarse = isGrid && evidence.lattice == nil && ratio > Self.coarsestStep
        // σ² from so many pixels is known to √(2/N).
        let error = ratio * (16 / Double(max(16, bins.reduce(0) { $0 + $1.count }))).squareRoot()
        let effect = BoundedEffect(
            value: isGrid && evidence.lattice == nil ? ratio : 0, standardError: isGrid ? error : 0,
            degreesOfFreedom: 1000,
            noticeable: Self.coarsestStep, limit: Self.coarsestStep)
        let stated =
            "Steps of \(NumberText.significant(smallest)), \(NumberText.significant(ratio)) σ where the noise is least"
        let coarse = ": too coarse, rounding biases what is learned"
        return AuditRow(
            CheckResult(
                audit: "quantisation", "Rounding of \(domain.rawValue) against its noise", .premise,
                isCoarse ? .warn : .pass,
                criterion: .below(Self.coarsestStep), estimate: isGrid ? ratio : nil, quantity: isGrid ? "step/σ" : nil,
                images: evidence.pairs.count,
                because: !isGrid
                    ? "No grid of values: \(distinct.count) different ones among \(values.count)."
                    : stated
                        + (evidence.lattice != nil
                            ? ": whole counts." : isCoarse ? coarse + "." : ": fine enough to average out.")),
            pValue: effect.pValue, unfit: stated + coarse)
    }
}
