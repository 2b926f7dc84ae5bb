/// G w Gᵀ of a 3×3 weight, computed once per weight value.
struct WinogradWeight: Sendable {
    let inputs: Int
    let outputs: Int
    /// Distance between the 36 planes of `values`.
    let planeStride: Int
    /// 36 planes of panels of 32 output channels (the last filled up with zeros): `[36, panel, inputs, 32]`.
    let values: Tensor

    /// - Parameter weight: `[3, 3, C, O]`.
    init(_ weight: Tensor) {
        let (inputs, outputs) = (weight.shape[2], weight.shape[3])
        let width = RegisterTile.panelWidth
        let panels = (outputs + width - 1) / width
        let planeStride = panels * inputs * width
        self.inputs = inputs
        self.outputs = outputs
        self.planeStride = planeStride
        values = Tensor([36, panels, inputs, width]) { values in
            guard let values = values.baseAddress else { return }
            weight.withUnsafeBuffer { weight in
                guard let weight = weight.baseAddress else { return }
                Parallel.forRanges(panels * inputs, length: 64) { rows in
                    // A row of a panel: up to 32 output channels of one input channel, and zeros.
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: 9 * width) { taps in
                        guard let taps = taps.baseAddress else { return }
                        for row in rows {
                            let (panel, input) = row.quotientAndRemainder(dividingBy: inputs)
                            let channels = min(width, outputs - panel * width)
                            taps.update(repeating: 0, count: 9 * width)
                            for tap in 0..<9 {
                                (taps + tap * width).update(
                                    from: weight + (tap * inputs + input) * outputs + panel * width, count: channels)
                            }
                            for channel in stride(from: 0, to: width, by: 8) {
                                Winograd.transform(
                                    .init(pointer: taps + channel, rowStride: 3 * width, columnStride: width),
                                    to: .init(
                                        pointer: values + row * width + channel, rowStride: 6 * planeStride,
                                        columnStride: planeStride),
                                    by: Winograd.weight(_:)
                                        as (InlineArray<3, SIMD8<Float>>) -> InlineArray<6, SIMD8<Float>>)
                            }
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
            let form = WinogradWeight(turned ? Convolution3x3.turned(self) : self)
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
