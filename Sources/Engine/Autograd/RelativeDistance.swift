import Tensors

/// Mean |u - v| over the spread of u and v between images, a scalar without unit; `[N, …]`, both the same shape:
///
///     R = D/S,   D = ⟨|u - v|⟩,   S² = (⟨(u - ū)²⟩ + ⟨(v - v̄)²⟩)/2
///
/// with ū and v̄ the means over the N images at each place and channel. R is the same for s·u and s·v, and for u + m and v + m with
/// a constant m. It is 0 where u = v, 2/√π = 1.13 where u and v are independent and normal, and does not fall as both become
/// constant. With n the number of elements of u,
///
///     ∂R/∂u = sign(u - v)/(n·S) - R/(2n·S²)·(u - ū),
///
/// and ∂R/∂v likewise. The second term is what a denominator held fixed lacks: without it a step against the gradient shrinks u - ū.
///
/// 0, without a gradient, where the images of the batch do not differ beyond rounding: one image, or one image several times. Such a
/// batch says nothing.
func relativeDistance(_ u: Variable, _ v: Variable) -> Variable {
    let (x, y) = (u.value, v.value)
    let count = Double(x.count)
    let (dx, dy) = (x.deviationsOverImages(), y.deviationsOverImages())
    let spread = (Elementwise.sumOfSquares(dx) + Elementwise.sumOfSquares(dy)) / (2 * count)
    let power = (Elementwise.sumOfSquares(x) + Elementwise.sumOfSquares(y)) / (2 * count)
    // Not `<=`: NaN goes on, and stops the run.
    let saysNothing = spread < leastLifeBeyondRounding * power || spread == 0
    let scale = saysNothing ? 0 : 1 / spread.squareRoot()
    let value = Elementwise.sum(x, y) { DistanceKind.l1.value($0 - $1) } / count * scale
    return u.tape.record(Tensor(scalar: Float(value)), from: [u, v]) { dz in
        let pull = Float(Double(dz.scalar) * scale / count)
        let push = Float(Double(dz.scalar) * value * scale * scale / (2 * count))
        let toDistance = Elementwise.map(x, y) { DistanceKind.l1.derivative($0 - $1) * pull }
        return [
            u.requiresGradient ? Elementwise.map(toDistance, dx) { $0 - $1 * push } : nil,
            v.requiresGradient ? Elementwise.map(toDistance, dy) { -$0 - $1 * push } : nil,
        ]
    }
}

/// Kernels sum one image in another order as the second of a batch; their difference is some units of Float32's 6e-8 squared.
private let leastLifeBeyondRounding = 1e-12
