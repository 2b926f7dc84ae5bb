/// 1×1 convolution: y[n, i, j] = x[n, i, j]·w + b.
///
/// Shapes: x `[N, H, W, C]`, w `[C, O]`, b `[O]`, y `[N, H, W, O]`.
/// ∂L/∂x = ∂L/∂y·wᵀ, ∂L/∂w = xᵀ·∂L/∂y, ∂L/∂b = Σ ∂L/∂y.
func pointwiseConvolution(_ x: Variable, weight: Variable, bias: Variable) -> Variable {
    let input = x.value, w = weight.value
    let value = PointwiseConvolutionKernel.forward(input, weight: w, bias: bias.value)
    return x.tape.record(value, from: [x, weight, bias]) { dy in
        [
            x.requiresGradient ? PointwiseConvolutionKernel.inputGradient(dy, weight: w) : nil,
            weight.requiresGradient
                ? PointwiseConvolutionKernel.weightGradient(input: input, outputGradient: dy) : nil,
            bias.requiresGradient ? Convolution3x3.biasGradient(dy) : nil,
        ]
    }
}
