import Foundation
import Tensors

extension RandomStream {
    /// A Poisson number of mean and variance `mean` ≥ 0.
    ///
    /// Below 10 by multiplying uniform numbers (Knuth, The Art of Computer Programming 2, 3.4.1); above by transformed
    /// rejection, algorithm PTRS of W. Hörmann, "The transformed rejection method for generating Poisson random variables",
    /// Insurance: Mathematics and Economics 12 (1993) 39-45. Beyond 10¹², where a count fills the digits of its logarithm,
    /// by the normal distribution, which then differs by a skewness of 10⁻⁶.
    ///
    /// - Returns: a whole number.
    mutating func poisson(mean: Double) -> Double {
        precondition(mean >= 0 && mean.isFinite, "RandomStream.poisson: mean \(mean)")
        if mean > 1e12 { return (mean + mean.squareRoot() * gaussian()).rounded() }
        guard mean >= 10 else {
            let limit = exp(-mean)
            var product = uniform(), count = 0.0
            while product > limit {
                product *= uniform()
                count += 1
            }
            return count
        }
        let b = 0.931 + 2.53 * mean.squareRoot()
        let a = -0.059 + 0.02483 * b
        let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
        let fast = 0.9277 - 3.6224 / (b - 2)
        while true {
            let u = uniform() - 0.5, v = uniform()
            let share = 0.5 - abs(u)
            let count = ((2 * a / share + b) * u + mean + 0.43).rounded(.down)
            if share >= 0.07 && v <= fast { return count }
            if count < 0 || (share < 0.013 && v > share) { continue }
            let bound = count * log(mean) - mean - Self.logFactorial(count)
            if log(v * inverseAlpha / (a / (share * share) + b)) <= bound { return count }
        }
    }

    /// A gamma number of shape k > 0 and scale 1: mean k, variance k.
    ///
    /// G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000) 363-372; for k < 1
    /// that of k + 1 times U^{1/k}.
    mutating func gamma(shape k: Double) -> Double {
        precondition(k > 0, "RandomStream.gamma: shape \(k)")
        if k < 1 { return gamma(shape: k + 1) * pow(uniform(), 1 / k) }
        let d = k - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = gaussian()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            if log(uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    /// ln n! to 1e-12: Stirling's series from n = 9 on, smaller n raised to it.
    static func logFactorial(_ n: Double) -> Double {
        var x = n + 1, product = 1.0
        while x < 10 {
            product *= x
            x += 1
        }
        let inverse = 1 / (x * x)
        let series = (1 / 12.0 - inverse * (1 / 360.0 - inverse * (1 / 1260.0 - inverse / 1680))) / x
        return (x - 0.5) * log(x) - x + 0.5 * log(2 * Double.pi) + series - log(product)
    }
}
