import Tensors

/// The 1×1 convolution as matrix products over pixels: x `[.., C]`, w `[C, O]`.
enum PointwiseConvolutionKernel {
    /// Pixels per partial sum of the weight gradient.
    private static let piece = 1 << 13
    /// Pixels per piece of a product over pixels.
    private static let pixelsPerPiece = 256

    static func forward(_ x: Tensor, weight: Tensor, bias: Tensor) -> Tensor {
        let (inputs, outputs) = (weight.shape[0], weight.shape[1])
        precondition(x.shape.last == inputs, "1x1 convolution: input \(x.shape), weight \(weight.shape)")
        return bias.withUnsafeBuffer { bias in
            product(
                x, weight, inner: inputs, columns: outputs, rowStride: outputs, from: bias.baseAddress)
        }
    }

    static func inputGradient(_ dy: Tensor, weight: Tensor) -> Tensor {
        product(dy, weight, inner: weight.shape[1], columns: weight.shape[0], columnStride: weight.shape[1])
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

    /// Pixels `[.., inner]` times a matrix as `Panels` describes it, plus a row if it is given.
    private static func product(
        _ x: Tensor, _ matrix: Tensor, inner: Int, columns: Int, rowStride: Int = 1, columnStride: Int = 1,
        from bias: UnsafePointer<Float>? = nil
    ) -> Tensor {
        let panels = matrix.withUnsafeBuffer { matrix in
            matrix.baseAddress.map {
                Panels($0, inner: inner, columns: columns, rowStride: rowStride, columnStride: columnStride)
            }
        }
        let count = x.count / max(1, inner)
        return Tensor(x.shape.dropLast() + [columns]) { y in
            x.withUnsafeBuffer { x in
                guard let x = x.baseAddress, let y = y.baseAddress, let panels else { return }
                Parallel.forRanges(count, length: pixelsPerPiece) { pixels in
                    panels.forEach { column, count, panel in
                        RegisterTile.multiply(
                            .init(pointer: x + pixels.lowerBound * inner, rowStride: inner), .init(pointer: panel),
                            .init(rows: pixels.count, columns: count, inner: inner),
                            into: y + pixels.lowerBound * columns + column, outputStride: columns,
                            from: bias.map { RegisterTile.Start.row($0 + column) } ?? .zeros)
                    }
                }
            }
        }
    }
}
