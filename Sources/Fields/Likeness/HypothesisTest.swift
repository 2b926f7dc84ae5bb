/// What a test of one null hypothesis found.
public struct HypothesisTest: Sendable, Equatable {
    /// The larger, the less compatible with the null hypothesis, unless the test says otherwise.
    public var statistic: Double
    /// Of a statistic at least as extreme under the null hypothesis.
    public var pValue: PValue

    /// Rounding may carry a probability past its ends; it is brought back.
    init(statistic: Double, probability: Double) {
        self.statistic = statistic
        pValue = PValue(min(1, max(0, probability)))
    }
}

extension Plane {
    /// The field less its mean, where a test can use it.
    ///
    /// - Parameter side: the fewest rows and columns that the test needs.
    /// - Throws: `Undetermined` for a smaller field, one with a value that is not finite, and one whose pixels are all equal.
    func centred(for test: String, side: Int = 1) throws -> Plane {
        guard height >= side && width >= side else {
            throw Undetermined(
                description: "\(test) needs \(side) × \(side) pixels or more, the field has \(height) × \(width)")
        }
        guard values.allSatisfy(\.isFinite) else {
            throw Undetermined(description: "\(test) needs finite values, the field has others")
        }
        guard varies else {
            throw Undetermined(description: "\(test) needs a field that varies, all pixels are equal")
        }
        // A second pass takes out what rounding left of a large mean.
        let mean = mean
        let once = values.map { $0 - mean }
        let rest = once.reduce(0, +) / Double(once.count)
        return Plane(height: height, width: width, values: once.map { $0 - rest })
    }
}
