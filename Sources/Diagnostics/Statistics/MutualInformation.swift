/// Mutual information of two sets of numbers, in nats, by nearest neighbours (Kraskov, Stögbauer and Grassberger, Physical
/// Review E 69, 2004, algorithm 1).
///
/// I = ψ(k) + ψ(n) - ⟨ψ(n_x + 1) + ψ(n_y + 1)⟩, where n_x and n_y count the points whose one coordinate is nearer than the k-th
/// neighbour in the plane (largest of both differences). Near 0 for independent samples, and below it half the time.
/// Neighbours adapt to the density, unlike bins.
///
/// It costs n² and is therefore measured on a random subsample of pixels, `KernelIndependence.fieldSample`.
public enum MutualInformation {
    /// k: small for little bias, not 1 for less variance.
    public static let standardNeighbours = 3

    /// I of two samples of equal count, each first divided by its standard deviation.
    ///
    /// - Throws: `Undetermined` for no more than `neighbours` values, a constant sample, a value that is not finite, or k
    ///   neighbours at distance 0 (repeated values, as in 8-bit images), for which the estimator is not defined.
    public static func estimate(_ u: [Double], _ v: [Double], neighbours k: Int = standardNeighbours) throws -> Double {
        precondition(u.count == v.count && k > 0, "MutualInformation: \(u.count) values against \(v.count), k = \(k)")
        guard u.count > k else {
            throw Undetermined(description: "mutual information needs more than \(k) values, there are \(u.count)")
        }
        let n = u.count
        let x = try standardised(u), y = try standardised(v)
        let digamma = digammas(upTo: n)
        var sum = 0.0
        var nearest = [Double](repeating: .infinity, count: k)
        for i in 0..<n {
            for slot in nearest.indices { nearest[slot] = .infinity }
            for j in 0..<n where j != i {
                let distance = max((x[i] - x[j]).magnitude, (y[i] - y[j]).magnitude)
                guard distance < nearest[k - 1] else { continue }
                var slot = k - 1
                while slot > 0 && nearest[slot - 1] > distance {
                    nearest[slot] = nearest[slot - 1]
                    slot -= 1
                }
                nearest[slot] = distance
            }
            let radius = nearest[k - 1]
            guard radius > 0 else {
                throw Undetermined(description: "mutual information needs values that do not repeat in pairs")
            }
            var nearX = 0
            var nearY = 0
            for j in 0..<n where j != i {
                if (x[i] - x[j]).magnitude < radius { nearX += 1 }
                if (y[i] - y[j]).magnitude < radius { nearY += 1 }
            }
            sum += digamma[nearX + 1] + digamma[nearY + 1]
        }
        return digamma[k] + digamma[n] - sum / Double(n)
    }

    private static func standardised(_ values: [Double]) throws -> [Double] {
        let plane = try Plane(height: 1, width: values.count, values: values).centred(for: "mutual information")
        let scale = plane.variance.squareRoot()
        return plane.values.map { $0 / scale }
    }

    /// ψ(m) = -γ + Σ_{j<m} 1/j for m = 1...n; index 0 is not used.
    private static func digammas(upTo n: Int) -> [Double] {
        var result = [0, -0.577_215_664_901_532_9]
        for m in stride(from: 2, through: n, by: 1) { result.append(result[m - 1] + 1 / Double(m - 1)) }
        return result
    }
}
