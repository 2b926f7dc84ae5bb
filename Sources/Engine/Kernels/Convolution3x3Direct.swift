import Tensors

/// The 3×3 convolution by its definition, for few channels and small images.
///
/// In padded rows (`PaddedRows`) what one row of the weight needs for an output is consecutive, and what the next output
/// needs begins a pixel later. A row of outputs is therefore three products (one for each row of the weight) of a matrix with
/// overlapping rows, `[W, 3C]` at row stride C, and a third of the weight, `[3C, O]`.
enum Convolution3x3Direct {
    /// - Parameter weights: `[3, 3, C_k, O]`.
    static func forward(_ inputs: [Tensor], weights: [Tensor], bias: Tensor?) -> Tensor {
        Tensor(Array(inputs[0].shape[..<3]) + [weights[0].shape[3]]) { output in
            if let output = output.baseAddress { forward(inputs, weights: weights, bias: bias, into: output) }
        }
    }

    /// The same into memory of the caller.
    static func forward(
        _ inputs: [Tensor], weights: [Tensor], bias: Tensor?, into output: UnsafeMutablePointer<Float>
    ) {
        let shape = Array(inputs[0].shape[..<3])
        let (height, width, outputs) = (shape[1], shape[2], weights[0].shape[3])
        let channels = inputs.map { $0.shape[3] }
        let narrow = Convolution3x3Narrow.isBetter(inputs: channels.max() ?? 0, outputs: outputs)
        let padded = inputs.map { PaddedRows($0.shape, folded: !narrow && $0.shape[3] <= 2) }
        let weights = zip(weights, padded).map {
            narrow ? Convolution3x3Narrow.rearranged($0) : rearranged($0, for: $1)
        }
        let start = bias ?? Tensor([outputs])
        let bands = Bands(shape, work: 9 * channels.reduce(0, +) * max(8, outputs))
        Parallel.forEach(bands.count) { band in
            let (image, rows) = bands[band]
            let target = output + (image * height + rows.lowerBound) * width * outputs
            for (index, padded) in padded.enumerated() {
                Scratch.with(padded.count(rows.count)) { block in
                    padded.copy(inputs[index], image: image, rows: rows, into: block)
                    let bias = index == 0 ? start : nil
                    weights[index].withUnsafeBuffer { weight in
                        guard let weight = weight.baseAddress else { return }
                        if narrow {
                            Convolution3x3Narrow.accumulate(
                                block, padded, rows: rows.count, from: bias, weight: weight, outputs: outputs,
                                into: target)
                        } else {
                            accumulate(
                                block, padded, rows: rows.count, from: bias, weight: weight, outputs: outputs,
                                into: target)
                        }
                    }
                }
            }
        }
    }

    /// Adds the convolution of padded rows to outputs `[rows, W, O]`, or to the bias if it is given.
    private static func accumulate(
        _ block: UnsafePointer<Float>, _ padded: PaddedRows, rows: Int, from bias: Tensor?,
        weight: UnsafePointer<Float>, outputs: Int,
        into target: UnsafeMutablePointer<Float>
    ) {
        let columns = RegisterTile.roundedColumns(outputs)
        func add(to start: RegisterTile.Start) {
            RegisterTile.multiply(
                .init(
                    pointer: block, rowStride: padded.pixelStride, segmentStride: padded.rowStride,
                    groupStride: padded.rowStride),
                .init(pointer: weight, rowStride: columns, segmentStride: padded.inner * columns),
                .init(
                    rows: padded.width, columns: outputs, inner: padded.inner, segments: padded.segments, groups: rows),
                into: target, outputStride: outputs, outputGroupStride: padded.width * outputs, from: start)
        }
        guard let bias else { return add(to: .output) }
        bias.withUnsafeBuffer { if let bias = $0.baseAddress { add(to: .row(bias)) } }
    }

    /// A weight in the order of the padded rows' sums, its rows of outputs filled up with zeros.
    private static func rearranged(_ weight: Tensor, for padded: PaddedRows) -> Tensor {
        let outputs = weight.shape[3]
        let columns = RegisterTile.roundedColumns(outputs)
        return weight.withUnsafeBuffer { source in
            Tensor([padded.segments, padded.inner, columns]) { target in
                target.update(repeating: 0)
                for segment in 0..<padded.segments {
                    for index in 0..<padded.inner {
                        let row = padded.weightRow(segment: segment, index: index)
                        let place = (segment * padded.inner + index) * columns
                        for o in 0..<outputs { target[place + o] = source[row * outputs + o] }
                    }
                }
            }
        }
    }

    /// Rows of each image in bands of about 2²¹ multiply-adds.
    struct Bands {
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
}
