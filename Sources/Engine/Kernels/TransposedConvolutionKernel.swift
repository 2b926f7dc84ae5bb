/// The transposed 2×2 convolution with stride 2 as matrix products, one per input row and output-row parity.
///
/// With weights `[C, 2, 2, O]` the taps s = 0, 1 of one output row are neighbours in memory: row i of x (W×C) times
/// w[:, r] (C×2O, rows 4·O apart) is row 2i+r of y (W×2O) in place.
enum TransposedConvolutionKernel {
    /// Input rows per piece.
    private static let rowsPerPiece = 8

    static func forward(_ x: Tensor, weight: Tensor, bias: Tensor) -> Tensor {
        let s = Sizes(x.shape, weight)
        return Tensor([x.shape[0], 2 * x.shape[1], 2 * s.width, s.outputs]) { y in
            withPointers(x, weight) { x, w in
                guard let y = y.baseAddress else { return }
                Parallel.forRanges(s.rows, length: rowsPerPiece) { rows in
                    let block = y + rows.lowerBound * 2 * s.outputRow
                    Convolution3x3Direct.fill(block, pixels: rows.count * 4 * s.width, with: bias)
                    for row in rows {
                        for r in 0..<2 {
                            MatrixProduct.multiplyOnThisThread(
                                .init(pointer: x + row * s.inputRow, stride: s.inputs),
                                .init(pointer: w + r * 2 * s.outputs, stride: 4 * s.outputs),
                                into: y + (2 * row + r) * s.outputRow, outputStride: 2 * s.outputs,
                                rows: s.width, inner: s.inputs, columns: 2 * s.outputs, beta: 1)
                        }
                    }
                }
            }
        }
    }

    static func inputGradient(_ dy: Tensor, weight: Tensor) -> Tensor {
        let s = Sizes([dy.shape[0], dy.shape[1] / 2, dy.shape[2] / 2, weight.shape[0]], weight)
        return Tensor([dy.shape[0], dy.shape[1] / 2, s.width, s.inputs]) { dx in
            withPointers(dy, weight) { dy, w in
                guard let dx = dx.baseAddress else { return }
                Parallel.forRanges(s.rows, length: rowsPerPiece) { rows in
                    for row in rows {
                        for r in 0..<2 {
                            MatrixProduct.multiplyOnThisThread(
                                .init(pointer: dy + (2 * row + r) * s.outputRow, stride: 2 * s.outputs),
                                .init(pointer: w + r * 2 * s.outputs, stride: 4 * s.outputs, transposed: true),
                                into: dx + row * s.inputRow, outputStride: s.inputs,
                                rows: s.width, inner: 2 * s.outputs, columns: s.inputs, beta: r == 0 ? 0 : 1)
                        }
                    }
                }
            }
        }
    }

    static func weightGradient(input x: Tensor, outputGradient dy: Tensor) -> Tensor {
        let s = Sizes(x.shape, outputs: dy.shape[3])
        return sumOfPieces([s.inputs, 2, 2, s.outputs], count: s.rows, length: 4 * rowsPerPiece) { rows, partial in
            withPointers(x, dy) { x, dy in
                for row in rows {
                    for r in 0..<2 {
                        MatrixProduct.multiplyOnThisThread(
                            .init(pointer: x + row * s.inputRow, stride: s.inputs, transposed: true),
                            .init(pointer: dy + (2 * row + r) * s.outputRow, stride: 2 * s.outputs),
                            into: partial + r * 2 * s.outputs, outputStride: 4 * s.outputs,
                            rows: s.inputs, inner: s.width, columns: 2 * s.outputs,
                            beta: row == rows.lowerBound ? 0 : 1)
                    }
                }
            }
        }
    }

    private struct Sizes {
        let rows: Int, width: Int, inputs: Int, outputs: Int
        var inputRow: Int { width * inputs }
        var outputRow: Int { 2 * width * outputs }

        init(_ inputShape: [Int], outputs: Int) {
            rows = inputShape[0] * inputShape[1]
            width = inputShape[2]
            inputs = inputShape[3]
            self.outputs = outputs
        }

        init(_ inputShape: [Int], _ weight: Tensor) {
            precondition(
                inputShape.count == 4 && weight.shape.count == 4 && weight.shape[0] == inputShape[3],
                "transposed convolution: input \(inputShape), weight \(weight.shape)")
            self.init(inputShape, outputs: weight.shape[3])
        }
    }

    private static func withPointers(
        _ a: Tensor, _ b: Tensor, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void
    ) {
        a.withUnsafeBuffer { a in
            b.withUnsafeBuffer { b in
                guard let a = a.baseAddress, let b = b.baseAddress else { return }
                body(a, b)
            }
        }
    }
}
