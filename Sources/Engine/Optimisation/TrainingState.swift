/// Where a run stands, besides weights and moments: everything a resumed run needs to end with the same bytes.
///
/// Random numbers need no state: every stream is named by seed, epoch and step.
public struct TrainingState: Codable, Sendable, Equatable {
    /// Epochs completed.
    public var epoch = 0
    /// Steps completed in the epoch that is under way.
    public var stepInEpoch = 0
    /// Steps completed in all.
    public var step = 0
    /// Sums over the steps of the epoch that is under way, by metric name.
    public var sums: [String: Double] = [:]
    /// Steps of the epoch that is under way whose batch had several images; `nil` in a file that does not count them.
    var comparedSteps: Int?
    /// Smallest validation loss so far; `nil` before the end of the first epoch.
    public var bestLoss: Double?
    /// Number of epochs completed when `bestLoss` was measured.
    public var bestEpoch: Int?
    /// Loss of the first step, which an exploding one is measured by.
    public var firstLoss: Double?
    /// The loss weights in force, and how long a collapse has lasted; `nil` before the first step.
    public var collapseGuard: CollapseGuard?
    /// The loss weights of the last step; `nil` before the first, and in a file that does not say them.
    public var effectiveWeights: LossWeights?
    /// Of a plateau schedule.
    public var plateau = PlateauState()

    /// The state before the first step.
    public init() {}

    /// More than any run has: beyond it counts would overflow.
    static let largestCount = 1 << 40

    /// What a damaged file may say otherwise.
    var isPossible: Bool { [epoch, stepInEpoch, step].allSatisfy { (0...Self.largestCount).contains($0) } }
}

/// One line of `metrics.jsonl`.
public struct EpochRecord: Sendable, Equatable {
    /// Epochs completed, this one included: 1 for the first.
    public var epoch: Int
    /// Steps completed in all.
    public var step: Int
    /// `loss/total`, `val/cross`, `lr`, `seconds` and so on.
    public var values: [String: Double]

    /// What chooses the best epoch: the held-out cross loss, or, where nothing is held out, the training loss. `nil` where neither was
    /// measured: such an epoch is never the best.
    var selectionLoss: Double? { values["val/cross"] ?? values["loss/total"] }
}

extension EpochRecord: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Every key but `epoch` and `step` is a metric.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        epoch = try container.decode(Int.self, forKey: Key(stringValue: "epoch"))
        step = try container.decode(Int.self, forKey: Key(stringValue: "step"))
        values = [:]
        for key in container.allKeys where key.stringValue != "epoch" && key.stringValue != "step" {
            values[key.stringValue] = try container.decode(Double.self, forKey: key)
        }
    }

    /// One flat object: the metrics stand beside `epoch` and `step`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(epoch, forKey: Key(stringValue: "epoch"))
        try container.encode(step, forKey: Key(stringValue: "step"))
        for (name, value) in values { try container.encode(value, forKey: Key(stringValue: name)) }
    }
}
