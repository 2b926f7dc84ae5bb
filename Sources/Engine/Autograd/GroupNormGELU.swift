/// Group normalisation, affine map and exact GELU: y = GELU(γ·x̂ + β), x `[N, H, W, C]`, γ and β `[C]`.
///
/// One operation, so that only x is kept for the backward pass, which is derived in `GroupNormalizationKernel`.
func groupNormGELU(
    _ x: Variable, gamma: Variable, beta: Variable, groups: Int, epsilon: Float = GroupNormalizationKernel.epsilon
) -> Variable {
    let input = x.value, g = gamma.value, b = beta.value
    let (value, statistics) = GroupNormalizationKernel.forward(
        input, gamma: g, beta: b, groups: groups, epsilon: epsilon)
    return x.tape.record(value, from: [x, gamma, beta]) { dy in
        let gradients = GroupNormalizationKernel.backward(
            input, gamma: g, beta: b, groups: groups, statistics: statistics, outputGradient: dy)
        return [gradients.x, gradients.gamma, gradients.beta]
    }
}
