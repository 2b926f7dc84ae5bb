import Tensors

/// Uninitialised memory for the time of a call, from `MemoryPool`, so that a training step allocates nothing.
enum Scratch {
    /// What is large enough to profit is rounded up to whole huge pages: 36 planes are written at a time, each in a page of its
    /// own, and blocks of all layers are of one size, which the pool hands from layer to layer.
    static func with<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> R) rethrows -> R {
        let page = MemoryPool.hugePage / 4
        let size = count < page / 16 ? count : (count + page - 1) / page * page
        let pointer = MemoryPool.take(size)
        defer { MemoryPool.give(back: pointer, size) }
        return try body(pointer)
    }
}
