/// Transposed 2×2 convolution with stride 2: y[n, 2i+r, 2j+s] = x[n, i, j]·w[:, r, s] + b. No two taps overlap.
///
/// Shapes: x `[N, H, W, C]`, w `[C, 2, 2, O]`, b `[O]`, y `[N, 2H, 2W, O]`.
/// ∂L/∂x = Σ_rs ∂L/∂y[2i+r, 2j+s]·w[:, r, s]ᵀ, ∂L/∂w[:, r, s] = Σ x[i, j] ⊗ ∂L/∂y[2i+r, 2j+s], ∂L/∂b = Σ ∂L/∂y.
func transposedConvolution(_ x: Variable, weight: Variable, bias: Variable) -> Variable {
    let input = x.value, w = weight.value
    let value = TransposedConvolutionKernel.forward(input, weight: w, bias: bias.value)
    return x.tape.record(value, from: [x, weight, bias]) { dy in
        [
            x.requiresGradient ? TransposedConvolutionKernel.inputGradient(dy, weight: w) : nil,
            weight.requiresGradient
                ? TransposedConvolutionKernel.weightGradient(input: input, outputGradient: dy) : nil,
            bias.requiresGradient ? Convolution3x3.biasGradient(dy) : nil,
        ]
    }
}
