import Tensors

/// 2×2 maximum with stride 2; an odd last row or column is dropped, as in PyTorch.
enum MaxPoolingKernel {
    static func forward(_ x: Tensor) -> Tensor {
        let (n, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let (oh, ow) = (h / 2, w / 2)
        return Tensor([n, oh, ow, c]) { y in
            x.withUnsafeBuffer { x in
                guard let x = x.baseAddress, let y = y.baseAddress else { return }
                Parallel.forRanges(n * oh, length: 8) { rows in
                    for row in rows {
                        let top = x + ((row / oh) * h + (row % oh) * 2) * w * c
                        let bottom = top + w * c
                        let out = y + row * ow * c
                        for j in 0..<ow {
                            let left = 2 * j * c, right = left + c
                            forEachLane(c, tileBlocks: 1) { _, k, valid in
                                let upper = larger(top.lanes(left + k, valid), top.lanes(right + k, valid))
                                let lower = larger(bottom.lanes(left + k, valid), bottom.lanes(right + k, valid))
                                out.store(larger(upper, lower), j * c + k, valid)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The gradient goes to the first of the four that equals the maximum, in row order.
    static func backward(_ x: Tensor, y: Tensor, outputGradient: Tensor) -> Tensor {
        let (n, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let (oh, ow) = (h / 2, w / 2)
        return Tensor(x.shape) { dx in
            x.withUnsafeBuffer { x in
                y.withUnsafeBuffer { y in
                    outputGradient.withUnsafeBuffer { g in
                        guard let x = x.baseAddress, let dx = dx.baseAddress else { return }
                        guard let y = y.baseAddress, let g = g.baseAddress, oh * ow > 0 else {
                            return dx.update(repeating: 0, count: n * h * w * c)
                        }
                        Parallel.forRanges(n * oh, length: 8) { rows in
                            for row in rows {
                                let start = ((row / oh) * h + (row % oh) * 2) * w * c
                                for j in 0..<ow {
                                    let a = start + 2 * j * c, out = (row * ow + j) * c
                                    let b = a + c, d = a + w * c, e = d + c
                                    forEachLane(c, tileBlocks: 1) { _, k, valid in
                                        let maximum = y.lanes(out + k, valid), gradient = g.lanes(out + k, valid)
                                        let isA = x.lanes(a + k, valid) .== maximum
                                        let isB = .!isA .& (x.lanes(b + k, valid) .== maximum)
                                        let isAB = isA .| isB
                                        let isD = .!isAB .& (x.lanes(d + k, valid) .== maximum)
                                        dx.store(Lanes().replacing(with: gradient, where: isA), a + k, valid)
                                        dx.store(Lanes().replacing(with: gradient, where: isB), b + k, valid)
                                        dx.store(Lanes().replacing(with: gradient, where: isD), d + k, valid)
                                        dx.store(gradient.replacing(with: 0, where: isAB .| isD), e + k, valid)
                                    }
                                }
                                if w % 2 == 1 {
                                    for r in 0..<2 {
                                        (dx + start + (r * w + w - 1) * c).update(repeating: 0, count: c)
                                    }
                                }
                                if h % 2 == 1 && row % oh == oh - 1 {
                                    (dx + start + 2 * w * c).update(repeating: 0, count: w * c)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The larger of two; NaN if either is, so that a diverged network is not hidden.
    @inline(__always)
    private static func larger(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: (b .> a) .| (b .!= b)) }
}
