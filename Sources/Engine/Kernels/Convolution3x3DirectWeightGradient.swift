import Tensors

extension Convolution3x3Direct {
    /// Each row of the weight, `[3C, O]`, is the padded image, transposed, times the output gradient: Σ over pixels. With very few
    /// inputs or outputs its transpose is computed, so that the longer side lies along the vectors.
    static func weightGradient(input: Tensor, outputGradient: Tensor) -> Tensor {
        let (channels, outputs) = (input.shape[3], outputGradient.shape[3])
        let padded = PaddedRows(input.shape, folded: channels <= 2)
        let transposed = outputs < 8 || padded.isFolded
        let (rows, columns) = transposed ? (outputs, padded.inner) : (padded.inner, outputs)
        let stride = (columns + 7) / 8 * 8
        let bands = Bands(Array(input.shape[..<3]), work: 9 * channels * outputs)
        let parts = min(bands.count, 16)
        let partial = Tensor([parts, padded.segments, rows, stride]) { partial in
            guard let partial = partial.baseAddress else { return }
            Parallel.forEach(parts) { part in
                let range = part * bands.count / parts..<(part + 1) * bands.count / parts
                for band in range {
                    withFactors(input, padded, outputGradient, bands[band]) { pixels, gradient in
                        for segment in 0..<padded.segments {
                            let pixels = pixels + segment * padded.rowStride
                            multiply(
                                pixels, padded, gradient, outputs: outputs, transposed: transposed,
                                .init(
                                    rows: rows, columns: stride, inner: padded.width,
                                    segments: bands[band].rows.count),
                                into: partial + (part * padded.segments + segment) * rows * stride,
                                accumulating: band > range.lowerBound)
                        }
                    }
                }
            }
        }
        let sum = partial.sumOfParts([padded.segments, rows, stride])
        return sum.withUnsafeBuffer { sum in
            Tensor([3, 3, channels, outputs]) { result in
                for segment in 0..<padded.segments {
                    for index in 0..<padded.inner {
                        let row = padded.weightRow(segment: segment, index: index)
                        for o in 0..<outputs {
                            let (i, j) = transposed ? (o, index) : (index, o)
                            result[row * outputs + o] = sum[(segment * rows + i) * stride + j]
                        }
                    }
                }
            }
        }
    }

    /// Both factors of a band: the padded image, and the gradient.
    private static func withFactors(
        _ input: Tensor, _ padded: PaddedRows, _ outputGradient: Tensor, _ band: (image: Int, rows: Range<Int>),
        _ body: (_ pixels: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>) -> Void
    ) {
        let length = padded.width * outputGradient.shape[3]
        outputGradient.withUnsafeBuffer { source in
            guard let source = source.baseAddress else { return }
            let rows = source + (band.image * padded.height + band.rows.lowerBound) * length
            Scratch.with(padded.count(band.rows.count)) { pixels in
                padded.copy(input, image: band.image, rows: band.rows, into: pixels)
                body(pixels, rows)
            }
        }
    }

    private static func multiply(
        _ pixels: UnsafePointer<Float>, _ padded: PaddedRows, _ gradient: UnsafePointer<Float>, outputs: Int,
        transposed: Bool, _ extent: RegisterTile.Extent, into target: UnsafeMutablePointer<Float>, accumulating: Bool
    ) {
        // Sums over the pixels of a row (`inner`) and over rows (`segments`); either factor can be the broadcast one.
        let (pixelStride, rowStride, outputRow) = (padded.pixelStride, padded.rowStride, padded.width * outputs)
        if transposed {
            RegisterTile.multiply(
                .init(pointer: gradient, rowStride: 1, innerStride: outputs, segmentStride: outputRow),
                .init(pointer: pixels, rowStride: pixelStride, segmentStride: rowStride),
                extent, into: target, outputStride: extent.columns, from: accumulating ? .output : .zeros)
        } else {
            RegisterTile.multiply(
                .init(pointer: pixels, rowStride: 1, innerStride: pixelStride, segmentStride: rowStride),
                .init(pointer: gradient, rowStride: outputs, segmentStride: outputRow),
                extent, into: target, outputStride: extent.columns, from: accumulating ? .output : .zeros)
        }
    }
}
