/// How much of some targets can be read linearly from features: ridge regression, judged on groups that it was not fitted to.
///
/// Groups are images. Each is left out in turn, the regression is fitted to the others and predicts it:
///
///     w minimises Σ|y - ȳ - (x - x̄)·w|²/m + α·Σ_j s_j²|w_j|²,   R² = 1 - Σ|y - ŷ|² / Σ|y - ȳ|²
///
/// with m rows and x̄, ȳ, s (mean and standard deviation) of the fitted groups, and both sums over the rows left out (Hoerl and Kennard,
/// Technometrics 12, 1970). R² is 1 where the targets are a linear function of the features, about 0 where they have nothing to
/// do with them, and below 0 where the fit predicts worse than a constant. Only sums over each group are kept.
public struct RidgeProbe: Sendable {
    /// Σ over the rows of a group of every product.
    private struct Sums: Sendable {
        var rows = 0.0
        var x: [Double]
        var y: [Double]
        /// Σ xᵢxⱼ for j ≤ i, features × features.
        var xx: [Double]
        /// Σ xᵢy_k, targets × features.
        var xy: [Double]
        var yy: [Double]

        init(_ features: Int, _ targets: Int) {
            x = [Double](repeating: 0, count: features)
            y = [Double](repeating: 0, count: targets)
            xx = [Double](repeating: 0, count: features * features)
            xy = [Double](repeating: 0, count: targets * features)
            yy = y
        }

        /// The sums of both groups together, or of this one without a part of it.
        func combined(_ other: Sums, sign: Double) -> Sums {
            func add(_ u: [Double], _ v: [Double]) -> [Double] { zip(u, v).map { $0 + sign * $1 } }
            var result = self
            result.rows += sign * other.rows
            result.x = add(x, other.x)
            result.y = add(y, other.y)
            result.xx = add(xx, other.xx)
            result.xy = add(xy, other.xy)
            result.yy = add(yy, other.yy)
            return result
        }
    }

    private let featureCount: Int
    private let targetCount: Int
    private var groups: [Sums] = []

    /// A probe of rows of so many features and targets.
    public init(features: Int, targets: Int) {
        precondition(features > 0 && targets > 0, "RidgeProbe: \(features) features, \(targets) targets")
        featureCount = features
        targetCount = targets
    }

    /// Adds a group.
    ///
    /// - Parameters:
    ///   - features: rows × features, row by row.
    ///   - targets: rows × targets, row by row.
    public mutating func add(features: [Double], targets: [Double]) {
        let p = featureCount, q = targetCount, rows = features.count / p
        precondition(
            rows > 0 && features.count == rows * p && targets.count == rows * q,
            "RidgeProbe: \(features.count) numbers for rows of \(p) features, \(targets.count) for rows of \(q) targets"
        )
        var sums = Sums(p, q)
        sums.rows = Double(rows)
        features.withUnsafeBufferPointer { features in
            for row in 0..<rows {
                for i in 0..<p {
                    let value = features[row * p + i]
                    sums.x[i] += value
                    for j in 0...i { sums.xx[i * p + j] += value * features[row * p + j] }
                    for k in 0..<q { sums.xy[k * p + i] += value * targets[row * q + k] }
                }
                for k in 0..<q {
                    let value = targets[row * q + k]
                    sums.y[k] += value
                    sums.yy[k] += value * value
                }
            }
        }
        groups.append(sums)
    }

    /// R² on the groups left out, all targets and groups together.
    ///
    /// - Parameter penalty: α above, in units of the features' variances; positive.
    /// - Throws: `Undetermined` with fewer than two groups, or where the targets do not vary.
    public func determination(penalty: Double) throws -> Double {
        precondition(penalty > 0, "RidgeProbe: penalty \(penalty)")
        guard groups.count >= 2 else {
            throw Undetermined(description: "a probe needs two images, and there are \(groups.count)")
        }
        let all = groups.dropFirst().reduce(groups[0]) { $0.combined($1, sign: 1) }
        var unexplained = 0.0, total = 0.0
        for group in groups {
            let fitted = all.combined(group, sign: -1)
            let (residual, spread) = try Self.errors(of: group, fittedTo: fitted, penalty)
            unexplained += residual
            total += spread
        }
        guard total > 0 else { throw Undetermined(description: "what is probed for does not vary") }
        return 1 - unexplained / total
    }

    /// Σ|y - ŷ|² and Σ|y - ȳ|² over a group's rows, all from its sums.
    private static func errors(of group: Sums, fittedTo fitted: Sums, _ penalty: Double) throws -> (Double, Double) {
        let p = fitted.x.count, q = fitted.y.count, m = fitted.rows
        let xMean = fitted.x.map { $0 / m }, yMean = fitted.y.map { $0 / m }
        var matrix = [Double](repeating: 0, count: p * p)
        for i in 0..<p {
            for j in 0...i { matrix[i * p + j] = fitted.xx[i * p + j] / m - xMean[i] * xMean[j] }
            // A feature that does not vary has no weight.
            let variance = matrix[i * p + i], constant = variance <= 1e-12 * fitted.xx[i * p + i] / m
            matrix[i * p + i] = constant ? 1 : variance * (1 + penalty)
            if constant { for j in 0..<i { matrix[i * p + j] = 0 } }
        }
        let solver = try CholeskySolver(matrix, side: p)
        // Of the group, about the means that were fitted: Σ(x - x̄)(x - x̄)ᵀ = Σxxᵀ - x̄Σxᵀ - Σx·x̄ᵀ + rows·x̄x̄ᵀ.
        func centred(_ i: Int, _ j: Int) -> Double {
            group.xx[max(i, j) * p + min(i, j)] - xMean[i] * group.x[j] - group.x[i] * xMean[j]
                + group.rows * xMean[i] * xMean[j]
        }
        var unexplained = 0.0, total = 0.0
        for k in 0..<q {
            let w = solver.solve((0..<p).map { fitted.xy[k * p + $0] / m - xMean[$0] * yMean[k] })
            let spread = group.yy[k] - 2 * yMean[k] * group.y[k] + group.rows * yMean[k] * yMean[k]
            var linear = 0.0, quadratic = 0.0
            for i in 0..<p where w[i] != 0 {
                linear +=
                    w[i]
                    * (group.xy[k * p + i] - xMean[i] * group.y[k] - group.x[i] * yMean[k]
                        + group.rows * xMean[i] * yMean[k])
                for j in 0..<p { quadratic += w[i] * w[j] * centred(i, j) }
            }
            total += spread
            unexplained += spread - 2 * linear + quadratic
        }
        return (unexplained, total)
    }
}
