import Tensors

/// The sum of partial results, one per range of `0..<count`, added in order so that the bytes do not depend on threads.
///
/// - Parameter body: writes every element of its partial result, which has `shape`.
func sumOfPieces(
    _ shape: [Int], count: Int, length: Int, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
) -> Tensor {
    let pieces = max(1, (count + length - 1) / length)
    let size = shape.reduce(1, *)
    let partials = Tensor([pieces] + shape) { buffer in
        guard let base = buffer.baseAddress else { return }
        Parallel.forEach(pieces) { piece in
            body(piece * length..<min(count, (piece + 1) * length), base + piece * size)
        }
    }
    return partials.sumOfParts(shape)
}

extension Tensor {
    /// The sum over the first axis, in its order, in Float64.
    func sumOfParts(_ shape: [Int]) -> Tensor {
        let parts = self.shape[0]
        if parts == 1 { return reshaped(shape) }
        let length = count / max(1, parts)
        return withUnsafeBuffer { values in
            Tensor(shape) { sums in
                guard let values = values.baseAddress, let sums = sums.baseAddress else { return }
                Parallel.forRanges(length, length: 1 << 14) { range in
                    forEachLane(range.count, tileBlocks: 1) { _, offset, valid in
                        let at = range.lowerBound + offset
                        var sum = SIMD16<Double>()
                        for part in 0..<parts { sum += SIMD16<Double>(values.lanes(part &* length &+ at, valid)) }
                        sums.store(Lanes(sum), at, valid)
                    }
                }
            }
        }
    }
}
