import Formats
import Foundation

/// The section `expect`: how far an experiment is known to come, which the summary of a run is held against. It has no part in the
/// training.
///
///     "expect": { "epochs": [5, 10, 20], "cross": [0.5, 0.3, 0.2], "content": 0.02, "plateau": 3 }
///
/// It holds for the images and the noise that it was written for: a configuration that is read with other ones has none.
public struct LearningExpectations: Sendable, Codable, Equatable {
    /// Epochs, counted from 1, after which the held-out cross loss is looked at; ascending.
    public var epochs: [Int]
    /// What it must be below after each of them.
    public var cross: [Double]
    /// What the content loss must be below after the last of them.
    public var content: Double
    /// How many epochs in a row may pass, up to the last of them, without a smaller held-out cross loss than before.
    public var plateau: Int

    /// - Throws: `InputError` for a value of the wrong type or out of range, lists of different lengths, epochs that do not ascend.
    init(reading reader: ConfigurationReader) throws {
        epochs = try reader.ints("epochs", in: 1...1_000_000)
        cross = try reader.doubles("cross", in: .leastNonzeroMagnitude ... .infinity)
        content = try reader.double("content", in: .leastNonzeroMagnitude ... .infinity)
        plateau = try reader.int("plateau", in: 0...1_000_000)
        guard !epochs.isEmpty, zip(epochs, epochs.dropFirst()).allSatisfy(<) else {
            throw reader.error("epochs", "is \(epochs)", "it must be a list of ascending epochs")
        }
        guard cross.count == epochs.count else {
            throw reader.error("cross", "has \(cross.count) losses", "epochs has \(epochs.count)")
        }
    }

    /// Those that a run has come to: nothing is said of epochs that it has not reached, nor, before the last one named, of the
    /// content loss and of plateaus.
    ///
    /// - Parameter records: the epochs of a run, in order.
    func checks(_ records: [EpochRecord]) -> [LearningChecks.Check] {
        func text(_ value: Double?) -> String { value.map { String(format: "%.4g", $0) } ?? "not measured" }
        let reached = Dictionary(records.map { ($0.epoch, $0.values) }) { $1 }
        var checks: [LearningChecks.Check] = []
        for (epoch, bound) in zip(epochs, cross) {
            guard let values = reached[epoch] else { continue }
            let loss = values["val/cross"]
            let floor = values["noise/floor"].map { ", noise floor \(text($0))" } ?? ""
            checks.append(
                LearningChecks.Check(
                    name: "held-out cross loss by epoch \(epoch)", pass: loss.map { $0 < bound } ?? false,
                    because: "\(text(loss)), must be below \(text(bound))\(floor)"))
        }
        guard let last = epochs.last, let values = reached[last] else { return checks }
        let losses = records.filter { $0.epoch <= last }.map { $0.values["val/cross"] ?? .infinity }
        let longest = Self.longestPlateau(losses)
        checks.append(
            LearningChecks.Check(
                name: "no long plateau", pass: longest <= plateau,
                because: "\(longest) epochs at most without a smaller held-out cross loss, may be \(plateau)"))
        let loss = values["loss/content"]
        checks.append(
            LearningChecks.Check(
                name: "content loss by epoch \(last)", pass: loss.map { $0 < content } ?? false,
                because: "\(text(loss)), must be below \(text(content))"))
        return checks
    }

    /// The longest row of losses none of which is smaller than all before the row by a share of at least 1e-4, the threshold of
    /// the plateau schedule.
    static func longestPlateau(_ losses: [Double]) -> Int {
        let threshold = ScheduleConfiguration().threshold
        var best = Double.infinity, length = 0, longest = 0
        for loss in losses {
            if loss < best * (1 - threshold) {
                best = loss
                length = 0
            } else {
                length += 1
                longest = max(longest, length)
            }
        }
        return longest
    }
}
