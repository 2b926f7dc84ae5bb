import Engine

/// Is the noise of a independent of that of b? Noise2Noise rests on it: the part that both share is learned as signal.
struct NoiseDependenceAudit: AuditQuestion {
    /// The share of noise that counts as none, in units of correlation.
    static let margin = 0.02
    static let farthestLag = 8

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        guard evidence.channels.count == 2 else {
            return AuditAnswer(rows: [evidence.countUnit.map { counts(of: $0, evidence) } ?? notMeasurable])
        }
        let fields = zip(evidence.channels[0].standardised, evidence.channels[1].standardised)
        var tiles = PlaneTiles()
        var map: [Double] = [], maps = 0
        for (a, b) in fields {
            tiles.add([(a, b), (a, a), (b, b)])
            let reach = min(Self.farthestLag, a.height - 1, a.width - 1)
            guard reach == Self.farthestLag, a.varies, b.varies else { continue }
            let found = try CorrelationMap(a, b, rowLag: reach, columnLag: reach, border: .open)
            map = map.isEmpty ? found.values : zip(map, found.values).map(+)
            maps += 1
        }
        let estimate = tiles.estimate(seed: evidence.seed) { $0[0] / ($0[1] * $0[2]).squareRoot() }
        guard let estimate else { return AuditAnswer(rows: [notMeasurable]) }
        let side = 2 * Self.farthestLag + 1
        let mean = map.map { $0 / Double(max(maps, 1)) }
        let strongest = mean.indices.max { abs(mean[$0]) < abs(mean[$1]) }
        let displaced = strongest.map {
            "; strongest within ±\(Self.farthestLag) pixels: \(NumberText.significant(mean[$0])) at "
                + "(\($0 / side - Self.farthestLag), \($0 % side - Self.farthestLag)) rows and columns"
        }
        let row = judged(estimate, evidence, displaced ?? "")
        return AuditAnswer(rows: [row] + sharedSpectrum(evidence), correlation: map.isEmpty ? nil : mean)
    }

    private static let title = "Noise of a and b independent of each other"

    private func judged(_ estimate: IntervalEstimate, _ evidence: AuditEvidence, _ displaced: String) -> CheckResult {
        let number = "Correlation \(NumberText.significant(estimate.estimate))"
        let consequence = "a denoiser trained across them learns that share of the target's noise as signal"
        let status: Status
        let reading: String
        if let narrow = estimate.interval90, let wide = estimate.interval95 {
            let isFar = abs(estimate.estimate) > Self.margin
            if narrow.lower > -Self.margin && narrow.upper < Self.margin {
                (status, reading) = (.pass, "the 90 % interval \(narrow.bracketed) lies inside ±\(Self.margin)")
            } else if isFar && !wide.contains(0) {
                (status, reading) = (.fail, "the 95 % interval \(wide.bracketed) excludes 0: \(consequence)")
            } else {
                (status, reading) = (
                    .inconclusive,
                    "the 90 % interval \(narrow.bracketed) leaves ±\(Self.margin): more images are needed"
                )
            }
        } else {
            (status, reading) = (
                .inconclusive, "too few tiles of 32×32 pixels for an interval (\(estimate.unitCount), 6 are needed)"
            )
        }
        return CheckResult(
            audit: "independence", Self.title, status, estimate: estimate.estimate,
            quantity: "correlation of n_a and n_b",
            interval: estimate.interval95, units: estimate.unitCount, images: evidence.pairs.count,
            threshold: Self.margin, because: "\(number): \(reading)\(displaced).")
    }

    /// From two captures alone: counts whose difference has the variance of their sum share nothing, if they are Poisson.
    private func counts(of unit: Double, _ evidence: AuditEvidence) -> CheckResult {
        let estimate = evidence.channels[0].varianceOverMean(unit: unit, seed: evidence.seed) { 1 - $0 }
        guard let estimate else { return notMeasurable }
        var row = judged(estimate, evidence, "")
        row.because =
            "Two captures alone; of Poisson counts, var(x_a - x_b) falls short of mean(x_a + x_b) by the share of noise that "
            + "both hold. " + row.because
        return row
    }

    private var notMeasurable: CheckResult {
        CheckResult(
            audit: "independence", Self.title, .inconclusive,
            because:
                "Two captures without a clean image cannot show what noise they share: it cancels in their difference. A third "
                + "and a fourth capture would show it.")
    }

    /// Σ over rings of the debiased coherence times the power, over the power: what share of the noise power is common at some frequency,
    /// whatever its phase.
    private func sharedSpectrum(_ evidence: AuditEvidence) -> [CheckResult] {
        let (a, b) = (evidence.channels[0].standardised, evidence.channels[1].standardised)
        guard let side = a.map({ min($0.height, $0.width) }).min(), side >= 16 else { return [] }
        var spectra = SpectralAccumulator(fields: ["a", "b"], ringWidth: 1 / 16.0, window: .boxcar)
        for (a, b) in zip(a, b) where a.varies && b.varies { spectra.add(unit: [[a, b]]) }
        guard !spectra.rows.isEmpty else { return [] }
        func share(_ sums: [Double]) -> Double {
            let found = spectra.spectra(of: sums)
            var (shared, all) = (0.0, 0.0)
            for ring in found.rings {
                guard let coherence = found.debiasedCoherence("a", "b", ring), let power = found.power("b", ring) else {
                    continue
                }
                let weight = power * found.effectiveModeCount(ring)
                shared += coherence * weight
                all += weight
            }
            return all > 0 ? shared / all : .nan
        }
        guard let estimate = IntervalEstimator(unitSums: spectra.rows, seed: evidence.seed).estimate(of: share) else {
            return []
        }
        let bound = 0.01
        let isFar = estimate.estimate > bound
        let interval = estimate.interval95.map { ", 95 % interval \($0.bracketed)" } ?? ""
        return [
            CheckResult(
                audit: "shared_spectrum", "Share of the noise power that a and b have in common", isFar ? .warn : .pass,
                estimate: estimate.estimate, quantity: "share of the power", interval: estimate.interval95,
                units: estimate.unitCount, images: evidence.pairs.count, threshold: bound,
                because:
                    "\(NumberText.significant(estimate.estimate)) of the noise power is coherent between a and b at some "
                    + "frequency and phase\(interval), \(isFar ? "above" : "not above") \(bound).")
        ]
    }
}
