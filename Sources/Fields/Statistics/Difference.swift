import Tensors

/// u - v in Float64.
package func difference(_ u: Tensor, _ v: Tensor) -> [Double] {
    precondition(u.shape == v.shape, "difference: shapes \(u.shape) and \(v.shape)")
    return u.withUnsafeBuffer { u in v.withUnsafeBuffer { v in zip(u, v).map { Double($0) - Double($1) } } }
}
