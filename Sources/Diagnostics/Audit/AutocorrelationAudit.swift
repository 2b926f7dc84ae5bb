import Fields
import Formats

/// How far is the noise of one capture correlated with itself, and how much of a pixel's noise do its neighbours tell? Harmless to
/// Noise2Noise, whose premise is about the other capture; what rests on single pixels is harmed.
struct AutocorrelationAudit: AuditQuestion {
    static let id = "autocorrelation", title = "Noise from pixel to pixel", role = Role.quality
    static let farthestLag = 16
    /// A correlation below it counts as none.
    static let margin = 0.05
    /// Share of a pixel's noise that neighbours explain, below which it counts as none.
    static let predictable = 0.02

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        var answer = AuditAnswer()
        for channel in evidence.channels {
            let fields = channel.centred
            let curves = ["x", "y"].map { correlations(fields, along: $0) }
            for (name, curve) in zip(["x", "y"], curves) {
                answer.series["autocorrelation.\(channel.name).\(name)"] = Series(
                    frequency: curve.indices.map(Double.init), value: curve)
            }
            let reaches = curves.map { curve in curve.lastIndex { abs($0) > Self.margin } ?? 0 }
            answer.rows += [
                neighbours(channel, fields, reaches, evidence), explained(channel, fields, reaches, evidence),
            ]
            .compactMap(\.self)
        }
        return answer
    }

    private func neighbours(
        _ channel: AuditEvidence.Channel, _ fields: [Plane], _ reaches: [Int], _ evidence: AuditEvidence
    ) -> AuditRow {
        var tiles = PlaneTiles()
        for field in fields where field.height > 1 && field.width > 1 {
            tiles.add([
                (field, field), (field, field.shifted(rows: 0, columns: 1)),
                (field, field.shifted(rows: 1, columns: 0)),
            ])
        }
        let lags = [("x", 1), ("y", 2)].compactMap { name, term in
            tiles.estimate(seed: evidence.seed) { $0[term] / $0[0] }.map { (name, $0) }
        }
        let reach = reaches.max() ?? 0
        let described = lags.map { name, estimate in
            "\(name) \(NumberText.significant(estimate.estimate))"
                + (estimate.interval95.map { " \($0.bracketed)" } ?? "")
        }.joined(separator: ", ")
        let isFar = lags.contains { abs($0.1.estimate) > Self.margin && $0.1.interval95?.contains(0) == false }
        let status: Status = isFar || reach > 1 ? .warn : .pass
        let meaning =
            status == .pass
            ? "white as far as Noise2Noise and its tests are concerned"
            : "correlated over \(reach) pixel(s). The cross-domain loss stays valid, because the noise of the target remains "
                + "independent of the source's. What changes: blind-spot methods (Noise2Void, Noise2Self) can predict such noise "
                + "from its neighbours, σ from the median absolute deviation is too small, a test by single pixels alarms "
                + "falsely, and tiles must be wider than \(2 * reach) pixels"
                + (reach >= Self.farthestLag
                    ? ", which the 32-pixel tiles of leak-test are not" : " (those of leak-test are 32)")
        let worst = lags.max { abs($0.1.estimate) < abs($1.1.estimate) }?.1
        return AuditRow(
            CheckResult(
                audit: Self.id, "Noise of \(channel.name) from pixel to pixel", .quality, status,
                criterion: .within(Self.margin), estimate: worst?.estimate, quantity: "correlation at lag 1",
                interval: worst?.interval95, units: worst?.unitCount, images: evidence.pairs.count,
                because: "Correlation at lag 1: \(described): \(meaning)."))
    }

    /// R² of the best linear prediction of a pixel's noise from its eight neighbours, by the correlations between them.
    private func explained(
        _ channel: AuditEvidence.Channel, _ fields: [Plane], _ reaches: [Int], _ evidence: AuditEvidence
    ) -> AuditRow? {
        // ρ at lags up to 2 both ways; the other half of the plane is the same.
        let lags = (0...2).flatMap { dy in (-2...2).compactMap { dx in dy == 0 && dx < 0 ? nil : (dy, dx) } }
        let sums = fields.filter { min($0.height, $0.width) >= 8 }.map { field in
            lags.map { dy, dx in
                var sum = 0.0
                for y in 0..<field.height - dy {
                    for x in max(0, -dx)..<field.width - max(0, dx) { sum += field[y, x] * field[y + dy, x + dx] }
                }
                return sum / Double((field.height - dy) * (field.width - abs(dx)))
            }
        }
        guard !sums.isEmpty else { return nil }
        let around = (-1...1).flatMap { dy in (-1...1).compactMap { dx in dy == 0 && dx == 0 ? nil : (dy, dx) } }
        let explained: ([Double]) -> Double = { sums in
            func correlation(_ dy: Int, _ dx: Int) -> Double {
                let (y, x) = dy < 0 || dy == 0 && dx < 0 ? (-dy, -dx) : (dy, dx)
                return sums[lags.firstIndex { $0.0 == y && $0.1 == x } ?? 0] / sums[0]
            }
            let matrix = around.flatMap { p in
                // A trace of white noise keeps the matrix of interpolated noise regular.
                around.map { q in correlation(p.0 - q.0, p.1 - q.1) + (p == q ? 1e-4 : 0) }
            }
            let right = around.map { correlation($0.0, $0.1) }
            guard let solver = try? CholeskySolver(matrix, side: 8) else { return .nan }
            return zip(solver.solve(right), right).reduce(0) { $0 + $1.0 * $1.1 }
        }
        guard let estimate = IntervalEstimator(unitSums: sums, seed: evidence.seed).estimate(of: explained) else {
            return nil
        }
        let lower = estimate.interval95?.lower ?? estimate.estimate
        let isFar = lower > Self.predictable && estimate.estimate > 2 * Self.predictable
        let axes = zip(["along y", "along x"], reaches.reversed()).filter { $0.1 > 0 }.map(\.0)
        let spot = "\(2 * reaches[1] + 1)×\(2 * reaches[0] + 1)"
        return AuditRow(
            CheckResult(
                audit: "predictable", "Noise of \(channel.name) from its neighbours", .quality, isFar ? .warn : .pass,
                criterion: .below(Self.predictable), estimate: estimate.estimate, quantity: "R² of eight neighbours",
                interval: estimate.interval95, unit: .scene, units: estimate.unitCount, images: evidence.pairs.count,
                because:
                    "Eight neighbours explain R² = \(NumberText.fixed(estimate.estimate, decimals: 2)) of a pixel's noise"
                    + (isFar
                        ? ", \(axes.joined(separator: " and ")): resampled, interpolated or smoothed. A blind spot would have to be "
                            + "\(spot) pixels (rows × columns) to hide it."
                        : ".")))
    }

    /// ρ(0), ρ(1), … of all fields together along one axis.
    private func correlations(_ fields: [Plane], along axis: String) -> [Double] {
        let reach = min(Self.farthestLag, (fields.map { axis == "x" ? $0.width : $0.height }.min() ?? 1) - 1)
        let power = fields.reduce(0) { $0 + Plane.meanProduct($1, $1) * Double($1.values.count) }
        return (0...max(reach, 0)).map { lag in
            var sum = 0.0
            for field in fields {
                let moved = field.shifted(rows: axis == "y" ? lag : 0, columns: axis == "x" ? lag : 0)
                sum += Plane.meanProduct(field, moved) * Double(field.values.count)
            }
            return power > 0 ? sum / power : .nan
        }
    }
}

extension Plane {
    /// The plane that holds at (y, x) what this one holds further down and right, 0 beyond the border.
    func shifted(rows: Int, columns: Int) -> Plane {
        Plane(height: height, width: width) { y, x in
            y + rows < height && x + columns < width ? self[y + rows, x + columns] : 0
        }
    }
}
