/// Functions on `Lanes` that the C library only has one number at a time.
enum VectorMath {
    /// e^x for x ≤ 88, error below 2 units in the last place; 0 below -87.
    ///
    /// x = k·ln 2 + r with |r| ≤ ln 2 / 2 (ln 2 in two parts), e^r by its Taylor polynomial of degree 7
    /// (remainder (ln 2 / 2)⁸ / 8! = 5e-9), 2^k through the exponent bits.
    @inline(__always)
    static func exp(_ x: Lanes) -> Lanes {
        let clamped = pointwiseMax(x, Lanes(repeating: -87))
        let shifter = Lanes(repeating: 12_582_912)  // 1.5·2²³: adding it rounds to an integer in the low mantissa bits
        let shifted = shifter.adding(clamped, times: Lanes(repeating: 1.442_695_04))
        let k = shifted - shifter
        var r = clamped.adding(k, times: Lanes(repeating: -0.693_359_375))
        r = r.adding(k, times: Lanes(repeating: 2.121_944_4e-4))
        var p = Lanes(repeating: 1 / 5040)
        for coefficient: Float in [1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1, 1] {
            p = Lanes(repeating: coefficient).adding(p, times: r)
        }
        let exponent = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &<< 23
        let scaled = unsafeBitCast(unsafeBitCast(p, to: SIMD16<Int32>.self) &+ exponent, to: Lanes.self)
        return scaled.replacing(with: 0, where: x .< -87)
    }

    /// The error function, absolute error below 5e-7.
    ///
    /// t·P(t²)/Q(t²) on |t| ≤ 4 (beyond it erf is ±1 within Float32), fitted to a least maximum error of 2e-8 by
    /// `Tests/Fixtures/erf/fit.py`; the rest is Float32 rounding.
    @inline(__always)
    static func erf(_ x: Lanes) -> Lanes {
        let t = pointwiseMin(pointwiseMax(x, Lanes(repeating: -4)), Lanes(repeating: 4))
        let s = t * t
        var p = Lanes(repeating: 1.974_829_7e-6)
        p = Lanes(repeating: 2.880_41e-4).adding(p, times: s)
        p = Lanes(repeating: 4.003_633_1e-3).adding(p, times: s)
        p = Lanes(repeating: 5.346_743_6e-2).adding(p, times: s)
        p = Lanes(repeating: 0.196_248_703).adding(p, times: s)
        p = Lanes(repeating: 1.128_378_976).adding(p, times: s)
        var q = Lanes(repeating: 3.748_083_76e-5)
        q = Lanes(repeating: 1.216_356_606e-3).adding(q, times: s)
        q = Lanes(repeating: 1.544_439_537e-2).adding(q, times: s)
        q = Lanes(repeating: 0.116_476_308).adding(q, times: s)
        q = Lanes(repeating: 0.507_252_043).adding(q, times: s)
        q = Lanes(repeating: 1).adding(q, times: s)
        return t * p / q
    }

    /// Standard normal distribution function Φ(x) = (1 + erf(x/√2))/2.
    @inline(__always)
    static func normalCDF(_ x: Lanes) -> Lanes {
        Lanes(repeating: 0.5).adding(erf(x * 0.707_106_781), times: Lanes(repeating: 0.5))
    }

    /// GELU(x) = x·Φ(x) (Hendrycks and Gimpel 2016), the exact form.
    @inline(__always)
    static func gelu(_ x: Lanes) -> Lanes { x * normalCDF(x) }

    /// d/dx GELU(x) = Φ(x) + x·φ(x), φ the standard normal density.
    @inline(__always)
    static func geluDerivative(_ x: Lanes) -> Lanes {
        normalCDF(x).adding(x * 0.398_942_28, times: exp(x * x * -0.5))
    }
}
