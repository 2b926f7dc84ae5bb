import Tensors

/// The 3×3 convolution with stride 1 and zero padding 1 on channels-last images, and its gradients.
///
///     y[n, i, j, o] = b[o] + Σ_k Σ_u Σ_v Σ_c x_k[n, i + u - 1, j + v - 1, c] · w_k[u, v, c, o]       u, v in 0...2
///
/// Several inputs, each with its own weight, are what one convolution of their concatenation would be: a U-Net decoder
/// level convolves its skip and its upsampled part so, and an absent skip costs nothing, nor does one that only some images
/// of the batch have. (A cross-correlation, as in
/// every deep-learning library.)
enum Convolution3x3 {
    /// - Parameters:
    ///   - inputs: one or more `[N_k, H, W, C_k]`, the same H, W.
    ///   - first: for each input the image of the output that its first image adds to; 0 if left out. The largest N_k is
    ///     N; an input of fewer images stands for zeros in the others.
    ///   - weights: one `[3, 3, C_k, O]` for each input.
    ///   - bias: `[O]`.
    /// - Returns: `[N, H, W, O]`.
    static func forward(_ inputs: [Tensor], at first: [Int]? = nil, weights: [Tensor], bias: Tensor?) -> Tensor {
        precondition(
            !inputs.isEmpty && inputs.count == weights.count,
            "Convolution3x3: \(inputs.count) inputs and \(weights.count) weights")
        let outputs = weights[0].shape[3]
        for (input, weight) in zip(inputs, weights) {
            precondition(
                input.shape.count == 4 && Array(input.shape[1..<3]) == Array(inputs[0].shape[1..<3])
                    && weight.shape == [3, 3, input.shape[3], outputs],
                "Convolution3x3: input \(input.shape) and weight \(weight.shape); expected [N, H, W, C] and [3, 3, C, O]"
            )
        }
        precondition(
            bias.map { $0.shape == [outputs] } ?? true, "Convolution3x3: bias \(bias?.shape ?? []), O = \(outputs)")
        let (height, width) = (inputs[0].shape[1], inputs[0].shape[2])
        let images = inputs.map { $0.shape[0] }.max() ?? 0
        let ranges = inputs.indices.map { index in
            let start = first?[index] ?? 0
            return start..<start + inputs[index].shape[0]
        }
        precondition(
            ranges.contains(0..<images) && ranges.allSatisfy { $0.upperBound <= images },
            "Convolution3x3: images \(ranges) of \(images)")
        let usesWinograd = zip(inputs, weights).allSatisfy { prefersWinograd($0.shape, $1.shape[2], $1.shape[3]) }
        return Tensor([images, height, width, outputs]) { output in
            guard let output = output.baseAddress else { return }
            // One call for each range of images that have the same inputs.
            let cuts = Set(ranges.flatMap { [$0.lowerBound, $0.upperBound] }).sorted()
            for (start, end) in zip(cuts, cuts.dropFirst()) {
                let present = inputs.indices.filter { ranges[$0].contains(start) }
                let parts = present.map {
                    inputs[$0].entries(start - ranges[$0].lowerBound..<end - ranges[$0].lowerBound)
                }
                let target = output + start * height * width * outputs
                if usesWinograd {
                    let weights = present.map { weights[$0].winogradWeight(turned: false) }
                    WinogradConvolution.forward(parts, weights: weights, bias: bias, into: target)
                } else {
                    Convolution3x3Direct.forward(parts, weights: present.map { weights[$0] }, bias: bias, into: target)
                }
            }
        }
    }

    /// The choice of algorithm: Winograd's pays from 16 channels on (transforming is then cheaper than the products it
    /// saves), unless most of its 4×4 tiles stick out of the image.
    private static func prefersWinograd(_ image: [Int], _ inputs: Int, _ outputs: Int) -> Bool {
        let tiles = ((image[1] + 3) / 4) * ((image[2] + 3) / 4)
        return min(inputs, outputs) >= 16 && 36 * tiles <= 5 * image[1] * image[2]
    }

