/// How many independent pixels a correlated field is worth.
///
/// The autocorrelation is summed over the lags nearer than the first distance at which its mean around the ring is lost in
/// the noise (below 2/√N); summed over all lags, an autocorrelation with its mean removed gives nothing. White noise has
/// that distance at 1 and keeps all its pixels.
public enum EffectiveSampleSize {
    /// For the mean of a field: N / Σ_h ρ(h) (1-|dy|/H)(1-|dx|/W) (Bayley and Hammersley, Journal of the Royal Statistical
    /// Society Supplement 8, 1946). May exceed N where neighbours are negatively correlated.
    ///
    /// - Throws: `Undetermined` for a constant field or one that is not finite, and where the sum is not positive.
    public static func ofMean(_ field: Plane) throws -> Double {
        let map = try CorrelationMap(field, border: .open)
        return try quotient(field, map, cutoff: cutoff(map, field)) { _, _, value in value }
    }

    /// For the correlation of two fields: N / Σ_h ρ_u(h) ρ_v(h) (1-|dy|/H)(1-|dx|/W) (Clifford, Richardson and Hémon,
    /// Biometrics 45, 1989). The standard error of their correlation without a relation is 1/√ of it.
    ///
    /// - Throws: as `ofMean`.
    public static func ofCorrelation(_ u: Plane, _ v: Plane) throws -> Double {
        let first = try CorrelationMap(u, border: .open), second = try CorrelationMap(v, border: .open)
        precondition(
            first.values.count == second.values.count && u.height == v.height,
            "EffectiveSampleSize: \(u.height) × \(u.width) against \(v.height) × \(v.width)")
        let cutoff = min(cutoff(first, u), cutoff(second, v))
        return try quotient(u, first, cutoff: cutoff) { dy, dx, value in value * second[dy, dx] }
    }

    /// ℓ in pixels: where the ring mean of the autocorrelation falls below 1/e, interpolated between whole distances; 0.63
    /// for white noise.
    ///
    /// - Throws: `Undetermined` for a constant field or one that is not finite, and where it stays above 1/e up to half of
    ///   the shorter side.
    public static func correlationLength(_ field: Plane) throws -> Double {
        let means = try CorrelationMap(
            field, rowLag: field.height / 2, columnLag: field.width / 2, border: .open
        ).radialMeans
        let level = 0.367_879_441_171_442_3
        guard let after = means.firstIndex(where: { $0 < level }) else {
            throw Undetermined(description: "the field is correlated over more than half of its shorter side")
        }
        let (upper, lower) = (means[after - 1], means[after])
        return Double(after - 1) + (upper - level) / (upper - lower)
    }

    private static func cutoff(_ map: CorrelationMap, _ field: Plane) -> Int {
        let noise = 2 / Double(field.values.count).squareRoot()
        let means = map.radialMeans
        return means.firstIndex { $0.magnitude < noise } ?? means.count
    }

    private static func quotient(
        _ field: Plane, _ map: CorrelationMap, cutoff: Int, _ term: (Int, Int, Double) -> Double
    ) throws -> Double {
        var sum = 0.0
        for dy in -map.rowLag...map.rowLag {
            for dx in -map.columnLag...map.columnLag
            where Int(Double(dy * dy + dx * dx).squareRoot().rounded()) < cutoff {
                let overlap =
                    (1 - Double(abs(dy)) / Double(field.height)) * (1 - Double(abs(dx)) / Double(field.width))
                sum += overlap * term(dy, dx, map[dy, dx])
            }
        }
        guard sum > 0 else { throw Undetermined(description: "the autocorrelation sums to \(sum), not above 0") }
        return Double(field.values.count) / sum
    }
}
