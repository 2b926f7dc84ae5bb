/// Is an effect absent, present, or not yet known? (docs/THEORY.md, section 4)
///
/// Two one-sided tests at the 5 % level (Schuirmann, 1987) say "absent"; a two-sided test at the 5 % level together with
/// an estimate beyond the margin says "present". Not finding an effect is therefore never taken for its absence.
public struct Equivalence: Sendable {
    /// ε: effects inside ±ε do not matter.
    public let margin: Double

    /// The three answers.
    public enum Verdict: Sendable, Equatable {
        /// The 90 % interval lies inside ±ε.
        case pass
        /// The 95 % interval excludes 0 and |estimate| > ε.
        case fail
        /// Neither, with the number of units at which one of the two would hold if the estimate stayed as it is and its
        /// standard error shrank with √n; `nil` where the sample does not say: no standard error, or an estimate on ±ε.
        case inconclusive(unitsNeeded: Int?)
    }

    /// - Precondition: `margin` is positive and finite.
    public init(margin: Double = 0.01) {
        precondition(margin > 0 && margin.isFinite, "Equivalence: margin must be positive and finite, got \(margin)")
        self.margin = margin
    }

    /// Judges an estimate by its two intervals. Without intervals it is inconclusive.
    public func verdict(_ measured: IntervalEstimate) -> Verdict {
        if let interval = measured.interval95, !interval.contains(0), measured.estimate.magnitude > margin {
            return .fail
        }
        if let interval = measured.interval90, interval.lower > -margin, interval.upper < margin { return .pass }
        return .inconclusive(unitsNeeded: unitsNeeded(measured))
    }

    private func unitsNeeded(_ measured: IntervalEstimate) -> Int? {
        guard let error = measured.standardError else { return nil }
        let size = measured.estimate.magnitude
        // Half widths in standard errors: 1.645 for the 90 % interval inside the margin, 1.96 for excluding 0.
        let (room, probability) = size < margin ? (margin - size, 0.95) : (size, 0.975)
        guard size != margin else { return nil }
        let ratio = NormalDistribution.quantile(probability) * error / room
        let units = (Double(measured.unitCount) * ratio * ratio).rounded(.up)
        guard units < Double(Int32.max) else { return nil }
        return max(IntervalEstimator.fewestForInterval, measured.unitCount + 1, Int(units))
    }
}
