/// The 3×3 convolution by its definition, for few channels and small images.
///
/// In an image padded by one pixel, the three pixels side by side above an output are 3C consecutive numbers, and those of the
/// next output begin C later. A row of outputs is therefore three products (one for each row of the weight) of a matrix
/// with overlapping rows, `[W, 3C]` at row stride C, and a third of the weight, `[3C, O]`.
enum Convolution3x3Direct {
    /// - Parameter weights: `[3, 3, C_k, O]`.
    static func forward(_ inputs: [Tensor], weights: [Tensor], bias: Tensor?) -> Tensor {
        let shape = Array(inputs[0].shape[..<3])
        let (height, width, outputs) = (shape[1], shape[2], weights[0].shape[3])
        let columns = (outputs + 7) / 8 * 8
        let widest = inputs.map { $0.shape[3] }.max() ?? 0
        let narrow = Convolution3x3Narrow.isBetter(inputs: widest, outputs: outputs)
        let weights = weights.map { narrow ? Convolution3x3Narrow.rearranged($0) : padded($0, columns: columns) }
        let bands = Bands(shape, work: 9 * weights.reduce(0) { $0 + $1.shape[2] } * columns)
        return Tensor(shape + [outputs]) { output in
            guard let output = output.baseAddress else { return }
            Parallel.forEach(bands.count) { band in
                let (image, rows) = bands[band]
                let target = output + (image * height + rows.lowerBound) * width * outputs
                Scratch.with((rows.count + 2) * (width + 2) * widest + Convolution3x3Narrow.overrun) { block in
                    fill(target, pixels: rows.count * width, outputs, with: bias)
                    for (input, weight) in zip(inputs, weights) {
                        let channels = input.shape[3]
                        let stride = (width + 2) * channels
                        copyPadded(input, image, rows, into: block)
                        weight.withUnsafeBuffer { weight in
                            guard let weight = weight.baseAddress else { return }
                            if narrow {
                                return Convolution3x3Narrow.accumulate(
                                    block, stride: stride, rows: rows.count, width: width, channels: channels,
                                    weight: weight, outputs: outputs, into: target)
                            }
                            for row in 0..<rows.count {
                                RegisterTile.multiply(
                                    .init(pointer: block + row * stride, rowStride: channels, segmentStride: stride),
                                    .init(pointer: weight, rowStride: columns, segmentStride: 3 * channels * columns),
                                    .init(rows: width, columns: outputs, inner: 3 * channels, segments: 3),
                                    into: target + row * width * outputs, outputStride: outputs, accumulating: true)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Each row of the weight, `[3C, O]`, is the padded image, transposed, times the output gradient: Σ over pixels. With very few
    /// inputs or outputs its transpose is computed, so that the longer side lies along the vectors.
    static func weightGradient(input: Tensor, outputGradient: Tensor) -> Tensor {
        let (channels, outputs) = (input.shape[3], outputGradient.shape[3])
        let (height, width) = (input.shape[1], input.shape[2])
        let transposed = outputs < 8 || channels < 3
        let bands = Bands(Array(input.shape[..<3]), work: 9 * channels * outputs)
        let parts = min(bands.count, 16)
        let stride = (width + 2) * channels
        // Vectors read a few numbers past the end of either factor.
        let gradientCount = bands.length * width * outputs + 8
        let partial = Tensor([parts, 3, 3 * channels * outputs]) { partial in
            guard let partial = partial.baseAddress else { return }
            Parallel.forEach(parts) { part in
                for band in part * bands.count / parts..<(part + 1) * bands.count / parts {
                    let (image, rows) = bands[band]
                    Scratch.with((rows.count + 2) * stride + Convolution3x3Narrow.overrun) { block in
                        Scratch.with(gradientCount) { gradient in
                            copyPadded(input, image, rows, into: block)
                            outputGradient.withUnsafeBuffer { source in
                                guard let source = source.baseAddress else { return }
                                gradient.update(
                                    from: source + (image * height + rows.lowerBound) * width * outputs,
                                    count: rows.count * width * outputs)
                            }
                            for u in 0..<3 {
                                let target = partial + (part * 3 + u) * 3 * channels * outputs
                                let accumulating = band > part * bands.count / parts
                                if transposed {
                                    RegisterTile.multiply(
                                        .init(
                                            pointer: gradient, rowStride: 1, innerStride: outputs,
                                            segmentStride: width * outputs),
                                        .init(pointer: block + u * stride, rowStride: channels, segmentStride: stride),
                                        .init(rows: outputs, columns: 3 * channels, inner: width, segments: rows.count),
                                        into: target, outputStride: 3 * channels, accumulating: accumulating)
                                } else {
                                    RegisterTile.multiply(
                                        .init(
                                            pointer: block + u * stride, rowStride: 1, innerStride: channels,
                                            segmentStride: stride),
                                        .init(pointer: gradient, rowStride: outputs, segmentStride: width * outputs),
                                        .init(rows: 3 * channels, columns: outputs, inner: width, segments: rows.count),
                                        into: target, outputStride: outputs, accumulating: accumulating)
                                }
                            }
                        }
                    }
                }
            }
        }
        guard transposed else { return partial.sumOfParts([3, 3, channels, outputs]) }
        let sum = partial.sumOfParts([3, outputs, 3 * channels])
        return sum.withUnsafeBuffer { sum in
            Tensor([3, 3, channels, outputs]) { result in
                for u in 0..<3 {
                    for column in 0..<3 * channels {
                        for o in 0..<outputs {
                            result[(u * 3 * channels + column) * outputs + o] =
                                sum[(u * outputs + o) * 3 * channels + column]
                        }
                    }
                }
            }
        }
    }

    /// Rows of each image in bands of about 2²¹ multiply-adds.
    private struct Bands {
        let height: Int
        let length: Int
        let perImage: Int
        let count: Int

        init(_ shape: [Int], work: Int) {
            height = shape[1]
            length = min(height, max(1, (1 << 21) / max(1, work * shape[2])))
            perImage = (height + length - 1) / length
            count = shape[0] * perImage
        }

        subscript(index: Int) -> (image: Int, rows: Range<Int>) {
            let first = index % perImage * length
            return (index / perImage, first..<min(first + length, height))
        }
    }

    /// Some rows of an image with one more above and below and a pixel more on either side, zero outside the image;
    /// and behind them a few zeros more, for vectors that read past the end.
    private static func copyPadded(
        _ input: Tensor, _ image: Int, _ rows: Range<Int>, into block: UnsafeMutablePointer<Float>
    ) {
        let (height, width, channels) = (input.shape[1], input.shape[2], input.shape[3])
        let stride = (width + 2) * channels
        input.withUnsafeBuffer { source in
            guard let source = source.baseAddress else { return }
            for row in rows.lowerBound - 1...rows.upperBound {
                let target = block + (row - rows.lowerBound + 1) * stride
                if row < 0 || row == height {
                    target.update(repeating: 0, count: stride)
                } else {
                    target.update(repeating: 0, count: channels)
                    (target + channels).update(
                        from: source + (image * height + row) * width * channels, count: width * channels)
                    (target + stride - channels).update(repeating: 0, count: channels)
                }
            }
        }
        (block + (rows.count + 2) * stride).update(repeating: 0, count: Convolution3x3Narrow.overrun)
    }

    private static func fill(_ target: UnsafeMutablePointer<Float>, pixels: Int, _ outputs: Int, with bias: Tensor?) {
        guard let bias else { return target.update(repeating: 0, count: pixels * outputs) }
        bias.withUnsafeBuffer { bias in
            guard let bias = bias.baseAddress else { return }
            for pixel in 0..<pixels { (target + pixel * outputs).update(from: bias, count: outputs) }
        }
    }

    /// A weight with its rows of outputs filled up with zeros.
    private static func padded(_ weight: Tensor, columns: Int) -> Tensor {
        let (inputs, outputs) = (weight.shape[2], weight.shape[3])
        guard columns != outputs else { return weight }
        return weight.withUnsafeBuffer { source in
            Tensor([3, 3, inputs, columns]) { padded in
                padded.update(repeating: 0)
                for row in 0..<9 * inputs {
                    for column in 0..<outputs { padded[row * columns + column] = source[row * outputs + column] }
                }
            }
        }
    }
}

extension Tensor {
    /// The sum over the first axis, in its order, in Float64.
    func sumOfParts(_ shape: [Int]) -> Tensor {
        let parts = self.shape[0]
        let length = count / max(1, parts)
        return withUnsafeBuffer { values in
            Tensor(shape) { sums in
                nonisolated(unsafe) let sums = sums
                Parallel.forRanges(length, length: 1 << 14) { range in
                    for index in range {
                        var sum = 0.0
                        for part in 0..<parts { sum += Double(values[part &* length &+ index]) }
                        sums[index] = Float(sum)
                    }
                }
            }
        }
    }
}
