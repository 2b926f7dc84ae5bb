import Tensors

/// One update by stochastic gradient descent of one tensor in place, with momentum.
enum MomentumKernel {
    struct Coefficients {
        let learningRate: Float
        let momentum: Float
        /// Nesterov: the step goes along the gradient plus the moved buffer, as if seen one step ahead.
        let isNesterov: Bool
        /// What the gradient is multiplied with first: gradient clipping.
        let gradientScale: Float
        /// Added to the gradient, times the weight.
        let coupledDecay: Float
    }

    /// - Parameter gradient: `nil` stands for zeros, as in `AdamKernel`.
    static func update(_ value: inout Tensor, _ buffer: inout Tensor, gradient: Tensor?, _ k: Coefficients) {
        let count = value.count
        value.withUnsafeMutableBuffer { value in
            buffer.withUnsafeMutableBuffer { buffer in
                guard let p = value.baseAddress, let b = buffer.baseAddress else { return }
                func run(_ g: UnsafePointer<Float>?) {
                    Parallel.forRanges(count, length: 1 << 14) { range in
                        forEachLane(range.count, tileBlocks: 1) { _, offset, valid in
                            let at = range.lowerBound + offset
                            let weight = p.lanes(at, valid)
                            let raw = (g.map { $0.lanes(at, valid) } ?? Lanes()) * k.gradientScale
                            let gradient = raw + weight * k.coupledDecay
                            let moved = b.lanes(at, valid) * k.momentum + gradient
                            let direction = k.isNesterov ? gradient + moved * k.momentum : moved
                            b.store(moved, at, valid)
                            p.store(weight - direction * k.learningRate, at, valid)
                        }
                    }
                }
                if let gradient { gradient.withUnsafeBuffer { run($0.baseAddress) } } else { run(nil) }
            }
        }
    }
}
