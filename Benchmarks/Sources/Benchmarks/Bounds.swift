import Foundation

@testable import Engine
@testable import Tensors

/// What this machine attains with all threads in the two things a kernel is made of, measured in the same run.
enum Bounds {
    /// GFLOP/s of OpenBLAS on square matrices of 1536, each thread at its own rows.
    static func product() -> Double {
        let n = 1536
        let rows = (n + Parallel.threadCount - 1) / Parallel.threadCount
        let a = Tensor([n, n], repeating: 0.5), b = Tensor([n, n], repeating: 0.25)
        let timing = Timing {
            _ = Tensor([n, n]) { output in
                a.withUnsafeBuffer { a in
                    b.withUnsafeBuffer { b in
                        guard let a = a.baseAddress, let b = b.baseAddress, let output = output.baseAddress else {
                            return
                        }
                        Parallel.forRanges(n, length: rows) { range in
                            MatrixProduct.multiplyOnThisThread(
                                .init(pointer: a + range.lowerBound * n, stride: n), .init(pointer: b, stride: n),
                                into: output + range.lowerBound * n, outputStride: n, rows: range.count, inner: n,
                                columns: n)
                        }
                    }
                }
            }
        }
        return 2 * pow(Double(n), 3) / timing.median * 1e-9
    }

    /// GB/s, read and written, of copying an array of that many floats; arrays that fit a cache are copied faster.
    static func copy(_ count: Int) -> Double {
        let source = Tensor([count], repeating: 1)
        let timing = Timing {
            _ = Tensor([count]) { output in
                source.withUnsafeBuffer { source in
                    guard let from = source.baseAddress, let to = output.baseAddress else { return }
                    Parallel.forRanges(count, length: 1 << 15) { range in
                        (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
                    }
                }
            }
        }
        return 8 * Double(count) / timing.median * 1e-9
    }
}

/// One kernel at one shape, over the bound.
struct KernelLine: Encodable {
    let kernel: String
    let `case`: String
    let shape: String
    let milliseconds: Double
    /// `GFLOP/s` of a direct evaluation, or `GB/s` of the least traffic to memory.
    let unit: String
    let achieved: Double
    let attainable: Double
    /// Number of threads.
    let threads = Parallel.threadCount
}
