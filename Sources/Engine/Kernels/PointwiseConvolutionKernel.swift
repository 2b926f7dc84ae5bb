/// The 1×1 convolution as matrix products over pixels: x `[.., C]`, w `[C, O]`.
enum PointwiseConvolutionKernel {
    /// Pixels per partial sum of the weight gradient.
    private static let piece = 1 << 13

    static func forward(_ x: Tensor, weight: Tensor, bias: Tensor) -> Tensor {
        let (inputs, outputs) = (weight.shape[0], weight.shape[1])
        precondition(x.shape.last == inputs, "1x1 convolution: input \(x.shape), weight \(weight.shape)")
        let pixels = x.count / max(1, inputs)
        return Tensor(x.shape.dropLast() + [outputs]) { y in
            if let y = y.baseAddress { Convolution3x3Direct.fill(y, pixels: pixels, with: bias) }
            product(x, weight, into: y, rows: pixels, inner: inputs, columns: outputs, beta: 1)
        }
    }

    static func inputGradient(_ dy: Tensor, weight: Tensor) -> Tensor {
        let (inputs, outputs) = (weight.shape[0], weight.shape[1])
        return Tensor(dy.shape.dropLast() + [inputs]) { dx in
            product(
                dy, weight, transposed: true, into: dx, rows: dx.count / max(1, inputs), inner: outputs,
                columns: inputs, beta: 0)
        }
    }

    static func weightGradient(input x: Tensor, outputGradient dy: Tensor) -> Tensor {
        let inputs = x.shape[x.shape.count - 1], outputs = dy.shape[dy.shape.count - 1]
        let pixels = x.count / max(1, inputs)
        return sumOfPieces([inputs, outputs], count: pixels, length: piece) { range, partial in
            x.withUnsafeBuffer { x in
                dy.withUnsafeBuffer { dy in
                    guard let x = x.baseAddress, let dy = dy.baseAddress else { return }
                    MatrixProduct.multiplyOnThisThread(
                        .init(pointer: x + range.lowerBound * inputs, stride: inputs, transposed: true),
                        .init(pointer: dy + range.lowerBound * outputs, stride: outputs),
                        into: partial, outputStride: outputs, rows: inputs, inner: range.count, columns: outputs)
                }
            }
        }
    }

    private static func product(
        _ a: Tensor, _ b: Tensor, transposed: Bool = false, into output: UnsafeMutableBufferPointer<Float>, rows: Int,
        inner: Int, columns: Int, beta: Float
    ) {
        a.withUnsafeBuffer { a in
            b.withUnsafeBuffer { b in
                guard let a = a.baseAddress, let b = b.baseAddress, let output = output.baseAddress else { return }
                MatrixProduct.multiply(
                    .init(pointer: a, stride: inner),
                    .init(pointer: b, stride: transposed ? inner : columns, transposed: transposed),
                    into: output, outputStride: columns, rows: rows, inner: inner, columns: columns, beta: beta)
            }
        }
    }
}
