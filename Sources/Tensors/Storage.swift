import Foundation
import Synchronization

/// A block of uninitialised `Float`s, 64-byte aligned, taken from and returned to `MemoryPool`.
package final class Storage: @unchecked Sendable {
    package let pointer: UnsafeMutablePointer<Float>
    let count: Int
    /// Something derived from the contents (a transformed weight), dropped with the block or when the contents change.
    package let derived = Mutex<(any Sendable)?>(nil)

    init(count: Int) {
        self.count = count
        pointer = MemoryPool.take(count)
    }

    deinit { MemoryPool.give(back: pointer, count) }
}

/// Blocks that were freed, kept by size for the next tensor of that size.
///
/// A training step asks for the same sizes every time, so after the first step nothing is allocated and no page is
/// touched for the first time again.
package enum MemoryPool {
    private struct Block: @unchecked Sendable { let pointer: UnsafeMutablePointer<Float> }
    private static let free = Mutex<[Int: [Block]]>([:])

    package static func take(_ count: Int) -> UnsafeMutablePointer<Float> {
        let size = sizeClass(count)
        if let block = free.withLock({ $0[size]?.popLast() }) { return block.pointer }
        let isLarge = size * 4 >= hugePage
        let pointer = UnsafeMutableRawPointer.allocate(
            byteCount: (size + readableBeyond) * 4, alignment: isLarge ? hugePage : 64)
        // Fewer misses of the address cache: a third off the time of a convolution of large images with few channels.
        if isLarge { madvise(pointer, size * 4, MADV_HUGEPAGE) }
        return pointer.bindMemory(to: Float.self, capacity: size)
    }

    /// Bytes.
    package static let hugePage = 1 << 21
    /// Elements past the end of a block that may be read: the last row of a matrix is read in whole vectors.
    private static let readableBeyond = 16

    package static func give(back pointer: UnsafeMutablePointer<Float>, _ count: Int) {
        let block = Block(pointer: pointer)
        free.withLock { $0[sizeClass(count), default: []].append(block) }
    }

    /// Multiples of 1/8 of the next lower power of two: at most 12.5 % of a block is unused.
    private static func sizeClass(_ count: Int) -> Int {
        let count = max(count, 64)
        let step = max(64, (1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)) / 8)
        return (count + step - 1) / step * step
    }
}
