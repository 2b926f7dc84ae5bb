import Tensors

/// The filters and the adjoint behind `sobelMagnitude`.
///
/// One piece per sample, so that the adjoint, which scatters, never writes outside its piece.
enum SobelKernel {
    /// Offset along the derivative, offset across it, weight.
    private static let taps: [(along: Int, across: Int, weight: Float)] = [
        (-1, -1, -0.125), (1, -1, 0.125), (-1, 0, -0.25), (1, 0, 0.25), (-1, 1, -0.125), (1, 1, 0.125),
    ]

    static func forward(_ x: Tensor) -> Tensor {
        let grid = Grid(x)
        return Tensor(x.shape) { m in
            x.withUnsafeBuffer { x in
                Parallel.forEach(grid.samples) { n in
                    grid.forEachPixel(of: n) { i, j, k, position in
                        var gx: Float = 0, gy: Float = 0
                        for tap in taps {
                            gx += tap.weight * x[grid.position(n, i + tap.across, j + tap.along, k)]
                            gy += tap.weight * x[grid.position(n, i + tap.along, j + tap.across, k)]
                        }
                        m[position] = (gx * gx + gy * gy + 1e-6).squareRoot()
                    }
                }
            }
        }
    }

    static func backward(_ x: Tensor, magnitude: Tensor, outputGradient: Tensor) -> Tensor {
        let grid = Grid(x)
        return Tensor(x.shape) { dx in
            dx.update(repeating: 0)
            x.withUnsafeBuffer { x in
                magnitude.withUnsafeBuffer { m in
                    outputGradient.withUnsafeBuffer { dm in
                        Parallel.forEach(grid.samples) { n in
                            grid.forEachPixel(of: n) { i, j, k, position in
                                var gx: Float = 0, gy: Float = 0
                                for tap in taps {
                                    gx += tap.weight * x[grid.position(n, i + tap.across, j + tap.along, k)]
                                    gy += tap.weight * x[grid.position(n, i + tap.along, j + tap.across, k)]
                                }
                                let scale = dm[position] / m[position]
                                for tap in taps {
                                    dx[grid.position(n, i + tap.across, j + tap.along, k)] += tap.weight * scale * gx
                                    dx[grid.position(n, i + tap.along, j + tap.across, k)] += tap.weight * scale * gy
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private struct Grid {
        let samples: Int, height: Int, width: Int, channels: Int

        init(_ x: Tensor) { (samples, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]) }

        /// Element offset, with the border replicated.
        @inline(__always)
        func position(_ n: Int, _ i: Int, _ j: Int, _ k: Int) -> Int {
            let row = min(max(i, 0), height - 1), column = min(max(j, 0), width - 1)
            return ((n * height + row) * width + column) * channels + k
        }

        @inline(__always)
        func forEachPixel(of n: Int, _ body: (_ i: Int, _ j: Int, _ k: Int, _ position: Int) -> Void) {
            for i in 0..<height {
                for j in 0..<width {
                    for k in 0..<channels { body(i, j, k, position(n, i, j, k)) }
                }
            }
        }
    }
}
