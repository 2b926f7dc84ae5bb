/// Σ u·v, in eight lanes whose order does not depend on anything but the length.
package func dot(_ u: [Double], _ v: [Double]) -> Double {
    precondition(u.count == v.count, "dot: \(u.count) against \(v.count)")
    var lanes = SIMD8<Double>()
    var sum = 0.0
    u.withUnsafeBufferPointer { u in
        v.withUnsafeBufferPointer { v in
            var k = 0
            while k + 8 <= u.count {
                var (a, b) = (SIMD8<Double>(), SIMD8<Double>())
                for lane in 0..<8 { (a[lane], b[lane]) = (u[k + lane], v[k + lane]) }
                lanes.addProduct(a, b)
                k += 8
            }
            sum = lanes.sum()
            while k < u.count {
                sum += u[k] * v[k]
                k += 1
            }
        }
    }
    return sum
}
