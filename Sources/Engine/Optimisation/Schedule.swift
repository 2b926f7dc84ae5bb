import Formats
import Foundation

/// The learning rate as a function of the step, and for `plateau` of the validation losses.
public struct ScheduleConfiguration: Sendable, Codable, Equatable {
    /// The rules of `learningRate`.
    public enum Kind: String, Sendable, Codable, CaseIterable { case constant, cosine, step, plateau, onecycle }
    /// What the schedule moves along with.
    public enum Unit: String, Sendable, Codable, CaseIterable { case step, epoch }

    /// Which rule.
    public var type: Kind
    /// One-cycle: share of the steps in which the rate rises.
    public var risingShare: Double
    /// One-cycle: peak over first rate.
    public var startDivisor: Double
    /// One-cycle: first over last rate.
    public var endDivisor: Double
    /// Cosine: last rate over the configured one.
    public var minimumShare: Double
    /// Step: steps or epochs (see `unit`) between two reductions.
    public var stepSize: Int
    /// Step: what the rate is multiplied with.
    public var gamma: Double
    /// Plateau: what the rate is multiplied with.
    public var factor: Double
    /// Plateau: epochs without improvement that are waited for; the next one reduces the rate.
    public var patience: Int
    /// Plateau: the rate goes no lower.
    public var minimumRate: Double
    /// Plateau: share by which a loss must be smaller than the best to count as better.
    public var threshold: Double
    /// Steps in which the rate rises from 0, whatever `unit` is.
    public var warmupSteps: Int
    /// A key of its own in a configuration, `scheduler_step`, and so not coded here. Plateau counts epochs either way.
    public var unit = Unit.step

    /// The defaults are those of a configuration file, and PyTorch's where it has any.
    public init(
        type: Kind = .cosine, risingShare: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4,
        minimumShare: Double = 0, stepSize: Int = 10, gamma: Double = 0.1, factor: Double = 0.1, patience: Int = 10,
        minimumRate: Double = 0, threshold: Double = 1e-4, warmupSteps: Int = 0, unit: Unit = .step
    ) {
        precondition(
            stepSize > 0 && warmupSteps >= 0,
            "ScheduleConfiguration: step size \(stepSize), \(warmupSteps) warm-up steps")
        self.type = type
        self.risingShare = risingShare
        self.startDivisor = startDivisor
        self.endDivisor = endDivisor
        self.minimumShare = minimumShare
        self.stepSize = stepSize
        self.gamma = gamma
        self.factor = factor
        self.patience = patience
        self.minimumRate = minimumRate
        self.threshold = threshold
        self.warmupSteps = warmupSteps
        self.unit = unit
    }

    enum CodingKeys: String, CodingKey {
        case type, gamma, factor, patience, threshold
        case risingShare = "pct_start"
        case startDivisor = "div_factor"
        case endDivisor = "final_div_factor"
        case minimumShare = "min_share"
        case stepSize = "step_size"
        case minimumRate = "min_lr"
        case warmupSteps = "warmup_steps"
    }

    /// Rate of step `step` (from 0) of `total`, with lr the configured rate and k and K these two numbers or, counted by
    /// epoch, their whole epochs:
    ///
    ///     constant   lr
    ///     cosine     lr·(m + (1-m)(1 + cos πk/K)/2),  m = minimumShare         PyTorch's CosineAnnealingLR
    ///     step       lr·gamma^⌊k/stepSize⌋                                      StepLR
    ///     plateau    max(lr·plateau.scale, minimumRate), at most lr            ReduceLROnPlateau
    ///     onecycle   by cosines from lr/startDivisor up to lr, then down to    OneCycleLR (Smith and Topin 2018)
    ///                lr/startDivisor/endDivisor at K - 1
    ///
    /// and all of it times step/warmupSteps in the first `warmupSteps` steps.
    ///
    /// - Parameters:
    ///   - stepsPerEpoch: used only if `unit` is `.epoch`.
    ///   - plateau: what the validation losses so far have done, used only by `plateau`.
    public func learningRate(
        _ rate: Double, step: Int, total: Int, stepsPerEpoch: Int = 1, plateau: PlateauState = PlateauState()
    ) -> Double {
        precondition(step >= 0 && stepsPerEpoch > 0, "learningRate: step \(step), \(stepsPerEpoch) steps per epoch")
        let length = unit == .epoch ? stepsPerEpoch : 1
        let warmth = step < warmupSteps ? Double(step) / Double(warmupSteps) : 1
        return warmth * scheduled(rate, at: step / length, of: max(1, total / length), plateau)
    }

    private func scheduled(_ rate: Double, at position: Int, of total: Int, _ plateau: PlateauState) -> Double {
        func anneal(_ from: Double, _ to: Double, _ t: Double) -> Double { to + (from - to) / 2 * (1 + cos(.pi * t)) }
        switch type {
        case .constant:
            return rate
        case .cosine:
            return anneal(rate, rate * minimumShare, min(1, Double(position) / Double(total)))
        case .step:
            return rate * pow(gamma, Double(position / stepSize))
        case .plateau:
            return min(rate, max(rate * plateau.scale, minimumRate))
        case .onecycle:
            let first = rate / startDivisor
            let top = risingShare * Double(total) - 1
            let last = Double(total) - 1
            let position = min(Double(position), last)
            if position <= top { return anneal(first, rate, top > 0 ? position / top : 1) }
            return anneal(rate, first / endDivisor, last > top ? (position - top) / (last - top) : 1)
        }
    }
}

extension ScheduleConfiguration {
    /// Reads the section `scheduler`.
    ///
    /// - Parameter outer: where `scheduler_step` stands.
    /// - Throws: `InputError` for a value of the wrong type or out of range.
    init(reading reader: ConfigurationReader, outer: ConfigurationReader) throws {
        let standard = ScheduleConfiguration()
        self.init(
            type: try reader.choice("type", default: standard.type),
            risingShare: try reader.double("pct_start", in: 0.0...1, default: standard.risingShare),
            startDivisor: try reader.double("div_factor", in: 1...1e9, default: standard.startDivisor),
            endDivisor: try reader.double("final_div_factor", in: 1...1e12, default: standard.endDivisor),
            minimumShare: try reader.double("min_share", in: 0...1, default: standard.minimumShare),
            stepSize: try reader.int("step_size", in: 1...1_000_000_000, default: standard.stepSize),
            gamma: try reader.double("gamma", in: 0...1, default: standard.gamma),
            factor: try reader.double("factor", in: 0...1, default: standard.factor),
            patience: try reader.int("patience", in: 0...1_000_000, default: standard.patience),
            minimumRate: try reader.double("min_lr", in: 0...10, default: standard.minimumRate),
            threshold: try reader.double("threshold", in: 0...1, default: standard.threshold),
            warmupSteps: try reader.int("warmup_steps", in: 0...1_000_000_000, default: standard.warmupSteps),
            unit: try outer.choice("scheduler_step", default: standard.unit))
    }
}
