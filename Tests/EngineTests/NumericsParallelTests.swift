import Foundation
import Synchronization
import Testing

@testable import Engine
@testable import Tensors

/// `ThreadTeam` by itself, so that other tests may use the shared one meanwhile.
@Suite struct ThreadTeamTests {
    /// Loops of all lengths one after the other, with more and fewer threads than cores: each piece runs once.
    @Test(arguments: [1, 2, 3, 16]) func everyPieceOnce(threads: Int) {
        let team = ThreadTeam()
        for count in Array(0..<40) + [1000, 1, 2000] {
            let runs = Counters(count)
            #expect(team.perform(count, threads: threads) { runs.add($0) })
            #expect(runs.values.allSatisfy { $0 == 1 }, "\(count) pieces")
        }
    }

    /// Two pieces that wait for each other end only if two threads run them.
    @Test func helpersHelp() {
        let team = ThreadTeam()
        for _ in 0..<200 {
            let arrived = Atomic(0)
            _ = team.perform(2, threads: 2) { _ in
                arrived.add(1, ordering: .relaxed)
                while arrived.load(ordering: .relaxed) < 2 { usleep(10) }
            }
            #expect(arrived.load(ordering: .relaxed) == 2)
        }
    }

    /// No more threads at once than asked for, whatever loops came before.
    @Test func noMoreThreadsThanAsked() {
        let team = ThreadTeam()
        for threads in [8, 2, 4, 1, 3] {
            let now = Atomic(0)
            let most = Atomic(0)
            _ = team.perform(24, threads: threads) { _ in
                most.max(now.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
                usleep(500)
                now.subtract(1, ordering: .relaxed)
            }
            #expect(most.load(ordering: .relaxed) <= threads)
        }
    }

    /// Longer than a thread stays awake: the caller sleeps until the last piece is done, and a helper that has gone is called again.
    @Test func longPiecesAndPauses() {
        let team = ThreadTeam()
        let caller = pthread_self()
        for _ in 0..<3 {
            let arrived = Atomic(0)
            let done = Counters(2)
            _ = team.perform(2, threads: 2) { piece in
                arrived.add(1, ordering: .relaxed)
                while arrived.load(ordering: .relaxed) < 2 { usleep(10) }
                if pthread_self() != caller { usleep(40_000) }
                done.add(piece)
            }
            #expect(done.values == [1, 1])
            usleep(40_000)
        }
    }

    /// A loop inside a loop is refused, and `Parallel` then runs it on the thread it is on.
    @Test func loopsInsideLoops() {
        let team = ThreadTeam()
        let refused = Counters(4)
        _ = team.perform(4, threads: 2) { piece in
            if !team.perform(3, threads: 2, { _ in }) { refused.add(piece) }
        }
        #expect(refused.values == [1, 1, 1, 1])
        let runs = Counters(30)
        Parallel.forEach(5) { outer in Parallel.forEach(6) { inner in runs.add(outer * 6 + inner) } }
        #expect(runs.values.allSatisfy { $0 == 1 })
    }

    /// Loops of several threads at once: each runs all of its pieces.
    @Test func loopsBesideLoops() {
        let runs = Counters(4 * 500)
        let threads = (0..<4).map { thread in
            Thread {
                for start in stride(from: 0, to: 500, by: 10) {
                    Parallel.forEach(10) { runs.add(thread * 500 + start + $0) }
                }
                runs.finish()
            }
        }
        threads.forEach { $0.start() }
        while runs.finished < 4 { usleep(1000) }
        #expect(runs.values.allSatisfy { $0 == 1 })
    }
}

@Suite struct ParallelTests {
    @Test func rangesCoverAll() {
        for (count, length) in [(0, 4), (1, 4), (8, 4), (9, 4), (5, 100)] {
            let runs = Counters(count)
            Parallel.forRanges(count, length: length) { range in
                #expect(range.lowerBound % length == 0 && range.count <= length)
                range.forEach(runs.add)
            }
            #expect(runs.values.allSatisfy { $0 == 1 })
        }
    }

    @Test func mapKeepsOrderAndThrowsTheFirstError() throws {
        struct Failure: Error, Equatable { let piece: Int }
        #expect(try Parallel.map(100) { $0 * $0 } == (0..<100).map { $0 * $0 })
        #expect(throws: Failure(piece: 7)) {
            try Parallel.map(50) { piece in if piece % 10 == 7 { throw Failure(piece: piece) } }
        }
    }
}

/// How often each piece ran.
private final class Counters: Sendable {
    private let state: Mutex<(values: [Int], finished: Int)>
    init(_ count: Int) { state = Mutex(([Int](repeating: 0, count: count), 0)) }
    func add(_ piece: Int) { state.withLock { $0.values[piece] += 1 } }
    func finish() { state.withLock { $0.finished += 1 } }
    var values: [Int] { state.withLock(\.values) }
    var finished: Int { state.withLock(\.finished) }
}
