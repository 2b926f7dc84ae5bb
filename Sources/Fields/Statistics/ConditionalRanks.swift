/// What is left of a variable once its dependence on another is taken out: each value among the values whose condition is alike.
///
/// Noise whose level, mean or skewness follows the signal (Poisson, Rician, clipped) depends on everything else that follows
/// the signal, such as the error of any denoiser. Its rank among pixels of like clean intensity is uniform whatever that intensity, and
/// still shows a leak.
public struct ConditionalRanks: Sendable {
    /// Bins of like condition, equally filled; fewer where they would hold less than 64 values.
    public static let standardBins = 32

    /// A number with its position; equal numbers keep their order.
    private struct Place: Comparable {
        let number: Double
        let index: Int32

        static func < (a: Place, b: Place) -> Bool {
            a.number != b.number ? a.number < b.number : a.index < b.index
        }
    }

    /// Positions in ascending order of the condition, equal ones in their order.
    private let order: [Int32]
    private let condition: [Float]

    /// Sorts the conditions once, for any number of variables.
    ///
    /// - Precondition: less than 2³¹ of them.
    public init(given condition: [Float]) {
        self.condition = condition
        // Ordered like the numbers: negative ones have all bits turned, the others their sign.
        var keys = condition.map { value -> UInt32 in
            let bits = (value == 0 ? 0 : value).bitPattern
            return bits >> 31 == 1 ? ~bits : bits | 1 << 31
        }
        var order = condition.indices.map { Int32($0) }
        // By 11 bits after 11 bits from the lowest, each pass stable: eight times faster than comparing.
        for shift in [UInt32(0), 11, 22] {
            var starts = [Int](repeating: 0, count: 2048)
            for key in keys { starts[Int(key >> shift & 2047)] += 1 }
            var sum = 0
            for digit in starts.indices { (starts[digit], sum) = (sum, sum + starts[digit]) }
            var (sortedKeys, sortedOrder) = (keys, order)
            for (key, index) in zip(keys, order) {
                let digit = Int(key >> shift & 2047)
                sortedKeys[starts[digit]] = key
                sortedOrder[starts[digit]] = index
                starts[digit] += 1
            }
            (keys, order) = (sortedKeys, sortedOrder)
        }
        self.order = order
    }

    /// (rank - ½)/count within the bin, in 0...1, ties at their middle.
    ///
    /// - Precondition: as many values as conditions.
    public func ranks(of values: [Double], bins: Int = standardBins) -> [Double] {
        var result = values
        for bin in members(values, bins: bins, fewest: 64) {
            let members = bin.map { Place(number: values[Int($0)], index: $0) }.sorted()
            var start = 0
            while start < members.count {
                var end = start + 1
                while end < members.count && members[end].number == members[start].number { end += 1 }
                let rank = Double(start + end) / Double(2 * members.count)
                for k in start..<end { result[Int(members[k].index)] = rank }
                start = end
            }
        }
        return result
    }

    /// Which of `count` equally filled bins of the condition each value is in, 0 the lowest.
    public func bins(_ count: Int) -> [Int] {
        var result = [Int](repeating: 0, count: order.count)
        for (place, index) in order.enumerated() { result[Int(index)] = place * count / order.count }
        return result
    }

    /// Each value less the straight line over its bin's conditions: neither a mean that follows the condition nor its slope within a bin
    /// is left.
    ///
    /// - Precondition: as many values as conditions.
    public func centred(_ values: [Double], bins: Int = standardBins) -> [Double] {
        var result = values
        for bin in members(values, bins: bins, fewest: 64) {
            let count = Double(bin.count)
            let mean = bin.reduce(0) { $0 + values[Int($1)] } / count
            let middle = bin.reduce(0) { $0 + Double(condition[Int($1)]) } / count
            var (product, square) = (0.0, 0.0)
            for k in bin {
                let distance = Double(condition[Int(k)]) - middle
                product += distance * values[Int(k)]
                square += distance * distance
            }
            let slope = square > 1e-12 * middle * middle * count ? product / square : 0
            for k in bin { result[Int(k)] -= mean + slope * (Double(condition[Int(k)]) - middle) }
        }
        return result
    }

    /// Each value over the root of the mean square of its bin, which holds 256 values or more; 0 where that is 0.
    ///
    /// - Precondition: as many values as conditions.
    public func scaled(_ values: [Double], bins: Int = standardBins) -> [Double] {
        var result = values
        for bin in members(values, bins: bins, fewest: 256) {
            let square = bin.reduce(0) { $0 + values[Int($1)] * values[Int($1)] } / Double(bin.count)
            let size = square.squareRoot()
            for k in bin { result[Int(k)] = size > 0 ? values[Int(k)] / size : 0 }
        }
        return result
    }

    /// Numbers that `centred` takes out: two for each bin.
    public func fitted(bins: Int = standardBins) -> Int { 2 * max(1, min(bins, order.count / 64)) }

    /// Positions in bins of like condition, each of at least `fewest` where there are as many.
    private func members(_ values: [Double], bins: Int, fewest: Int) -> [ArraySlice<Int32>] {
        precondition(
            values.count == order.count && bins > 0,
            "ConditionalRanks: \(values.count) values, \(order.count) conditions, \(bins) bins")
        let bins = max(1, min(bins, values.count / fewest))
        return (0..<bins).map { order[$0 * order.count / bins..<($0 + 1) * order.count / bins] }
    }
}
