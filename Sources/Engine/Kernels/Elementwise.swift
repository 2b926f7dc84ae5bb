import Tensors

/// Loops over whole tensors of one shape: memory-bound, so their cost is the bytes they touch.
enum Elementwise {
    /// Elements per piece, and per Float32 partial sum of a lane: 16·256.
    private static let piece = 1 << 14
    private static let partial = 1 << 12

    /// f(x) for every element.
    @inline(__always)
    static func map(_ x: Tensor, _ f: (Lanes) -> Lanes) -> Tensor {
        Tensor(x.shape) { out in
            x.withUnsafeBuffer { x in
                guard let x = x.baseAddress, let z = out.baseAddress else { return }
                Parallel.forRanges(out.count, length: piece) { range in
                    forEachLane(range.count, tileBlocks: 1) { _, offset, valid in
                        z.store(f(x.lanes(range.lowerBound + offset, valid)), range.lowerBound + offset, valid)
                    }
                }
            }
        }
    }

    /// f(x, y) for every pair of elements.
    @inline(__always)
    static func map(_ x: Tensor, _ y: Tensor, _ f: (Lanes, Lanes) -> Lanes) -> Tensor {
        precondition(x.shape == y.shape, "elementwise: shapes \(x.shape) and \(y.shape) differ")
        return Tensor(x.shape) { out in
            x.withUnsafeBuffer { x in
                y.withUnsafeBuffer { y in
                    guard let x = x.baseAddress, let y = y.baseAddress, let z = out.baseAddress else { return }
                    Parallel.forRanges(out.count, length: piece) { range in
                        forEachLane(range.count, tileBlocks: 1) { _, offset, valid in
                            let at = range.lowerBound + offset
                            z.store(f(x.lanes(at, valid), y.lanes(at, valid)), at, valid)
                        }
                    }
                }
            }
        }
    }

    /// x += y.
    static func add(_ y: Tensor, to x: inout Tensor) {
        precondition(x.shape == y.shape, "add: shapes \(x.shape) and \(y.shape) differ")
        let count = x.count
        x.withUnsafeMutableBuffer { x in
            y.withUnsafeBuffer { y in
                guard let x = x.baseAddress, let y = y.baseAddress else { return }
                Parallel.forRanges(count, length: piece) { range in
                    for i in range { x[i] += y[i] }
                }
            }
        }
    }

    /// Σ f(xᵢ, yᵢ): Float32 lanes over short stretches, Float64 beyond, pieces added in order. f(0, 0) must be 0.
    @inline(__always)
    static func sum(_ x: Tensor, _ y: Tensor, _ f: (Lanes, Lanes) -> Lanes) -> Double {
        precondition(x.shape == y.shape, "sum: shapes \(x.shape) and \(y.shape) differ")
        let count = x.count
        var parts = [Double](repeating: 0, count: (count + partial - 1) / partial)
        x.withUnsafeBuffer { x in
            y.withUnsafeBuffer { y in
                parts.withUnsafeMutableBufferPointer { parts in
                    guard let x = x.baseAddress, let y = y.baseAddress else { return }
                    Parallel.forEach(parts.count) { part in
                        let start = part * partial
                        var total = Lanes()
                        forEachLane(min(partial, count - start), tileBlocks: 1) { _, offset, valid in
                            total += f(x.lanes(start + offset, valid), y.lanes(start + offset, valid))
                        }
                        parts[part] = (0..<16).reduce(0) { $0 + Double(total[$1]) }
                    }
                }
            }
        }
        return parts.reduce(0, +)
    }

    /// Σ xᵢ².
    static func sumOfSquares(_ x: Tensor) -> Double { sum(x, x) { u, _ in u * u } }
}
