/// G w Gᵀ of a 3×3 weight, computed once per weight value.
struct WinogradWeight: Sendable {
    let inputs: Int
    let outputs: Int
    /// Distance between the 36 planes of `values`.
    let planeStride: Int
    /// 36 planes of panels of 32 output channels, the last filled up with zeros: `[panel, inputs, 32]`.
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
                Parallel.forRanges(panels * inputs, length: 32) { rows in
                    Scratch.with(9 * width) { taps in
                        taps.update(repeating: 0, count: 9 * width)
                        for row in rows {
                            // A row of a panel: up to 32 output channels of one input channel, and zeros.
                            let (panel, input) = row.quotientAndRemainder(dividingBy: inputs)
                            let first = panel * width
                            let count = min(width, outputs - first)
                            for tap in 0..<9 {
                                let target = taps + tap &* width
                                if turned {
                                    let position = ((8 &- tap) &* outputs &+ first) &* inputs &+ input
                                    let source = weight + position
                                    for output in 0..<count { target[output] = source[output &* inputs] }
                                } else {
                                    let position = (tap &* inputs &+ input) &* outputs &+ first
                                    target.update(from: weight + position, count: count)
                                }
                            }
                            if count < width {
                                for tap in 0..<9 {
                                    (taps + tap * width + count).update(repeating: 0, count: width - count)
                                }
                            }
                            let target = values + row &* width
                            @inline(__always)
                            func transform<V: FloatVector>(_ channel: Int, _: V.Type) {
                                Winograd.transform(
                                    { UnsafePointer(taps + ((3 &* $0 &+ $1) &* width &+ channel)) },
                                    to: { target + ((6 &* $0 &+ $1) &* planeStride &+ channel) },
                                    by: Winograd.weight(_:) as (InlineArray<3, V>) -> InlineArray<6, V>)
                            }
                            Winograd.forEachVector(
                                width, wide: { transform($0, SIMD16<Float>.self) },
                                narrow: { transform($0, SIMD8<Float>.self) })
                        }
                    }
                }
            }
        }
    }
}

extension Tensor {
    /// This 3×3 weight transformed for the convolution, or (turned by 180° and with its channel axes exchanged) for the
    /// gradient of its input. Kept with the tensor's elements until they change.
    func winogradWeight(turned: Bool) -> WinogradWeight {
        storage.derived.withLock { derived in
            var forms = derived as? WinogradForms ?? WinogradForms(shape: shape)
            if forms.shape != shape { forms = WinogradForms(shape: shape) }
            if let form = turned ? forms.turned : forms.straight { return form }
            let form = WinogradWeight(self, turned: turned)
            if turned { forms.turned = form } else { forms.straight = form }
            derived = forms
            return form
        }
    }
}

/// What is kept with the elements of a weight.
private struct WinogradForms: Sendable {
    /// Of the weight; the same elements under another shape are another weight.
    let shape: [Int]
    var straight: WinogradWeight?
    var turned: WinogradWeight?
}
