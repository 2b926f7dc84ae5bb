import Synchronization
import Tensors

/// G w Gᵀ of a 3×3 weight, computed once per weight value.
struct WinogradWeight: Sendable {
    let inputs: Int
    let outputs: Int
    /// Distance between the 36 planes of `values`.
    let planeStride: Int
    /// 36 planes of panels of output channels, the last filled up with zeros to whole
    /// tiles: `[panel, inputs, RegisterTile.panelWidth]`.
    let values: Tensor

    /// - Parameters:
    ///   - weight: `[3, 3, C, O]`.
    ///   - turned: whether to transform it turned by 180° with its channel axes exchanged, as the input's gradient needs it.
    init(_ weight: Tensor, turned: Bool = false) {
        let (inputs, outputs) = (weight.shape[turned ? 3 : 2], weight.shape[turned ? 2 : 3])
        let width = RegisterTile.panelWidth
        let panels = (outputs + width - 1) / width
        let planeStride = WinogradTiles.planeStride(panels * inputs * width)
        self.inputs = inputs
        self.outputs = outputs
        self.planeStride = planeStride
        values = Tensor([36, planeStride]) { values in
            guard let values = values.baseAddress else { return }
            weight.withUnsafeBuffer { weight in
                guard let weight = weight.baseAddress else { return }
                // A piece is some input channels of one panel.
                let pieces = (inputs + Self.length - 1) / Self.length
                Parallel.forEach(panels * pieces) { piece in
                    let (panel, part) = piece.quotientAndRemainder(dividingBy: pieces)
                    let range = part * Self.length..<min(inputs, (part + 1) * Self.length)
                    let columns = panel * width..<min(outputs, (panel + 1) * width)
                    let filled = RegisterTile.roundedColumns(columns.count)
                    Scratch.with(9 * Self.tapStride) { taps in
                        // Where the taps of the first of these input channels are, and how far those of the next.
                        var (source, tapStride, inputStride) = (UnsafePointer(taps), Self.tapStride, width)
                        if !turned && columns.count == filled {
                            source = weight + (range.lowerBound * outputs + columns.lowerBound)
                            (tapStride, inputStride) = (inputs * outputs, outputs)
                        } else {
                            if columns.count < filled { taps.update(repeating: 0, count: 9 * Self.tapStride) }
                            for tap in 0..<9 {
                                let target = taps + tap * Self.tapStride
                                if turned {
                                    let corner = ((8 - tap) * outputs + columns.lowerBound) * inputs + range.lowerBound
                                    Transposition.copy(
                                        rows: columns.count, columns: range.count, from: weight + corner,
                                        stride: inputs, to: target, stride: width)
                                } else {
                                    for input in range {
                                        (target + (input - range.lowerBound) * width).update(
                                            from: weight + ((tap * inputs + input) * outputs + columns.lowerBound),
                                            count: columns.count)
                                    }
                                }
                            }
                        }
                        for input in range {
                            let source = source + (input &- range.lowerBound) &* inputStride
                            let target = values + (panel &* inputs &+ input) &* width
                            @inline(__always)
                            func transform<V: FloatVector>(_ channel: Int, _: V.Type) {
                                Winograd.transform(
                                    { source + ((3 &* $0 &+ $1) &* tapStride &+ channel) },
                                    to: { target + ((6 &* $0 &+ $1) &* planeStride &+ channel) },
                                    by: Winograd.weight(_:) as (InlineArray<3, V>) -> InlineArray<6, V>)
                            }
                            Winograd.forEachVector(
                                filled, wide: { transform($0, SIMD16<Float>.self) },
                                narrow: { transform($0, SIMD8<Float>.self) })
                        }
                    }
                }
            }
        }
    }

    /// Input channels in a piece: a cache line of a turned weight, and the nine taps of a panel of so many stay in L1 or near it.
    private static let length = 16
    /// Not a power of two, at which the nine would share one set of the cache.
    private static let tapStride = length * RegisterTile.panelWidth + 16
}

extension Tensor {
    /// This 3×3 weight transformed for the convolution, or (turned by 180° and with its channel axes exchanged) for the
    /// gradient of its input. The form asked for last is kept with the tensor's elements until they change: a training step
    /// needs one form in its forward and the other in its backward pass, and each is four times as large as the weight.
    func winogradWeight(turned: Bool) -> WinogradWeight {
        storage.derived.withLock { derived in
            if let kept = derived as? KeptForm, kept.shape == shape, kept.offset == offset, kept.turned == turned {
                return kept.weight
            }
            derived = nil
            let weight = WinogradWeight(self, turned: turned)
            derived = KeptForm(shape: shape, offset: offset, turned: turned, weight: weight)
            return weight
        }
    }
}

/// What is kept with the elements of a weight.
private struct KeptForm: Sendable {
    /// Of the weight; the same elements under another shape are another weight, and so are others of the same storage.
    let shape: [Int]
    let offset: Int
    let turned: Bool
    let weight: WinogradWeight
}
