import Foundation

/// The learning rate as a function of the step.
public struct ScheduleConfiguration: Sendable, Codable, Equatable {
    /// Always the same; falling along half a cosine; rising first and then falling, both along half a cosine.
    public enum Kind: String, Sendable, Codable, CaseIterable { case constant, cosine, onecycle }

    /// Which curve; it ignores the numbers of the others.
    public var type: Kind
    /// One-cycle: share of the steps in which the rate rises.
    public var risingShare: Double
    /// One-cycle: peak over first rate.
    public var startDivisor: Double
    /// One-cycle: first over last rate.
    public var endDivisor: Double
    /// Cosine: last rate over the configured one.
    public var minimumShare: Double

    init(
        type: Kind = .cosine, risingShare: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4,
        minimumShare: Double = 0
    ) {
        self.type = type
        self.risingShare = risingShare
        self.startDivisor = startDivisor
        self.endDivisor = endDivisor
        self.minimumShare = minimumShare
    }

    enum CodingKeys: String, CodingKey {
        case type
        case risingShare = "pct_start"
        case startDivisor = "div_factor"
        case endDivisor = "final_div_factor"
        case minimumShare = "min_share"
    }

    /// Rate of step `step` (from 0) of `total`.
    ///
    /// Cosine: lr·(m + (1-m)(1 + cos πt)/2) with t = step/total. One-cycle (Smith and Topin 2018, PyTorch's
    /// `OneCycleLR` with cosine annealing): from lr/startDivisor up to lr, then down to lr/startDivisor/endDivisor.
    public func learningRate(_ peak: Double, step: Int, total: Int) -> Double {
        func anneal(_ from: Double, _ to: Double, _ t: Double) -> Double { to + (from - to) / 2 * (1 + cos(.pi * t)) }
        switch type {
        case .constant:
            return peak
        case .cosine:
            return anneal(peak, peak * minimumShare, min(1, Double(step) / Double(max(1, total))))
        case .onecycle:
            let first = peak / startDivisor
            let top = risingShare * Double(total) - 1
            let last = Double(total) - 1
            let step = min(Double(step), last)
            if step <= top { return anneal(first, peak, top > 0 ? step / top : 1) }
            return anneal(peak, first / endDivisor, last > top ? (step - top) / (last - top) : 1)
        }
    }
}
