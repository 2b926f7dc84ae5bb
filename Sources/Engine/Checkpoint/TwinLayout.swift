import Tensors

/// Between parameters and the named tensors of a checkpoint, which are PyTorch's: convolution `[O, I, kh, kw]`, transposed
/// convolution `[I, O, kh, kw]`. Two halves of one weight become one tensor.
enum TwinLayout {
    /// Shape in a checkpoint of the tensor that holds `parameter`.
    static func shape(of parameter: Parameter) -> [Int] {
        let shape = parameter.value.shape
        return switch parameter.layout {
        case .vector: shape
        case .convolution(_, let total): [shape[3], total, 3, 3]
        case .pointwise: [shape[1], shape[0], 1, 1]
        case .transposedConvolution: [shape[0], shape[3], 2, 2]
        }
    }

    /// Named tensors for one value per parameter (the weights themselves, or an optimizer's moments of them).
    static func export(_ parameters: [Parameter], _ values: [Tensor]) -> [String: Tensor] {
        precondition(
            parameters.count == values.count, "TwinLayout: \(parameters.count) parameters, \(values.count) values")
        var result: [String: Tensor] = [:]
        for (parameter, value) in zip(parameters, values) {
            var tensor = result[parameter.name] ?? Tensor(shape(of: parameter))
            let source = value.values
            tensor.withUnsafeMutableBuffer { target in
                forEachElement(parameter) { here, there in target[there] = source[here] }
            }
            result[parameter.name] = tensor
        }
        return result
    }

    /// One value per parameter, from named tensors. The caller has checked that all are there with the right shapes.
    static func `import`(_ named: [String: Tensor], _ parameters: [Parameter]) -> [Tensor] {
        parameters.map { parameter in
            guard let tensor = named[parameter.name], tensor.shape == shape(of: parameter) else {
                preconditionFailure("TwinLayout: \(parameter.name) is missing or has another shape")
            }
            return Tensor(parameter.value.shape) { target in
                tensor.withUnsafeBuffer { source in
                    forEachElement(parameter) { here, there in target[here] = source[there] }
                }
            }
        }
    }

    /// Offsets of every element in our memory order and in the checkpoint's.
    private static func forEachElement(_ parameter: Parameter, _ body: (_ here: Int, _ there: Int) -> Void) {
        let shape = parameter.value.shape
        switch parameter.layout {
        case .vector:
            for i in 0..<parameter.count { body(i, i) }
        case .pointwise:
            for i in 0..<shape[0] {
                for o in 0..<shape[1] { body(i * shape[1] + o, o * shape[0] + i) }
            }
        case .convolution(let range, let total):
            for tap in 0..<9 {
                for i in 0..<shape[2] {
                    for o in 0..<shape[3] {
                        body((tap * shape[2] + i) * shape[3] + o, (o * total + range.lowerBound + i) * 9 + tap)
                    }
                }
            }
        case .transposedConvolution:
            for i in 0..<shape[0] {
                for tap in 0..<4 {
                    for o in 0..<shape[3] { body((i * 4 + tap) * shape[3] + o, (i * shape[3] + o) * 4 + tap) }
                }
            }
        }
    }
}
