import Engine

/// How far is the noise of one capture correlated with itself? Harmless to Noise2Noise, whose premise is about the other capture;
/// what rests on single pixels is harmed.
struct AutocorrelationAudit: AuditQuestion {
    static let farthestLag = 16
    /// A correlation below it counts as none.
    static let margin = 0.05

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        var answer = AuditAnswer()
        for channel in evidence.channels {
            let fields = channel.standardised
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
            let curves = try ["x", "y"].map { try correlations(fields, along: $0) }
            for (name, curve) in zip(["x", "y"], curves) {
                answer.series["autocorrelation.\(channel.name).\(name)"] = Series(
                    frequency: curve.indices.map(Double.init), value: curve)
            }
            let reach = curves.map { curve in curve.lastIndex { abs($0) > Self.margin } ?? 0 }.max() ?? 0
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
            answer.rows.append(
                CheckResult(
                    audit: "autocorrelation", "Noise of \(channel.name) from pixel to pixel", status,
                    estimate: worst?.estimate,
                    quantity: "correlation at lag 1", interval: worst?.interval95, units: worst?.unitCount,
                    images: evidence.pairs.count, threshold: Self.margin,
                    because: "Correlation at lag 1: \(described): \(meaning)."))
        }
        return answer
    }

    /// ρ(0), ρ(1), … of all fields together along one axis.
    private func correlations(_ fields: [Plane], along axis: String) throws -> [Double] {
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
