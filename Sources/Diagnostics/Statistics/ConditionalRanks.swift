/// What is left of a variable once its dependence on another is taken out: each value's rank among the values whose
/// condition is alike.
///
/// Noise whose level, mean or skewness follows the signal (Poisson, Rician, clipped) depends on everything else that follows
/// the signal, such as the error of any denoiser. Its rank among pixels of like clean intensity is uniform whatever that intensity, and
/// still shows a leak.
public enum ConditionalRanks {
    /// Bins of like condition, equally filled; fewer where they would hold less than 64 values.
    public static let standardBins = 32

    /// (rank - ½)/count within the bin, in 0...1, ties at their middle.
    ///
    /// - Precondition: as many conditions as values.
    public static func of(_ values: [Double], given condition: [Double], bins: Int = standardBins) -> [Double] {
        precondition(
            values.count == condition.count && bins > 0,
            "ConditionalRanks: \(values.count) values, \(condition.count) conditions, \(bins) bins")
        var result = values
        for bin in members(condition, bins: min(bins, values.count / 64)) {
            let members = bin.sorted { (values[$0], $0) < (values[$1], $1) }
            var start = 0
            while start < members.count {
                var end = start + 1
                while end < members.count && values[members[end]] == values[members[start]] { end += 1 }
                for k in start..<end { result[members[k]] = Double(start + end) / Double(2 * members.count) }
                start = end
            }
        }
        return result
    }

    /// Each value less the mean of its bin.
    ///
    /// - Precondition: as many conditions as values.
    public static func centred(_ values: [Double], given condition: [Double], bins: Int = standardBins) -> [Double] {
        precondition(values.count == condition.count, "ConditionalRanks: \(values.count) and \(condition.count)")
        var result = values
        for bin in members(condition, bins: min(bins, values.count / 64)) {
            let mean = bin.reduce(0) { $0 + values[$1] } / Double(bin.count)
            for k in bin { result[k] -= mean }
        }
        return result
    }

    /// Each value over the root of the mean square of its bin, which holds 256 values or more; 0 where that is 0.
    ///
    /// - Precondition: as many conditions as values.
    public static func scaled(_ values: [Double], given condition: [Double], bins: Int = standardBins) -> [Double] {
        precondition(values.count == condition.count, "ConditionalRanks: \(values.count) and \(condition.count)")
        var result = values
        for bin in members(condition, bins: min(bins, values.count / 256)) {
            let size = (bin.reduce(0) { $0 + values[$1] * values[$1] } / Double(bin.count)).squareRoot()
            for k in bin { result[k] = size > 0 ? values[k] / size : 0 }
        }
        return result
    }

    /// Positions in bins of like condition, in order of the condition.
    private static func members(_ condition: [Double], bins: Int) -> [ArraySlice<Int>] {
        let bins = max(1, bins)
        let order = condition.indices.sorted { (condition[$0], $0) < (condition[$1], $1) }
        return (0..<bins).map { order[$0 * order.count / bins..<($0 + 1) * order.count / bins] }
    }
}
