import Tensors

/// A feature map of one image, kept as strips of whole rows that are added from the top down and may be freed so too.
final class StripedMap {
    private struct Strip {
        /// `[1, n, W, C]`; may hold rows above and below those that count.
        let tensor: Tensor
        /// The row of the map that is the tensor's first one.
        let firstRow: Int
        /// The rows of the map that are taken from this strip.
        let rows: Range<Int>

        /// Where some rows of the map are in the tensor.
        func pixels(_ rows: Range<Int>) -> Range<Int> {
            let width = tensor.shape[2]
            return (rows.lowerBound - firstRow) * width..<(rows.upperBound - firstRow) * width
        }
    }

    private var strips: [Strip] = []

    /// Adds `rows`, which follow those added before, of a tensor whose first row is `firstRow`.
    func append(_ tensor: Tensor, rows: Range<Int>, firstRow: Int) {
        strips.append(Strip(tensor: tensor, firstRow: firstRow, rows: rows))
    }

    /// Frees the strips that end above `row`.
    func discard(before row: Int) { strips.removeAll { $0.rows.upperBound <= row } }

    /// Σ x, then Σ x², of each channel of the strip that was added last.
    func sumsOfLast() -> [Double] {
        strips.last.map { GroupNormalizationKernel.sums($0.tensor, pixels: $0.pixels($0.rows)) } ?? []
    }

    /// Some rows, none of them freed, as one tensor `[1, rows, W, C]`.
    func rows(_ rows: Range<Int>) -> Tensor {
        gather(rows) { tensor, pixels, target in
            let channels = tensor.shape[3]
            tensor.withUnsafeBuffer { source in
                guard let source = source.baseAddress else { return }
                target.update(from: source + pixels.lowerBound * channels, count: pixels.count * channels)
            }
        }
    }

    /// Some rows after group normalisation, with statistics of the whole map, and GELU.
    func rows(
        _ rows: Range<Int>, gamma: Tensor, beta: Tensor, _ statistics: GroupNormalizationKernel.Statistics
    ) -> Tensor {
        gather(rows) { tensor, pixels, target in
            GroupNormalizationKernel.normalize(
                tensor, pixels: pixels, gamma: gamma, beta: beta, statistics, into: target)
        }
    }

    private func gather(
        _ rows: Range<Int>, _ copy: (Tensor, Range<Int>, UnsafeMutablePointer<Float>) -> Void
    ) -> Tensor {
        let parts = strips.map { ($0, $0.rows.clamped(to: rows)) }.filter { !$0.1.isEmpty }
        precondition(
            parts.reduce(0) { $0 + $1.1.count } == rows.count && !rows.isEmpty,
            "StripedMap: rows \(rows) are wanted, there are \(parts.map(\.1))")
        let shape = parts[0].0.tensor.shape
        return Tensor([1, rows.count, shape[2], shape[3]]) { target in
            guard let target = target.baseAddress else { return }
            for (strip, part) in parts {
                copy(
                    strip.tensor, strip.pixels(part),
                    target + (part.lowerBound - rows.lowerBound) * shape[2] * shape[3])
            }
        }
    }
}
