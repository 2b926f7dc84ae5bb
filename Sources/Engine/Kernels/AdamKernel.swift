import Tensors

/// One Adam update of one tensor in place: three reads and three writes per element besides the gradient.
enum AdamKernel {
    struct Coefficients {
        /// 1 - learning rate · decoupled weight decay.
        let decay: Float
        /// Learning rate over 1 - β1^t.
        let step: Float
        /// √(1 - β2^t).
        let correction: Float
        let beta1: Float
        let beta2: Float
        let epsilon: Float
        /// What the gradient is multiplied with first: gradient clipping.
        let gradientScale: Float
        /// Added to the gradient, times the weight: Adam's coupled weight decay (0 for AdamW).
        let coupledDecay: Float
    }

    /// - Parameter gradient: `nil` stands for zeros, as PyTorch passes for an input that was multiplied by zeros.
    static func update(
        _ value: inout Tensor, _ mean: inout Tensor, _ square: inout Tensor, gradient: Tensor?, _ k: Coefficients
    ) {
        let count = value.count
        value.withUnsafeMutableBuffer { value in
            mean.withUnsafeMutableBuffer { mean in
                square.withUnsafeMutableBuffer { square in
                    guard let p = value.baseAddress, let m = mean.baseAddress, let v = square.baseAddress
                    else { return }
                    func run(_ g: UnsafePointer<Float>?) {
                        Parallel.forRanges(count, length: 1 << 14) { range in
                            forEachLane(range.count, tileBlocks: 1) { _, offset, valid in
                                let at = range.lowerBound + offset
                                let weight = p.lanes(at, valid)
                                let raw = (g.map { $0.lanes(at, valid) } ?? Lanes()) * k.gradientScale
                                let gradient = raw + weight * k.coupledDecay
                                let first = m.lanes(at, valid) * k.beta1 + gradient * (1 - k.beta1)
                                let second = v.lanes(at, valid) * k.beta2 + gradient * gradient * (1 - k.beta2)
                                let denominator = second.squareRoot() / k.correction + k.epsilon
                                m.store(first, at, valid)
                                v.store(second, at, valid)
                                p.store(weight * k.decay - first * k.step / denominator, at, valid)
                            }
                        }
                    }
                    if let gradient { gradient.withUnsafeBuffer { run($0.baseAddress) } } else { run(nil) }
                }
            }
        }
    }
}
