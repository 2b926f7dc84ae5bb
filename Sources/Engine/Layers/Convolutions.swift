/// 3×3 convolution, stride 1, zero padding 1, with bias. `[N, H, W, I]` → `[N, H, W, O]`.
///
/// Made for one or several inputs whose channels would be concatenated; each has its own part of the weight, and an
/// input that is `nil` (no skip) stands for zeros and costs nothing.
struct Convolution: Layer {
    let weights: [Parameter]
    let bias: Parameter

    /// - Parameter inputs: channels of each input, in the order of concatenation.
    init(_ name: String, inputs: [Int], outputs: Int, _ initializer: inout Initializer) {
        let total = inputs.reduce(0, +)
        var start = 0
        weights = inputs.map { count in
            defer { start += count }
            return Parameter(
                "\(name).weight", .convolution(inputs: start..<start + count, of: total),
                shape: [3, 3, count, outputs])
        }
        bias = Parameter("\(name).bias", .vector, shape: [outputs])
        for parameter in parameters { initializer.fill(parameter, fanIn: 9 * total) }
    }

    var parameters: [Parameter] { weights + [bias] }

    /// - Parameter first: for each input of fewer images than the others, where its images are in the batch; see `convolution`.
    func callAsFunction(_ inputs: [Variable?], at first: [Int]? = nil) -> Variable {
        precondition(inputs.count == weights.count, "Convolution: \(inputs.count) inputs, \(weights.count) weights")
        let present = inputs.indices.compactMap { k in inputs[k].map { (input: $0, first: first?[k] ?? 0, weights[k]) }
        }
        precondition(!present.isEmpty, "Convolution: every input is absent")
        let tape = present[0].input.tape
        return convolution(
            present.map(\.input), at: present.map(\.first), weights: present.map { tape.variable($0.2) },
            bias: tape.variable(bias))
    }
}

/// 1×1 convolution with bias. `[N, H, W, I]` → `[N, H, W, O]`.
struct PointwiseConvolution: Layer {
    let weight: Parameter
    let bias: Parameter

    init(_ name: String, inputs: Int, outputs: Int, _ initializer: inout Initializer) {
        weight = Parameter("\(name).weight", .pointwise, shape: [inputs, outputs])
        bias = Parameter("\(name).bias", .vector, shape: [outputs])
        for parameter in parameters { initializer.fill(parameter, fanIn: inputs) }
    }

    var parameters: [Parameter] { [weight, bias] }

    func callAsFunction(_ x: Variable) -> Variable {
        pointwiseConvolution(x, weight: x.tape.variable(weight), bias: x.tape.variable(bias))
    }
}

/// Transposed 2×2 convolution, stride 2, with bias: doubles height and width. `[N, H, W, I]` → `[N, 2H, 2W, O]`.
struct TransposedConvolution: Layer {
    let weight: Parameter
    let bias: Parameter

    init(_ name: String, inputs: Int, outputs: Int, _ initializer: inout Initializer) {
        weight = Parameter("\(name).weight", .transposedConvolution, shape: [inputs, 2, 2, outputs])
        bias = Parameter("\(name).bias", .vector, shape: [outputs])
        for parameter in parameters { initializer.fill(parameter, fanIn: 4 * outputs) }
    }

    var parameters: [Parameter] { [weight, bias] }

    func callAsFunction(_ x: Variable) -> Variable {
        transposedConvolution(x, weight: x.tape.variable(weight), bias: x.tape.variable(bias))
    }
}
