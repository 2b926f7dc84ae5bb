import Foundation
import Tensors

/// What there is to know of a data set at a glance.
public struct DataDescription: Sendable, Encodable {
    /// Number of pairs trained on, and held out.
    public let training, heldOut: Int
    /// Number of different subjects in each.
    public let trainingSubjects, heldOutSubjects: Int
    /// Smallest and largest height, width; channels.
    public let heights, widths: ClosedRange<Int>
    /// Channels of an image.
    public let channels: Int
    /// Whether clean images are known.
    public let hasClean: Bool
    /// Captures of each pair beyond the first.
    public let repeats: Int
    /// Mean, over the pairs, of the mean magnitude of an observation; in units of the data.
    public let meanMagnitudeA, meanMagnitudeB: Double
    /// Root mean square of observation minus clean image, where that is known.
    public let noiseA, noiseB: Double?
    /// What the L1 cross loss cannot fall below without leakage: mean |x_a - c_a| + mean |x_b - c_b|.
    public let noiseFloorL1: Double?

    /// Reads every image once.
    public init(_ dataset: PairedDataset) {
        let pairs = dataset.training + dataset.heldOut
        training = dataset.training.count
        heldOut = dataset.heldOut.count
        trainingSubjects = Set(dataset.training.map(\.subject)).count
        heldOutSubjects = Set(dataset.heldOut.map(\.subject)).count
        func range(_ lengths: [Int]) -> ClosedRange<Int> { (lengths.min() ?? 0)...(lengths.max() ?? 0) }
        heights = range(pairs.map(\.size.height))
        widths = range(pairs.map(\.size.width))
        channels = dataset.channels
        hasClean = pairs.allSatisfy { $0.clean != nil }
        repeats = pairs.map(\.repeats.count).min() ?? 0
        func mean(_ value: (ImagePair) -> Double) -> Double { pairs.map(value).reduce(0, +) / Double(pairs.count) }
        func magnitude(_ domain: Domain) -> Double {
            mean { pair in
                let values = Magnitude.ofPixels(pair.noisy[domain])
                return values.reduce(0, +) / Double(values.count)
            }
        }
        meanMagnitudeA = magnitude(.a)
        meanMagnitudeB = magnitude(.b)
        guard hasClean else {
            (noiseA, noiseB, noiseFloorL1) = (nil, nil, nil)
            return
        }
        func noise(_ domain: Domain, _ size: (Double) -> Double) -> Double {
            mean { pair in
                guard let clean = pair.clean?[domain] else { return .nan }
                let noisy = pair.noisy[domain]
                let sum = zip(noisy.values, clean.values).reduce(0.0) { $0 + size(Double($1.0) - Double($1.1)) }
                return sum / Double(clean.count)
            }
        }
        noiseA = noise(.a) { $0 * $0 }.squareRoot()
        noiseB = noise(.b) { $0 * $0 }.squareRoot()
        noiseFloorL1 = noise(.a, abs) + noise(.b, abs)
    }

    /// One line per entry.
    public var text: String {
        func number(_ value: Double) -> String { String(format: "%.4g", value) }
        func side(_ range: ClosedRange<Int>) -> String {
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        }
        var lines = [
            "training        \(training) pairs of \(trainingSubjects) subjects",
            "held out        \(heldOut) pairs of \(heldOutSubjects) subjects",
            "size            \(side(heights)) × \(side(widths)) pixels, \(channels) channel(s)",
            "clean images    \(hasClean ? "yes" : "no")",
            "captures        \(repeats + 1) of each pair",
            "mean magnitude  a \(number(meanMagnitudeA)), b \(number(meanMagnitudeB))",
        ]
        if let noiseA, let noiseB, let noiseFloorL1 {
            lines += [
                "noise (rms)     a \(number(noiseA)), b \(number(noiseB))",
                "noise floor     \(number(noiseFloorL1)) for the L1 cross loss, both directions together",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
