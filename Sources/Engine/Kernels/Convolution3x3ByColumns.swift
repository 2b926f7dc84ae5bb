/// The 3×3 convolution as one matrix product: the nine neighbours of each pixel side by side (im2col), in blocks of
/// pixels small enough to stay in cache.
enum Convolution3x3ByColumns {
    private static let blockLength = 256

    static func forward(_ inputs: [Tensor], weights: [Tensor], bias: Tensor?) -> Tensor {
        let shape = Array(inputs[0].shape[..<3])
        let outputs = weights[0].shape[3]
        return Tensor(shape + [outputs]) { output in
            nonisolated(unsafe) let output = output
            for index in output.indices { output[index] = 0 }
            if let bias {
                bias.withUnsafeBuffer { bias in
                    for index in output.indices { output[index] = bias[index % outputs] }
                }
            }
            guard let base = output.baseAddress else { return }
            for (input, weight) in zip(inputs, weights) {
                let columns = 9 * input.shape[3]
                weight.withUnsafeBuffer { weight in
                    guard let weight = weight.baseAddress else { return }
                    Parallel.forRanges(shape.reduce(1, *), length: blockLength) { pixels in
                        gather(input, pixels) { block in
                            MatrixProduct.multiplyOnThisThread(
                                .init(pointer: block, stride: columns), .init(pointer: weight, stride: outputs),
                                into: base + pixels.lowerBound * outputs, outputStride: outputs,
                                rows: pixels.count, inner: columns, columns: outputs, beta: 1)
                        }
                    }
                }
            }
        }
    }

    static func weightGradient(input: Tensor, outputGradient: Tensor) -> Tensor {
        let columns = 9 * input.shape[3]
        let outputs = outputGradient.shape[3]
        let pixels = input.shape[..<3].reduce(1, *)
        // A fixed number of partial sums, whatever the thread count.
        let length = max(blockLength, (pixels + 7) / 8)
        let pieces = (pixels + length - 1) / length
        let partial = Tensor([pieces, columns, outputs]) { partial in
            guard let base = partial.baseAddress else { return }
            partial.update(repeating: 0)
            outputGradient.withUnsafeBuffer { gradient in
                guard let gradient = gradient.baseAddress else { return }
                Parallel.forRanges(pixels, length: length) { range in
                    for start in stride(from: range.lowerBound, to: range.upperBound, by: blockLength) {
                        let block = start..<min(start + blockLength, range.upperBound)
                        gather(input, block) { gathered in
                            MatrixProduct.multiplyOnThisThread(
                                .init(pointer: gathered, stride: columns, transposed: true),
                                .init(pointer: gradient + start * outputs, stride: outputs),
                                into: base + range.lowerBound / length * columns * outputs, outputStride: outputs,
                                rows: columns, inner: block.count, columns: outputs, beta: 1)
                        }
                    }
                }
            }
        }
        return partial.withUnsafeBuffer { partial in
            Tensor([3, 3, input.shape[3], outputs]) { sum in
                for index in sum.indices {
                    sum[index] = (0..<pieces).reduce(0) { $0 + partial[$1 * columns * outputs + index] }
                }
            }
        }
    }

    /// Calls `body` with the nine neighbours of each pixel of a range, `[pixels, 3, 3, C]`.
    private static func gather(_ input: Tensor, _ pixels: Range<Int>, _ body: (UnsafePointer<Float>) -> Void) {
        let (height, width, channels) = (input.shape[1], input.shape[2], input.shape[3])
        let block = Tensor([pixels.count, 9 * channels]) { block in
            guard let target = block.baseAddress else { return }
            input.withUnsafeBuffer { source in
                guard let source = source.baseAddress else { return }
                for (index, pixel) in pixels.enumerated() {
                    let (row, column) = (pixel / width % height, pixel % width)
                    for tap in 0..<9 {
                        let (y, x) = (tap / 3 - 1, tap % 3 - 1)
                        let place = target + (index * 9 + tap) * channels
                        if (0..<height).contains(row + y) && (0..<width).contains(column + x) {
                            place.update(from: source + (pixel + y * width + x) * channels, count: channels)
                        } else {
                            place.update(repeating: 0, count: channels)
                        }
                    }
                }
            }
        }
        block.withUnsafeBuffer { if let base = $0.baseAddress { body(base) } }
    }
}
