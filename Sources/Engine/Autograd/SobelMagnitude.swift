/// Gradient magnitude per channel: √(gx² + gy² + 1e-6), gx and gy by the kernels [-1 0 1; -2 0 2; -1 0 1]/8 and its
/// transpose with the border replicated. `[N, H, W, C]` → the same.
///
/// With m the magnitude: ∂m/∂gx = gx/m, and ∂L/∂x is the adjoint of the two filters, border replication included,
/// applied to ∂L/∂m·gx/m and ∂L/∂m·gy/m.
func sobelMagnitude(_ x: Variable) -> Variable {
    let input = x.value
    let value = SobelKernel.forward(input)
    return x.tape.record(value, from: [x]) { dm in [SobelKernel.backward(input, magnitude: value, outputGradient: dm)] }
}
