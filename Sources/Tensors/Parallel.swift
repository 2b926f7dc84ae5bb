import Foundation
import Synchronization

/// Work over independent pieces.
///
/// The pieces are the caller's and never depend on the number of threads, and no two write to the same place, so the
/// bytes that come out are the same for every thread count. Sums over pieces are the caller's too, in piece order.
public enum Parallel {
    private static let threads = Atomic<Int>(ProcessInfo.processInfo.activeProcessorCount)

    /// How many threads `forEach` uses, the calling one included; at least 1. The default is the number of cores.
    public static var threadCount: Int {
        get { threads.load(ordering: .relaxed) }
        set { threads.store(max(1, newValue), ordering: .relaxed) }
    }

    /// Runs `body` once for each piece `0..<count`, in no particular order, and returns when all are done.
    ///
    /// A loop inside a loop, or at the same time as one of another thread, runs on its own thread alone.
    public static func forEach(_ count: Int, _ body: (Int) -> Void) {
        let workers = min(threadCount, count)
        if workers > 1, ThreadTeam.shared.perform(count, threads: workers, body) { return }
        for piece in 0..<count { body(piece) }
    }

    /// Splits `0..<count` into ranges of `length` (the last may be shorter) and runs `body` once for each.
    public static func forRanges(_ count: Int, length: Int, _ body: (Range<Int>) -> Void) {
        forEach((count + length - 1) / length) { piece in
            body(piece * length..<min(count, (piece + 1) * length))
        }
    }

    /// The results of `body` for each piece, in piece order. The first error by piece order is thrown.
    public static func map<T: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> T) throws -> [T] {
        let results = Mutex([Result<T, any Error>?](repeating: nil, count: count))
        forEach(count) { piece in
            let result = Result { try body(piece) }
            results.withLock { $0[piece] = result }
        }
        return try results.withLock { try $0.compactMap { try $0?.get() } }
    }
}
