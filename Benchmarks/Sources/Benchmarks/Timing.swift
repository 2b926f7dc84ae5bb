import Foundation

/// Seconds of repeated runs.
struct Timing {
    /// Ascending.
    let seconds: [Double]

    var median: Double { seconds[seconds.count / 2] }

    /// Runs `body` twice to warm up, then at least 9 times and for at least a fifth of a second.
    init(_ body: () throws -> Void) rethrows {
        for _ in 0..<2 { try body() }
        var seconds: [Double] = []
        while seconds.count < 9 || (seconds.reduce(0, +) < 0.2 && seconds.count < 1000) {
            seconds.append(try Self.once(body))
        }
        self.seconds = seconds.sorted()
    }

    static func once(_ body: () throws -> Void) rethrows -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        try body()
        return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }
}
