import Tensors

/// The transposed 2×2 convolution with stride 2 as matrix products of image rows and a parity r of the output rows.
///
/// With weights `[C, 2, 2, O]` the taps s = 0, 1 of one output row are neighbours in memory: row i of x (W×C) times
/// w[:, r] (C×2O, rows 4·O apart) is row 2i+r of y (W×2O) in place. The image rows of a piece are the groups of rows of one
/// product.
enum TransposedConvolutionKernel {
    /// Input rows per piece.
    private static let rowsPerPiece = 8

    static func forward(_ x: Tensor, weight: Tensor, bias: Tensor) -> Tensor {
        let s = Sizes(x.shape, weight)
        return Tensor([x.shape[0], 2 * x.shape[1], 2 * s.width, s.outputs]) { y in
            withPointers(x, weight) { x, w in
                guard let y = y.baseAddress else { return }
                let panels = (0..<2).map { r in
                    Panels(
                        w + r * 2 * s.outputs, inner: s.inputs, columns: 2 * s.outputs, rowStride: 4 * s.outputs)
                }
                // Of the two taps of an output row.
                let biases = bias.values + bias.values
                biases.withUnsafeBufferPointer { biases in
                    guard let biases = biases.baseAddress else { return }
                    Parallel.forRanges(s.rows, length: rowsPerPiece) { rows in
                        let block = y + rows.lowerBound * 2 * s.outputRow
                        for r in 0..<2 {
                            panels[r].forEach { column, count, panel in
                                RegisterTile.multiply(
                                    .init(
                                        pointer: x + rows.lowerBound * s.inputRow, rowStride: s.inputs,
                                        groupStride: s.inputRow),
                                    .init(pointer: panel),
                                    .init(rows: s.width, columns: count, inner: s.inputs, groups: rows.count),
                                    into: block + r * s.outputRow + column, outputStride: 2 * s.outputs,
                                    outputGroupStride: 2 * s.outputRow, from: .row(biases + column))
                            }
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
                // The two parities are the two segments of one sum.
                let panels = Panels(w, inner: 4 * s.outputs, columns: s.inputs, columnStride: 4 * s.outputs)
                Parallel.forRanges(s.rows, length: rowsPerPiece) { rows in
                    panels.forEach { column, count, panel in
                        RegisterTile.multiply(
                            .init(
                                pointer: dy + 2 * rows.lowerBound * s.outputRow, rowStride: 2 * s.outputs,
                                segmentStride: s.outputRow, groupStride: 2 * s.outputRow),
                            .init(pointer: panel, segmentStride: 2 * s.outputs * RegisterTile.panelWidth),
                            .init(
                                rows: s.width, columns: count, inner: 2 * s.outputs, segments: 2, groups: rows.count),
                            into: dx + rows.lowerBound * s.inputRow + column, outputStride: s.inputs,
                            outputGroupStride: s.inputRow)
                    }
                }
            }
        }
    }

    /// A piece of work is a range of image rows and of 32 input channels.
    static func weightGradient(input x: Tensor, outputGradient dy: Tensor) -> Tensor {
        let s = Sizes(x.shape, outputs: dy.shape[3])
        let channels = 32
        let ranges = (s.inputs + channels - 1) / channels
        // As many partial sums as it takes to have 8 pieces; about 128 pixels are added up at a time, while they are in L1.
        let length = (s.rows + max(1, 8 / ranges) - 1) / max(1, 8 / ranges)
        let parts = (s.rows + length - 1) / length
        let block = max(1, 128 / s.width)
        let size = 4 * s.inputs * s.outputs
        let partial = Tensor([parts, size]) { partial in
            withPointers(x, dy) { x, dy in
                guard let partial = partial.baseAddress else { return }
                Parallel.forEach(parts * ranges) { piece in
                    let rows = piece / ranges * length..<min((piece / ranges + 1) * length, s.rows)
                    let first = piece % ranges * channels
                    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: block) {
                        for r in 0..<2 {
                            RegisterTile.multiply(
                                .init(
                                    pointer: x + row * s.inputRow + first, rowStride: 1, innerStride: s.inputs,
                                    segmentStride: s.inputRow),
                                .init(
                                    pointer: dy + (2 * row + r) * s.outputRow, rowStride: 2 * s.outputs,
                                    segmentStride: 2 * s.outputRow),
                                .init(
                                    rows: min(channels, s.inputs - first), columns: 2 * s.outputs, inner: s.width,
                                    segments: min(block, rows.upperBound - row)),
                                into: partial + piece / ranges * size + (2 * first + r) * 2 * s.outputs,
                                outputStride: 4 * s.outputs, from: row > rows.lowerBound ? .output : .zeros)
                        }
                    }
                }
            }
        }
        return partial.sumOfParts([s.inputs, 2, 2, s.outputs])
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
