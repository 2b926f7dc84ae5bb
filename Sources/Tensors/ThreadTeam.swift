import CIntrinsics
import Dispatch
import Synchronization

/// Threads that do one loop after the other and stay awake in between.
///
/// A training step is a few hundred loops of half a millisecond. `concurrentPerform` puts its threads to sleep after each, and on
/// a virtual machine waking one takes 0.03 to 0.6 ms. A helper of this team therefore looks out for the next loop for `patience`
/// before it gives its thread back to Dispatch, as the runtimes of OpenMP do.
///
/// The calling thread does pieces too, and waits only for helpers that have joined: one that the system does not run delays nothing.
final class ThreadTeam: Sendable {
    static let shared = ThreadTeam()

    /// How long a thread waits awake, in ns. Longer than most times for which a host takes a core away.
    private static let patience: UInt64 = 10_000_000

    /// Whether a caller has the team.
    private let isTaken = Atomic(false)
    /// How many loops there have been. A helper waits for another number.
    private let loop = Atomic(0)
    /// Helpers in the loop, plus `place` for each that may be in it, plus `asleep` while the caller waits for the last one to leave.
    /// No places: nobody may join.
    private let members = Atomic(0)
    private let nextPiece = Atomic(0)
    /// Threads that run `help`.
    private let helpers = Atomic(0)
    private let allHaveLeft = DispatchSemaphore(value: 0)
    /// Written by the caller while there are no members.
    private nonisolated(unsafe) var pieces: (count: Int, body: (Int) -> Void) = (0, { _ in })

    private static let place = 1 << 16
    private static let asleep = 1 << 32

    /// Runs `body` once for each piece `0..<count` on at most `threads` threads, the calling one among them.
    ///
    /// - Returns: false, and has run nothing, if another caller has the team, or this one has it in a loop around this loop.
    func perform(_ count: Int, threads: Int, _ body: (Int) -> Void) -> Bool {
        guard !isTaken.exchange(true, ordering: .acquiring) else { return false }
        defer { isTaken.store(false, ordering: .releasing) }
        let places = min(threads, Self.place) - 1
        withoutActuallyEscaping(body) { body in
            pieces = (count, body)
            nextPiece.store(0, ordering: .relaxed)
            members.store(places * Self.place, ordering: .releasing)
            loop.add(1, ordering: .sequentiallyConsistent)
            for _ in 0..<max(0, places - helpers.load(ordering: .sequentiallyConsistent)) {
                helpers.add(1, ordering: .relaxed)
                DispatchQueue.global(qos: .userInitiated).async { self.help() }
            }
            runPieces()
            members.subtract(places * Self.place, ordering: .relaxed)
            waitForMembers()
            pieces = (0, { _ in })
        }
        return true
    }

    /// Not inlined, so that no thread holds `body` when it has left the loop.
    @inline(never)
    private func runPieces() {
        let (count, body) = pieces
        while true {
            let piece = nextPiece.wrappingAdd(1, ordering: .relaxed).oldValue
            guard piece < count else { return }
            body(piece)
        }
    }

    private func waitForMembers() {
        if stayAwake(until: { members.load(ordering: .acquiring) == 0 }) { return }
        if members.add(Self.asleep, ordering: .acquiringAndReleasing).oldValue > 0 { allHaveLeft.wait() }
    }

    private func help() {
        var last = -1
        while true {
            if stayAwake(until: { loop.load(ordering: .acquiring) != last }) {
                last = loop.load(ordering: .acquiring)
                if join() {
                    runPieces()
                    leave()
                }
            } else {
                // A caller starts a loop and then counts helpers: either it misses this one, or this one sees the loop.
                helpers.subtract(1, ordering: .sequentiallyConsistent)
                guard loop.load(ordering: .sequentiallyConsistent) != last else { return }
                helpers.add(1, ordering: .relaxed)
            }
        }
    }

    private func join() -> Bool {
        var state = members.load(ordering: .relaxed)
        while state % Self.place < state / Self.place % Self.place {
            let joined = members.weakCompareExchange(expected: state, desired: state + 1, ordering: .acquiring)
            if joined.exchanged { return true }
            state = joined.original
        }
        return false
    }

    private func leave() {
        if members.subtract(1, ordering: .acquiringAndReleasing).newValue == Self.asleep { allHaveLeft.signal() }
    }

    private func stayAwake(until condition: () -> Bool) -> Bool {
        if condition() { return true }
        let end = DispatchTime.now().uptimeNanoseconds + Self.patience
        repeat {
            for _ in 0..<32 {
                wait_a_moment()
                if condition() { return true }
            }
        } while DispatchTime.now().uptimeNanoseconds < end
        return false
    }
}
