import CIntrinsics

/// The vectors the kernels are generic over: `SIMD8<Float>` and `SIMD16<Float>`.
protocol FloatVector: SIMD, SendableMetatype where Scalar == Float {
    /// self + a·b, fused where the machine can.
    func adding(_ a: Self, times b: Self) -> Self
}

/// Sixteen lanes: one AVX-512 register, two of AVX2.
typealias Lanes = SIMD16<Float>

extension Lanes: FloatVector {
    @inline(__always)
    func adding(_ a: Self, times b: Self) -> Self { adding_product_16(self, a, b) }
}

extension SIMD8<Float>: FloatVector {
    @inline(__always)
    func adding(_ a: Self, times b: Self) -> Self { adding_product_8(self, a, b) }
}

extension FloatVector {
    /// Loads from any address, aligned or not.
    @inline(__always)
    init(at pointer: UnsafePointer<Float>) {
        self = UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
    }

    /// Stores to any address, aligned or not.
    @inline(__always)
    func store(to pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
    }

    @inline(__always)
    func adding(_ a: Float, times b: Self) -> Self { adding(Self(repeating: a), times: b) }
}

extension UnsafePointer<Float> {
    /// Asks for a cache line that is wanted later, in the second level; any address may be asked for.
    @inline(__always)
    func prefetch() { prefetch_to_second_level(self) }
}

extension UnsafeMutablePointer<Float> {
    /// Asks for a cache line that is written later.
    @inline(__always)
    func prefetchForWriting() { prefetch_for_writing(self) }
}
