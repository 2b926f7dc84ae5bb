extension Collection<Double> {
    /// The middle value, of an even number the mean of the middle two; `nil` of nothing, NaN if there is one.
    package var median: Double? {
        if contains(where: \.isNaN) { return .nan }
        let sorted = sorted()
        return sorted.isEmpty ? nil : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
