import CIntrinsics
import COpenBLAS

/// Dense Float32 matrix products on raw row-major memory, by OpenBLAS.
///
/// OpenBLAS runs on the calling thread only; the threads are `Parallel`'s.
enum MatrixProduct {
    /// A matrix in memory: element (i, j) of op(M) is `pointer[i * stride + j]`, or `pointer[j * stride + i]` if transposed.
    struct Operand: @unchecked Sendable {
        let pointer: UnsafePointer<Float>
        /// Distance between the starts of two stored rows, in elements.
        let stride: Int
        var transposed = false

        fileprivate var flag: CBLAS_TRANSPOSE { transposed ? CblasTrans : CblasNoTrans }
    }

    /// C = A·B on the calling thread; A is rows×inner, B inner×columns, C rows×columns with row stride `outputStride`.
    static func multiplyOnThisThread(
        _ a: Operand, _ b: Operand, into output: UnsafeMutablePointer<Float>, outputStride: Int,
        rows: Int, inner: Int, columns: Int
    ) {
        guard rows > 0, columns > 0 else { return }
        _ = ownThreadsOnly
        cblas_sgemm(
            CblasRowMajor, a.flag, b.flag, blasint(rows), blasint(columns), blasint(inner), 1,
            a.pointer, blasint(a.stride), b.pointer, blasint(b.stride), 0, output, blasint(outputStride))
    }

    /// Whether the compiler may use AVX-512: 32 registers of 16 floats instead of 16 registers of 8.
    static let hasWideRegisters = HAS_32_REGISTERS_OF_16_FLOATS != 0

    /// OpenBLAS's release and the kernels it runs, such as `0.3.21 Haswell`.
    static var libraryVersion: String {
        let words = String(cString: openblas_get_config()).split(separator: " ")
        return "\(words.dropFirst().first ?? "unknown") \(String(cString: openblas_get_corename()))"
    }

    private static let ownThreadsOnly: Void = openblas_set_num_threads(1)
}
