/// Uninitialised memory for the time of a call, from `MemoryPool`, so that a training step allocates nothing.
enum Scratch {
    static func with<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> R) rethrows -> R {
        let pointer = MemoryPool.take(count)
        defer { MemoryPool.give(back: pointer, count) }
        return try body(pointer)
    }
}
