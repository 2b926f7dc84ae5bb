/// 2×2 maximum with stride 2: `[N, H, W, C]` → `[N, ⌊H/2⌋, ⌊W/2⌋, C]`. The gradient goes to the first maximum in row order.
func maxPooling(_ x: Variable) -> Variable {
    let input = x.value
    let value = MaxPoolingKernel.forward(input)
    return x.tape.record(value, from: [x]) { dy in
        [MaxPoolingKernel.backward(input, y: value, outputGradient: dy)]
    }
}
