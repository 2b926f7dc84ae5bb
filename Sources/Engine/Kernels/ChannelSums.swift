import Synchronization
import Tensors

/// Two sums per channel over a piece of channels-last memory: Float32 lanes until `flush`, Float64 beyond it.
struct ChannelSums {
    private let channels: Int
    private var first: [Lanes]
    private var second: [Lanes]
    private var flushed: [(first: SIMD16<Double>, second: SIMD16<Double>)]

    init(channels: Int) {
        self.channels = channels
        first = Array(repeating: Lanes(), count: ChannelTile.length(channels) / 16)
        second = first
        flushed = Array(repeating: (SIMD16(), SIMD16()), count: first.count)
    }

    @inline(__always)
    mutating func add(_ a: Lanes, _ b: Lanes, _ tile: Int) {
        first[tile] += a
        second[tile] += b
    }

    /// Adds to the first sums in Float64 at once: for terms that nearly cancel.
    @inline(__always)
    mutating func add(_ a: Lanes, _ tile: Int) { flushed[tile].first += SIMD16<Double>(a) }

    mutating func flush() {
        for tile in first.indices {
            flushed[tile].first += SIMD16<Double>(first[tile])
            flushed[tile].second += SIMD16<Double>(second[tile])
            first[tile] = Lanes()
            second[tile] = Lanes()
        }
    }

    /// The first sums of all channels, then the second.
    func totals() -> [Double] {
        var sums = self
        sums.flush()
        var result = [Double](repeating: 0, count: 2 * channels)
        for (tile, lanes) in sums.flushed.enumerated() {
            for i in 0..<16 {
                let channel = (tile * 16 + i) % channels
                result[channel] += lanes.first[i]
                result[channels + channel] += lanes.second[i]
            }
        }
        return result
    }
}

extension Tensor {
    /// Keeps Σ over all axes but the last with the elements until they change, for the gradient of a bias: whoever has just
    /// written them can add them up without reading them again.
    func keepChannelSums(_ sums: [Double]) {
        storage.derived.withLock { $0 = KeptChannelSums(count: count, sums: sums) }
    }

    /// What was kept of exactly these elements.
    var keptChannelSums: [Double]? {
        storage.derived.withLock { derived in
            guard let kept = derived as? KeptChannelSums, kept.count == count, kept.sums.count == shape.last else {
                return nil
            }
            return kept.sums
        }
    }
}

private struct KeptChannelSums: Sendable {
    /// Of the whole storage; fewer elements are a part of them.
    let count: Int
    let sums: [Double]
}
