import Fields
import Formats

/// Is the noise of a independent of that of b? Noise2Noise rests on it: the part that both share is learned as signal.
package struct NoiseDependenceAudit: AuditQuestion {
    static let id = "independence", title = "Noise of a and b independent of each other", role = Role.premise
    /// The share of noise that counts as none, in units of correlation.
    static let margin = 0.02
    package static let farthestLag = 8

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        guard evidence.channels.count == 2 else {
            return AuditAnswer(rows: [evidence.countUnit.map { counts(of: $0, evidence) } ?? notMeasurable])
        }
        let fields = zip(evidence.channels[0].standardised, evidence.channels[1].standardised)
        var tiles = PlaneTiles()
        var map: [Double] = [], maps = 0
        let isLong = evidence.channels.contains { channel in
            channel.standardised.reduce(into: LongCorrelation()) { $0.add($1) }.isLong
        }
        var lines = SharedLines()
        for (a, b) in fields {
            let before = tiles.rows.count
            tiles.add([(a, b), (a, a), (b, b)])
            // Noise that reaches from tile to tile makes one unit of an image.
            if isLong { tiles.merge(last: tiles.rows.count - before) }
            lines.add(a, b)
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
        let row = judged(estimate, evidence, displaced ?? "", lines.described)
        return AuditAnswer(rows: [row] + sharedSpectrum(evidence), correlation: map.isEmpty ? nil : mean)
    }

    private func judged(
        _ estimate: IntervalEstimate, _ evidence: AuditEvidence, _ displaced: String, _ lines: String = ""
    ) -> AuditRow {
        let number = "Correlation \(NumberText.significant(estimate.estimate))"
        let gains = evidence.gainsTakenOut ? " (gains of the captures taken out)" : ""
        let unseen =
            evidence.source == .repeats
            ? " What all captures of a scene share, a pattern for example, cannot be seen." : ""
        let status: Status
        let reading: String
        if let narrow = estimate.interval90 {
            if narrow.lower > -Self.margin && narrow.upper < Self.margin {
                (status, reading) = (.pass, "the 90 % interval \(narrow.bracketed) lies inside ±\(Self.margin)")
            } else {
                (status, reading) = (
                    .inconclusive,
                    "the 90 % interval \(narrow.bracketed) leaves ±\(Self.margin): more images are needed"
                )
            }
        } else {
            (status, reading) = (
                .inconclusive, "too few units for an interval (\(estimate.unitCount), 6 are needed)"
            )
        }
        let effect = estimate.standardError.map {
            BoundedEffect(
                value: estimate.estimate, standardError: $0, degreesOfFreedom: Double(estimate.unitCount - 1),
                noticeable: 0,
                limit: Self.margin)
        }
        let consequence =
            number + gains + (estimate.interval95.map { ", 95 % interval \($0.bracketed)" } ?? "") + lines
            + ": a denoiser trained across a and b learns that share of the target's noise as signal" + displaced
        return AuditRow(
            CheckResult(
                audit: Self.id, Self.title, .premise, status, criterion: .within(Self.margin),
                estimate: estimate.estimate,
                quantity: "correlation of n_a and n_b", interval: estimate.interval95, units: estimate.unitCount,
                images: evidence.pairs.count, because: "\(number)\(gains): \(reading)\(displaced).\(unseen)"),
            pValue: estimate.interval90 == nil ? nil : effect?.pValue, unfit: consequence)
    }

    /// From two captures alone: counts whose difference has the variance of their sum share nothing, if they are Poisson.
    private func counts(of unit: Double, _ evidence: AuditEvidence) -> AuditRow {
        let estimate = evidence.channels[0].varianceOverMean(unit: unit, seed: evidence.seed) { 1 - $0 }
        guard let estimate else { return notMeasurable }
        // What both hold has a positive power. Less than none says that the model is wrong.
        let error = estimate.standardError ?? .infinity
        guard estimate.estimate > -Self.margin - 3 * error else {
            return AuditRow(
                CheckResult(
                    audit: Self.id, Self.title, .premise, .inconclusive, criterion: .within(Self.margin),
                    images: evidence.pairs.count,
                    because: "Two captures alone; the variance of these counts is "
                        + "\(NumberText.significant(1 - estimate.estimate)) of their mean, more than Poisson's: they are not counts of "
                        + "single events, and what noise the captures share cannot be told from it. A third and a fourth capture would show it."
                ))
        }
        var row = judged(estimate, evidence, "")
        let counted =
            "Two captures alone; of Poisson counts, var(x_a - x_b) falls short of mean(x_a + x_b) by the share of noise that "
            + "both hold. "
        row.result.because = counted + row.result.because
        row.unfit = counted + row.unfit
        return row
    }

    private var notMeasurable: AuditRow {
        AuditRow(
            CheckResult(
                audit: Self.id, Self.title, .premise, .inconclusive, criterion: .within(Self.margin),
                because:
                    "Two captures without a clean image cannot show what noise they share: it cancels in their difference. A third "
                    + "and a fourth capture would show it."))
    }

    /// Σ over rings of the debiased coherence times the power, over the power: what share of the noise power is common at some frequency,
    /// whatever its phase.
    private func sharedSpectrum(_ evidence: AuditEvidence) -> [AuditRow] {
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
        let isFar = (estimate.interval95?.lower ?? 0) > bound
        let interval = estimate.interval95.map { ", 95 % interval \($0.bracketed)" } ?? ""
        return [
            AuditRow(
                CheckResult(
                    audit: "shared_spectrum", "Share of the noise power that a and b have in common", .quality,
                    isFar ? .warn : .pass, criterion: .below(bound), estimate: estimate.estimate,
                    quantity: "share of the power", interval: estimate.interval95, unit: .scene,
                    units: estimate.unitCount,
                    images: evidence.pairs.count,
                    because:
                        "\(NumberText.significant(estimate.estimate)) of the noise power is coherent between a and b at some "
                        + "frequency and phase\(interval), \(isFar ? "above" : "not above") \(bound)."))
        ]
    }
}

/// Is what two noises share the same along whole rows or columns?
private struct SharedLines {
    private var rows = 0.0, columns = 0.0, all = 0.0

    /// Σ over lines of the products of their sums, over their length: all that is shared where it is constant along them.
    mutating func add(_ a: Plane, _ b: Plane) {
        var inRow = [(Double, Double)](repeating: (0, 0), count: a.height)
        var inColumn = [(Double, Double)](repeating: (0, 0), count: a.width)
        for y in 0..<a.height {
            for x in 0..<a.width {
                let (u, v) = (a[y, x], b[y, x])
                all += u * v
                inRow[y] = (inRow[y].0 + u, inRow[y].1 + v)
                inColumn[x] = (inColumn[x].0 + u, inColumn[x].1 + v)
            }
        }
        rows += inRow.reduce(0) { $0 + $1.0 * $1.1 } / Double(a.width)
        columns += inColumn.reduce(0) { $0 + $1.0 * $1.1 } / Double(a.height)
    }

    var described: String {
        guard all > 0 else { return "" }
        return rows > 0.5 * all
            ? ", shared along whole rows (\(Int((100 * min(1, rows / all)).rounded())) % of it)"
            : columns > 0.5 * all
                ? ", shared along whole columns (\(Int((100 * min(1, columns / all)).rounded())) % of it)" : ""
    }
}