    /// ∂L/∂x_k = ∂L/∂y ∗ w_k turned by 180° with its channel axes exchanged.
    ///
    /// - Parameters:
    ///   - outputGradient: `[N, H, W, O]`.
    ///   - weight: `[3, 3, C, O]`.
    /// - Returns: `[N, H, W, C]`.
    static func inputGradient(_ outputGradient: Tensor, weight: Tensor) -> Tensor {
        if prefersWinograd(outputGradient.shape, weight.shape[2], weight.shape[3]) {
            return WinogradConvolution.forward(
                [outputGradient], weights: [weight.winogradWeight(turned: true)], bias: nil)
        }
        return Convolution3x3Direct.forward([outputGradient], weights: [turned(weight)], bias: nil)
    }

    /// ∂L/∂w_k[u, v, c, o] = Σ_n,i,j x_k[n, i + u - 1, j + v - 1, c] · ∂L/∂y[n, i, j, o].
    ///
    /// - Parameters:
    ///   - input: `[N, H, W, C]`.
    ///   - outputGradient: `[N, H, W, O]`.
    /// - Returns: `[3, 3, C, O]`.
    static func weightGradient(input: Tensor, outputGradient: Tensor) -> Tensor {
        precondition(
            input.shape.count == 4 && Array(input.shape[..<3]) == Array(outputGradient.shape[..<3]),
            "Convolution3x3.weightGradient: input \(input.shape) and output gradient \(outputGradient.shape)")
        if prefersWinograd(input.shape, input.shape[3], outputGradient.shape[3]) {
            return WinogradWeightGradient.weightGradient(input: input, outputGradient: outputGradient)
        }
        return Convolution3x3Direct.weightGradient(input: input, outputGradient: outputGradient)
    }

    /// ∂L/∂b[o] = Σ_n,i,j ∂L/∂y[n, i, j, o], as kept with the gradient or else summed in Float64 over pieces of a fixed size,
    /// then over pieces in order.
    ///
    /// - Parameter outputGradient: `[..., O]`.
    /// - Returns: `[O]`.
    static func biasGradient(_ outputGradient: Tensor) -> Tensor {
        let channels = outputGradient.shape[outputGradient.shape.count - 1]
        if let sums = outputGradient.keptChannelSums { return Tensor([channels], sums.map(Float.init)) }
        let pixels = outputGradient.count / max(1, channels)
        // Pieces of about 2^14 elements stay in L1 while the channels are walked through, a vector at a time.
        let length = max(1, (1 << 14) / max(1, channels))
        let pieces = (pixels + length - 1) / length
        var partial = [Double](repeating: 0, count: pieces * channels)
        partial.withUnsafeMutableBufferPointer { partial in
            nonisolated(unsafe) let partial = partial
            outputGradient.withUnsafeBuffer { gradient in
                guard let gradient = gradient.baseAddress else { return }
                Parallel.forRanges(pixels, length: length) { range in
                    for channel in stride(from: 0, to: channels, by: 8) {
                        let lanes = min(8, channels - channel)
                        var sum = SIMD8<Double>()
                        for pixel in range {
                            let place = gradient + (pixel &* channels &+ channel)
                            if lanes == 8 {
                                sum += SIMD8<Double>(SIMD8(at: place))
                            } else {
                                for lane in 0..<lanes { sum[lane] += Double(place[lane]) }
                            }
                        }
                        let target = range.lowerBound / length * channels + channel
                        for lane in 0..<lanes { partial[target + lane] = sum[lane] }
                    }
                }
            }
        }
        return Tensor([channels]) { output in
            for channel in 0..<channels {
                var sum = 0.0
                for piece in 0..<pieces { sum += partial[piece * channels + channel] }
                output[channel] = Float(sum)
            }
        }
    }

    /// `[3, 3, C, O]` turned by 180° in the plane with its channel axes exchanged: `[3, 3, O, C]`.
    static func turned(_ weight: Tensor) -> Tensor {
        let (inputs, outputs) = (weight.shape[2], weight.shape[3])
        return weight.withUnsafeBuffer { source in
            Tensor([3, 3, outputs, inputs]) { turned in
                guard let source = source.baseAddress, let turned = turned.baseAddress else { return }
                for tap in 0..<9 {
                    Transposition.copy(
                        rows: inputs, columns: outputs, from: source + tap * inputs * outputs, stride: outputs,
                        to: turned + (8 - tap) * inputs * outputs, stride: inputs)
                }
            }
        }
    }
}
