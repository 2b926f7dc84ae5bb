import Tensors

/// 3×3 convolution, stride 1, zero padding 1, of one or more inputs that add up: y = Σ_k x_k ∗ w_k + b.
///
/// Shapes: x_k `[N_k, H, W, C_k]`, w_k `[3, 3, C_k, O]`, b `[O]`, y `[N, H, W, O]`.
/// A U-Net level passes its skip and its upsampled part as two inputs with the two halves of one weight, which equals the
/// convolution of their concatenation without making it. An input of fewer images than the others adds to the images from
/// `first` on.
///
/// ∂L/∂x_k = ∂L/∂y ⋆ w_k (correlation), ∂L/∂w_k = Σ_pixels x_k ⊗ ∂L/∂y, ∂L/∂b = Σ_pixels ∂L/∂y.
func convolution(_ inputs: [Variable], at first: [Int]? = nil, weights: [Variable], bias: Variable) -> Variable {
    let xs = inputs.map(\.value), ws = weights.map(\.value)
    let value = Convolution3x3.forward(xs, at: first, weights: ws, bias: bias.value)
    return bias.tape.record(value, from: inputs + weights + [bias]) { dy in
        let dys = inputs.indices.map { index in
            let start = first?[index] ?? 0
            return dy.entries(start..<start + xs[index].shape[0])
        }
        let toInputs = inputs.indices.map { k in
            inputs[k].requiresGradient ? Convolution3x3.inputGradient(dys[k], weight: ws[k]) : nil
        }
        let toWeights = inputs.indices.map { k in
            weights[k].requiresGradient ? Convolution3x3.weightGradient(input: xs[k], outputGradient: dys[k]) : nil
        }
        return toInputs + toWeights + [bias.requiresGradient ? Convolution3x3.biasGradient(dy) : nil]
    }
}
