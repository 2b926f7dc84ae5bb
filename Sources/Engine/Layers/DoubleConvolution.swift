/// Group normalisation over gcd(8, C) groups, ε = 1e-5, then exact GELU. `[N, H, W, C]` → the same.
struct NormalizedActivation: Layer {
    let gamma: Parameter
    let beta: Parameter
    let groups: Int

    init(_ name: String, channels: Int) {
        gamma = Parameter("\(name).weight", .vector, shape: [channels], repeating: 1)
        beta = Parameter("\(name).bias", .vector, shape: [channels])
        groups = [8, 4, 2].first { channels % $0 == 0 } ?? 1
    }

    var parameters: [Parameter] { [gamma, beta] }

    func callAsFunction(_ x: Variable) -> Variable {
        groupNormGELU(x, gamma: x.tape.variable(gamma), beta: x.tape.variable(beta), groups: groups)
    }
}

/// Twice: 3×3 convolution, group normalisation, GELU. `[N, H, W, I]` → `[N, H, W, O]`.
struct DoubleConvolution: Layer {
    let conv1: Convolution
    let norm1: NormalizedActivation
    let conv2: Convolution
    let norm2: NormalizedActivation

    /// - Parameter inputs: channels of each input of the first convolution, see `Convolution`.
    init(_ name: String, inputs: [Int], outputs: Int, _ initializer: inout Initializer) {
        conv1 = Convolution("\(name).conv1", inputs: inputs, outputs: outputs, &initializer)
        norm1 = NormalizedActivation("\(name).norm1", channels: outputs)
        conv2 = Convolution("\(name).conv2", inputs: [outputs], outputs: outputs, &initializer)
        norm2 = NormalizedActivation("\(name).norm2", channels: outputs)
    }

    var parameters: [Parameter] { conv1.parameters + norm1.parameters + conv2.parameters + norm2.parameters }

    /// - Parameter first: see `Convolution`.
    func callAsFunction(_ inputs: [Variable?], at first: [Int]? = nil) -> Variable {
        norm2(conv2([norm1(conv1(inputs, at: first))]))
    }
}
